"""The plan of an arctic world: a bay of the sea before low land under snow, with fast ice along its shore and mountains beyond.

The bay is a lake basin as large as the near land allows; erosion shapes what stands around it. Fast ice is laid along the near
shore afterwards: a flat belt that ends where the open water begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...elementary import exp, hypot
from ...rng import stream
from ...scene_spec import TerrainSpec, WaterSpec
from ..blocks import Floats
from ..land import Relief, Terrain
from ..plan import DESIGN_SIDE
from ..sea_ice import Pressure, snow_relief
from ..shaping import shaped
from .lake import LakeBasin

ARCTIC_MASKS = ("sea_ice",)
"""Masks that the plan adds, 0..1. sea_ice: where the ground is fast ice."""
FREEBOARD = 0.55
"""Metres that fast ice stands out of the water."""


@dataclass(frozen=True)
class ArcticBay(LakeBasin):
    """A lake basin that is a bay of the sea; belt: metres of fast ice before its shore."""

    relief = Relief(
        soil=((11.0, 0.14), (3.1, 0.03)),
        crags=((31.0, 5.0), (14.0, 3.0), (6.3, 1.4), (2.8, 0.5), (1.2, 0.14)),
        ledges=((31.0, 4.0), (12.0, 1.8)),
    )

    belt: float = 60.0

    def lowland(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return the sea that the coarse map keeps low."""
        cx, cy, a, b, _ = self.lake
        return hypot((x - np.float32(cx)) / np.float32(a), (y - np.float32(cy)) / np.float32(b)) < 1.1

    def shore_profile(self, inside: Floats) -> Floats:
        """Return the height of ice, land and sea floor for `water` distances: a low edge, a flat belt, a gentle rise."""
        land = np.maximum(-inside, 0)
        wet = np.maximum(inside, 0)
        edge = np.float32(FREEBOARD) * (1 - exp(-land / np.float32(1.2)))
        rise = np.float32(0.04) * np.maximum(land - np.float32(self.belt), 0)
        depth = np.float32(self.depth)
        return np.where(inside < 0, edge + rise, -depth * (1 - exp(-wet * np.float32(0.30) / depth)))

    def finished(self, heights: Floats, inside: Floats, lowest: float) -> Floats:
        """Return the land behind its belt of fast ice, and the sea's floor."""
        shore = self.shore_profile(inside)
        share = np.clip((-inside - np.float32(self.belt)) * np.float32(1 / 110), 0, 1)
        share = share * share * (3 - 2 * share)
        return shore + share * (np.maximum(heights, np.float32(1.5)) - shore)


def arctic_bay(terrain: TerrainSpec, water: WaterSpec, seed: int) -> ArcticBay:
    """Draw the plan that belongs to the seed; the edge of the ice always lies a few metres before the origin."""
    rng = stream(seed, "arctic bay")
    scale = terrain.size / DESIGN_SIDE

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    b = scale * (230 + 380 * water.extent) * between(0.9, 1.1)
    a = min(b * between(1.35, 1.8), 960 * scale)
    turn = between(-0.25, 0.25)
    aside = a * between(-0.3, 0.3)
    ahead = b * (1 - (aside / a) ** 2) ** 0.5 + between(6, 10)
    c, s = float(np.cos(turn)), float(np.sin(turn))
    lake = (c * aside - s * ahead, s * aside + c * ahead, a, b, turn)
    behind = (lake[1] + b) / scale
    crest = (behind + between(330, 560), between(-0.25, 0.25), between(300, 430))
    massifs = tuple(
        (float(x), crest[0] + crest[1] * float(x) + between(-120, 120), between(160, 300), between(0.3, 0.9))
        for x in np.linspace(-800, 800, int(rng.integers(3, 6))) + rng.uniform(-150, 150)
    )
    spurs = tuple((side * between(900, 1150), between(300, 900), between(150, 260), between(0.1, 0.5)) for side in (-1, 1))
    gap = (between(-500, 500), between(140, 320))
    walls = (between(0.03, 0.35), between(0.03, 0.35))
    belt = scale * between(25, 140)
    return ArcticBay(seed, scale, FREEBOARD, lake, crest, gap, walls, spurs, massifs, belt)


def arctic_terrain(terrain: TerrainSpec, water: WaterSpec, seed: int, threads: int | None = None) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plan = arctic_bay(terrain, water, seed)
    made = shaped(plan, terrain, seed, threads=threads)
    fields = []
    for field in (made.near, made.far):
        inside = field.masks["water"]
        fast = np.clip((inside + np.float32(plan.belt + 40)) * np.float32(1 / 40), 0, 1) * (inside < 0)
        rock = field.masks["rock"] * (1 - fast)
        fields.append(replace(field, masks=field.masks | {"sea_ice": fast.astype(np.float32), "rock": rock.astype(np.float32)}))
    near, far = fields
    return replace(made, near=near, far=far, forms=partial(snow_relief, Pressure.of(seed)))
