"""The 3D smoothing filter of Mip-Splatting (Yu et al. 2024, "Mip-Splatting: Alias-free 3D Gaussian Splatting", section 4.1).

No view can tell of detail finer than its pixels. A splat is therefore widened by a Gaussian as wide as the finest pixel that
sees it, and its opacity falls as its volume grows, so that a closer look does not show splats thinner than what was learned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
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


def pixel_variance(means: np.ndarray, cameras: Sequence[Camera]) -> np.ndarray:
    """Return (N,) float32, the filter's variance in square metres at `means` (N, 3), by the finest pixel that sees each.

    What no camera sees gets the largest of the others.
    """
    finest = np.full(len(means), np.inf)
    for camera in cameras[:: -(-len(cameras) // MOST_VIEWS)]:
        x, y, z = camera.world_to_camera[:3, :3] @ means.T + camera.world_to_camera[:3, 3:]
        ahead = z > NEAREST
        far = np.where(ahead, z, 1.0)
        u, v = camera.fl_x * x / far + camera.cx, camera.fl_y * y / far + camera.cy
        across, down = MARGIN * camera.width, MARGIN * camera.height
        seen = ahead & (u > -across) & (u < camera.width + across) & (v > -down) & (v < camera.height + down)
        finest = np.where(seen, np.minimum(finest, far / max(camera.fl_x, camera.fl_y)), finest)
    known = finest[np.isfinite(finest)]
    size = np.where(np.isfinite(finest), finest, known.max() if len(known) else 0.0)
    return (SHARE * size**2).astype(np.float32)


def smoothed(splats: Splats, variance: torch.Tensor) -> Splats:
    """Return `splats` widened by Gaussians of `variance` (N,), square metres; differentiable."""
    scales = (splats.scales.square() + variance[:, None]).sqrt()
    return splats._replace(scales=scales, opacities=splats.opacities * (splats.scales / scales).prod(1))
