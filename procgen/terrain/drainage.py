"""Where water runs on a height map: receivers, depressions carved out, drainage area.

Cells are numbered row by row: cell (i, j) of an (N, N) map is i N + j; row i is y, column j is x. Every cell hands its
water to one receiver, its steepest lower neighbour; base cells (lakes, the map's edge) keep theirs. Distances between a
diagonal and its receiver are drawn at random (rho8, Fairfield and Leymarie 1991), which frees valleys from the grid's
eight directions. Water from a depression leaves over its lowest pass (Cordonnier, Bovy and Braun 2019).

`Drainage` keeps the cells sorted by their number of steps from the base. Cells of one step are independent of each
other, so accumulation and the implicit solution of erosion are a loop over steps with one vector operation each.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats

Cells = NDArray[np.int32]
NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Drainage:
    """The forest of receivers of a map of M cells.

    order (M,): cells sorted by steps from the base; starts: where in it each number of steps begins, and M at the end;
    parents (M,): for each place in `order` the place of its receiver; distances (M,): metres to the receiver, in order.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    parents: NDArray[np.intp]
    distances: Floats

    def accumulate(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each cell the sum of `amounts` (M,) over itself and all that drains through it."""
        total = amounts[self.order]
        starts, parents = self.starts, self.parents
        for step in range(len(starts) - 2, 0, -1):
            above, first, last = starts[step - 1], starts[step], starts[step + 1]
            total[above:first] += np.bincount(parents[first:last] - above, total[first:last], first - above)
        result = np.empty_like(total)
        result[self.order] = total
        return result


def drainage(heights: Floats, base: NDArray[np.bool_], cell: float, rng: np.random.Generator) -> Drainage:
    """Route the water of `heights` (N, N), metres, with `cell` metres between samples; `base` (N, N) cells take it up.

    At least one cell of the map must be base. `rng` draws the diagonals.
    """
    receivers = _steepest_neighbours(heights, base, rng)
    roots = _roots(receivers)
    receivers = _carved(heights.ravel(), base, receivers, roots)
    steps = _steps(receivers)
    order = np.argsort(steps.astype(np.uint16) if steps.max() < 65536 else steps, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(steps))])
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order))
    sorted_receivers = receivers[order]
    width = heights.shape[1]
    down = np.abs(order // width - sorted_receivers // width)
    across = np.abs(order % width - sorted_receivers % width)
    distances = np.where(down * across > 0, np.float32(cell * 2**0.5), np.float32(cell))
    return Drainage(order, starts, places[sorted_receivers], distances)


def _steepest_neighbours(heights: Floats, base: NDArray[np.bool_], rng: np.random.Generator) -> Cells:
    rows, columns = heights.shape
    padded = np.pad(heights, 1, constant_values=np.inf)
    centre = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    steepest = np.zeros_like(heights)
    shift = np.zeros((rows, columns), np.int32)
    diagonal = (1 / (2 - rng.random((rows, columns), np.float32))).astype(np.float32)
    for dy, dx in NEIGHBOURS:
        drop = heights - padded[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
        if dx and dy:
            drop *= diagonal
        better = drop > steepest
        np.copyto(steepest, drop, where=better)
        np.copyto(shift, np.int32(dy * columns + dx), where=better)
    shift[base] = 0
    return (centre + shift).ravel()


def _roots(receivers: Cells) -> Cells:
    """Return for each cell the last cell its water reaches (pointer jumping)."""
    roots = receivers
    while True:
        further = roots[roots]
        if np.array_equal(further, roots):
            return roots
        roots = further


def _steps(receivers: Cells) -> Cells:
    """Return for each cell the number of receivers between it and its root."""
    steps = (receivers != np.arange(len(receivers), dtype=np.int32)).astype(np.int32)
    ahead = receivers
    while True:
        more = steps[ahead]
        if not more.any():
            return steps
        steps = steps + more
        ahead = ahead[ahead]


def _carved(heights: Floats, base: NDArray[np.bool_], receivers: Cells, roots: Cells) -> Cells:
    """Return receivers in which every depression drains over its lowest pass: the way from the pass down is turned round."""
    flat_base = base.ravel()
    pits = np.unique(roots[~flat_base[roots]])
    if not len(pits):
        return receivers
    basin_of_root = np.zeros(len(heights), np.int32)
    basin_of_root[pits] = np.arange(1, len(pits) + 1, dtype=np.int32)
    passes = _passes(heights, basin_of_root[roots].reshape(base.shape))
    inner, outer = _lowest_way_out(passes, len(pits) + 1)
    receivers = receivers.copy()
    cell, ahead = inner, outer
    while len(cell):
        following = receivers[cell]
        receivers[cell] = ahead
        going_on = following != cell
        ahead, cell = cell[going_on], following[going_on]
    return receivers


def _passes(heights: Floats, basins: Cells) -> list[tuple[float, int, int, int, int]]:
    """Return the lowest pass of each pair of neighbouring basins: height, basins a < b, the cells on either side."""
    rows, columns = basins.shape
    cells = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    found = []
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, rows - dy), slice(max(0, -dx), columns - max(0, dx)))
        there = (slice(dy, rows), slice(max(0, dx), columns - max(0, -dx)))
        border = basins[here] != basins[there]
        found.append(np.stack([cells[here][border], cells[there][border]]))
    a, b = np.concatenate(found, axis=1)
    labels = basins.ravel()
    swap = labels[a] > labels[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    level = np.maximum(heights[a], heights[b])
    pair = labels[a].astype(np.int64) * (int(labels.max()) + 1) + labels[b]
    order = np.lexsort((level, pair))
    first = np.ones(len(order), bool)
    first[1:] = pair[order][1:] != pair[order][:-1]
    best = order[first]
    columns_of = (level[best], labels[a[best]], labels[b[best]], a[best], b[best])
    return list(zip(*(values.tolist() for values in columns_of), strict=True))


def _lowest_way_out(passes: list[tuple[float, int, int, int, int]], basins: int) -> tuple[Cells, Cells]:
    """Flood from the base (basin 0) over ever higher passes; return for each basin its pass's inner and outer cell."""
    around: dict[int, list[tuple[float, int, int, int]]] = defaultdict(list)
    for level, a, b, cell_a, cell_b in passes:
        around[a].append((level, b, cell_b, cell_a))
        around[b].append((level, a, cell_a, cell_b))
    ways: dict[int, tuple[int, int]] = {0: (0, 0)}
    front = list(around[0])
    heapq.heapify(front)
    while front and len(ways) < basins:
        level, basin, inner, outer = heapq.heappop(front)
        if basin in ways:
            continue
        ways[basin] = (inner, outer)
        for height, beyond, cell_in, cell_out in around[basin]:
            if beyond not in ways:
                heapq.heappush(front, (max(height, level), beyond, cell_in, cell_out))
    pairs = np.array([ways[basin] for basin in range(1, basins)], np.int32)
    return pairs[:, 0], pairs[:, 1]
