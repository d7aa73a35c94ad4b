"""Structural similarity as one torch operation on Warp kernels: what `losses.ssim` returns, several times faster."""

from __future__ import annotations

from typing import Any

import torch

from ..launch import AnyLauncher, Launcher, as_warp
from . import kernels_similarity_grid as grid
from .kernels_similarity import MARGIN, blur_across, carry_back, compare_down


class Similarity(torch.autograd.Function):
    """The torch operation; use `fast_ssim`. The gradient is made together with the value, since it always follows."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> torch.Tensor:
        """Take picture and truth (H, W, 3) and a launcher; return the mean similarity, a scalar."""
        picture, truth, launch = arguments
        picture, truth = (tensor.detach().contiguous() for tensor in (picture, truth))
        compare = by_rows if isinstance(launch, Launcher) else by_numbers
        values, gradient = compare(picture.view(len(picture), -1), truth.view(len(truth), -1), launch)
        ctx.save_for_backward(gradient.view(picture.shape))
        count = (picture.shape[0] - MARGIN) * 3 * (picture.shape[1] - MARGIN)
        return values.double().sum().div(count).float()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradient of the picture; the truth has none."""
        return gradients[0] * ctx.saved_tensors[0], None, None


def by_rows(picture: torch.Tensor, truth: torch.Tensor, launch: Launcher) -> tuple[torch.Tensor, torch.Tensor]:
    """Return parts of the summed similarity of pictures (H, 3 W), and the gradient (H, 3 W) of the mean; for a CPU."""
    height, width = picture.shape
    wide = width - 3 * MARGIN
    flat = as_warp(picture.view(-1)), as_warp(truth.view(-1))
    blurred, sums = torch.empty(5 * height * wide), torch.empty(height - MARGIN)
    slopes = torch.zeros(3 * (height + MARGIN) * wide)
    launch(blur_across, height, width, height, *flat, as_warp(blurred))
    launch(compare_down, height - MARGIN, width, height, as_warp(blurred), as_warp(slopes), as_warp(sums))
    gradient, scratch = torch.empty(height * width), torch.empty(height * 3 * (width + 3 * MARGIN))
    rest = (as_warp(slopes), as_warp(scratch), as_warp(gradient))
    launch(carry_back, height, width, height, 1 / (wide * (height - MARGIN)), *flat, *rest)
    return sums, gradient


def by_numbers(picture: torch.Tensor, truth: torch.Tensor, launch: AnyLauncher) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what `by_rows` does, with a thread for each number; for CUDA."""
    height, width = picture.shape
    wide = width - 3 * MARGIN
    flat, device = (as_warp(picture.view(-1)), as_warp(truth.view(-1))), picture.device
    count = wide * (height - MARGIN)
    planes, slopes, values = (torch.empty(size, device=device) for size in (5 * height * wide, 3 * count, count))
    planes_, slopes_, gradient = as_warp(planes), as_warp(slopes), torch.empty(height * width, device=device)
    launch(grid.blur_across, height * wide, width, height, *flat, planes_)
    launch(grid.compare_down, count, wide, height, planes_, slopes_, as_warp(values))
    # The blurred planes have been read: their place is the scratch of the way back.
    launch(grid.blur_back, height * wide, wide, height, slopes_, planes_)
    launch(grid.carry_back, height * width, width, height, 1 / count, *flat, planes_, as_warp(gradient))
    return values, gradient


def fast_ssim(picture: torch.Tensor, truth: torch.Tensor, launch: AnyLauncher) -> torch.Tensor:
    """Return the mean structural similarity of float32 (H, W, 3) pictures of 0 to 1, differentiable in `picture`."""
    return Similarity.apply(picture, truth, launch)
