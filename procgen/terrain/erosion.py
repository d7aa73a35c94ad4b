"""How mountains get their shape: uplift against running water and falling rock, from coarse to fine.

Water cuts by the stream-power law dh/dt = U - K A^m |grad h| (Whipple and Tucker 1999), solved implicitly along the drainage
(Braun and Willett 2013), so that a step may be as long as one likes. Rock falls where a slope is steeper than it can
stand, and gathers as scree (thermal erosion, Musgrave 1989). Soil creeps. The work is done on 128, 256, 512 ...
samples a side: the coarse maps settle where the great valleys run, the fine ones add gullies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..elementary import hypot
from ..rng import stream
from .blocks import Floats
from .drainage import Drainage, drainage

AREA_EXPONENT = 0.3
"""m of the stream-power law: low, as for the debris flows that shape steep mountains (0.4 to 0.6 in river valleys)."""
STEP = 0.25
"""K dt of one step over the cell size: what the smallest streams cut in a step is a fraction of a cell."""


_ALL, _FRONT, _BACK = slice(None), slice(1, None), slice(None, -1)
_PAIRS = (
    ((_FRONT, _ALL), (_BACK, _ALL), 1.0),
    ((_ALL, _FRONT), (_ALL, _BACK), 1.0),
    ((_FRONT, _FRONT), (_BACK, _BACK), 2**0.5),
    ((_FRONT, _BACK), (_BACK, _FRONT), 2**0.5),
)
"""Neighbouring cells as two views of a map, and their distance in cells."""


@dataclass(frozen=True)
class Ground:
    """What erosion works on, sampled for one map of (N, N) cells.

    uplift: slope that a stream of 1 m2 of drainage area keeps in the long run; steepest: slope of the steepest rock;
    repose: slope at which loose stones rest; soil: multiplies the creep; base: cells whose height is given (lakes, the
    edge); all (N, N).
    """

    uplift: Floats
    steepest: Floats
    repose: Floats
    soil: Floats
    base: NDArray[np.bool_]


@dataclass(frozen=True)
class Eroded:
    """A height map in metres and what erosion left on it, (N, N) float32 each.

    drainage_area in m2; wear: metres that water took beyond what rock falls took; deposit: metres of scree.
    """

    heights: Floats
    drainage_area: Floats
    wear: Floats
    deposit: Floats


def fluvial_step(heights: Floats, ground: Ground, strength: float, flow: Drainage, area: NDArray[np.float64]) -> Floats:
    """Return the heights after one implicit step of uplift, incision and slope failure.

    `strength` is K dt of the stream-power law. `area` (M,): drainage area in m2. Base cells keep their height.
    """
    order, starts, parents = flow.order, flow.starts, flow.parents
    factor = (strength * area[order] ** AREA_EXPONENT / flow.distances).astype(np.float32)
    share = 1 / (1 + factor)
    risen = heights.ravel()[order] + np.float32(strength) * ground.uplift.ravel()[order]
    risen *= share
    factor *= share
    limit = np.float32(1.5) * ground.steepest.ravel()[order] * flow.distances
    level = heights.ravel()[order]
    for step in range(1, len(starts) - 1):
        part = slice(starts[step], starts[step + 1])
        below = level[parents[part]]
        new = factor[part] * below
        new += risen[part]
        below += limit[part]
        np.minimum(new, below, out=level[part])
    result = np.empty_like(level)
    result[order] = level
    return result.reshape(heights.shape)


def thermal_step(heights: Floats, steepest: Floats, cell: float, rate: float = 0.15) -> Floats:
    """Return the heights after rock has fallen one cell down wherever the slope exceeds `steepest`; keeps the sum.

    `steepest` (N, N) is the slope (rise over run) that stands. The edge is closed. `rate` up to 0.2 is stable.
    """
    change = np.zeros_like(heights)
    for upper, lower, run in _PAIRS:
        drop = heights[upper] - heights[lower]
        stand = np.float32(0.5 * cell * run) * (steepest[upper] + steepest[lower])
        moved = np.maximum(drop - stand, 0) + np.minimum(drop + stand, 0)
        moved *= np.float32(rate / run)
        change[upper] -= moved
        change[lower] += moved
    return heights + change


def slump(heights: Floats, steepest: Floats, cell: float, amount: Floats) -> Floats:
    """Return the heights moved towards the mean of the eight neighbours: by `amount` (soil creep), more on steep ground.

    From 0.8 of the slope `steepest` on, up to 0.6 of the way (nonlinear diffusion, Roering, Kirchner and Dietrich 1999), so
    that walls stay near that slope without the grid's facets.
    """
    p = np.pad(heights, 1, mode="edge")
    rows = p[:-2] + p[2:]
    mean = rows[:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
    mean *= np.float32(2)
    mean += rows[:, :-2]
    mean += rows[:, 2:]
    mean *= np.float32(1 / 12)
    mean -= heights
    slope = hypot(p[1:-1, 2:] - p[1:-1, :-2], p[2:, 1:-1] - p[:-2, 1:-1]) * np.float32(0.5 / cell)
    slope /= steepest
    excess = np.clip((slope - np.float32(0.8)) * np.float32(2), 0, 1)
    mean *= amount + np.maximum(np.float32(0.6) - amount, 0) * excess
    return heights + mean


def refine(heights: Floats) -> Floats:
    """Return the map with twice the samples a side over the same square; the corners stay (quadratic B-spline)."""
    return _refine_rows(_refine_rows(heights).T).T.copy()


def _refine_rows(h: Floats) -> Floats:
    p = np.concatenate([h[:1], h, h[-1:]])
    out = np.empty((2 * len(h), *h.shape[1:]), h.dtype)
    out[0::2] = np.float32(0.25) * p[:-2] + np.float32(0.75) * p[1:-1]
    out[1::2] = np.float32(0.75) * p[1:-1] + np.float32(0.25) * p[2:]
    return out


@dataclass(frozen=True)
class Stage:
    """One level of the pyramid: samples a side, steps of erosion, soil creep a step (0 to 1), steps of falling rock."""

    samples: int
    steps: int
    creep: float
    falls: int = 0


def erode(
    start: Floats,
    side: float,
    stages: Sequence[Stage],
    ground: Callable[[int, Floats], Ground],
    roughen: Callable[[int, Floats], Floats],
    seed: int,
    advance: Callable[[float], None] = lambda amount: None,
) -> Eroded:
    """Erode a square of `side` metres through the stages, whose samples double from one to the next.

    `start` (N, N) has the first stage's samples, at cell centres. `ground(samples, heights)` gives the rock;
    `roughen(samples, heights)` adds the relief that a finer map can show. `advance` hears how many cells were updated.
    """
    heights = start
    area = np.zeros(start.size)
    wear, deposit = np.zeros_like(start), np.zeros_like(start)
    for number, stage in enumerate(stages):
        cell = side / stage.samples
        if number:
            heights = roughen(stage.samples, refine(heights))
            wear, deposit = refine(wear), refine(deposit)
        unit = np.full(stage.samples**2, cell * cell)
        rock = ground(stage.samples, heights)
        for step in range(stage.steps):
            flow = drainage(heights, rock.base, cell, stream(seed, "drainage", stage.samples, step))
            area = flow.accumulate(unit)
            cut = fluvial_step(heights, rock, STEP * cell, flow, area)
            wear += np.maximum(heights - cut, 0)
            heights = np.where(rock.base, heights, slump(cut, rock.steepest, cell, stage.creep * rock.soil))
            advance(stage.samples**2)
        for _ in range(stage.falls):
            stands = np.where(deposit > np.float32(0.01 * cell), np.minimum(rock.repose, rock.steepest), rock.steepest)
            fallen = np.where(rock.base, heights, thermal_step(heights, stands, cell))
            deposit += fallen - heights
            heights = fallen
    return Eroded(heights, area.reshape(heights.shape).astype(np.float32), wear, np.maximum(deposit, 0))
