"""The plan of a volcanic world: an ash plain, low old hills, and on it a volcano with its cones and flows of lava.

Erosion shapes the plain and the country around; `volcano.with_volcano` then heaps up the cones and pours the flows over them.
The great cone stands ahead, along +Y; its youngest flow ends near the origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...elementary import hypot
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..blocks import Floats
from ..land import Relief, Terrain
from ..noise import fbm2, warp2
from ..plan import DESIGN_SIDE, Plan
from ..shaping import shaped
from ..volcano import Cone, Flow, Volcano, with_volcano

CONE = (80.0, 430.0)
"""Metres that the great cone stands over the plain with the least and with the most `TerrainSpec.relief`."""


@dataclass(frozen=True)
class AshPlain(Plan):
    """The plain before the volcano; metres before `scale` multiplies lengths."""

    relief: ClassVar[Relief] = Relief(
        soil=((17.0, 0.22), (6.1, 0.10), (2.3, 0.035), (0.9, 0.012)),
        crags=((14.0, 1.5), (6.3, 0.9), (2.8, 0.4), (1.2, 0.14)),
        ledges=((12.0, 1.2),),
    )
    heights: ClassVar[tuple[float, float]] = (16.0, 70.0)

    seed: int
    scale: float

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up, 0 to about 1; flat blocks."""
        k = np.float32(1 / self.scale)
        xs, ys = warp2(x * k / np.float32(620), y * k / np.float32(620), subseed(self.seed, "bend"), 0.2, 2)
        hills = np.float32(0.12) + np.float32(0.12) * fbm2(xs, ys, subseed(self.seed, "hills"), 3)
        distance = hypot(x, y) * k
        xf, yf = warp2(x * k / np.float32(3600), y * k / np.float32(3600), subseed(self.seed, "far bend"), 0.25, 2)
        chain = 1 - np.abs(fbm2(xf, yf, subseed(self.seed, "far"), 3)) * np.float32(2.0)
        beyond = _smooth(1700, 5200, distance)
        rise = hills * (np.float32(0.25) + np.float32(0.75) * _smooth(120, 700, distance))
        return np.maximum(
            rise * (1 - beyond) + np.float32(0.95) * np.maximum(chain, np.float32(0.05)) * beyond, np.float32(0.02)
        )


def volcano(terrain: TerrainSpec, seed: int) -> Volcano:
    """Draw the cones and the flows that belong to the seed."""
    rng = stream(seed, "volcano")
    scale = terrain.size / DESIGN_SIDE

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    rise = min(CONE[0] * (CONE[1] / CONE[0]) ** terrain.relief, 0.2 * terrain.size)
    foot = min(rise * between(1.9, 2.5), 0.36 * terrain.size)
    x, y = scale * between(-260, 260), foot + scale * between(250, 480)
    great = Cone(x, y, foot, rise, between(0.18, 0.30), between(0.35, 0.75), (-x, -y), between(0.12, 0.45))
    cones = [great]
    for _ in range(int(rng.integers(1, 5))):
        side = float(rng.choice([-1, 1]))
        small = scale * between(60, 150)
        place = (side * scale * between(260, 950), scale * between(160, 1100))
        breach = (between(-1, 1), between(-1, 1))
        cones.append(
            Cone(*place, small, small * between(0.34, 0.5), between(0.2, 0.32), between(0.4, 0.8), breach, between(0, 0.5))
        )
    flows = []
    for number in range(int(rng.integers(3, 6))):
        newest = number == 0
        aim = (
            scale * (between(-40, 40) if newest else between(-900, 900)),
            scale * (between(-190, -40) if newest else between(-330, 260)),
        )
        flows.append(
            Flow(
                start=(x, y),
                end=aim,
                breadth=scale * (between(90, 170) if newest else between(110, 260)),
                thickness=between(2.6, 5.0) if newest else between(1.6, 3.8),
                rubble=float(np.clip(between(-0.3, 1.3), 0, 1)),
                age=between(0.0, 0.25) if newest else between(0.35, 1.0),
                bend=scale * between(-130, 130),
            )
        )
    heat = between(0.5, 1.0) if rng.random() < 0.35 else 0.0
    # Old flows lie under young ones.
    return Volcano(seed, scale, tuple(cones), tuple(sorted(flows, key=lambda flow: -flow.age)), heat)


def volcanic_terrain(terrain: TerrainSpec, seed: int, threads: int | None = None) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plain = shaped(AshPlain(seed, terrain.size / DESIGN_SIDE), terrain, seed, threads=threads)
    return with_volcano(plain, volcano(terrain, seed), terrain.erosion)


def _smooth(low: float, high: float, value: Any) -> Any:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
