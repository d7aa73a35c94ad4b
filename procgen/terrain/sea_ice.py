"""The fine relief of snow and ice: sastrugi, drifts, and ridges where pressure has pushed the ice up.

Sastrugi lie along the wind, longer than broad, steep where it comes from (they are cut, not heaped up). Pressure ridges follow
wandering lines over fast ice; `ridge_at` tells where, and blocks of ice are strewn by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..rng import stream, subseed
from .blocks import Floats
from .noise import fbm2, noise2, warp2

if TYPE_CHECKING:
    from .land import Terrain

RIDGE = 75.0
"""Metres: about how far pressure ridges lie apart."""


@dataclass(frozen=True)
class Pressure:
    """wind: unit vector that the prevailing wind blows along; sastrugi: their height in metres; ridges: that of ridges, m."""

    seed: int
    wind: tuple[float, float]
    sastrugi: float
    ridges: float

    @classmethod
    def of(cls, seed: int) -> Pressure:
        """Draw what belongs to the seed."""
        rng = stream(seed, "sea ice")
        angle = float(rng.uniform(0, 2 * np.pi))
        wind = (float(np.cos(angle)), float(np.sin(angle)))
        return cls(seed, wind, float(rng.uniform(0.10, 0.26)), float(rng.uniform(0.5, 1.5)))

    def ridge_at(self, x: Floats, y: Floats) -> Floats:
        """Return how much a place lies on a pressure ridge, 0..1; flat blocks."""
        key = subseed(self.seed, "pressure")
        xs, ys = warp2(x / np.float32(RIDGE), y / np.float32(RIDGE), key, 0.25, 3)
        line = np.abs(noise2(xs, ys, key + 5))
        active: Floats = np.clip(noise2(x / np.float32(60), y / np.float32(60), key + 9) * 2 + np.float32(0.6), 0, 1)
        near: Floats = np.clip(1 - line / np.float32(0.045), 0, 1)
        return near * near * (3 - 2 * near) * active


def snow_relief(pressure: Pressure, terrain: Terrain, x: Floats, y: Floats) -> Floats:
    """Return the metres of relief at one flat block of points; none under water and on rock."""
    deep = np.clip(terrain.mask_block("water", x, y) * np.float32(-0.25), 0, 1)
    cover = deep * (1 - np.clip(terrain.mask_block("rock", x, y) * 2, 0, 1))
    total = np.zeros_like(x)
    here = cover > 0
    if not here.any():
        return total
    x, y, cover = x[here], y[here], cover[here]
    east, north = (np.float32(part) for part in pressure.wind)
    along, across = x * east + y * north, y * east - x * north
    key = subseed(pressure.seed, "sastrugi")
    drifts = fbm2(along / np.float32(26), across / np.float32(13), key, 2)
    u, v = warp2(along / np.float32(5.2), across / np.float32(1.15), key + 20, 0.22, 2)
    ridge = noise2(u, v, key + 30)
    finer = noise2(u * np.float32(2.3), v * np.float32(2.1), key + 31)
    # Cut to windward: the ridge ends in a step there and streams out behind.
    ahead = noise2(u + np.float32(0.16), v, key + 30)
    cut = np.clip((ridge - ahead) * np.float32(3.2), 0, 1)
    form = np.clip(ridge + np.float32(0.1), 0, 1) * (np.float32(0.65) + np.float32(0.55) * cut) + np.float32(0.22) * np.maximum(
        finer, 0
    )
    fields = np.clip(np.float32(0.55) + fbm2(x / np.float32(34), y / np.float32(34), key + 40, 2), np.float32(0.1), 1)
    pushed = pressure.ridge_at(x, y)
    fast = terrain.mask_block("sea_ice", x, y)
    lumps = np.maximum(fbm2(x / np.float32(1.9), y / np.float32(1.9), key + 60, 3) + np.float32(0.5), 0)
    snow = np.float32(pressure.sastrugi) * form * fields + np.float32(0.16) * drifts
    total[here] = cover * (snow + np.float32(pressure.ridges) * pushed * fast * (np.float32(0.45) + np.float32(0.7) * lumps))
    return total
