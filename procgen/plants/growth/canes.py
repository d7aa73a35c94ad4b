"""Canes: the wood of shrubs without a trunk, long rods from one stock that stand, bow over, and bear side branches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy.blades import GOLDEN_ANGLE, radial
from ..anatomy.skeleton import UP, Floats, Ints, unit


@dataclass(frozen=True)
class Canes:
    """How `number` canes grow: `height` m of the highest point of all; `lean` rad, the least and the most that they lean at
    their foot; `arch` rad, how far the inner and the outer ones bow on to their tip, most of it late where `late` is large;
    `wander` rad a node; `girth` m is the radius at the foot, `stock` m that of the stock they leave from.
    """

    number: int
    height: float
    lean: tuple[float, float]
    arch: tuple[float, float]
    late: float
    wander: float
    girth: float
    stock: float
    nodes: int = 15


@dataclass(frozen=True)
class Sides:
    """How `each` side branches grow on a cane: between the shares `low` and `high` of it, `length` m where the cane is thick,
    at `angle` rad to it; `upturn` bends them on, 1 upward, -1 downward.
    """

    each: int
    low: float
    high: float
    length: float
    angle: float
    upturn: float
    nodes: int = 6


@dataclass(frozen=True)
class Rods:
    """A skeleton: points (N, 3) m, parents (N,), radii (N,) m, and the number of the cane (N,) that each node belongs to."""

    points: Floats
    parents: Ints
    radii: Floats
    cane: Ints


def canes(how: Canes, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return paths (n, L, 3) m of canes that stand around the origin, and their radii (n, L) m."""
    count, nodes = how.number, how.nodes
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.35, count)
    outer = np.sqrt((np.arange(count) + 0.5) / count)
    lean = how.lean[0] + (how.lean[1] - how.lean[0]) * outer * rng.uniform(0.6, 1.15, count)
    bowed = np.clip(outer**1.4 * rng.uniform(0.7, 1.2, count), 0, 1)
    arch = how.arch[0] + (how.arch[1] - how.arch[0]) * bowed
    length = rng.uniform(0.72, 1.0, count) * (1.05 - (0.25 + 0.08 * how.arch[1]) * outer)
    u = np.linspace(0, 1, nodes - 1)
    tilt = lean[:, None] + arch[:, None] * u**how.late + rng.normal(0, how.wander, (count, nodes - 1))
    turn = azimuth[:, None] + rng.normal(0, 1.6 * how.wander, (count, nodes - 1)).cumsum(1)
    way = np.stack([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)], -1)
    foot = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], -1) * (outer * how.stock)[:, None]
    paths = np.concatenate([np.zeros((count, 1, 3)), (way * (length / (nodes - 1))[:, None, None]).cumsum(1)], 1)
    paths *= how.height / float(paths[..., 2].max())
    paths += foot[:, None]
    paths[..., 2] = np.maximum(paths[..., 2], 0.025 * how.height * np.linspace(0, 1, nodes))
    paths[:, 0, 2] = -0.012 * how.height
    taper = how.girth * (length / length.max())[:, None] * (1 - 0.84 * np.linspace(0, 1, nodes))
    return paths.astype(np.float32), taper.astype(np.float32)


def branched(paths: Floats, radii: Floats, how: Sides, rng: np.random.Generator) -> Rods:
    """Set side branches on canes (n, L, 3) m with radii (n, L) m and return all as one skeleton."""
    count, nodes = radii.shape
    number = count * how.each
    row = np.repeat(np.arange(count), how.each)
    share = np.tile((np.arange(how.each) + 0.5) / max(how.each, 1), count) + rng.normal(0, 0.5 / max(how.each, 1), number)
    place = np.clip(how.low + (how.high - how.low) * share, how.low, how.high)
    node = np.clip(np.rint(place * (nodes - 1)).astype(np.int32), 1, nodes - 2)
    forward = unit(paths[row, node + 1] - paths[row, node - 1])
    azimuth = np.arange(number) * GOLDEN_ANGLE + rng.normal(0, 0.4, number)
    angle = (how.angle * rng.uniform(0.75, 1.25, number))[:, None]
    heading = forward * np.cos(angle) + radial(forward, azimuth) * np.sin(angle)
    length = how.length * rng.uniform(0.5, 1.1, number) * (1.1 - 0.75 * place)
    points = [paths[row, node]]
    for piece in range(how.nodes - 1):
        sway = rng.normal(0, 0.12, (number, 3))
        pull = heading + UP * how.upturn * (0.25 + 0.9 * piece / how.nodes) + sway
        points.append(points[-1] + unit(pull) * (length / (how.nodes - 1))[:, None])
    grown = np.stack(points[1:], 1)
    grown[..., 2] = np.maximum(grown[..., 2], 0.02 * length[:, None])
    thick = 0.62 * radii[row, node][:, None] * np.linspace(1, 0.3, how.nodes - 1)

    first = count * nodes
    main = np.arange(first, dtype=np.int32)
    side = first + np.arange(grown.shape[0] * grown.shape[1], dtype=np.int32)
    beginning = (side - first) % (how.nodes - 1) == 0
    foot = np.repeat(row * nodes + node, how.nodes - 1)
    parents = np.concatenate([np.where(main % nodes == 0, -1, main - 1), np.where(beginning, foot, side - 1)])
    least = 0.05 * float(radii.max())
    return Rods(
        np.concatenate([paths.reshape(-1, 3), grown.reshape(-1, 3)]).astype(np.float32),
        parents.astype(np.int32),
        np.maximum(np.concatenate([radii.ravel(), thick.ravel()]), least).astype(np.float32),
        np.concatenate([main // nodes, np.repeat(row, how.nodes - 1)]).astype(np.int32),
    )
