"""Climbing: stems that walk over a surface, given as points and normals, up where it rises and into what is still bare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..anatomy.skeleton import UP, Floats, Ints, squared, unit
from .mantle import gradient

_TURNS = (-0.75, -0.3, 0.0, 0.3, 0.75)


@dataclass(frozen=True)
class Surface:
    """What is climbed: points (N, 3) m spread about evenly over it, closer than a step, and unit normals (N, 3) outward."""

    points: Floats
    normals: Floats


class _Neighbours:
    """Finds the surface's point that is nearest to others: each cube of space lists those in and around it that may be."""

    def __init__(self, points: Floats, cell: float) -> None:
        self.cell, self.low = cell, points.min(0) - 2 * cell
        around = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
        cubes = (self._cube(points)[:, None] + around).reshape(-1, 3)
        number = np.repeat(np.arange(len(points)), len(around))
        key = self._key(cubes)
        order = np.argsort(key, kind="stable")
        number, cubes, key = number[order], cubes[order], key[order]
        first = np.append(True, key[1:] != key[:-1])
        start, row = np.flatnonzero(first), np.cumsum(first) - 1
        self.keys = key[start]
        apart = np.abs((points - self.low).astype(np.float32)[number] - ((cubes + 0.5) * cell).astype(np.float32))
        least = squared(np.maximum(apart - 0.5 * cell, 0))
        most = np.minimum.reduceat(squared(apart + 0.5 * cell), start)
        some = least <= 1.001 * most[row]  # others are never the nearest to anything in the cube
        number, row = number[some], row[some]
        count = np.bincount(row)
        place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        self.table = np.zeros((len(self.keys), int(count.max())), np.int32)
        self.table[row, place] = number
        self.axes = np.full((3, *self.table.shape), 1e6, np.float32)  # where none is listed it is far away
        self.axes[:, row, place] = points[number].T

    def nearest(self, points: Floats) -> Ints:
        """Return the number of the point that is nearest to each of (n, 3) m, (n,): exact up to a cube's side away."""
        key = self._key(self._cube(points))
        row = np.searchsorted(self.keys, key).clip(0, len(self.keys) - 1)
        away = np.zeros((len(points), self.table.shape[1]), np.float32)
        for axis in range(3):
            offset = self.axes[axis][row] - points[:, axis, None].astype(np.float32)
            away += offset * offset
        return self.table[row, away.argmin(1)]

    def _cube(self, points: Floats) -> Ints:
        return np.floor((points - self.low) / self.cell).astype(np.int64)

    def _key(self, cubes: Ints) -> Ints:
        return (cubes[..., 0] * (1 << 20) + cubes[..., 1]) * (1 << 20) + cubes[..., 2]


@dataclass(frozen=True)
class Climbing:
    """How stems climb: `stems` at first, each of at most `length` m in steps of `step` m, that branch `orders` times into
    `branches` each; `upward` draws them up, `wander` rad is the turn of a step; `highest` m is where they end.
    """

    stems: int
    length: float
    step: float
    orders: int
    branches: int
    upward: float
    wander: float
    highest: float


@dataclass(frozen=True)
class Vines:
    """S stems: paths (S, L, 3) m on the surface and its normals (S, L, 3) there, how many points count (S,), and the order
    (S,) of each, 0 for the first.
    """

    paths: Floats
    normals: Floats
    lengths: Ints
    order: Ints


def sampled(points: Floats, faces: Ints, count: int, rng: np.random.Generator) -> Surface:
    """Return `count` places spread evenly over a mesh: points (N, 3) m, faces (F, 3 or 4) counter-clockwise from outside."""
    triangles = faces if faces.shape[1] == 3 else faces[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    a, b, c = (points[triangles[:, k]].astype(np.float64) for k in range(3))
    across = np.cross(b - a, c - a)
    area = np.sqrt((across * across).sum(1))
    row = np.searchsorted(np.cumsum(area) / area.sum(), rng.random(count)).clip(0, len(area) - 1)
    u, v = np.sqrt(rng.random((count, 1))), rng.random((count, 1))
    places = a[row] * (1 - u) + b[row] * (u * (1 - v)) + c[row] * (u * v)
    return Surface(places.astype(np.float32), unit(across[row]).astype(np.float32))


def levelled(distance: Callable[[Floats], Floats], box: Floats, count: int, rng: np.random.Generator) -> Surface:
    """Return up to `count` places where a signed distance, of points (N, 3) m, is zero, inside a box (2, 3) m."""
    points = rng.uniform(box[0], box[1], (count, 3))
    for _ in range(8):
        points = points - gradient(distance, points) * distance(points)[:, None]
    inside = ((points >= box[0]) & (points <= box[1])).all(1) & (np.abs(distance(points)) < 2e-3)
    return Surface(points[inside].astype(np.float32), gradient(distance, points[inside]))


def climbed(surface: Surface, feet: Floats, headings: Floats, how: Climbing, rng: np.random.Generator) -> Vines:
    """Let stems climb the surface from `feet` (n, 3) m, at first along `headings` (n, 3); each keeps out of the others' way."""
    crowd = np.zeros(len(surface.points))
    spacing = _spacing(surface)
    near = _Neighbours(surface.points, max(1.3 * how.step, 1.5 * spacing))
    steps = max(4, round(how.length / how.step))
    row = np.arange(how.stems) % len(feet)
    made = [_walk(surface, near, crowd, spacing, feet[row], headings[row], steps, how, rng)]
    order = [np.zeros(how.stems, np.int32)]
    for level in range(1, how.orders + 1):
        paths, normals, lengths = made[-1]
        parent = np.repeat(np.arange(len(paths)), how.branches)
        long = np.maximum(lengths[parent] - 2, 1)
        node = (1 + rng.random(len(parent)) ** 0.8 * long).astype(np.int32)
        node = np.minimum(node, np.maximum(lengths[parent] - 2, 0))
        along = unit(paths[parent, node + 1] - paths[parent, node] + 1e-6 * UP)
        side = np.where(rng.random((len(parent), 1)) < 0.5, 1.0, -1.0)
        aside = np.cross(normals[parent, node], along) * side
        steps = max(4, round(0.62 * steps))
        made.append(_walk(surface, near, crowd, spacing, paths[parent, node], along * 0.6 + aside, steps, how, rng))
        order.append(np.full(len(parent), level, np.int32))
    longest = max(paths.shape[1] for paths, _, _ in made)

    def padded(values: Floats) -> Floats:
        return np.concatenate([values, np.repeat(values[:, -1:], longest - values.shape[1], axis=1)], axis=1)

    return Vines(
        np.concatenate([padded(paths) for paths, _, _ in made]),
        np.concatenate([padded(normals) for _, normals, _ in made]),
        np.concatenate([lengths for _, _, lengths in made]).astype(np.int32),
        np.concatenate(order),
    )


def _walk(
    surface: Surface, near: _Neighbours, crowd: Floats, spacing: float, start: Floats, heading: Floats, steps: int,
    how: Climbing, rng: np.random.Generator,
) -> tuple[Floats, Floats, Ints]:  # fmt: skip
    """Walk all stems at once: of some turns each takes the one that leads up, to bare surface, and not off its edge."""
    count, turns = len(start), len(_TURNS)
    first = near.nearest(start)
    normal = surface.normals[first]
    place = _onto(start, surface.points[first], normal).astype(np.float64)
    way = _tangent(heading, normal)
    paths, normals = [place.copy()], [normal.copy()]
    going = np.ones(count, bool)
    ending = rng.integers(max(2, steps // 2), steps + 1, count)
    lengths = np.ones(count, np.int32)
    for index in range(steps):
        sway, luck = rng.normal(0, how.wander, (count, 1)), rng.random((count, turns))
        on = np.flatnonzero(going & (index < ending))
        if not len(on):
            break
        angle = np.array(_TURNS) + sway[on]
        here, ahead, side = place[on], way[on], np.cross(normal[on], way[on])
        tried = ahead[:, None] * np.cos(angle)[..., None] + side[:, None] * np.sin(angle)[..., None]
        tried = (here[:, None] + tried * how.step).reshape(-1, 3)
        close = near.nearest(tried)
        landed = _onto(tried, surface.points[close], surface.normals[close])
        off = np.sqrt(squared(landed - surface.points[close])) / spacing
        rise = (landed[:, 2] - np.repeat(here[:, 2], turns)) / how.step
        cost = 0.5 * crowd[close] + 2.0 * np.maximum(off - 1.5, 0) - how.upward * rise + 0.5 * luck[on].ravel()
        cost += 4.0 * (landed[:, 2] > how.highest) + 0.25 * np.abs(angle).ravel()
        best = np.arange(len(on)) * turns + cost.reshape(-1, turns).argmin(1)
        free = (off[best] < 4.0) & (landed[best, 2] <= how.highest) & (crowd[close[best]] < 6)
        going[on] = free
        on, best, here, ahead = on[free], best[free], here[free], ahead[free]
        normal[on] = surface.normals[close[best]]
        way[on] = _tangent(landed[best] - here + 0.3 * how.step * ahead, normal[on])
        place[on] = landed[best]
        lengths[on] += 1
        np.add.at(crowd, close[best], 1.0)
        paths.append(place.copy())
        normals.append(normal.copy())
    return np.stack(paths, 1).astype(np.float32), np.stack(normals, 1).astype(np.float32), lengths


def _onto(points: Floats, foot: Floats, normal: Floats) -> Floats:
    """Drop points (n, 3) onto planes through `foot` (n, 3)."""
    return points - _dot(points - foot, normal)[:, None] * normal


def _tangent(way: Floats, normal: Floats) -> Floats:
    """Turn ways (n, 3) into the planes across the normals, up where they stand against them."""
    flat = way - _dot(way, normal)[:, None] * normal
    rise = UP - normal[:, 2:] * normal
    long = squared(way)[:, None]
    return unit(np.where(squared(flat)[:, None] < 0.15 * long, flat + rise * np.sqrt(long), flat) + 1e-9)


def _dot(left: Floats, right: Floats) -> Floats:
    product = left * right
    return product[..., 0] + product[..., 1] + product[..., 2]


def _spacing(surface: Surface) -> float:
    """The usual distance m between neighbours of the surface's points."""
    some = np.arange(0, len(surface.points), max(1, len(surface.points) // 40))
    away = squared(surface.points[some, None] - surface.points)
    away[np.arange(len(some)), some] = np.inf
    return 2 * float(np.sqrt(np.median(away.min(1))))
