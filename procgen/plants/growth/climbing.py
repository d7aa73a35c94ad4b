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
    """Finds the surface's point that is nearest to others: each cube of space lists the points in and around it."""

    def __init__(self, points: Floats, cell: float) -> None:
        self.cell, self.low = cell, points.min(0) - 2 * cell
        self.axes = np.concatenate([points, np.full((1, 3), 1e6)]).astype(np.float32).T.copy()  # a listed -1 is far away
        around = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(-1, 3)
        cubes = (self._cube(points)[:, None] + around).reshape(-1, 3)
        number = np.repeat(np.arange(len(points)), len(around))
        key = self._key(cubes)
        order = np.argsort(key, kind="stable")
        self.keys, start, count = np.unique(key[order], return_index=True, return_counts=True)
        self.table = np.full((len(self.keys), int(count.max())), -1, np.int32)
        self.table[np.repeat(np.arange(len(count)), count), np.arange(len(key)) - np.repeat(start, count)] = number[order]

    def nearest(self, points: Floats) -> Ints:
        """Return the number of the point that is nearest to each of (n, 3) m, (n,): exact up to a cube's side away."""
        key = self._key(self._cube(points))
        row = np.searchsorted(self.keys, key).clip(0, len(self.keys) - 1)
        listed = self.table[row]
        away = np.zeros(listed.shape, np.float32)
        for axis in range(3):
            offset = self.axes[axis][listed] - points[:, axis, None].astype(np.float32)
            away += offset * offset
        return listed[np.arange(len(points)), away.argmin(1)]

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
    place = _onto(start, surface.points[first], normal)
    way = _tangent(heading, normal)
    paths, normals = [place], [normal]
    going = np.ones(count, bool)
    ending = rng.integers(max(2, steps // 2), steps + 1, count)
    lengths = np.ones(count, np.int32)
    for index in range(steps):
        angle = np.array(_TURNS) + rng.normal(0, how.wander, (count, 1))
        aside = np.cross(normal, way)
        tried = way[:, None] * np.cos(angle)[..., None] + aside[:, None] * np.sin(angle)[..., None]
        ahead = (place[:, None] + tried * how.step).reshape(-1, 3)
        close = near.nearest(ahead)
        landed = _onto(ahead, surface.points[close], surface.normals[close])
        off = np.sqrt(((landed - surface.points[close]) ** 2).sum(-1)) / spacing
        rise = (landed[:, 2] - np.repeat(place[:, 2], turns)) / how.step
        cost = 0.5 * crowd[close] + 2.0 * np.maximum(off - 1.5, 0) - how.upward * rise + 0.5 * rng.random(len(off))
        cost += 4.0 * (landed[:, 2] > how.highest) + 0.25 * np.abs(angle).ravel()
        best = np.arange(count) * turns + cost.reshape(count, turns).argmin(1)
        going &= (off[best] < 4.0) & (landed[best, 2] <= how.highest) & (index < ending) & (crowd[close[best]] < 6)
        moved = np.where(going[:, None], landed[best], place)
        normal = np.where(going[:, None], surface.normals[close[best]], normal)
        way = np.where(going[:, None], _tangent(moved - place + 0.3 * how.step * way, normal), way)
        place = moved
        lengths += going
        np.add.at(crowd, close[best][going], 1.0)
        paths.append(place)
        normals.append(normal)
    return np.stack(paths, 1).astype(np.float32), np.stack(normals, 1).astype(np.float32), lengths


def _onto(points: Floats, foot: Floats, normal: Floats) -> Floats:
    """Drop points (n, 3) onto planes through `foot` (n, 3)."""
    return points - ((points - foot) * normal).sum(-1, keepdims=True) * normal


def _tangent(way: Floats, normal: Floats) -> Floats:
    """Turn ways (n, 3) into the planes across the normals, up where they stand against them."""
    flat = way - (way * normal).sum(-1, keepdims=True) * normal
    rise = UP - normal[:, 2:] * normal
    weak = (flat * flat).sum(-1, keepdims=True) < 0.15 * (way * way).sum(-1, keepdims=True)
    return unit(np.where(weak, flat + rise * np.sqrt((way * way).sum(-1, keepdims=True)), flat) + 1e-9)


def _spacing(surface: Surface) -> float:
    """The usual distance m between neighbours of the surface's points."""
    some = np.arange(0, len(surface.points), max(1, len(surface.points) // 100))
    away = squared(surface.points[some, None] - surface.points)
    away[np.arange(len(some)), some] = np.inf
    return 2 * float(np.sqrt(np.median(away.min(1))))
