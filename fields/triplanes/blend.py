"""Blending the samples of many rays as one torch operation, on CPU or CUDA, and what weights along a ray tell."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from ..launch import AnyLauncher, as_warp
from .kernels_blend import blend, blend_backward


class Blended(NamedTuple):
    """What rays see: `sums` (R, K) of the values, `alpha` (R,) coverage, and the `weights` (N,) of the samples."""

    sums: torch.Tensor
    alpha: torch.Tensor
    weights: torch.Tensor


class Blend(torch.autograd.Function):
    """The torch operation; use `blended`."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Take thickness (N,), values (N, K), starts (R + 1,) int32 and a launcher; return sums (R, K + 1) and weights (N,)."""
        thickness, values, starts, launch = arguments
        thickness, values = thickness.detach().contiguous(), values.detach().contiguous()
        rays, channels = len(starts) - 1, values.shape[1]
        weights, sums = torch.empty_like(thickness), values.new_empty(rays, channels + 1)
        flat = [as_warp(tensor.view(-1)) for tensor in (starts, thickness, values, weights, sums)]
        launch(blend, rays, channels, *flat)
        ctx.save_for_backward(starts, values, weights, sums)
        ctx.launch = launch
        return sums, weights

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of thickness and values."""
        starts, values, weights, sums = ctx.saved_tensors
        thickness_slopes, value_slopes = torch.empty_like(weights), torch.empty_like(values)
        slopes, weight_slopes = (gradient.contiguous() for gradient in gradients)
        tensors = (starts, values, weights, sums, slopes, weight_slopes, thickness_slopes, value_slopes)
        flat = [as_warp(tensor.view(-1)) for tensor in tensors]
        ctx.launch(blend_backward, len(starts) - 1, values.shape[1], *flat)
        return thickness_slopes, value_slopes, None, None


def blended(thickness: torch.Tensor, values: torch.Tensor, starts: torch.Tensor, launch: AnyLauncher) -> Blended:
    """Return what rays see of N samples of `thickness` (N,), density times width, with `values` (N, K).

    Ray r has the samples `starts[r]` to `starts[r + 1]`, `starts` (R + 1,) int32, nearest first.
    """
    sums, weights = Blend.apply(thickness, values, starts, launch)
    return Blended(sums[:, :-1], sums[:, -1], weights)


def median_distances(blended: Blended, distances: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """Return (R,) the distance of the sample at which coverage reaches a half, 0 where it never does."""
    covered = torch.cumsum(blended.weights.double(), 0)
    before = torch.cat([covered.new_zeros(1), covered])[starts[:-1].long()]
    place = torch.searchsorted(covered, before + 0.5)
    reached = place < starts[1:]
    return torch.where(reached, distances[place.clamp(max=max(len(distances) - 1, 0))], 0) if len(distances) else before.float()


def distortion(weights: torch.Tensor, distances: torch.Tensor, spans: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """Return the mean over rays of Barron et al. 2022 (mip-NeRF 360), equation 15: how spread the weights of a ray are.

    Sum of w_i w_j |d_i - d_j| over all pairs plus a third of the sum of w_i^2 span_i, by sums from the front; lengths in the
    units of `distances` and `spans`.
    """
    owner = torch.repeat_interleave(torch.arange(len(starts) - 1, device=starts.device), (starts[1:] - starts[:-1]).long())
    first = starts[:-1].long()[owner]

    def ahead(values: torch.Tensor) -> torch.Tensor:
        total = torch.cat([values.new_zeros(1), torch.cumsum(values, 0)])
        return total[:-1] - total[first]

    w = weights.double()
    pairs = 2 * (w * (distances * ahead(w) - ahead(w * distances))).sum()
    return ((pairs + (w * w * spans).sum() / 3) / max(len(starts) - 1, 1)).float()
