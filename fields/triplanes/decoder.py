"""The decoder of a tri-plane field: from features and a direction to density and colour, a small network for each.

Density comes from features alone, colour also from the direction, so that no direction can make a thing thicker.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

INNER = 16
"""The density network's outputs: the logarithm of density, and 15 numbers for the colour network."""
HARMONICS = 9
"""Spherical harmonics of degree 0 to 2, by which the colour knows the direction."""
MOST = 15.0
"""Logarithms of densities are cut there, so that these stay finite."""
Tensors = dict[str, torch.Tensor]


class TruncatedExponential(torch.autograd.Function):
    """exp up to `MOST`, with a gradient beyond as well, by which what is too large comes back: Müller et al. 2022."""

    @staticmethod
    def forward(ctx: Any, *arguments: torch.Tensor) -> torch.Tensor:
        """Return exp of the first argument."""
        result = arguments[0].clamp(max=MOST).exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        """Return the gradient."""
        return gradients[0] * ctx.saved_tensors[0]


def decoder_shapes(width: int, units: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each weight, (in, out), for `width` features and `units` in the hidden layers."""
    inner = INNER - 1 + HARMONICS
    return {
        "hidden": (width, units), "hidden_bias": (units,), "core": (units, INNER), "core_bias": (INNER,),
        "shade": (inner, units), "colour": (units, 3), "colour_bias": (3,),
    }  # fmt: skip


def first_weights(width: int, units: int, rng: np.random.Generator) -> Tensors:
    """Return random weights of which each layer keeps the spread of what comes in (He et al. 2015), biases of 0."""
    weights = {}
    for name, shape in decoder_shapes(width, units).items():
        spread = math.sqrt(2 / shape[0]) if len(shape) == 2 else 0.0
        values = (rng.standard_normal(shape) * spread).astype(np.float32)
        if name == "shade":
            values[-HARMONICS:] *= 0.1
        weights[name] = torch.from_numpy(values * np.float32(0.1 if name == "colour" else 1))
    return weights


def harmonics(directions: torch.Tensor) -> torch.Tensor:
    """Return real spherical harmonics (N, 9) of degree 0 to 2 of unit `directions` (N, 3), not normalised to each other."""
    x, y, z = directions.unbind(-1)
    return torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, x * z, 3 * z * z - 1, x * x - y * y], -1)


def core(features: torch.Tensor, weights: Tensors) -> torch.Tensor:
    """Return (N, INNER) of `features` (N, width): the logarithm of density, and what the colour network gets."""
    hidden = torch.relu(torch.addmm(weights["hidden_bias"], features, weights["hidden"]))
    return torch.addmm(weights["core_bias"], hidden, weights["core"])


def density_of(inner: torch.Tensor, shift: float) -> torch.Tensor:
    """Return densities (N,) in 1/m of what `core` returned, where an inner 0 means exp(`shift`)."""
    return TruncatedExponential.apply(inner[:, 0] + shift)


def decoded(
    features: torch.Tensor, seen: torch.Tensor, owners: torch.Tensor, weights: Tensors, shift: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return densities (N,) in 1/m and colours (N, 3) of 0 to 1 of `features` (N, width), differentiable in all weights.

    Sample i looks along ray `owners[i]`, (N,) int32, of which `seen` (R, 9) are the `harmonics`. Density is exp of what the
    network says and `shift`.
    """
    inner = core(features, weights)
    view = (seen @ weights["shade"][INNER - 1 :]).index_select(0, owners)
    shade = torch.relu(torch.addmm(view, inner[:, 1:], weights["shade"][: INNER - 1]))
    return density_of(inner, shift), torch.sigmoid(torch.addmm(weights["colour_bias"], shade, weights["colour"]))
