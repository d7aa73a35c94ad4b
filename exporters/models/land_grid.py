"""The land as simulators take it: heights on a square grid, read off the triangles of the ground's mesh from above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 21
"""Pairs of a triangle and a node that are looked at together: it bounds the memory."""


@dataclass(frozen=True)
class LandGrid:
    """Heights (S, S) float64 m of nodes `spacing` m apart around `middle` (2,) m; rows go along y, columns along x."""

    middle: NDArray[np.float64]
    spacing: float
    heights: NDArray[np.float64]

    @property
    def half(self) -> float:
        """Half of the square's side in metres."""
        return 0.5 * self.spacing * (len(self.heights) - 1)

    @property
    def points(self) -> NDArray[np.float64]:
        """The nodes (S * S, 3) in the world, row by row."""
        steps = np.arange(len(self.heights)) * self.spacing - self.half
        x, y = np.meshgrid(self.middle[0] + steps, self.middle[1] + steps)
        return np.stack([x, y, self.heights], -1).reshape(-1, 3)

    @property
    def triangles(self) -> NDArray[np.int64]:
        """Two triangles a cell, (2 (S - 1)^2, 3) rows of `points`, counter-clockwise from above."""
        side = len(self.heights)
        corner = np.arange(side * side).reshape(side, side)[:-1, :-1].ravel()
        lower = np.stack([corner, corner + 1, corner + side], 1)
        upper = np.stack([corner + 1, corner + side + 1, corner + side], 1)
        return np.concatenate([lower, upper])


def land_grid(
    points: NDArray[np.floating], triangles: NDArray[np.integer], middle: NDArray[np.float64], half: float, spacing: float
) -> LandGrid:
    """Return the highest of the triangles (T, 3) of `points` (V, 3) above each node of a square of `half` m to every side.

    Where the mesh ends, heights go on as those of the nearest node that has one in the same row, or else column.
    """
    side = 2 * round(half / spacing) + 1
    origin = np.asarray(middle, np.float64) - 0.5 * spacing * (side - 1)
    corners = np.concatenate([(points[:, :2] - origin) / spacing, points[:, 2:]], 1).astype(np.float64)[triangles]
    low = np.ceil(corners[..., :2].min(1) - 1e-9).clip(0, side).astype(np.int64)
    high = np.floor(corners[..., :2].max(1) + 1e-9).clip(-1, side - 1).astype(np.int64)
    size = np.maximum(high - low + 1, 0)
    pairs = size.prod(1)
    heights = np.full(side * side, -np.inf)
    order = np.flatnonzero(pairs)
    ends = np.cumsum(pairs[order])
    for block in np.split(order, np.flatnonzero(np.diff(ends // _BLOCK)) + 1) if len(order) else []:
        triangle = np.repeat(block, pairs[block])
        place = np.arange(len(triangle)) - np.repeat(np.cumsum(pairs[block]) - pairs[block], pairs[block])
        column = low[triangle, 0] + place % size[triangle, 0]
        row = low[triangle, 1] + place // size[triangle, 0]
        z, inside = _heights(corners[triangle], np.stack([column, row], 1))
        np.maximum.at(heights, (row * side + column)[inside], z[inside])
    return LandGrid(np.asarray(middle, np.float64), spacing, _continued(heights.reshape(side, side)))


def _heights(corners: NDArray[np.float64], nodes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the height (N,) of each triangle (N, 3, 3) at its node (N, 2), and whether the node is inside."""
    a, b, c = corners.transpose(1, 0, 2)
    u, v, w = (b - a)[:, :2], (c - a)[:, :2], nodes - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    safe = np.where(area == 0, 1.0, area)
    s, t = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / safe, (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / safe
    inside = (area != 0) & (np.minimum(np.minimum(s, t), 1 - s - t) >= -1e-9)
    return a[:, 2] + s * (b - a)[:, 2] + t * (c - a)[:, 2], inside


def _continued(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill what is -inf from the nearest node along the row, and rows without any along the columns."""
    for axis in (1, 0):
        along = heights if axis else heights.T
        known = np.isfinite(along)
        index = np.arange(along.shape[1])
        before = np.maximum.accumulate(np.where(known, index, -1), 1)
        after = np.minimum.accumulate(np.where(known, index, 1 << 30)[:, ::-1], 1)[:, ::-1]
        nearest = np.where((before >= 0) & ((after > index[-1]) | (index - before <= after - index)), before, after)
        filled = np.take_along_axis(along, np.minimum(nearest, index[-1]), 1)
        heights = filled if axis else filled.T
    return heights
