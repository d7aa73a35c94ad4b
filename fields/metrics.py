"""How close a field comes to the truth: PSNR and SSIM of colour, absolute error of depth."""

from __future__ import annotations

import math

import numpy as np
import torch

from .losses import ssim

PAPER = 1.0
"""Scenes whose pictures have alpha are scored over white, as is usual."""


def on_paper(layers: torch.Tensor, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what is compared, two (H, W, 3) pictures of 0 to 1: the field's and the truth.

    `layers` (H, W, 4) is the field, premultiplied, with alpha; `pixels` (H, W, 3 or 4) uint8 the truth with straight
    alpha. With alpha in the truth both are laid over white, without it the field is laid over black.
    """
    truth = pixels.float() / 255
    colour, alpha = layers[..., :3], layers[..., 3:]
    if truth.shape[-1] == 4:
        truth = torch.lerp(truth.new_full((3,), PAPER), truth[..., :3], truth[..., 3:])
        colour = colour + PAPER * (1 - alpha)
    return colour.clamp(0, 1), truth


def counting(picture: torch.Tensor, truth: torch.Tensor, counted: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the pixels of both (H, W, 3) pictures that count, as (N, 3); both as they are where no mask is given."""
    return (picture, truth) if counted is None else (picture[counted], truth[counted])


def psnr(picture: torch.Tensor, truth: torch.Tensor) -> float:
    """Return the peak signal-to-noise ratio in dB of pictures (H, W, 3) or pixels (N, 3) of 0 to 1; 100 where equal."""
    error = (picture.double() - truth.double()).square().mean().item()
    return min(100.0, -10 * math.log10(error)) if error > 0 else 100.0


def mean_ssim(picture: torch.Tensor, truth: torch.Tensor) -> float:
    """Return the mean structural similarity of (H, W, 3) pictures of 0 to 1, as Wang et al. 2004 (window of 11, sigma 1.5)."""
    return ssim(picture.double(), truth.double()).item()


def depth_errors(depth: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return mean and median absolute error in metres of planar depth (H, W) where `truth` is positive, so valid.

    A valid pixel that the field leaves empty (depth 0) counts with its whole depth. Returns NaN, NaN with no valid pixel.
    """
    error = np.abs(depth.astype(np.float64) - truth)[truth > 0]
    return (float(error.mean()), float(np.median(error))) if error.size else (math.nan, math.nan)
