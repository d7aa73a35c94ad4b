"""A square of texels shared out among faces, each with a rectangle of its own: no seams to choose, the same on every machine.

A face's corners lie at the middles of the outermost texels of its tile, so that bilinear filtering stays inside, and
two faces that meet show the same surface along their edge. A face narrower than a texel takes one texel across. Faces
smaller than a texel either way share one with those beside them in the given order, as many as have its area together: of
a twig too thin to be painted one colour is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tiles:
    """T rectangles: `x`, `y`, `width`, `height` (T,) texels from the lower left; `of_face` (F,) the tile of each face;
    `leader` (T,) the face that is painted into it.
    """

    x: Ints
    y: Ints
    width: Ints
    height: Ints
    of_face: Ints
    leader: Ints


def pack(sides: Floats, area: Floats, size: int, kinds: Ints | None = None) -> Tiles:
    """Share out `size` x `size` texels among F faces of `sides` (F, 2) m along and across, and `area` (F,) m2.

    All are painted about equally fine, as fine as fits: the edge of a texel in metres is found by bisection. Faces of other
    `kinds` (F,), of which there must be no more runs than texels, never share one.
    """
    breaks = np.zeros(len(area), bool) if kinds is None else np.diff(kinds, prepend=kinds[:1]) != 0
    low = float(np.sqrt(area.sum())) / size or 1.0
    high = low
    while (best := _packed(sides, area, size, high, breaks)) is None:
        high *= 2.0
    for _ in range(16):
        middle = float(np.sqrt(low * high))
        tried = _packed(sides, area, size, middle, breaks)
        if tried is None:
            low = middle
        else:
            best, high = tried, middle
    return best


def _packed(sides: Floats, area: Floats, size: int, texel: float, breaks: NDArray[np.bool_]) -> Tiles | None:
    """The tiles for texels of that edge in metres, or None where they do not fit; before `breaks` (F,) none is shared."""
    counts = np.where(sides < 0.7 * texel, 1, np.ceil(sides / texel).astype(np.int64) + 1)
    counts = np.minimum(counts, size)
    small = (counts == 1).all(1)
    if counts[~small].prod(1).sum() > size * size:
        return None
    filled = np.cumsum(np.where(small, area, 0.0))
    shared = np.floor((filled - np.where(small, area, 0.0)) / texel**2).astype(np.int64)
    starts = np.where(small, breaks | (np.diff(np.where(small, shared, -1), prepend=-2) != 0), True)
    leader = np.flatnonzero(starts)
    width, height = counts[leader].T
    place = _shelves(width, height, size)
    if place is None:
        return None
    return Tiles(*place, width, height, np.cumsum(starts) - 1, leader)


def _shelves(width: Ints, height: Ints, size: int) -> tuple[Ints, Ints] | None:
    """Stand the tiles on shelves, the highest first, otherwise in their order; return x and y, or None where it overflows."""
    order = np.argsort(-height, kind="stable")
    ends = np.cumsum(width[order])
    x, y = np.empty_like(width), np.empty_like(height)
    start, base = 0, 0
    while start < len(order):
        before = ends[start] - width[order[start]]
        stop = int(np.searchsorted(ends, before + size, "right"))
        row = order[start:stop]
        x[row] = ends[start:stop] - width[row] - before
        y[row] = base
        base += int(height[row[0]])
        if base > size:
            return None
        start = stop
    return x, y
