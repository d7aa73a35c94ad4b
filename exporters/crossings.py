"""Which lines of sight meet triangles that are small in the picture: found through the pixels that both lie in.

All lines end in one camera, so a triangle can only be met by those whose points land inside its box in the picture. For grass,
millions of triangles about as large as a pixel that are never twice the same, that is several times faster than to build a tree
of bounds and to search it. G. S. Johnson et al., "The irregular Z-buffer", ACM Transactions on Graphics 24, 2005.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .sightlines import InTheWay, SightLines, cells

_BLOCK = 1 << 18
"""Triangles that are looked at at once: it bounds the memory."""


def crossed(
    camera: Camera,
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int32],
    near: InTheWay,
    points: NDArray[np.float64],
    lines: SightLines,
) -> NDArray[np.bool_]:
    """Return (N,): the line of sight to a point (N, 3) meets one of the small triangles that are `near`."""
    camera = camera.chart
    lens = camera.intrinsics
    size = np.array([lens.height, lens.width])
    landed, depth = camera.project(points)
    places = landed[:, ::-1]
    cell = cells(places, size) @ [lens.width, 1]
    order = np.argsort(cell, kind="stable")
    starts = np.concatenate([[0], np.bincount(cell, minlength=size[0] * size[1]).cumsum()])
    first, last = cells(near.low, size), cells(near.high, size)
    met = np.zeros(len(points), bool)
    for block in _blocks(len(near.small)):
        height = last[block, 0] - first[block, 0] + 1
        line = np.repeat(block, height)
        row = (first[line, 0] + _counted(height)) * lens.width
        begin, end = starts[row + first[line, 1]], starts[row + last[line, 1] + 1]
        triangle = np.repeat(line, end - begin)
        point = order[np.repeat(begin, end - begin) + _counted(end - begin)]
        open_still = np.flatnonzero((depth[point] > near.nearest[triangle]) & ~met[point])
        triangle, point = triangle[open_still], point[open_still]
        inside = (places[point] >= near.low[triangle]) & (places[point] <= near.high[triangle])
        triangle, point = triangle[inside.all(1)], point[inside.all(1)]
        corners = vertices[triangles[near.small[triangle]]]
        met[point[_meets(corners, lines[point])]] = True
    return met


def _meets(corners: NDArray[np.float64], lines: SightLines) -> NDArray[np.bool_]:
    """Return whether (M,) lines meet triangles (M, 3, 3): Moeller and Trumbore, "Fast, minimum storage ray/triangle
    intersection", 1997.
    """
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(lines.ways, other)
    area = (edge * across).sum(1)
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=area != 0)
    start = lines.starts - corners[:, 0]
    u = (start * across).sum(1) * scale
    turned = np.cross(start, edge)
    v = (lines.ways * turned).sum(1) * scale
    way = (other * turned).sum(1) * scale
    return (area != 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (way > 0) & (way < lines.lengths)


def _counted(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return 0, 1, .. below each of the counts, one after the other."""
    return np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)


def _blocks(count: int) -> Iterator[NDArray[np.intp]]:
    for start in range(0, count, _BLOCK):
        yield np.arange(start, min(start + _BLOCK, count))
