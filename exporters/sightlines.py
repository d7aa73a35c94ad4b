"""The straight ways from a camera to points, and which triangles can stand in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera

_SHORT = 2e-4
"""That part of the way, at its end, is left out, so that no surface hides its own point."""
_SMALL = 4
"""Small is what reaches over at most 2 to the power of that many pixels."""


@dataclass(frozen=True)
class SightLines:
    """N ways from where a camera begins to see: `starts` (N, 3) in the world, unit `ways` (N, 3), `lengths` (N,) in metres."""

    starts: NDArray[np.float64]
    ways: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @classmethod
    def to(cls, camera: Camera, points: NDArray[np.float64]) -> SightLines:
        """Return the ways to points (N, 3) in the world that lie before the camera; they end a little before the points.

        Those of an orthographic camera are parallel. What lies nearer than the camera's clip distance is no part of them.
        """
        lens = camera.intrinsics
        depth = np.maximum(camera.to_camera(points)[:, 2], 1e-9)
        if lens.model == "orthographic":
            ahead = camera.rotation[:, 2]
            ways = np.broadcast_to(ahead, points.shape)
            origin, distance, near = points - depth[:, None] * ahead, depth, np.float64(lens.near)
        else:
            way = points - camera.origin
            distance = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
            ways, origin = way / distance[:, None], camera.origin
            near = lens.near * distance / depth if lens.model == "pinhole" else np.float64(lens.near)
        lengths = np.maximum(distance * (1 - _SHORT) - near, 0.0)
        return cls(origin + ways * np.expand_dims(near, -1), ways, lengths)

    def __getitem__(self, rows: NDArray[np.intp]) -> SightLines:
        return SightLines(self.starts[rows], self.ways[rows], self.lengths[rows])

    def moved(self, by: NDArray[np.float64]) -> SightLines:
        """Return the lines moved by a way (3,)."""
        return SightLines(self.starts + by, self.ways, self.lengths)

    def within(self, inverses: NDArray[np.float64]) -> SightLines:
        """Return the same lines in spaces given by world-to-local matrices (N, 4, 4), with lengths in their units; the ways are
        no unit vectors there.
        """
        turn = inverses[:, :3, :3]
        starts = np.einsum("nij,nj->ni", turn, self.starts) + inverses[:, :3, 3]
        ways = np.einsum("nij,nj->ni", turn, self.ways)
        return SightLines(starts, ways, self.lengths * np.linalg.norm(ways, axis=1))


@dataclass(frozen=True)
class InTheWay:
    """Triangles that lines of sight may meet: indices of `large` ones (L,) and of `small` ones (S,), whose boxes in the chart
    reach from `low` to `high` (S, 2), as (down, right) in pixels, and begin at the depth `nearest` (S,).
    """

    large: NDArray[np.intp]
    small: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    nearest: NDArray[np.float64]


def in_the_way(
    camera: Camera, vertices: NDArray[np.float64], triangles: NDArray[np.int32], points: NDArray[np.float64]
) -> InTheWay:
    """Return those triangles (T, 3) of world vertices (V, 3) that the ways to some of the points (N, 3) may meet.

    They are those that begin before the farthest point that lands near their box in the picture: none that is met is missing.
    """
    camera = camera.chart
    lens = camera.intrinsics
    size = np.array([lens.height, lens.width])
    pixels, depth = camera.project(vertices)
    nearest, farthest = _ranges(depth, triangles)
    low, high = (np.stack(ends, -1) for ends in zip(*(_ranges(pixels[:, axis], triangles) for axis in (1, 0)), strict=True))
    everywhere = np.zeros(len(triangles), bool)
    if lens.model == "equirectangular":  # a straight edge bows towards a pole there, by less than it reaches around
        reach = high[:, 1] - low[:, 1]
        low[:, 0] -= reach
        high[:, 0] += reach
        nearest, everywhere = nearest * 0.0, reach >= 0.5 * lens.width
    elif lens.model == "pinhole":
        everywhere = (nearest <= 1e-9) & (farthest > 0)
    first, last = cells(low, size), cells(high, size)
    span = np.ceil(np.log2((last - first).max(1) + 1)).astype(np.intp)
    landed, reached = camera.project(points)
    deepest = np.zeros(size, np.float64)
    np.maximum.at(deepest, tuple(cells(landed[:, ::-1], size).T), reached)
    met = np.zeros(len(triangles), bool)
    for level in range(int(span.max(initial=-1)) + 1):  # now deepest[i, j] is that of the 2^level cells from i and from j
        some = np.flatnonzero(span == level)
        met[some] = nearest[some] < deepest[tuple(first[some].T)]
        for axis in (0, 1):
            deepest = np.maximum(deepest, _shifted(deepest, 1 << level, axis))
    small = np.flatnonzero(met & ~everywhere & (span <= _SMALL))
    large = np.flatnonzero(everywhere | (met & (span > _SMALL)))
    return InTheWay(large, small, low[small], high[small], nearest[small])


def _shifted(values: NDArray[np.float64], step: int, axis: int) -> NDArray[np.float64]:
    """Return the values that stand `step` further along an axis, 0 beyond the end."""
    moved = np.zeros_like(values)
    if step < values.shape[axis]:
        here, there = [slice(None)] * 2, [slice(None)] * 2
        here[axis], there[axis] = slice(None, -step), slice(step, None)
        moved[tuple(here)] = values[tuple(there)]
    return moved


def _ranges(values: NDArray[np.float64], triangles: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest of the values (V,) at each triangle's corners."""
    a, b, c = (values[triangles[:, corner]] for corner in range(3))
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


def cells(places: NDArray[np.float64], size: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows and columns (N, 2) that hold places (N, 2), as (down, right); what lies beside counts to the edge."""
    return np.clip(np.floor(places), 0, size - 1).astype(np.intp)
