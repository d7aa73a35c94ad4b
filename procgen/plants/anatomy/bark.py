"""Relief of bark: a trunk's points moved along their normals by the pattern that its material is coloured by.

It is geometry and no displacement, so that rays, depth and normals see the bark that the picture shows. `barked` is the call
for generators: `fine` gives the trunk enough rings and sides where a camera comes near, `relief` moves them.
"""

from __future__ import annotations

import numpy as np

from ...elementary import hypot
from ...nodes.arrays import ArrayWriter
from .bark_patterns import BARKS
from .skeleton import Floats, unit
from .tubes import Tubes, flared, sweep

REACH = 3.0
"""How far up a trunk its bark is fine, m."""
MOST_FACES = 9_600
_GROWN = 0.16
"""Radius in m from which on bark has its full depth."""


def barked(
    path: Floats, radii: Floats, kind: str | None, sides: int, near: bool, flare: tuple[float, float, int, float] | None = None
) -> Tubes:
    """Sweep a trunk along `path` (L, 3) m with `radii` (L,) m and give it its bark.

    `kind` is one of BARKS, None for no relief; only where it is `near` is the trunk raised, else it has `sides` sides and the
    same coordinates. `flare` is (foot m, strength, buttresses, turn rad) for a trunk that stands at the origin (`rooted`).
    """
    number = own_number(path)
    if kind is not None and near:
        path, radii, sides = fine(path, radii, kind)
    plain = sweep(path[None], radii[None], sides)
    trunk = Tubes(plain.points, plain.faces, plain.bark + np.array([0, 0, number], np.float32))
    if flare is not None:
        trunk = rooted(trunk, *flare)
    return relief(trunk, sides, kind) if kind is not None and near else trunk


def fine(path: Floats, radii: Floats, kind: str) -> tuple[Floats, Floats, int]:
    """Return the trunk `path` (L, 3) m with `radii` (L,) m in finer rows, and a number of sides that shows its bark.

    Rows lie on a cubic through the nodes, `REACH` up the trunk or over two thirds of a small one; above, nodes are kept.
    """
    bark = BARKS[kind]
    gaps = np.sqrt(((path[1:] - path[:-1]) ** 2).sum(1, dtype=np.float64))
    place = np.concatenate([[0.0], np.cumsum(gaps)])
    reach = min(REACH, 0.67 * place[-1])
    new = np.arange(0.0, reach, bark.along)
    whole = np.concatenate([new, place[place > reach + bark.along]])
    values = _cubic(place, np.column_stack([path, radii]).astype(np.float64), whole).astype(np.float32)
    girth = 2 * np.pi * float(np.median(radii[place <= reach]))
    sides = int(np.clip(round(girth / bark.around), 16, max(16, MOST_FACES // (len(whole) - 1))))
    return values[:, :3], values[:, 3], sides


def rooted(trunk: Tubes, foot: float, strength: float, buttresses: int, turn: float) -> Tubes:
    """Return a trunk at the origin with its root flare (`tubes.flared`), its bark as much wider there as the wood."""
    grown = flared(trunk.points, foot, strength, buttresses, turn)
    wider = hypot(grown[:, 0], grown[:, 1]) / np.maximum(hypot(trunk.points[:, 0], trunk.points[:, 1]), np.float32(1e-6))
    return Tubes(grown, trunk.faces, trunk.bark * np.stack([wider, wider, np.ones_like(wider)], 1))


def own_number(path: Floats) -> float:
    """How far up the pattern a trunk begins, 0..61 m, by the course of its path: individuals of one girth differ by it."""
    return float(np.abs(path.astype(np.float64)).sum() * 7.0 % 61.0)


def relief(trunk: Tubes, sides: int, kind: str) -> Tubes:
    """Return one swept tube of `sides` sides with the relief of its bark, less deep on thin wood and above `REACH`."""
    bark = BARKS[kind]
    radius = hypot(trunk.bark[:, 0], trunk.bark[:, 1])
    start = trunk.bark[0, 2]
    writer = ArrayWriter()
    above = writer.smoothstep(REACH + 2.5, REACH, trunk.bark[:, 2] - start)
    depth = np.float32(bark.depth) * np.minimum(radius / np.float32(_GROWN), np.float32(1)) * above
    height = bark.pattern(writer, trunk.bark) - np.float32(0.65)
    moved = trunk.points + _normals(trunk.points, sides) * (depth * height)[:, None]
    return Tubes(moved.astype(np.float32), trunk.faces, trunk.bark)


def _normals(points: Floats, sides: int) -> Floats:
    """Outward unit normals (N, 3) of a tube's points, from their neighbours around and along it."""
    grid = points.reshape(-1, sides, 3)
    around = np.roll(grid, -1, 1) - np.roll(grid, 1, 1)
    step = np.arange(len(grid))
    along = grid[np.minimum(step + 1, len(grid) - 1)] - grid[np.maximum(step - 1, 0)]
    return unit(np.cross(around, along).reshape(-1, 3))


def _cubic(knots: Floats, values: Floats, places: Floats) -> Floats:
    """Values (n, C) at `places` (n,) on the cubic Hermite spline through `values` (L, C) at ascending `knots` (L,)."""
    slopes = np.gradient(values, knots, axis=0)
    left = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, len(knots) - 2)
    width = (knots[left + 1] - knots[left])[:, None]
    t = (places[:, None] - knots[left][:, None]) / width
    s = 1 - t
    start = s * s * ((1 + 2 * t) * values[left] + t * width * slopes[left])
    return start + t * t * ((1 + 2 * s) * values[left + 1] - s * width * slopes[left + 1])
