"""Growth of a splat field by gradient: Kerbl et al. 2023, "3D Gaussian Splatting", section 5 and appendix B.

Where pixels pull hard at a splat, something is missing there: a small splat gets a twin, a large one falls into two smaller
ones. What is nearly transparent or far too large goes.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from .densify import FADED
from .reference import rotations

SHRINK = 1.6
"""The halves of a split are that much smaller."""
RESET = 0.01
"""Opacity that a reset leaves at most, so that only what is needed comes back."""

Tensors = dict[str, torch.Tensor]
Moments = dict[str, tuple[torch.Tensor, torch.Tensor]]


def densify(
    parameters: Tensors,
    moments: Moments,
    pull: np.ndarray,
    threshold: float,
    sizes: tuple[np.ndarray, np.ndarray],
    cap: int,
    rng: np.random.Generator,
) -> tuple[Tensors, Moments]:
    """Return parameters and Adam moments after one round of pruning, cloning and splitting; at most `cap` splats.

    `pull` (N,) is the mean absolute gradient of each splat's position on the picture; of those above `threshold` the
    strongest come first where the cap leaves no room for all. `sizes` are metres (N,) for each splat: a longest standard
    deviation above the first is split, above the second is pruned. New splats start with moments of zero.
    """
    with torch.no_grad():
        values = {name: tensor.detach() for name, tensor in parameters.items()}
        device = values["means"].device
        longest = values["log_scales"].exp().amax(1).cpu().numpy()
        kept = (values["opacity_logits"].sigmoid().cpu().numpy() > FADED) & (longest <= sizes[1])
        if not kept.any():
            return parameters, moments
        wanting = np.flatnonzero(kept & (pull > threshold))
        strongest = wanting[np.argsort(-pull[wanting], kind="stable")][: max(0, cap - int(kept.sum()))]
        chosen = np.sort(strongest)
        large = longest[chosen] > sizes[0][chosen]
        kept[chosen[large]] = False
        numbers = chosen[large], chosen[~large], np.flatnonzero(kept)
        split, twin, stay = (torch.from_numpy(rows).to(device) for rows in numbers)
        halves = {name: tensor[split].repeat(2, *[1] * (tensor.ndim - 1)) for name, tensor in values.items()}
        noise = torch.from_numpy(rng.standard_normal((len(halves["means"]), 3)).astype(np.float32)).to(device)
        own = (halves["log_scales"].exp() * noise)[..., None]
        halves["means"] = halves["means"] + (rotations(halves["quaternions"]) @ own)[..., 0]
        halves["log_scales"] = halves["log_scales"] - math.log(SHRINK)
        grown = {name: torch.cat([tensor[stay], tensor[twin], halves[name]]) for name, tensor in values.items()}
        born = len(twin) + 2 * len(split)
        fresh = {
            name: tuple(torch.cat([moment[stay], moment.new_zeros(born, *moment.shape[1:])]) for moment in pair)
            for name, pair in moments.items()
        }
        return grown, {name: (pair[0], pair[1]) for name, pair in fresh.items()}


def reset_opacities(parameters: Tensors, moments: Moments) -> tuple[Tensors, Moments]:
    """Return the parameters with opacities of at most `RESET`, and Adam moments that know nothing of opacities before."""
    logits = parameters["opacity_logits"].detach().clamp(max=math.log(RESET / (1 - RESET)))
    blank = (torch.zeros_like(logits), torch.zeros_like(logits))
    return {**parameters, "opacity_logits": logits}, {**moments, "opacity_logits": blank}
