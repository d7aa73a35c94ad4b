"""Splats to draw, and the comparison of what the rasteriser makes of them with the float64 reference."""

from __future__ import annotations

import math

import numpy as np
import torch

from wildfield.fields.cameras import Camera
from wildfield.fields.launch import AnyLauncher, Launcher
from wildfield.fields.splats.rasterize import Picture, Splats, rasterize, view_of
from wildfield.fields.splats.reference import rasterize_reference


def camera(width: int = 50, height: int = 37, distance: float = 3.5) -> Camera:
    pose = np.eye(4)
    angle = 0.3
    pose[:3, :3] = [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]]
    pose[:3, 3] = [-1.1, -0.1, -distance]
    return Camera(width, height, 1.2 * width, 1.25 * width, width / 2 + 0.7, height / 2 - 1.2, pose)


def parallel_camera(width: int = 50, height: int = 37) -> Camera:
    return Camera(width, height, 0.3 * width, 0.32 * width, width / 2 + 0.7, height / 2 - 1.2, camera().camera_to_world, True)


def cloud(count: int, seed: int = 0, size: float = 0.05) -> Splats:
    rng = np.random.default_rng(seed)
    arrays = (
        rng.normal(size=(count, 3)) * 0.6,
        rng.normal(size=(count, 4)),
        np.exp(rng.normal(size=(count, 3)) * 0.5) * size,
        1 / (1 + np.exp(-2 * rng.normal(size=count))),
        rng.normal(size=(count, 3)),
        rng.normal(size=(count, 15, 3)) * 0.2,
    )
    return Splats(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))


def degenerate(count: int = 120) -> Splats:
    """A cloud of which the first 60 splats are tiny, huge, behind the camera, at its border, near it and not there at all."""
    splats = cloud(count, seed=3)
    splats.scales[:10] = 1e-6
    splats.scales[10:20] = 8.0
    splats.scales[20:30, :2] = 1e-5
    splats.scales[20:30, 2] = 2.0
    splats.means[30:36, 2] = -9.0
    splats.means[36:40] = torch.tensor([-1.1, -0.1, -3.5]) + 0.02 * splats.means[36:40]
    splats.means[40:50, 0] = torch.linspace(-4, 4, 10)
    splats.opacities[50:56] = 0
    splats.opacities[56:60] = 1
    return splats


def layers(picture: Picture) -> torch.Tensor:
    """(H, W, 5), or (H, W, 9) of a picture with a surface."""
    parts = [picture.colour, picture.alpha[..., None], picture.depth_sum[..., None]]
    if picture.median_depth is not None and picture.normal_sum is not None:
        parts += [picture.median_depth[..., None], picture.normal_sum]
    return torch.cat(parts, -1)


def same_as_the_reference(
    splats: Splats,
    degree: int,
    view: Camera,
    surface: bool = False,
    antialias: bool = False,
    launch: AnyLauncher | None = None,
) -> None:
    """Assert that picture and gradients, by `launch`, are the reference's, gradients within 1e-3 of their length.

    Where a splat fades through 1/255 or transmittance through 0.5, float32 and float64 may decide differently: of few
    pixels, and those have no say in the gradients.
    """
    launch = launch or Launcher(1)
    leaves = Splats(*(tensor.clone().to(launch.device).requires_grad_() for tensor in splats))
    exact = Splats(*(tensor.double().requires_grad_() for tensor in splats))
    pose = torch.zeros(6, device=launch.device, requires_grad=True)
    exact_pose = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    mine = layers(rasterize(leaves, degree, view_of(view, antialias), launch, surface, pose)).cpu()
    truth = layers(rasterize_reference(exact, degree, view, surface, antialias, exact_pose))
    error = (mine - truth).abs().detach()
    assert error[..., :5].mean() < 2e-5
    assert error[..., :5].max() < 0.03
    apart = (error > 1e-3).any(-1)
    assert apart.double().mean() < 0.01
    weights = torch.randn(truth.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    weights[apart] = 0
    (mine * weights.float()).sum().backward()
    (truth * weights).sum().backward()
    names = (*Splats._fields, "pose")
    for name, leaf, other in zip(names, (*leaves, pose), (*exact, exact_pose), strict=True):
        if degree == 0 and name == "rest":
            assert leaf.grad is None
            continue
        assert torch.isfinite(leaf.grad).all(), name
        assert (leaf.grad.cpu() - other.grad).norm() < 1e-3 * other.grad.norm(), name
