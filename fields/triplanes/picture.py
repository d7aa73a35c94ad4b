"""A whole picture of a tri-plane field, ray by ray, in pieces that fit the memory."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from ..cameras import Camera
from ..launch import AnyLauncher
from .blend import median_distances
from .march import ENDLESS, Rays
from .model import Model

AT_ONCE = 8192
"""Rays of a piece."""


class Picture(NamedTuple):
    """What a camera sees, (H, W, ...) float32 on the CPU."""

    layers: torch.Tensor
    """(H, W, 4) colour premultiplied by alpha, and alpha, which is 1 where there is a sky."""
    coverage: torch.Tensor
    """(H, W) of matter alone, without the sky."""
    depth_sum: torch.Tensor
    """(H, W) planar depth in metres times coverage."""
    median: torch.Tensor
    """(H, W) planar depth in metres at which coverage reaches a half, 0 where it never does."""


@torch.no_grad()
def drawn(model: Model, camera: Camera, launch: AnyLauncher) -> Picture:
    """Return what a pinhole or orthographic `camera` sees of the field."""
    origins, directions = rays_of(camera)
    device = model.parameters["planes"].device
    layers, rest = torch.empty(len(origins), 4), torch.empty(len(origins), 3)
    for start in range(0, len(origins), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        tensors = [torch.from_numpy(values[part]).to(device) for values in (origins, directions)]
        rays = Rays(tensors[0], tensors[1], torch.full((len(tensors[0]),), ENDLESS, device=device))
        seen = model.look(rays, launch)
        colour, alpha = seen.blended.sums[:, :3], seen.blended.alpha
        median = median_distances(seen.blended, seen.samples.distances, seen.samples.starts)
        rest[part] = torch.stack([alpha, seen.blended.sums[:, 3], median], 1).cpu()
        sky = model.sky(rays.directions)
        if sky is not None:
            colour, alpha = colour + (1 - alpha)[:, None] * sky, torch.ones_like(alpha)
        layers[part] = torch.cat([colour, alpha[:, None]], 1).cpu()
    shape = camera.height, camera.width
    return Picture(layers.view(*shape, 4), *(values.contiguous().view(shape) for values in rest.unbind(1)))


def thinned(camera: Camera, apart: int) -> Camera:
    """Return the camera whose pixels are those of `camera` in rows and columns `apart // 2`, and every `apart` from there."""
    first = apart // 2
    return replace(
        camera,
        width=-(-(camera.width - first) // apart),
        height=-(-(camera.height - first) // apart),
        fl_x=camera.fl_x / apart,
        fl_y=camera.fl_y / apart,
        cx=0.5 + (camera.cx - first - 0.5) / apart,
        cy=0.5 + (camera.cy - first - 0.5) / apart,
    )


def rays_of(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return origins and directions (H * W, 3) float32 of the rays through the pixel centres, of unit planar depth."""
    axes = camera.camera_to_world[:3, :3]
    if camera.orthographic:
        x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fl_x
        y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fl_y
        inside = np.stack(np.broadcast_arrays(x[None, :], y[:, None], 0.0), -1).reshape(-1, 3)
        origins = camera.position + inside @ axes.T
        directions = np.broadcast_to(axes[:, 2], origins.shape)
    else:
        directions = camera.directions().reshape(-1, 3)
        origins = np.broadcast_to(camera.position, directions.shape)
    return np.ascontiguousarray(origins, np.float32), np.ascontiguousarray(directions, np.float32)
