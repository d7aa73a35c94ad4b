"""Which pixel centres triangles cover, exactly and without a loop over triangles.

A triangle meets the line through the centres of a pixel column in one interval, so it is a few vertical spans of pixels. Every
span adds 1 to a canvas where it starts and takes 1 away behind its end; the running sum down the canvas counts the triangles on
every pixel. So a triangle costs its width in columns, not its area, and a triangle between all centres costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-9
"""Pixels by which a triangle is widened: neighbours leave no gap at a centre on their common edge."""
_SPANS = 1 << 18
"""How many spans are worked on at once: it bounds the memory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Rectangles of one picture that lie behind each other in a canvas: first column and row, width and height (N,).

    A window is stored column after column with one cell below each, where spans to its last row end.
    """

    column: Ints
    row: Ints
    width: Ints
    height: Ints

    @property
    def cells(self) -> Ints:
        """(N,) how many cells each window takes."""
        return self.width * (self.height + 1)

    @property
    def starts(self) -> Ints:
        """(N,) the first cell of each window."""
        return np.cumsum(self.cells) - self.cells

    def cell(self, window: Ints, column: Ints, row: Ints) -> Ints:
        """Return the cells (M,) of pixels of the picture, each in its window."""
        return self.starts[window] + (column - self.column[window]) * (self.height[window] + 1) + row - self.row[window]

    def __getitem__(self, chosen: slice | NDArray[np.bool_]) -> Windows:
        return Windows(self.column[chosen], self.row[chosen], self.width[chosen], self.height[chosen])


def add_triangles(canvas: NDArray[np.int32], windows: Windows, window: Ints, x: tuple[Floats, ...], y: tuple[Floats, ...]) -> None:
    """Add triangles to a canvas (cells,) of span ends; its running sum counts the triangles on each pixel.

    `window` (T,) says into which window each triangle goes; `x` and `y` are its three corners' pixel coordinates, (T,) each.
    """
    first, last = _centres(np.minimum(np.minimum(*x[:2]), x[2]), np.maximum(np.maximum(*x[:2]), x[2]))
    first = np.maximum(first, windows.column[window])
    last = np.minimum(last, (windows.column + windows.width - 1)[window])
    wide = np.flatnonzero(last >= first)
    y = tuple(axis[wide] for axis in y)
    top, bottom = _centres(np.minimum(np.minimum(*y[:2]), y[2]), np.maximum(np.maximum(*y[:2]), y[2]))
    top = np.maximum(top, windows.row[window[wide]])
    bottom = np.minimum(bottom, (windows.row + windows.height - 1)[window[wide]])
    high = bottom >= top
    chosen = wide[high]
    x, y = tuple(axis[chosen] for axis in x), tuple(axis[high] for axis in y)
    top, bottom, window = top[high], bottom[high], window[chosen]
    first, count = first[chosen].astype(np.int64), (last - first + 1)[chosen].astype(np.int64)
    ends = np.cumsum(count)
    start = 0
    while start < len(count):
        done = ends[start] - count[start]
        stop = max(start + 1, int(np.searchsorted(ends, done + _SPANS, side="right")))
        triangle = np.repeat(np.arange(start, stop), count[start:stop])
        column = np.arange(len(triangle)) - (ends - count - first)[triangle] + done
        begin, end = _spans(tuple(axis[triangle] for axis in x), tuple(axis[triangle] for axis in y), column + 0.5)
        begin, end = np.maximum(begin, top[triangle]), np.minimum(end, bottom[triangle])
        met = end >= begin
        begin, end = begin[met].astype(np.int64), end[met].astype(np.int64)
        head = windows.cell(window[triangle[met]], column[met], begin)
        np.add.at(canvas, head, 1)
        np.add.at(canvas, head + end - begin + 1, -1)
        start = stop


def _centres(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the first and the last pixel whose centre lies in [low, high]; the last is before the first if none does."""
    return np.ceil(low - (0.5 + _EDGE)), np.floor(high - (0.5 - _EDGE))


def _spans(x: tuple[Floats, ...], y: tuple[Floats, ...], at: Floats) -> tuple[Floats, Floats]:
    """Return the first and the last row of triangles (S,) on the vertical lines x = `at` (S,)."""
    low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        width = x[b] - x[a]
        meets = (at >= np.minimum(x[a], x[b]) - _EDGE) & (at <= np.maximum(x[a], x[b]) + _EDGE) & (width != 0)
        share = np.clip((at - x[a]) / np.where(width == 0, 1.0, width), 0.0, 1.0)
        crossing = y[a] + share * (y[b] - y[a])
        low = np.where(meets, np.minimum(low, crossing), low)
        high = np.where(meets, np.maximum(high, crossing), high)
    return _centres(low, high)
