"""Structural similarity as one torch operation on Warp kernels: what `losses.ssim` returns, several times faster."""

from __future__ import annotations

from typing import Any

import torch

from .kernels_similarity import MARGIN, blur_across, carry_back, compare_down
from .launch import Launcher, as_warp


class Similarity(torch.autograd.Function):
    """The torch operation; use `fast_ssim`. The gradient is made together with the value, since it always follows."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> torch.Tensor:
        """Take picture and truth (H, W, 3) and a Launcher; return the mean similarity, a scalar."""
        launch: Launcher = arguments[2]
        picture, truth = (tensor.detach().contiguous() for tensor in arguments[:2])
        height, width = picture.shape[0], picture.shape[1] * 3
        wide = width - 3 * MARGIN
        flat = as_warp(picture.view(-1)), as_warp(truth.view(-1))
        blurred, sums = torch.empty(5 * height * wide), torch.empty(height - MARGIN)
        slopes = torch.zeros(3 * (height + MARGIN) * wide)
        launch(blur_across, height, width, height, *flat, as_warp(blurred))
        launch(compare_down, height - MARGIN, width, height, as_warp(blurred), as_warp(slopes), as_warp(sums))
        count = wide * (height - MARGIN)
        gradient, scratch = torch.empty(height * width), torch.empty(height * 3 * (width + 3 * MARGIN))
        rest = (as_warp(slopes), as_warp(scratch), as_warp(gradient))
        launch(carry_back, height, width, height, 1 / count, *flat, *rest)
        ctx.save_for_backward(gradient.view(picture.shape))
        return sums.double().sum().div(count).float()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradient of the picture; the truth has none."""
        return gradients[0] * ctx.saved_tensors[0], None, None


def fast_ssim(picture: torch.Tensor, truth: torch.Tensor, launch: Launcher) -> torch.Tensor:
    """Return the mean structural similarity of float32 (H, W, 3) pictures of 0 to 1, differentiable in `picture`."""
    return Similarity.apply(picture, truth, launch)
