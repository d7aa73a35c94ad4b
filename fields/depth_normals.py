"""The normals of a surface that is known by its exact depth."""

from __future__ import annotations

import torch


def depth_normals(depth: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """Return unit normals (H, W, 3) in world axes, towards the camera, of planar `depth` (H, W) in metres.

    `directions` (H, W, 3) are those of `Camera.directions`. A normal stands on the differences between a pixel's neighbours,
    so it holds where no edge of depth runs through them; 0 at the border of the picture and where they coincide.
    """
    points = depth[..., None].to(directions) * directions
    across, down = points[1:-1, 2:] - points[1:-1, :-2], points[2:, 1:-1] - points[:-2, 1:-1]
    inner = torch.nn.functional.normalize(torch.linalg.cross(down, across), dim=-1)
    return torch.nn.functional.pad(inner, (0, 0, 1, 1, 1, 1))
