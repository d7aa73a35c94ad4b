"""The 3D smoothing filter of Mip-Splatting (Yu et al. 2024, "Mip-Splatting: Alias-free 3D Gaussian Splatting", section 4.1).

No view can tell of detail finer than its pixels. A splat is therefore widened by a Gaussian as wide as the finest pixel that
sees it, and its opacity falls as its volume grows, so that a closer look does not show splats thinner than what was learned.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..cameras import Camera
from .rasterize import Splats

SHARE = 0.2
"""Variance of the filter in square pixels, as in the paper."""
MARGIN = 0.15
"""A view sees this share of its size beyond its border too, as in the original's code."""
NEAREST = 0.01
"""Metres from which the rasteriser draws."""
MOST_VIEWS = 200
"""Of more views, so many are asked, evenly chosen."""


def pixel_variance(means: torch.Tensor, cameras: Sequence[Camera]) -> torch.Tensor:
    """Return (N,) float32, the filter's variance in square metres at `means` (N, 3), by the finest pixel that sees each.

    What no camera sees gets the largest of the others.
    """
    places = means.detach().double()
    finest = torch.full_like(places[:, 0], torch.inf)
    for camera in cameras[:: -(-len(cameras) // MOST_VIEWS)]:
        matrix = torch.from_numpy(camera.world_to_camera).to(places)
        x, y, z = matrix[:3, :3] @ places.T + matrix[:3, 3:]
        ahead = z > NEAREST
        far = torch.where(ahead, z, 1.0)
        u, v = camera.fl_x * x / far + camera.cx, camera.fl_y * y / far + camera.cy
        across, down = MARGIN * camera.width, MARGIN * camera.height
        seen = ahead & (u > -across) & (u < camera.width + across) & (v > -down) & (v < camera.height + down)
        finest = torch.where(seen, torch.minimum(finest, far / max(camera.fl_x, camera.fl_y)), finest)
    known = finest.isfinite()
    largest = torch.where(known, finest, 0.0).max() if len(finest) else 0.0
    return (SHARE * torch.where(known, finest, largest) ** 2).float()


def smoothed(splats: Splats, variance: torch.Tensor) -> Splats:
    """Return `splats` widened by Gaussians of `variance` (N,), square metres; differentiable."""
    scales = (splats.scales.square() + variance[:, None]).sqrt()
    return splats._replace(scales=scales, opacities=splats.opacities * (splats.scales / scales).prod(1))
