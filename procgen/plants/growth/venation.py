"""Veins grown over a blade, as a map for the materials of leaves, in the coordinates of the attribute `leaf`.

After Runions et al., "Modeling and visualization of leaf venation patterns" (SIGGRAPH 2005): auxin sources spread over the
blade draw veins towards them and are used up where these arrive. The veins of first and second order are the start: a midrib
with curved side veins, or the five veins of a palm. What grows between them is closed into meshes by joining every free tip
to the nearest vein that it did not come from, which stands for the paper's sources that last until all veins reach them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from ...elementary import power, sin
from ...rng import stream
from ..anatomy.skeleton import Floats, Ints, pipe_radii, smoothed
from .colonise import Growth, colonise

Venation = Literal["pinnate", "palmate"]
HUB = 0.2
"""Where along a palmate leaf its main veins meet."""
COLUMNS, ROWS = 128, 256
_SPACING = {"pinnate": 0.018, "palmate": 0.027}
_STEP = 0.010
_STAMP = 3
_WIDEST = 0.009
_SAMPLES = 5


@dataclass(frozen=True)
class Veins:
    """A skeleton on the blade, in units of its length: points (N, 3) with z = 0, parents (N,), half widths (N,), and `joins`
    (J, 2), the pairs of nodes that close meshes.
    """

    points: Floats
    parents: Ints
    widths: Floats
    joins: Ints


@cache
def venation_map(kind: Venation) -> Floats:
    """Return a map (256, 128, 2) float32 in 0..1, rows from the foot to the tip, columns from the left to the right margin.

    The first channel is the veins, 1 on the midrib; the second is the height of the blade:
    its veins, and how it swells about the larger ones.
    """
    veins = grown(kind)
    sharp = _drawn(veins, kind)
    large = _drawn(veins, kind, 0.0035)
    for _ in range(3):
        large = _blurred(large)
    swelling = large / max(float(large.max()), 1e-6)
    return np.stack([sharp, np.float32(0.5) * (sharp + swelling)], -1)


def half_width(kind: Venation, along: Floats) -> Floats:
    """Half the width of the blade that veins grow in, against its length: an ellipse-like one, or an even strip."""
    if kind == "palmate":
        return np.full_like(along, 0.45, dtype=np.float32)
    return np.maximum(0.31 * sin(np.pi * power(np.clip(along, 0, 1), 0.85)), np.float32(0.02))


def grown(kind: Venation) -> Veins:
    """Grow the veins of a blade; the same ones whenever they are asked for."""
    rng = stream(0, "venation", kind)
    points, parents = _main_veins(kind, rng)
    spacing = _SPACING[kind]
    side = int(1 / spacing)
    cell = np.stack(np.meshgrid(np.arange(-side, side), np.arange(side)), -1).reshape(-1, 2)
    place = (cell + rng.uniform(0, 1, cell.shape)) * spacing
    inside = (np.abs(place[:, 0]) < 0.97 * half_width(kind, place[:, 1])) & (np.abs(place[:, 1] - 0.5) < 0.46)
    sources = np.column_stack([place[inside], np.zeros(inside.sum())]).astype(np.float32)
    growth = Growth(step=_STEP, influence=0.3, reach=1.3 * _STEP, tropism=(0, 0.05, 0), wander=0.22, nodes=6000)
    main = len(points)
    points, parents = colonise(points, parents, sources, growth, rng)
    points[:, 2] = 0
    points = smoothed(points, parents, 2)
    widths = pipe_radii(parents, 0.0016, 2.6)
    return Veins(points, parents, np.minimum(widths, _WIDEST).astype(np.float32), _joins(points, parents, main, 1.9 * spacing))


def _main_veins(kind: Venation, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """The midrib and the veins of first and second order that leave it, (N, 3) and parents (N,)."""
    count = round(1 / _STEP)
    veins = _Drawing(np.column_stack([np.zeros(count), np.arange(count) * _STEP]), np.arange(-1, count - 1))
    if kind == "pinnate":
        for index in range(17):
            start = 0.04 + 0.80 * (index + rng.uniform(-0.15, 0.15)) / 17
            end = start + 0.20 - 0.08 * start
            edge = float(half_width(kind, np.array([end]))[0])
            veins.lead(round(start / _STEP), ((-1) ** index * 0.93 * edge, end), 0.28)
    else:
        for side in (-1.0, 1.0):
            for end in (0.06, 0.56):
                nodes = veins.lead(round(HUB / _STEP), (0.45 * side, end), 0.0)
                for share in (0.3, 0.5, 0.7):
                    for lift in (-0.13, 0.13):
                        x, y = veins.points[nodes[int(share * len(nodes))]]
                        veins.lead(nodes[int(share * len(nodes))], (x + 0.10 * side, y + lift * (1.3 - share)), 0.2)
            for start in np.arange(0.30, 0.9, 0.11) + 0.025 * side:
                veins.lead(round(start / _STEP), (side * (0.36 - 0.3 * abs(start - 0.5)), start + 0.13), 0.28)
    flat = np.column_stack([veins.points, np.zeros(len(veins.points))])
    return flat.astype(np.float32), veins.parents.astype(np.int32)


class _Drawing:
    """Veins as they are led: points (N, 2) and parents (N,)."""

    def __init__(self, points: Floats, parents: Ints) -> None:
        self.points, self.parents = points, parents

    def lead(self, foot: int, target: tuple[float, float], bow: float) -> Ints:
        """Lead a vein from the node `foot` to the target, bowed towards the foot of the leaf; return its nodes."""
        origin, way = self.points[foot], np.array(target) - self.points[foot]
        steps = max(3, round(float(np.sqrt((way * way).sum())) / _STEP))
        t = np.arange(1, steps + 1) / steps
        path = origin + way * t[:, None]
        path[:, 1] -= bow * abs(way[1]) * 4 * t * (1 - t) * 0.8
        nodes = np.arange(len(self.points), len(self.points) + steps)
        self.points = np.concatenate([self.points, path])
        self.parents = np.concatenate([self.parents, [foot], nodes[:-1]])
        return nodes


def _joins(points: Floats, parents: Ints, main: int, reach: float) -> Ints:
    """From every free tip that grew, the nearest node that is none of its last twelve ancestors, within `reach` (J, 2)."""
    childless = np.bincount(parents[parents >= 0], minlength=len(points)) == 0
    tips = np.flatnonzero(childless & (np.arange(len(points)) >= main))
    away = ((points[tips, None, :2] - points[None, :, :2]) ** 2).sum(-1)
    ancestor = tips.copy()
    row = np.arange(len(tips))
    for _ in range(12):
        away[row, ancestor] = np.inf
        ancestor = np.where(parents[ancestor] >= 0, parents[ancestor], ancestor)
    nearest = away.argmin(1)
    close = away[row, nearest] < reach**2
    return np.column_stack([tips, nearest])[close].astype(np.int32)


def _drawn(veins: Veins, kind: Venation, least: float = 0.0) -> Floats:
    """Draw the veins wider than `least` on the map: each a ridge, the higher the wider it is, (256, 128)."""
    child = np.flatnonzero((veins.parents >= 0) & (veins.widths > least))
    ends = np.concatenate([np.column_stack([child, veins.parents[child]]), veins.joins if least == 0.0 else veins.joins[:0]])
    share = np.linspace(0, 1, _SAMPLES + 1)[:-1, None, None]
    places = (veins.points[ends[:, 0]] * (1 - share) + veins.points[ends[:, 1]] * share)[..., :2].reshape(-1, 2)
    own = np.tile(veins.widths[ends[:, 0]], _SAMPLES)
    width, height = np.maximum(own, np.float32(0.0035)), power(own / np.float32(_WIDEST), 0.7)

    column = np.floor((places[:, 0] / half_width(kind, places[:, 1]) * 0.5 + 0.5) * COLUMNS)
    row = np.floor(places[:, 1] * ROWS)
    offset = np.stack(np.meshgrid(np.arange(-_STAMP, _STAMP + 1), np.arange(-_STAMP, _STAMP + 1)), -1).reshape(-1, 1, 2)
    columns, rows = (column + offset[..., 0]).astype(np.int32), (row + offset[..., 1]).astype(np.int32)
    along = ((rows + 0.5) / ROWS).astype(np.float32)
    across = ((columns + 0.5) / COLUMNS * 2 - 1).astype(np.float32) * half_width(kind, along)
    distance = np.sqrt((across - places[:, 0]) ** 2 + (along - places[:, 1]) ** 2)
    value = (height * np.clip(1.25 - distance / width, 0, 1)).astype(np.float32)
    kept = (value > 0) & (columns >= 0) & (columns < COLUMNS) & (rows >= 0) & (rows < ROWS)
    picture = np.zeros(ROWS * COLUMNS, np.float32)
    np.maximum.at(picture, rows[kept] * COLUMNS + columns[kept], value[kept])
    return picture.reshape(ROWS, COLUMNS)


def _blurred(picture: Floats) -> Floats:
    """The mean of 9 x 9 neighbours, the edge repeated."""
    for axis in (0, 1):
        pad = [(4, 4) if axis == turn else (0, 0) for turn in (0, 1)]
        sums = np.cumsum(np.pad(picture, pad, mode="edge"), axis, dtype=np.float64)
        low = np.concatenate([np.zeros_like(np.take(sums, [0], axis)), sums], axis)
        count = picture.shape[axis]
        picture = ((np.take(low, np.arange(9, 9 + count), axis) - np.take(low, np.arange(count), axis)) / 9).astype(np.float32)
    return picture
