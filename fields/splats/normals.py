"""The normals of splats: which way the flattest side of each looks."""

from __future__ import annotations

import torch

from .kernels_project import View


def splat_normals(means: torch.Tensor, quaternions: torch.Tensor, scales: torch.Tensor, view: View) -> torch.Tensor:
    """Return unit normals (N, 3) in world axes: the shortest axis of each splat, turned to the side that the camera sees.

    `means` (N, 3) and `scales` (N, 3) in metres, `quaternions` (N, 4) as w, x, y, z of any length but zero. Differentiable in
    the quaternions: which axis is the shortest, and which side is seen, has no gradient. As in 2D Gaussian splatting
    (Huang et al. 2024) and its kin, where the third axis of a disc is what is shortest here.
    """
    axis = torch.nn.functional.one_hot(scales.detach().argmin(1), 3).to(quaternions)
    unit = torch.nn.functional.normalize(quaternions, dim=-1)
    scalar, vector = unit[:, :1], unit[:, 1:]
    twice = 2 * torch.linalg.cross(vector, axis)
    normals = axis + scalar * twice + torch.linalg.cross(vector, twice)
    towards = torch.tensor(list(view.centre), dtype=means.dtype, device=means.device) - means.detach()
    if view.orthographic:
        towards = -torch.tensor(list(view.rotation[2]), dtype=means.dtype, device=means.device).expand_as(means)
    away = (normals.detach() * towards).sum(1, keepdim=True) < 0
    return torch.where(away, -normals, normals)
