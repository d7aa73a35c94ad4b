"""How prickly pears grow: flat pads that spring from the rims of older pads, without running into their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...registry import Detail
from ..anatomy.skeleton import UP, Floats, Ints, unit

RINGS: dict[Detail, tuple[int, int]] = {"near": (15, 10), "middle": (8, 10), "far": (5, 6)}
"""Rings of a pad and points of a ring."""
_TRIALS = 6


@dataclass(frozen=True)
class Pads:
    """n pads, parents before their children: `foot` (n, 3) m, unit vectors `axis` (n, 3) from foot to top and `normal` (n, 3)
    of the flat side, `length` (n,) m, `breadth` (n,) and `thickness` (n,) as shares of it, `parent` (n,) or -1, and the
    `order` (n,) of branching.
    """

    foot: Floats
    axis: Floats
    normal: Floats
    length: Floats
    breadth: Floats
    thickness: Floats
    parent: Ints
    order: Ints

    def side(self) -> Floats:
        """Unit vectors (n, 3) across the pads, in their plane."""
        return np.cross(self.axis, self.normal)


def grow(count: int, length: float, breadth: float, bases: int, rng: np.random.Generator) -> Pads:
    """Grow `count` pads of about `length` m: `bases` stand on the ground, and each bears others on its rim in its turn."""
    foot, axis, normal, size, parent, order = [], [], [], [], [], []
    turn = rng.uniform(0, 2 * np.pi)
    for index in range(min(bases, count)):
        azimuth = turn + index * 2.399963
        outward = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        lean = 0.18 + 0.35 * rng.random() if bases > 1 else 0.12 * rng.random()
        up = unit(outward * np.sin(lean) + np.array([0, 0, np.cos(lean)]))
        foot.append(outward * (0.42 * length * (bases > 1)) * rng.uniform(0.6, 1.0) - 0.16 * length * UP)
        axis.append(up)
        normal.append(_across(up, rng.uniform(0, 2 * np.pi)))
        size.append(length * rng.uniform(0.95, 1.15))
        parent.append(-1)
        order.append(0)
    candidate = 0
    while len(foot) < count and candidate < len(foot):
        wanted = int(rng.integers(1, 4)) if order[candidate] else int(rng.integers(2, 4))
        angles = (np.arange(wanted) - 0.5 * (wanted - 1)) * rng.uniform(0.6, 0.95) + rng.normal(0, 0.22, wanted)
        for angle in angles:
            for _ in range(_TRIALS):
                place, outward = _rim(foot[candidate], axis[candidate], normal[candidate], size[candidate], breadth, angle)
                long = length * rng.uniform(0.75, 1.05) * 0.96 ** (order[candidate] + 1)
                heading = unit(0.7 * outward + 0.5 * UP + rng.normal(0, 0.2, 3) + 0.25 * normal[candidate] * rng.normal())
                centre = place + 0.55 * long * heading
                others = np.array([f + 0.55 * s * a for f, s, a in zip(foot, size, axis, strict=True)])
                apart = np.sqrt(((others - centre) ** 2).sum(1))
                apart[candidate] = np.inf
                if heading[2] > -0.05 and centre[2] > 0.5 * long * breadth and apart.min() > 0.68 * long:
                    foot.append(place)
                    axis.append(heading)
                    normal.append(_turned(normal[candidate], heading, rng.normal(0, 0.65)))
                    size.append(long)
                    parent.append(candidate)
                    order.append(order[candidate] + 1)
                    break
                angle = angle + rng.normal(0, 0.3)
            if len(foot) == count:
                break
        candidate += 1
    total = len(foot)
    return Pads(
        np.array(foot),
        np.array(axis),
        np.array(normal),
        np.array(size),
        breadth * rng.uniform(0.88, 1.1, total),
        0.085 * rng.uniform(0.85, 1.2, total) * (1.0 + 0.5 * (np.array(order) == 0)),
        np.array(parent, np.int32),
        np.array(order, np.int32),
    )


def outline(t: Floats) -> Floats:
    """Return the half breadth of an obovate pad at the shares `t` along it, 0..1: 1 where it is widest, at 0.6."""
    rounded = np.sqrt(np.clip(1 - ((t - 0.6) / 0.4) ** 2, 0, 1))
    narrowing = 0.17 + 0.83 * np.sin(0.5 * np.pi * np.clip(t / 0.6, 0, 1)) ** 1.35
    return np.where(t > 0.6, rounded, narrowing)


def surface(pads: Pads, detail: Detail) -> Floats:
    """Return the rings (n, R, S, 3) m of the pads."""
    t, around = stations(detail), angles(detail)
    half = np.maximum(outline(t), 0.05)
    length = pads.length[:, None, None, None]
    wide = 0.5 * pads.breadth[:, None, None] * half[:, None] * np.cos(around)
    swollen = 0.35 + 0.65 * np.sin(np.pi * np.clip(t, 0.02, 1.0) ** 0.8)
    bulge = np.sign(np.sin(around)) * np.abs(np.sin(around)) ** 0.75
    thick = pads.thickness[:, None, None] * np.minimum(swollen, 1.4 * half + 0.02)[:, None] * bulge
    return (
        pads.foot[:, None, None]
        + length * t[:, None, None] * pads.axis[:, None, None]
        + length * wide[..., None] * pads.side()[:, None, None]
        - length * thick[..., None] * pads.normal[:, None, None]
    )


def stations(detail: Detail) -> Floats:
    """Return the places (R,) of the rings along a pad, closer where it is round."""
    return 0.5 - 0.5 * np.cos(np.linspace(0.12, 0.985, RINGS[detail][0]) * np.pi)


def angles(detail: Detail) -> Floats:
    """Return the angles (S,) rad of the points of a ring, 0 at the rim on the side's end, a quarter turn on the flat face."""
    sides = RINGS[detail][1]
    return np.arange(sides) * (2 * np.pi / sides)


def _rim(foot: Floats, axis: Floats, normal: Floats, length: float, breadth: float, angle: float) -> tuple[Floats, Floats]:
    """The point on a pad's rim at `angle` rad from its top, and the direction outward there."""
    side = np.cross(axis, normal)
    inside = 0.92
    point = (
        foot + length * axis * (0.6 + 0.4 * inside * np.cos(angle)) + side * (0.5 * inside * breadth * length * np.sin(angle))
    )
    return point, unit(axis * np.cos(angle) + side * np.sin(angle))


def _across(axis: Floats, turn: float) -> Floats:
    level = unit(np.cross(axis, np.array([1.0, 0.1, 0.0])))
    return unit(level * np.cos(turn) + np.cross(axis, level) * np.sin(turn))


def _turned(normal: Floats, axis: Floats, turn: float) -> Floats:
    """The parent's normal made square to `axis` and turned round it."""
    level = unit(normal - axis * (normal * axis).sum())
    return unit(level * np.cos(turn) + np.cross(axis, level) * np.sin(turn))
