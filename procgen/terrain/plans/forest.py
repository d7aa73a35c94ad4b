"""The plan of a forest world, before erosion: low rolling hills without open water, gentle where the eye will stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...elementary import hypot
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..blocks import Floats
from ..land import Relief, Terrain
from ..noise import fbm2, warp2
from ..plan import DESIGN_SIDE, Plan
from ..shaping import shaped


@dataclass(frozen=True)
class Hills(Plan):
    """One plan; `hill` and `knoll` are the breadths in m of the great and the small hills."""

    seed: int
    scale: float
    hill: float
    knoll: float

    relief: ClassVar[Relief] = Relief(soil=((9.0, 0.30), (3.4, 0.12), (1.3, 0.035), (0.45, 0.010)))
    heights: ClassVar[tuple[float, float]] = (14.0, 260.0)

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up; flat blocks."""
        k = np.float32(1 / self.scale)
        hill, knoll = np.float32(1 / self.hill), np.float32(1 / self.knoll)
        xs, ys = warp2(x * k * hill, y * k * hill, subseed(self.seed, "hills bend"), 0.3, 2)
        great = fbm2(xs, ys, subseed(self.seed, "hills"), 3)
        small = fbm2(x * k * knoll, y * k * knoll, subseed(self.seed, "knolls"), 2)
        rise = np.float32(0.38) + np.float32(0.34) * great + np.float32(0.12) * small
        near = np.clip(hypot(x, y) * k * np.float32(1 / 420), 0, 1)
        return np.maximum(rise, np.float32(0.05)) * (np.float32(0.35) + np.float32(0.65) * near * near * (3 - 2 * near))


def forest_terrain(terrain: TerrainSpec, seed: int) -> Terrain:
    """Return the land that belongs to the spec and the seed."""
    rng = stream(seed, "forest hills")
    plan = Hills(seed, terrain.size / DESIGN_SIDE, float(rng.uniform(520, 900)), float(rng.uniform(150, 260)))
    return shaped(plan, terrain, seed)
