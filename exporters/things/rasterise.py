"""Which pixel centres triangles cover, exactly and without a loop over triangles.

A triangle meets the line through the centres of a pixel column in one interval, so it is a few vertical spans of pixels. Every
span adds 1 to a canvas where it starts and takes 1 away behind its end; the running sum down the canvas counts the triangles on
every pixel. So a triangle costs its width in columns, not its area, and a triangle between all centres costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

    def __getitem__(self, chosen: slice | NDArray[Any]) -> Windows:
        return Windows(self.column[chosen], self.row[chosen], self.width[chosen], self.height[chosen])


def add_triangles(canvas: NDArray[np.int32], windows: Windows, window: Ints, corners: Ints, x: Floats, y: Floats) -> None:
    """Add triangles to a canvas (cells,) of span ends; its running sum counts the triangles on each pixel.

    `window` (T,) says into which window each triangle goes; `corners` (3, T) index the points `x` and `y` (P,) in pixels.
    """
    left, right = _centres(*_range(x, corners))
    wide = np.flatnonzero(right >= left)
    top, bottom = _centres(*_range(y, corners[:, wide]))
    chosen = wide[bottom >= top]
    top, bottom = top[bottom >= top], bottom[bottom >= top]
    window, corners = window[chosen], corners[:, chosen]
    left = np.maximum(left[chosen], windows.column[window]).astype(np.int64)
    right = np.minimum(right[chosen], (windows.column + windows.width - 1)[window]).astype(np.int64)
    top = np.maximum(top, windows.row[window])
    bottom = np.minimum(bottom, (windows.row + windows.height - 1)[window])

    count = np.maximum(right - left + 1, 0)
    ends = np.cumsum(count)
    start = 0
    while start < len(count):
        done = ends[start] - count[start]
        stop = max(start + 1, int(np.searchsorted(ends, done + _SPANS, side="right")))
        of = np.repeat(np.arange(start, stop), count[start:stop])
        column = np.arange(len(of)) + (left - (ends - count - done))[of]
        low, high = _crossed(x, y, corners[:, of], column + 0.5)
        low, high = np.maximum(low, top[of]), np.minimum(high, bottom[of])
        met = np.flatnonzero(high >= low)
        begin, length = low[met].astype(np.int64), (high - low)[met].astype(np.int64) + 1
        head = windows.cell(window[of[met]], column[met], begin)
        np.add.at(canvas, head, 1)
        np.add.at(canvas, head + length, -1)
        start = stop


def _range(values: Floats, corners: Ints) -> tuple[Floats, Floats]:
    """Return the lowest and the highest value (T,) at the corners (3, T)."""
    a, b, c = (values[corner] for corner in corners)
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)


def _centres(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the first and the last pixel whose centre lies in [low, high]; the last is before the first if none does."""
    return np.ceil(low - (0.5 + _EDGE)), np.floor(high - (0.5 - _EDGE))


def _crossed(x: Floats, y: Floats, corners: Ints, at: Floats) -> tuple[Floats, Floats]:
    """Return the first and the last row of triangles (3, S) on the vertical lines x = `at` (S,)."""
    low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    for a, b in ((corners[0], corners[1]), (corners[1], corners[2]), (corners[2], corners[0])):
        xa, xb, ya = x[a], x[b], y[a]
        width = xb - xa
        flat = width == 0
        share = (at - xa) / np.where(flat, 1.0, width)
        slack = _EDGE / np.maximum(np.abs(width), _EDGE)
        meets = (share >= -slack) & (share <= 1 + slack) & ~flat
        crossing = ya + np.clip(share, 0.0, 1.0) * (y[b] - ya)
        low = np.where(meets, np.minimum(low, crossing), low)
        high = np.where(meets, np.maximum(high, crossing), high)
    return _centres(low, high)
