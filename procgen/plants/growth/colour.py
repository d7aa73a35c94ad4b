"""Colours of leaves, petals and wood, by individual, branch and leaf: linear Rec.709, as the attribute `tint` holds them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ..anatomy.skeleton import Floats, Ints

Rgb: TypeAlias = tuple[float, float, float]
Ramp: TypeAlias = tuple[Rgb, ...]
"""Colours at even distances, from 0 to 1."""


def shades(ramp: Ramp, place: Floats) -> Floats:
    """Return colours (..., 3) float32 of a ramp at places (...) in 0..1; beyond the ends they stay."""
    table = np.asarray(ramp, np.float32)
    at = np.clip(place, 0, 1) * (len(table) - 1)
    low = np.minimum(np.floor(at).astype(np.int32), max(len(table) - 2, 0))
    share = (at - low)[..., None].astype(np.float32)
    high = np.minimum(low + 1, len(table) - 1)
    return table[low] * (1 - share) + table[high] * share


def spread(own: float, branch: Ints, count: int, rng: np.random.Generator, weights: Rgb = (0.3, 0.35, 0.35)) -> Floats:
    """Return places (n,) on a ramp for the leaves of one plant: `weights` are the shares of the individual, whose place is
    `own`, of the branch, by its number (n,) below `count`, and of the leaf.
    """
    limbs = rng.random(max(count, 1))[branch]
    return weights[0] * own + weights[1] * limbs + weights[2] * rng.random(len(branch))


def mixed(first: Ramp, second: Ramp, share: float) -> Ramp:
    """Return the ramp between two: `first` where share is 0, `second` where it is 1."""
    places = np.linspace(0, 1, max(len(first), len(second)))
    colours = shades(first, places) * (1 - share) + shades(second, places) * share
    return tuple((float(r), float(g), float(b)) for r, g, b in colours)
