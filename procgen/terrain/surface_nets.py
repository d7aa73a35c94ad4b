"""Surface nets: a closed skin of quads around everything where a function on a grid is negative (Gibson 1998).

Every cell with corners on both sides gets one point, the mean of where its edges are crossed; every grid edge that crosses gets
one quad, between the four cells around it. All of it is array arithmetic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats

_CORNERS = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]


def surface_nets(values: Floats, origin: tuple[float, float, float], cell: float) -> tuple[Floats, NDArray[np.int32]]:
    """Return points (N, 3) float32 and quads (F, 4), counter-clockwise from where `values` (X, Y, Z) is positive.

    Sample [i, j, k] lies at origin + cell * (i, j, k), in metres. The skin is open where it meets the side of the grid.
    """
    inside = values < 0
    shape = tuple(count - 1 for count in values.shape)
    corner = {c: tuple(slice(c[a], c[a] + shape[a]) for a in range(3)) for c in _CORNERS}
    count = np.sum([inside[corner[c]] for c in _CORNERS], axis=0, dtype=np.int8)
    mixed = (count > 0) & (count < 8)
    number = np.full(shape, -1, np.int32)
    number[mixed] = np.arange(int(mixed.sum()), dtype=np.int32)

    total, crossings = np.zeros((int(mixed.sum()), 3), np.float32), np.zeros(int(mixed.sum()), np.float32)
    for axis in range(3):
        for low in (c for c in _CORNERS if c[axis] == 0):
            i, j, k = (1 if a == axis else low[a] for a in range(3))
            first, second = values[corner[low]][mixed], values[corner[i, j, k]][mixed]
            crosses = (first < 0) != (second < 0)
            share = first[crosses] / (first[crosses] - second[crosses])
            place = np.broadcast_to(np.array(low, np.float32), (len(share), 3)).copy()
            place[:, axis] = share
            total[crosses] += place
            crossings[crosses] += 1
    cells = np.argwhere(mixed).astype(np.float32)
    points = (cells + total / crossings[:, None]) * np.float32(cell) + np.array(origin, np.float32)

    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        part = [slice(None)] * 3
        part[u], part[v] = slice(1, -1), slice(1, -1)
        before, after = part.copy(), part.copy()
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        starts, ends = inside[tuple(before)], inside[tuple(after)]
        for crosses, turned in ((starts & ~ends, False), (~starts & ends, True)):
            edge = np.argwhere(crosses)
            edge[:, [u, v]] += 1
            around = []
            for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
                beside = edge.copy()
                beside[:, u] += du
                beside[:, v] += dv
                around.append(number[tuple(beside.T)])
            quads.append(np.stack(around[::-1] if turned else around, 1))
    return points, np.concatenate(quads).astype(np.int32)
