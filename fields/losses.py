"""What training minimises: colour as L1 and SSIM, coverage against exact alpha, depth against exact depth, normals."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F

Similarity = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
"""The window and constants of Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity"."""


@lru_cache(maxsize=8)
def gaussian_window(dtype: torch.dtype) -> torch.Tensor:
    """Return the normalised weights (11,) of the window."""
    offset = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weights = torch.exp(-0.5 * (offset / SIGMA) ** 2)
    return (weights / weights.sum()).to(dtype)


def _blur(stack: torch.Tensor) -> torch.Tensor:
    channels = stack.shape[1]
    weights = gaussian_window(stack.dtype).to(stack.device)
    across = F.conv2d(stack, weights.view(1, 1, 1, -1).expand(channels, 1, 1, WINDOW), groups=channels)
    return F.conv2d(across, weights.view(1, 1, -1, 1).expand(channels, 1, WINDOW, 1), groups=channels)


def ssim(picture: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return the mean structural similarity of (H, W, 3) pictures of 0 to 1 over the windows that lie inside."""
    a, b = picture.permute(2, 0, 1)[None], truth.permute(2, 0, 1)[None]
    mean_a, mean_b, aa, bb, ab = _blur(torch.cat([a, b, a * a, b * b, a * b], 1)).split(3, 1)
    both = mean_a * mean_b
    squares = mean_a * mean_a + mean_b * mean_b
    numerator = (2 * both + C1) * (2 * (ab - both) + C2)
    return (numerator / ((squares + C1) * (aa + bb - squares + C2))).mean()


def colour_loss(
    picture: torch.Tensor, truth: torch.Tensor, structure: float = 0.2, similarity: Similarity = ssim
) -> torch.Tensor:
    """Return (1 - structure) * L1 + structure * (1 - SSIM) of (H, W, 3) pictures, as Kerbl et al. 2023.

    `similarity` computes the SSIM: the one above, or a faster one that agrees with it.
    """
    return (1 - structure) * (picture - truth).abs().mean() + structure * (1 - similarity(picture, truth))


def coverage_loss(alpha: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute error of (H, W) coverage against the exact, anti-aliased alpha."""
    return (alpha - truth).abs().mean()


def depth_loss(depth_sum: torch.Tensor, alpha: torch.Tensor, truth: torch.Tensor, solid: torch.Tensor) -> torch.Tensor:
    """Return the mean relative depth error over pixels (H, W) that are `solid`: with a surface and no edge through them.

    `depth_sum` is depth times alpha, so that a pixel that is hardly covered yet has a small say. Dimensionless.
    """
    relative = (depth_sum - alpha * truth).abs() / truth.clamp_min(1e-6)
    return (relative * solid).mean()


def normal_loss(normal_sum: torch.Tensor, alpha: torch.Tensor, truth: torch.Tensor, solid: torch.Tensor) -> torch.Tensor:
    """Return the mean of 1 minus the cosine between normals, each times coverage, over pixels (H, W) that are `solid`.

    `normal_sum` (H, W, 3) is normal times alpha, `truth` (H, W, 3) of unit length in the same axes, or 0 where unknown. It
    grows, too, where the normals of splats that share a pixel differ. Dimensionless, 0 to 2.
    """
    return ((alpha * truth.square().sum(-1) - (normal_sum * truth).sum(-1)) * solid).mean()
