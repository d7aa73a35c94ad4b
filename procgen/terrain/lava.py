"""The fine relief of volcanic ground: toes and ropes of pahoehoe, clinker of aa, ripples of ash.

Pahoehoe swells into toes a few metres across with creases between; where its skin was dragged it lies in ropes, bent
downstream. Aa is a rubble of sharp blocks of all sizes. Age and ash soften both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..elementary import cos
from ..rng import subseed
from .blocks import Floats
from .noise import fbm2, noise2, warp2

if TYPE_CHECKING:
    from .land import Terrain

ROPE = 0.24
"""Metres from rope to rope."""
_BLOCKS = ((3.7, 0.75), (1.6, 0.42), (0.7, 0.20), (0.31, 0.09), (0.14, 0.035))
"""Breadth and height in metres of the blocks of aa."""


def lava_relief(seed: int, terrain: Terrain, x: Floats, y: Floats) -> Floats:
    """Return the metres of relief at one flat block of points: of lava by its kind, of cinders and ash elsewhere."""
    lava = terrain.mask_block("lava", x, y)
    total = np.zeros_like(x)
    here = lava > 0.02
    if here.any():
        rubble, age = terrain.mask_block("rubble", x[here], y[here]), terrain.mask_block("age", x[here], y[here])
        sharp = lava[here] * (1 - np.float32(0.35) * age)
        # Blocks where the flow broke, skin elsewhere; the border between is ragged.
        key = subseed(seed, "lava")
        ragged = noise2(x[here] / np.float32(9), y[here] / np.float32(9), key + 90)
        broken = np.clip((rubble + np.float32(0.35) * ragged - np.float32(0.5)) * 4 + np.float32(0.5), 0, 1)
        form = np.zeros_like(sharp)
        skin, blocks = broken < 1, broken > 0
        form[skin] += (1 - broken[skin]) * pahoehoe(key, x[here][skin], y[here][skin])
        form[blocks] += broken[blocks] * aa(key, x[here][blocks], y[here][blocks])
        total[here] = sharp * form
    ash = ~here
    key = subseed(seed, "ash")
    xs, ys = warp2(x[ash] / np.float32(2.0), y[ash] / np.float32(2.0), key, 0.35, 2)
    total[ash] = (
        np.float32(0.018)
        * cos(np.float32(6.283 * 2.0 / 0.55) * (xs + np.float32(0.4) * ys))
        * np.clip(0.5 + noise2(x[ash] / np.float32(14), y[ash] / np.float32(14), key + 5), 0, 1)
    )
    return total


def pahoehoe(key: int, x: Floats, y: Floats) -> Floats:
    """Return toes, metres across with creases between, and ropes where the skin was dragged."""
    xs, ys = warp2(x / np.float32(4.2), y / np.float32(4.2), key, 0.3, 2)
    swell = np.abs(noise2(xs, ys, key + 11))
    small = np.abs(noise2(xs * np.float32(2.7), ys * np.float32(2.7), key + 12))
    toes = np.float32(0.75) * np.sqrt(swell) + np.float32(0.20) * np.sqrt(small)
    dragged = np.clip(fbm2(x / np.float32(5.5), y / np.float32(5.5), key + 13, 2) * 3 + np.float32(0.3), 0, 1)
    # The distance down the toe, so that ropes bow around its crown.
    along = y / np.float32(ROPE) + np.float32(5.5) * swell + np.float32(1.3) * fbm2(x, y, key + 14, 2)
    ropes = 1 - np.abs(cos(np.float32(np.pi) * along)) ** 2
    crust = noise2(x / np.float32(0.09), y / np.float32(0.09), key + 15)
    return toes - np.float32(0.45) + dragged * swell * np.float32(0.11) * ropes + np.float32(0.004) * crust


def aa(key: int, x: Floats, y: Floats) -> Floats:
    """Return a rubble of sharp blocks of all sizes."""
    total = np.zeros_like(x)
    for number, (breadth, height) in enumerate(_BLOCKS):
        k = np.float32(1 / breadth)
        value = np.abs(noise2(x * k, y * k, key + 30 + number))
        step = np.clip((noise2(x * k + 7, y * k - 3, key + 40 + number) + np.float32(0.1)) * 6, 0, 1)
        total += np.float32(height) * (value - np.float32(0.3) + np.float32(0.35) * step)
    return total
