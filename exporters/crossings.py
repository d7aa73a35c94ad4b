"""Which lines of sight meet polygons that are small in the picture: found through the pixels that both lie in.

All lines end in one camera, so a polygon can only be met by those whose points land inside its strip of the picture. For grass,
millions of quads a few pixels high and less than one wide that are never twice the same, that is many times faster than to
build a tree of bounds and to search it. G. S. Johnson et al., "The irregular Z-buffer", ACM Transactions on Graphics 24, 2005.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blockers import Blockers, cells, counted, triangles_of
from .cameras import Camera
from .motion import Topology
from .sightlines import SightLines
from .vectors import cross, dot

_BLOCK = 1 << 15
"""Polygons that are looked at at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class _Landed:
    """Points (N,) in the order of the pixels that they land in: `down` and `right` float32, `depth` float64; those of pixel i,
    counted along the rows, are those from `starts[i]` to `starts[i + 1]`.
    """

    down: NDArray[np.float32]
    right: NDArray[np.float32]
    depth: NDArray[np.float64]
    starts: NDArray[np.int32]


def crossed(
    camera: Camera,
    vertices: NDArray[np.floating[Any]],
    topology: Topology,
    near: Blockers,
    points: NDArray[np.float64],
    lines: SightLines,
) -> NDArray[np.bool_]:
    """Return (N,): the line of sight to a point (N, 3) meets one of the small polygons that are `near`."""
    camera = camera.chart
    lens = camera.intrinsics
    size = np.array([lens.height, lens.width])
    pixels, depth = camera.project(points)
    cell = cells(pixels[:, ::-1], size) @ np.array([lens.width, 1], np.int32)
    order = np.argsort(cell, kind="stable")
    starts = np.concatenate([[0], np.bincount(cell, minlength=size[0] * size[1]).cumsum()]).astype(np.int32)
    landed = _Landed(pixels[order, 1].astype(np.float32), pixels[order, 0].astype(np.float32), depth[order], starts)
    lines = lines[order]
    met = np.zeros(len(points), bool)
    for polygon, point in _candidates(near, landed, size, met):
        triangles, count = triangles_of(topology, near.small[polygon])
        point = np.repeat(point, count)
        met[point[_meets(vertices[topology.triangles[triangles]], lines[point])]] = True
    found = np.empty_like(met)
    found[order] = met
    return found


def _candidates(
    near: Blockers, landed: _Landed, size: NDArray[np.intp], met: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield pairs of a small polygon and a point behind it that lands in its strip and is not `met` yet."""
    first, last = cells(near.low, size)[:, 0], cells(near.high, size)[:, 0]
    top, left = near.low.T
    bottom, end = near.high.T
    for start in range(0, len(near.small), _BLOCK):
        height = last[start : start + _BLOCK] - first[start : start + _BLOCK] + 1
        strip = np.repeat(np.arange(start, start + len(height)), height)
        row = first[strip] + counted(height).astype(np.int32)
        upper = np.where(row > 0, np.maximum(row - top[strip], 0), 0) * near.lean[strip]
        lower = np.where(row < size[0] - 1, np.minimum(row + 1, bottom[strip]), bottom[strip])
        lower = (lower - top[strip]) * near.lean[strip]
        begin = left[strip] + np.maximum(np.minimum(upper, lower) + near.left[strip], 0)
        finish = np.minimum(left[strip] + np.maximum(upper, lower) + near.right[strip], end[strip])
        held = row[:, None] * size[1] + cells(np.stack([begin, finish], 1), size[[1]])
        count = np.maximum(landed.starts[held[:, 1] + 1] - landed.starts[held[:, 0]], 0)
        polygon = np.repeat(strip, count)
        point = np.repeat(landed.starts[held[:, 0]], count) + counted(count)
        behind = np.flatnonzero((landed.depth[point] > near.nearest[polygon]) & ~met[point])
        polygon, point = polygon[behind], point[behind]
        down = landed.down[point] - top[polygon]
        across = landed.right[point] - left[polygon] - near.lean[polygon] * down
        inside = (down >= 0) & (landed.down[point] <= bottom[polygon])
        inside &= (across >= near.left[polygon]) & (across <= near.right[polygon])
        yield polygon[inside], point[inside]


def _meets(corners: NDArray[np.floating[Any]], lines: SightLines) -> NDArray[np.bool_]:
    """Return whether (M,) lines meet triangles (M, 3, 3): Moeller and Trumbore, "Fast, minimum storage ray/triangle
    intersection", 1997.
    """
    first = corners[:, 0].astype(np.float64)
    edge, other, start = (np.ascontiguousarray((end - first).T) for end in (corners[:, 1], corners[:, 2], lines.starts))
    way = np.ascontiguousarray(lines.ways.T)
    across = cross(way, other)
    area = dot(edge, across)
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=area != 0)
    turned = cross(start, edge)
    u, v, reach = (dot(a, b) * scale for a, b in ((start, across), (way, turned), (other, turned)))
    return (area != 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (reach > 0) & (reach < lines.lengths)
