"""From a spec and a seed to the land of a lake world: the plan, the country around, the near land, the masks.

The country within ten kilometres is eroded on a coarse map first; the near square starts from it, so that valleys go on
across its edge. When the near land has taken its large shape, all heights are scaled so that the highest summit stands as
high over the origin as `relief` asks; the finer stages then add gullies and scree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from ...progress import Progress
from ..elementary import hypot, log10
from ..rng import stream, subseed
from ..scene_spec import TerrainSpec, WaterSpec
from .blocks import Floats, in_blocks
from .erosion import Eroded, Ground, Stage, erode, refine
from .heightfield import Heightfield
from .lake_basin import LakeBasin, lake_basin
from .land import Terrain
from .noise import fbm2

FAR_SIDE = 20000.0
"""Metres: the side of the coarse map of the country around, for land of the designed size; it shrinks and grows with it."""
SMALLEST = 0.3
"""The coarse map shrinks no further than to this share: the land beyond it is flat."""
FAR_STAGES = (Stage(96, 40, 0.06), Stage(192, 10, 0.05), Stage(384, 5, 0.04))
VALLEY = 420.0
"""Metres about the lake that the coarse map keeps low: its cells are too large to hold a lake."""
PLAN_SAMPLES = 256
"""The plan is smooth: finer maps take it from this many samples a side."""


def lake_terrain(
    terrain: TerrainSpec, water: WaterSpec, seed: int, progress: Progress | None = None, threads: int | None = None
) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    basin = lake_basin(terrain, water, seed)
    side = FAR_SIDE * max(SMALLEST, basin.scale)
    far_square = Square(-side / 2, -0.4 * side, side)
    near_square = Square(-terrain.size / 2, -0.17 * terrain.size, terrain.size)
    settle, *fine = near_stages(terrain.resolution, terrain.erosion)
    far_rock = Rock(terrain, basin, far_square, VALLEY * basin.scale, seed, threads)
    near_rock = Rock(terrain, basin, near_square, 0.0, seed, threads)
    strength = 3.5 + 5.0 * terrain.relief

    work = sum(stage.samples**2 * stage.steps for stage in (*FAR_STAGES, settle, *fine))
    with (progress or Progress()).task("Shaping the land", work) as task:

        def eroded(rock: Rock, start: Floats, stages: tuple[Stage, ...], strength: float) -> Eroded:
            ground = partial(rock.ground, strength)
            return erode(start, rock.square.side, stages, ground, rock.roughen, seed, task.advance)

        far = eroded(far_rock, far_rock.first_relief(FAR_STAGES[0].samples), FAR_STAGES, strength)
        start = far_square.field(far.heights).height(*near_square.centres(settle.samples))
        near = eroded(near_rock, near_rock.roughen(settle.samples, start), (settle,), strength)
        factor = np.float32(wanted_rise(terrain.relief) / _rise(near.heights, near_square, basin))
        near = eroded(near_rock, near.heights * factor, tuple(fine), strength * float(factor))
    near_field = _finished(near.heights, near, near_rock)
    far_field = _finished(far.heights * factor, far, far_rock)
    return Terrain(near_field, far_field, near_rock.dip, seed)


def near_stages(resolution: int, erosion: float) -> list[Stage]:
    """Return the stages of the near land; the last has `resolution` samples or the few more that doubling needs."""
    doublings = max(0, math.ceil(math.log2(resolution / 128)))
    coarsest = math.ceil(resolution / 2**doublings)
    work = 0.4 + erosion
    table = [(10, 0.05, 0), (round(16 * work), 0.04, 0), (round(8 * work), 0.03, 10), (4, 0.02, 10), (2, 0.02, 6), (1, 0.02, 6)]
    stages = [Stage(coarsest * 2**n, *table[n]) for n in range(doublings + 1)]
    return [Stage(coarsest, 24, 0.06), *stages]


def wanted_rise(relief: float) -> float:
    """Return the tangent of the angle at which the highest summit should stand over the origin."""
    return math.tan(math.radians(4.0 + 16.0 * relief))


@dataclass(frozen=True)
class Square:
    """A square of land: lowest corner and side in metres; samples lie at cell centres."""

    x: float
    y: float
    side: float

    def centres(self, samples: int) -> tuple[Floats, Floats]:
        """Return x, y (N, N) of the cells' centres."""
        steps = (np.arange(samples) + 0.5) * (self.side / samples)
        x, y = np.meshgrid((self.x + steps).astype(np.float32), (self.y + steps).astype(np.float32))
        return x, y

    def field(self, heights: Floats, masks: dict[str, Floats] | None = None) -> Heightfield:
        """Return the map of heights (and masks) at the cells' centres as a field."""
        cell = self.side / len(heights)
        return Heightfield(heights, (self.x + cell / 2, self.y + cell / 2), cell, masks or {})


class Rock:
    """What one square of land is made of: uplift by the plan, hard and soft beds, relief for finer maps."""

    def __init__(
        self, terrain: TerrainSpec, basin: LakeBasin, square: Square, valley: float, seed: int, threads: int | None
    ) -> None:
        """`valley`: metres about the lake's middle that are kept at the water's level, or 0."""
        self.terrain, self.basin, self.square, self.valley, self.seed = terrain, basin, square, valley, seed
        self.in_blocks: Callable[..., list[Floats]] = partial(in_blocks, threads=threads)
        dip = stream(seed, "beds").uniform(-0.25, 0.25, 2)
        self.dip = (float(dip[0]), float(dip[1]))
        self.plan = cache(self._plan)
        self.inside = cache(self._inside)

    def ground(self, strength: float, samples: int, heights: Floats) -> Ground:
        """Return the rock for a map of `samples` a side; `strength` is the slope kept at full uplift (see `Ground`)."""
        lift, beds = self.plan(samples)
        layers = self._layers(samples, heights, beds)
        edge = np.zeros(lift.shape, bool)
        edge[0] = edge[-1] = edge[:, 0] = edge[:, -1] = True
        base = edge | (self.inside(samples) > 0)
        if self.valley:
            x, y = self.square.centres(samples)
            base |= hypot(x - np.float32(self.basin.lake[0]), y - np.float32(self.basin.lake[1])) < self.valley
        stands = np.float32(0.55 + 0.8 * self.terrain.ruggedness)
        return Ground(
            uplift=np.float32(strength) * lift * np.maximum(1 + np.float32(0.5) * beds + np.float32(0.35) * layers, 0.2),
            steepest=np.maximum(stands * (1 + np.float32(0.35) * beds + np.float32(0.5) * layers), np.float32(0.3)),
            repose=np.full_like(lift, 0.62),
            soil=1 + np.float32(3) * np.clip(1 - lift * np.float32(2.5), 0, 1),
            base=base,
        )

    def first_relief(self, samples: int) -> Floats:
        """Return the low, uneven land from which erosion starts."""
        key = subseed(self.seed, "start")
        return self.in_blocks(lambda x, y: (4 + 3 * fbm2(x / 900, y / 900, key, 3),), self.square.centres(samples), 1)[0]

    def roughen(self, samples: int, heights: Floats) -> Floats:
        """Return the heights with the relief of a few cells' size that a refined map lacks; flat land stays flat."""
        cell = self.square.side / samples
        k = np.float32(1 / (5.0 * cell))
        key = subseed(self.seed, "roughness", samples)
        rough = self.in_blocks(lambda x, y: (fbm2(x * k, y * k, key, 2),), self.square.centres(samples), 1)[0]
        return heights + rough * (np.float32(0.35 * cell) * np.clip(heights * np.float32(0.02), 0, 1))

    def _plan(self, samples: int) -> tuple[Floats, Floats]:
        """Return uplift (0 to about 1) and hardness of the great beds (about -1 to 1)."""
        if samples > PLAN_SAMPLES and samples % 2 == 0:
            lift, beds = self.plan(samples // 2)
            return refine(lift), refine(beds)
        k = np.float32(1 / (420 * self.basin.scale))
        key = subseed(self.seed, "beds")
        lift, beds = self.in_blocks(
            lambda x, y: (self.basin.uplift(x, y), fbm2(x * k, y * k, key, 4)), self.square.centres(samples), 2
        )
        return lift, beds

    def _inside(self, samples: int) -> Floats:
        return self.in_blocks(lambda x, y: (self.basin.water(x, y),), self.square.centres(samples), 1)[0]

    def _layers(self, samples: int, heights: Floats, beds: Floats) -> Floats:
        """Return the hardness of the thin layers that crop out at these heights, about -1 to 1."""
        k = np.float32(1 / self.basin.scale)
        key = subseed(self.seed, "layers")

        def block(x: Floats, y: Floats, z: Floats, bed: Floats) -> tuple[Floats]:
            level = (z + np.float32(self.dip[0]) * x + np.float32(self.dip[1]) * y) * k + np.float32(30) * bed
            return (fbm2(level / 46, x * k / 900, key, 2),)

        return self.in_blocks(block, (*self.square.centres(samples), heights, beds), 1)[0]


def _rise(heights: Floats, square: Square, basin: LakeBasin) -> float:
    """Return the tangent of the angle of the highest ground seen along +Y from the origin."""
    x, y = square.centres(len(heights))
    seen = (np.abs(x) < 0.6 * y) & (y > 300 * basin.scale)
    return float(np.max((heights / hypot(x, y))[seen]))


def _finished(heights: Floats, eroded: Eroded, rock: Rock) -> Heightfield:
    """Lay shores and the lake's bed into the eroded land and derive the masks of `land.MASKS`."""
    cell = rock.square.side / len(heights)
    inside = rock.inside(len(heights))
    shore = rock.basin.shore_profile(inside)
    share = _smooth((-inside - 3) / 45)
    heights = shore + share * (np.maximum(heights, np.float32(0.6 * rock.basin.bank)) - shore)
    slope = hypot(*np.gradient(heights, np.float32(cell)))
    deposit = np.clip(eroded.deposit / np.float32(0.25 * cell), 0, 1)
    masks = {
        "flow": np.clip(log10(np.maximum(eroded.drainage_area, 1)) / 6 - 0.2, 0, 1),
        "wear": np.clip(eroded.wear / np.float32(60), 0, 1),
        "deposit": deposit,
        "slope": slope,
        "rock": _smooth((slope - np.float32(0.5)) / np.float32(0.45)) * (1 - np.float32(0.7) * deposit),
        "water": inside,
    }
    return rock.square.field(heights.astype(np.float32), {name: m.astype(np.float32) for name, m in masks.items()})


def _smooth(t: Floats) -> Floats:
    """Return 0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)
