"""A river in eroded land: the trunk stream of the drainage, its course with meanders, and the bed and banks along it.

The course follows the receivers of the drainage through the greatest stream near the origin, from its source to the map's
edge; its level is the lowest height so far, so it runs downhill everywhere. It is smoothed, and swings to both sides as rivers
do: a wave is about twelve widths long (Leopold and Wolman 1960). Outer banks are cut steep, with deep water before them; inner
ones are flat bars of gravel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..elementary import exp, sin
from ..rng import stream
from .blocks import Floats
from .drainage import drainage
from .square import Square

STEP = 4.0
"""Metres between the points of a course."""
REACH = 150.0
"""Metres to both sides of the course within which places know where along it they lie."""
_SMOOTH = 42.0
"""Metres: the standard deviation over which the grid's corners in the course are smoothed away."""
_WAVE = 12.0
"""Length of a meander in widths."""


@dataclass(frozen=True)
class Course:
    """The middle line of a river, downstream: point (P, 2) m, about `STEP` apart; level (P,) m of its water in the eroded land,
    never rising; width (P,) m; bend (P,) curvature in 1/m, positive where it turns left."""

    point: Floats
    level: Floats
    width: Floats
    bend: Floats

    @property
    def tangent(self) -> Floats:
        """Unit vectors (P, 2) downstream."""
        ahead = np.gradient(self.point, axis=0)
        return (ahead / np.sqrt((ahead**2).sum(1, keepdims=True))).astype(np.float32)


@dataclass(frozen=True)
class Beside:
    """Where the cells of a map lie beside a course, (N, N) each: `along` m from its source, `across` m to the left of its
    middle, `level` m, `width` m and `bend` 1/m of the river there; `near` says which lie within `REACH`."""

    along: Floats
    across: Floats
    level: Floats
    width: Floats
    bend: Floats
    near: NDArray[np.bool_]


def trunk(heights: Floats, cell: float, start: tuple[int, int], radius: int, seed: int) -> NDArray[np.intp]:
    """Return the cells (P,), downstream, of the trunk stream that passes within `radius` cells of `start` (row, column).

    `heights` (N, N) m. Downstream it follows the drainage to the map's edge, upstream always the larger branch.
    """
    samples = len(heights)
    base = np.zeros(heights.shape, bool)
    base[0] = base[-1] = base[:, 0] = base[:, -1] = True
    flow = drainage(heights, base, cell, stream(seed, "trunk"))
    area = flow.accumulate(np.full(heights.size, cell * cell))
    receiver = np.empty(heights.size, np.intp)
    receiver[flow.order] = flow.order[flow.parents]
    rising = np.argsort(area, kind="stable")
    rising = rising[receiver[rising] != rising]
    donor = np.full(heights.size, -1, np.intp)
    donor[receiver[rising]] = rising
    row, column = np.divmod(np.arange(heights.size), samples)
    here = (np.abs(row - start[0]) <= radius) & (np.abs(column - start[1]) <= radius)
    begin = int(np.argmax(np.where(here, area, -1.0)))
    down, up = [begin], list[int]()
    while receiver[down[-1]] != down[-1]:
        down.append(int(receiver[down[-1]]))
    while (before := donor[up[-1] if up else begin]) >= 0 and area[before] > 40 * cell * cell:
        up.append(int(before))
    return np.array(up[::-1] + down, np.intp)


def course(cells: NDArray[np.intp], heights: Floats, square: Square, width: float, meanders: float, seed: int) -> Course:
    """Return the course along the cells of a trunk stream: `width` m wide on average, `meanders` 0..1."""
    samples = len(heights)
    cell = square.side / samples
    row, column = np.divmod(cells, samples)
    place = np.stack([square.x + (column + 0.5) * cell, square.y + (row + 0.5) * cell], 1)
    level = np.minimum.accumulate(heights.ravel()[cells].astype(np.float64))
    way = np.concatenate([[0.0], np.cumsum(np.sqrt((np.diff(place, axis=0) ** 2).sum(1)))])
    steps = np.arange(0.0, way[-1], STEP)
    lines = np.stack([np.interp(steps, way, values) for values in (*place.T, level)], 1)
    point = _smoothed(lines[:, :2], _SMOOTH / STEP)
    rng = stream(seed, "meanders")
    length = _WAVE * width
    phase = rng.uniform(0, 2 * np.pi, 4)
    turn = 2 * np.pi * steps / length + phase[0] + 1.1 * sin(2 * np.pi * steps / (2.7 * length) + phase[1])
    swing = sin(turn) * (0.75 + 0.35 * sin(2 * np.pi * steps / (4.3 * length) + phase[2]))
    ahead = np.gradient(point, axis=0)
    ahead /= np.sqrt((ahead**2).sum(1, keepdims=True))
    point = point + np.stack([-ahead[:, 1], ahead[:, 0]], 1) * (2.3 * width * meanders * swing)[:, None]
    point = _smoothed(point, 0.35 * width / STEP)
    first = np.gradient(point, axis=0)
    second = np.gradient(first, axis=0)
    bend = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / np.maximum((first**2).sum(1) ** 1.5, 1e-6)
    wide = width * (1.0 + 0.16 * sin(2 * np.pi * steps / (1.7 * length) + phase[3]))
    level = np.minimum.accumulate(_smoothed(lines[:, 2:], 60.0 / STEP)[:, 0])
    return Course(*(values.astype(np.float32) for values in (point, level, wide, bend)))


def beside(line: Course, square: Square, samples: int) -> Beside:
    """Return where the cells of a map lie beside the course."""
    cell = square.side / samples
    x, y = square.centres(samples)
    nearest = np.full(x.shape, np.float32(REACH**2))
    index = np.full(x.shape, -1, np.int32)
    half = int(REACH / cell) + 1
    middles = np.floor((line.point - np.array([square.x, square.y], np.float32)) / np.float32(cell)).astype(int)
    for number, (px, py) in enumerate(line.point):
        column, row = middles[number]
        part = (slice(max(0, row - half), max(0, row + half + 1)), slice(max(0, column - half), max(0, column + half + 1)))
        away = (x[part] - px) ** 2 + (y[part] - py) ** 2
        better = away < nearest[part]
        np.copyto(nearest[part], away, where=better)
        np.copyto(index[part], np.int32(number), where=better)
    near = index >= 0
    at = np.maximum(index, 0)
    tangent = line.tangent
    east, north = x - line.point[at, 0], y - line.point[at, 1]
    ahead = tangent[at]
    on = np.clip(east * ahead[..., 0] + north * ahead[..., 1], -STEP, STEP)
    across = north * ahead[..., 0] - east * ahead[..., 1]
    beyond = np.sqrt(np.maximum(nearest - across**2 - on**2, 0))
    side = np.where(across < 0, np.float32(-1), np.float32(1))
    along = at * np.float32(STEP) + on

    def known(values: Floats, elsewhere: float) -> Floats:
        return np.where(near, values, np.float32(elsewhere)).astype(np.float32)

    return Beside(
        known(along, 0.0),
        known(across + side * beyond, REACH),
        known(line.level[at], 0.0),
        known(line.width[at], 1.0),
        known(line.bend[at], 0.0),
        near,
    )


def level_around(line: Course, x: Floats, y: Floats) -> Floats:
    """Return the river's level m carried over the whole land, x and y (N, N) m: means weighted by distance (Shepard 1968)."""
    few = slice(None, None, max(1, len(line.point) // 90))
    total, weights = np.zeros_like(x), np.zeros_like(x)
    for (px, py), level in zip(line.point[few], line.level[few], strict=True):
        weight = 1 / ((x - px) ** 2 + (y - py) ** 2 + np.float32(80.0**2)) ** 2
        total += weight * level
        weights += weight
    return total / weights


def bed_and_banks(place: Beside, bank: float) -> tuple[Floats, Floats]:
    """Return the height (N, N) m of bed and banks above the water, and how far a bar of gravel lies there, 0..1.

    `bank` is the height of the banks in m.
    """
    side = np.where(place.across < 0, np.float32(-1), np.float32(1))
    inner = np.clip(place.bend * side * place.width * np.float32(3.0), -1, 1)
    inside = place.width / 2 - np.abs(place.across)
    wet, dry = np.maximum(inside, 0), np.maximum(-inside, 0)
    flat = np.clip(np.float32(0.5) + np.float32(0.9) * inner, 0, 1)
    run = np.float32(1.1) + np.float32(8.0) * flat * flat
    land = np.float32(bank) * (1 - exp(-dry / run)) + np.float32(0.02) * dry
    depth = np.float32(0.45) + np.float32(0.045) * place.width * (1 - np.float32(0.45) * inner)
    fall = np.float32(0.5) - np.float32(0.38) * flat
    height = np.where(inside < 0, land, -depth * (1 - exp(-wet * fall / depth)))
    bar = np.clip((flat - np.float32(0.55)) * np.float32(3.5), 0, 1)
    bar = bar * np.clip(1 - dry / (np.float32(0.5) * place.width + np.float32(2)), 0, 1) * (wet < 0.4 * place.width)
    return height.astype(np.float32), bar.astype(np.float32)


def _smoothed(values: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Return the rows (P, K) averaged along a Gaussian of `spread` rows; both ends keep their place."""
    reach = int(3 * spread) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(spread, 1e-3)) ** 2)
    kernel /= kernel.sum()
    before = 2 * values[0] - values[1 : reach + 1][::-1] if len(values) > reach else np.repeat(values[:1], reach, 0)
    after = 2 * values[-1] - values[-reach - 1 : -1][::-1] if len(values) > reach else np.repeat(values[-1:], reach, 0)
    padded = np.concatenate([before, values, after])
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], 1)
