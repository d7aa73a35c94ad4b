"""From a plan to the land: the country around, the near land, the masks.

The country within ten kilometres is eroded on a coarse map first; the near square starts from it, so that valleys go on
across its edge. When the near land has taken its large shape, all heights are scaled to what the plan wants of the spec's
`relief`; the finer stages then add gullies and scree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial

import numpy as np

from ...progress import Progress
from ..elementary import hypot, log10
from ..rng import stream, subseed
from ..scene_spec import TerrainSpec
from .blocks import Floats, in_blocks
from .erosion import Eroded, Ground, Stage, erode, refine
from .heightfield import Heightfield
from .land import Terrain
from .noise import fbm2
from .plan import Plan
from .square import Square

FAR_SIDE = 20000.0
"""Metres: the side of the coarse map of the country around, for land of the designed size; it shrinks and grows with it."""
SMALLEST = 0.3
"""The coarse map shrinks no further than to this share: the land beyond it is flat."""
FAR_STAGES = (Stage(96, 40, 0.06), Stage(192, 10, 0.05), Stage(384, 5, 0.04))
PLAN_SAMPLES = 256
"""The plan is smooth: finer maps take it from this many samples a side."""


def shaped(
    plan: Plan, terrain: TerrainSpec, seed: int, progress: Progress | None = None, threads: int | None = None
) -> Terrain:
    """Return the land of a plan. `threads` changes the speed, never the bits."""
    side = FAR_SIDE * max(SMALLEST, plan.scale)
    far_square = Square(-side / 2, -0.4 * side, side)
    near_square = Square(-terrain.size / 2, -0.17 * terrain.size, terrain.size)
    settle, *fine = near_stages(terrain.resolution, terrain.erosion)
    far_rock = Rock(terrain, plan, far_square, True, seed, threads)
    near_rock = Rock(terrain, plan, near_square, False, seed, threads)
    strength = 3.5 + 5.0 * terrain.relief

    work = sum(stage.samples**2 * stage.steps for stage in (*FAR_STAGES, settle, *fine))
    with (progress or Progress()).task("Shaping the land", work) as task:

        def eroded(rock: Rock, start: Floats, stages: tuple[Stage, ...], strength: float) -> Eroded:
            ground = partial(rock.ground, strength)
            return erode(start, rock.square.side, stages, ground, rock.roughen, seed, task.advance)

        far = eroded(far_rock, far_rock.first_relief(FAR_STAGES[0].samples), FAR_STAGES, strength)
        start = far_square.field(far.heights).height(*near_square.centres(settle.samples))
        near = eroded(near_rock, near_rock.roughen(settle.samples, start), (settle,), strength)
        factor = np.float32(plan.gain(*near_square.centres(settle.samples), near.heights, terrain.relief))
        near = eroded(near_rock, near.heights * factor, tuple(fine), strength * float(factor))
    lowest = float(near.heights.min())
    near_field = _finished(near.heights, near, near_rock, lowest)
    far_field = _finished(far.heights * factor, far, far_rock, lowest)
    return Terrain(near_field, far_field, near_rock.dip, seed, plan.relief)


def near_stages(resolution: int, erosion: float) -> list[Stage]:
    """Return the stages of the near land; the last has `resolution` samples or the few more that doubling needs."""
    doublings = max(0, math.ceil(math.log2(resolution / 128)))
    coarsest = math.ceil(resolution / 2**doublings)
    work = 0.4 + erosion
    table = [(10, 0.05, 0), (round(16 * work), 0.04, 0), (round(8 * work), 0.03, 10), (4, 0.02, 10), (2, 0.02, 6), (1, 0.02, 6)]
    stages = [Stage(coarsest * 2**n, *table[n]) for n in range(doublings + 1)]
    return [Stage(coarsest, 24, 0.06), *stages]


class Rock:
    """What one square of land is made of: uplift by the plan, hard and soft beds, relief for finer maps."""

    def __init__(self, terrain: TerrainSpec, plan: Plan, square: Square, coarse: bool, seed: int, threads: int | None) -> None:
        """`coarse` land keeps the plan's lowland at the water's level."""
        self.terrain, self.plan, self.square, self.coarse, self.seed = terrain, plan, square, coarse, seed
        self.in_blocks: Callable[..., list[Floats]] = partial(in_blocks, threads=threads)
        dip = stream(seed, "beds").uniform(-0.25, 0.25, 2)
        self.dip = (float(dip[0]), float(dip[1]))
        self.planned = cache(self._planned)
        self.inside = cache(self._inside)

    def ground(self, strength: float, samples: int, heights: Floats) -> Ground:
        """Return the rock for a map of `samples` a side; `strength` is the slope kept at full uplift (see `Ground`)."""
        lift, beds = self.planned(samples)
        layers = self._layers(samples, heights, beds)
        edge = np.zeros(lift.shape, bool)
        edge[0] = edge[-1] = edge[:, 0] = edge[:, -1] = True
        base = edge | (self.inside(samples) > 0)
        if self.coarse:
            base |= self.plan.lowland(*self.square.centres(samples))
        stands = np.float32(0.55 + 0.8 * self.terrain.ruggedness)
        great, thin = (np.float32(share) for share in self.plan.hardness)
        return Ground(
            uplift=np.float32(strength) * lift * np.maximum(1 + great * beds + thin * layers, 0.2),
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

    def _planned(self, samples: int) -> tuple[Floats, Floats]:
        """Return uplift (0 to about 1) and hardness of the great beds (about -1 to 1)."""
        if samples > PLAN_SAMPLES and samples % 2 == 0:
            lift, beds = self.planned(samples // 2)
            return refine(lift), refine(beds)
        k = np.float32(1 / (420 * self.plan.scale))
        key = subseed(self.seed, "beds")
        lift, beds = self.in_blocks(
            lambda x, y: (self.plan.uplift(x, y), fbm2(x * k, y * k, key, 4)), self.square.centres(samples), 2
        )
        return lift, beds

    def _inside(self, samples: int) -> Floats:
        return self.in_blocks(lambda x, y: (self.plan.water(x, y),), self.square.centres(samples), 1)[0]

    def _layers(self, samples: int, heights: Floats, beds: Floats) -> Floats:
        """Return the hardness of the thin layers that crop out at these heights, about -1 to 1."""
        k = np.float32(1 / self.plan.scale)
        key = subseed(self.seed, "layers")

        def block(x: Floats, y: Floats, z: Floats, bed: Floats) -> tuple[Floats]:
            level = (z + np.float32(self.dip[0]) * x + np.float32(self.dip[1]) * y) * k + np.float32(30) * bed
            return (fbm2(level / 46, x * k / 900, key, 2),)

        return self.in_blocks(block, (*self.square.centres(samples), heights, beds), 1)[0]


def _finished(heights: Floats, eroded: Eroded, rock: Rock, lowest: float) -> Heightfield:
    """Lay the plan's shores into the eroded land and derive the masks of `land.MASKS`."""
    cell = rock.square.side / len(heights)
    inside = rock.inside(len(heights))
    heights = rock.plan.finished(heights, inside, lowest)
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
