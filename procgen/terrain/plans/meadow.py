"""The plan of a meadow world, before erosion: soft downs about the eye, higher hills some way off. No open water."""

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
class Downs(Plan):
    """One plan; `roll` is the breadth in m of the near swells, `hill` that of the hills behind."""

    seed: int
    scale: float
    roll: float
    hill: float

    relief: ClassVar[Relief] = Relief(soil=((11.0, 0.16), (3.7, 0.05), (1.2, 0.02), (0.42, 0.008)), distant=0.25)
    heights: ClassVar[tuple[float, float]] = (24.0, 300.0)
    hardness: ClassVar[tuple[float, float]] = (0.2, 0.04)

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up; flat blocks."""
        k = np.float32(1 / self.scale)
        roll, hill = np.float32(1 / self.roll), np.float32(1 / self.hill)
        xs, ys = warp2(x * k * hill, y * k * hill, subseed(self.seed, "downs bend"), 0.25, 2)
        hills = np.maximum(np.float32(0.5) + np.float32(0.6) * fbm2(xs, ys, subseed(self.seed, "downs"), 2), np.float32(0))
        swells = fbm2(x * k * roll, y * k * roll, subseed(self.seed, "swells"), 2)
        away = np.clip((hypot(x, y) * k - np.float32(240)) * np.float32(1 / 1100), 0, 1)
        rise = np.float32(0.10) + np.float32(0.05) * swells + np.float32(0.5) * hills * away * away * (3 - 2 * away)
        return np.maximum(rise, np.float32(0.03))


def meadow_terrain(terrain: TerrainSpec, seed: int) -> Terrain:
    """Return the land that belongs to the spec and the seed."""
    rng = stream(seed, "meadow downs")
    plan = Downs(seed, terrain.size / DESIGN_SIDE, float(rng.uniform(240, 420)), float(rng.uniform(700, 1100)))
    return shaped(plan, terrain, seed)
