"""The silhouettes of whole things, as if nothing stood before them, and their masks as COCO writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cameras import Camera
from .projection import triangles
from .rasterise import Windows, add_triangles
from .shapes import Shapes

_CELLS = 1 << 23
"""How many pixels of silhouettes are held at once (but for one that is larger): 4 bytes and some masks each."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Things:
    """N things of a picture: `ids`, `windows` where each can be, `matrices` (N, 4, 4) local to world, `shape` indices."""

    ids: NDArray[np.int64]
    windows: Windows
    matrices: NDArray[np.float64]
    shape: NDArray[np.int64]


def silhouettes(camera: Camera, instance: NDArray[np.uint32], things: Things, shapes: Shapes) -> list[Counts]:
    """Return the run lengths (R,) of each thing's mask: COCO's, column after column, starting with a run of zeros.

    A pixel belongs to a thing if its centre lies in one of the thing's triangles, or if `instance` (H, W) shows it there.
    """
    order = np.argsort(things.shape, kind="stable")
    counts: list[Counts] = [np.empty(0, np.int64)] * len(order)
    for batch in _batches(things.windows.cells[order]):
        rows = order[batch]
        windows = things.windows[rows]
        canvas = np.zeros(int(windows.cells.sum()), np.int32)
        for shape in np.unique(things.shape[rows]):
            members = np.flatnonzero(things.shape[rows] == shape)
            for found in triangles(camera, shapes.shapes[shape], things.matrices[rows[members]]):
                add_triangles(canvas, windows, members[found.instance], found.corners, found.x, found.y)
        covered = np.cumsum(canvas, out=canvas) > 0
        covered[_seen(instance, things.ids[rows], windows)] = True
        for row, runs in zip(rows, run_lengths(covered, windows, instance.shape), strict=True):
            counts[row] = runs
    return counts


def run_lengths(covered: NDArray[np.bool_], windows: Windows, size: tuple[int, ...]) -> list[Counts]:
    """Return the run lengths of each window's mask in a picture of size (H, W), from their cells in a canvas."""
    height, width = size
    change = np.flatnonzero(np.diff(covered.view(np.int8), prepend=0))
    begin, length = change[::2], change[1::2] - change[::2]
    window = np.searchsorted(windows.starts, begin, side="right") - 1
    column, row = np.divmod(begin - windows.starts[window], windows.height[window] + 1)
    at = (column + windows.column[window]) * height + row + windows.row[window]
    joined = (at[1:] == (at + length)[:-1]) & (window[1:] == window[:-1])
    opens, closes = np.append(True, ~joined), np.append(~joined, True)
    if not len(at):
        opens, closes = opens[:0], closes[:0]
    ends = np.stack([at[opens], (at + length)[closes]], -1).reshape(-1)
    parts = np.split(ends, np.searchsorted(window[opens], np.arange(1, len(windows.column))) * 2)
    runs = [np.diff(part, prepend=0, append=height * width) for part in parts]
    return [part if part[-1] or len(part) == 1 else part[:-1] for part in runs]


def _batches(cells: NDArray[np.int64]) -> Iterator[slice]:
    ends = np.cumsum(cells)
    start = 0
    while start < len(cells):
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] - cells[start] + _CELLS, side="right")))
        yield slice(start, stop)
        start = stop


def _seen(instance: NDArray[np.uint32], ids: NDArray[np.int64], windows: Windows) -> NDArray[np.int64]:
    """Return the cells of all pixels that show one of these things."""
    window_of = np.full(max(int(instance.max(initial=0)), int(ids.max(initial=0))) + 1, -1, np.int64)
    window_of[ids] = np.arange(len(ids))
    window = window_of[instance]
    row, column = np.nonzero(window >= 0)
    return windows.cell(window[row, column], column, row)
