"""Branching skeletons: nodes with parents, radii by the pipe model, and the strands that tubes are swept along.

A parent always stands before its children, so `parents < arange(N)`; a root has parent -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.integer[Any]]

UP = np.array([0, 0, 1], np.float32)


@dataclass(frozen=True)
class Strands:
    """S paths along a skeleton, each from the node it springs from to a tip.

    nodes (S, L) int32 indices into the skeleton, padded with the last one; lengths (S,) int32 count the valid ones. The
    first node of a strand is the one that it branches off from.
    """

    nodes: Ints
    lengths: Ints


def depths(parents: Ints) -> Ints:
    """Return each node's number of ancestors, (N,) int32."""
    depth = np.zeros(len(parents), np.int32)
    ancestor = parents.copy()
    while (alive := ancestor >= 0).any():
        depth += alive
        ancestor = np.where(alive, parents[ancestor], -1)
    return depth


def pipe_radii(parents: Ints, tip: float, exponent: float) -> Floats:
    """Return radii (N,) in the unit of `tip`: r^e of a node is the sum of its children's (Shinozaki 1964, Murray's law).

    `exponent` is between 2 (the cross-section is kept, da Vinci) and 3.
    """
    depth = depths(parents)
    carried = np.where(np.bincount(parents[parents >= 0], minlength=len(parents)) == 0, tip**exponent, 0.0)
    for level in range(int(depth.max()), 0, -1):
        here = np.flatnonzero(depth == level)
        carried += np.bincount(parents[here], weights=carried[here], minlength=len(parents))
    return (carried ** (1.0 / exponent)).astype(np.float32)


def strands(parents: Ints, radii: Floats) -> Strands:
    """Cut a skeleton into strands: each goes on along its thickest child, every other child begins one of its own."""
    count = len(parents)
    order = np.lexsort((np.arange(count), radii, parents))
    last = np.append(parents[order][1:] != parents[order][:-1], True)
    heir = np.zeros(count, bool)
    heir[order[last]] = True
    heir &= parents >= 0
    head = np.where(heir, parents, np.arange(count, dtype=np.int32))
    while (head != (further := head[head])).any():
        head = further
    depth = depths(parents)
    place = depth - depth[head] + (parents[head] >= 0)
    heads, row = np.unique(head, return_inverse=True)
    lengths = np.zeros(len(heads), np.int32)
    np.maximum.at(lengths, row, place + 1)
    nodes = np.full((len(heads), int(lengths.max())), -1, np.int32)
    nodes[row, place] = np.arange(count)
    branching = parents[heads] >= 0
    nodes[branching, 0] = parents[heads[branching]]
    columns = np.minimum(np.arange(nodes.shape[1]), lengths[:, None] - 1)
    return Strands(np.take_along_axis(nodes, columns, 1), lengths)


def smoothed(points: Floats, parents: Ints, rounds: int) -> Floats:
    """Return points (N, 3) m where every node but roots and tips has moved halfway to the mean of its neighbours."""
    inner = (parents >= 0) & (np.bincount(parents[parents >= 0], minlength=len(points)) > 0)
    child = np.flatnonzero(parents >= 0)
    neighbours = np.bincount(parents[child], minlength=len(points)) + (parents >= 0)
    for _ in range(rounds):
        total = np.where((parents >= 0)[:, None], points[parents], 0).astype(np.float64)
        for axis in range(3):
            total[:, axis] += np.bincount(parents[child], weights=points[child, axis], minlength=len(points))
        mean = total / np.maximum(neighbours, 1)[:, None]
        points = np.where(inner[:, None], 0.5 * points + 0.5 * mean, points).astype(np.float32)
    return points


def along(paths: Floats, row: Ints, u: Floats) -> tuple[Floats, Floats]:
    """Return points (n, 3) and unit tangents (n, 3) at the shares `u` (n,) in 0..1 of the paths (S, L, 3) numbered `row`."""
    place = np.clip(u, 0, 1) * (paths.shape[1] - 1)
    index = np.minimum(place.astype(np.int32), paths.shape[1] - 2)
    start, end = paths[row, index], paths[row, index + 1]
    return start + (end - start) * (place - index)[:, None].astype(np.float32), unit(end - start)


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Return vectors (..., 3) at length 1; a vector of no length stays zero."""
    lengths = np.sqrt(squared(vectors))[..., None]
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


def squared(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the squared lengths (...) of vectors (..., n); axis by axis, as NumPy is slow at sums over so few."""
    total = vectors[..., 0] * vectors[..., 0]
    for axis in range(1, vectors.shape[-1]):
        total = total + vectors[..., axis] * vectors[..., axis]
    return total
