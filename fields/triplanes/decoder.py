"""The decoder of a tri-plane field: from features and a direction to density and colour, a small network for each.

Density comes from features alone, colour also from the direction, so that no direction can make a thing thicker.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

HARMONICS = 9
"""Spherical harmonics of degree 0 to 2, by which the colour knows the direction."""
GEOMETRY = 15
"""Numbers that the density network hands to the colour network, beside density itself."""
MOST = 15.0
"""Exponents are cut there in the gradient, and so that density stays finite."""


class TruncatedExponential(torch.autograd.Function):
    """exp whose gradient does not run away: Müller et al. 2022 (instant-ngp)."""

    @staticmethod
    def forward(ctx: Any, *arguments: torch.Tensor) -> torch.Tensor:
        """Return exp of the first argument, which is at most `MOST`."""
        result = arguments[0].clamp(max=MOST).exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        """Return the gradient, that of exp itself below `MOST` and as there beyond."""
        return gradients[0] * ctx.saved_tensors[0]


def decoder_shapes(width: int, units: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each weight of a decoder for `width` features with `units` in the hidden layers."""
    return {
        "hidden": (width, units), "hidden_bias": (units,), "core": (units, 1 + GEOMETRY), "core_bias": (1 + GEOMETRY,),
        "shade": (GEOMETRY, units), "look": (HARMONICS, units), "colour": (units, 3), "colour_bias": (3,),
    }  # fmt: skip


def first_weights(width: int, units: int, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """Return random weights of which each layer keeps the spread of what comes in (He et al. 2015), biases of 0."""
    weights = {}
    for name, shape in decoder_shapes(width, units).items():
        spread = math.sqrt(2 / shape[0]) if len(shape) == 2 else 0
        values = (rng.standard_normal(shape) * spread).astype(np.float32)
        weights[name] = torch.from_numpy(values * (0.1 if name in ("look", "colour") else 1))
    return weights


def harmonics(directions: torch.Tensor) -> torch.Tensor:
    """Return real spherical harmonics (N, 9) of degree 0 to 2 of unit `directions` (N, 3), not normalised to each other."""
    x, y, z = directions.unbind(-1)
    return torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, x * z, 3 * z * z - 1, x * x - y * y], -1)


def core(features: torch.Tensor, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return (N, 1 + GEOMETRY) of `features` (N, width): the logarithm of density, and what the colour network gets."""
    hidden = torch.relu(torch.addmm(weights["hidden_bias"], features, weights["hidden"]))
    return torch.addmm(weights["core_bias"], hidden, weights["core"])


def density_of(inner: torch.Tensor, shift: float) -> torch.Tensor:
    """Return densities (N,) in 1/m of what `core` returned, where an inner 0 means exp(`shift`)."""
    return TruncatedExponential.apply(inner[:, 0] + shift)


def colour_of(inner: torch.Tensor, seen: torch.Tensor, owners: torch.Tensor, weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return colours (N, 3) of 0 to 1 of what `core` returned; sample i looks along ray `owners[i]`.

    `seen` (R, 9) are the `harmonics` of the directions of the rays.
    """
    view = (seen @ weights["look"]).index_select(0, owners)
    hidden = torch.relu(torch.addmm(view, inner[:, 1:], weights["shade"]))
    return torch.sigmoid(torch.addmm(weights["colour_bias"], hidden, weights["colour"]))
