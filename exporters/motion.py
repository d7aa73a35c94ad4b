"""Where the surface points of one moment are at another: rigid things by their matrices, bending ones by their own mesh.

A point is known by the thing that it lies on and, on a mesh that deforms, by the polygon and its barycentric coordinates
there, which stay the same while the mesh moves. So its way to any other moment is exact, for any camera model, any number
of frames between, and things that come and go; Cycles' motion vectors know only the frames beside, and only a pinhole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .poses import Poses
from .vectors import cross, dot, inverted

_BLOCK = 1 << 16
"""Points that are moved at once: it bounds the memory."""


@dataclass(frozen=True)
class Topology:
    """What stays the same of a deforming mesh: `triangles` (T, 3) int32, those of polygon p from `first[p]` to `first[p+1]`."""

    triangles: NDArray[np.int32]
    first: NDArray[np.int64]


@dataclass(frozen=True)
class Moment:
    """Where everything is at one time: `poses` of all things, and the world `vertices` (V, 3) of those that deform, float32 or
    float64.
    """

    poses: Poses
    vertices: Mapping[int, NDArray[np.floating[Any]]]


@dataclass(frozen=True)
class SurfacePoints:
    """N points on surfaces at one moment: `where` (N, 3) float64 in the world; `thing`, `piece` and `face` (N,) as in the maps
    (`face` is 0 on what does not deform).
    """

    where: NDArray[np.float64]
    thing: NDArray[np.uint32]
    piece: NDArray[np.uint32]
    face: NDArray[np.uint32]

    def __getitem__(self, chosen: slice | NDArray[np.bool_] | NDArray[np.intp]) -> SurfacePoints:
        return SurfacePoints(self.where[chosen], self.thing[chosen], self.piece[chosen], self.face[chosen])


@dataclass(frozen=True)
class Bound:
    """Points on one deforming thing: which `rows` (M,) of the anchored points, their triangles' `corners` (M, 3), and the
    barycentric `weights` (M, 3).
    """

    rows: NDArray[np.intp]
    corners: NDArray[np.int32]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Anchored:
    """N points bound to the things that they lie on, so that they can be found at any moment.

    `where` (N, 3) is where they were, `key` (N,) the row of `keys` (K,) and of `matrices` (K, 4, 4) that their things had
    then, `known` (K,) whether those were there, and `bound` those on deforming things, by id.
    """

    where: NDArray[np.float64]
    key: NDArray[np.intp]
    keys: NDArray[np.int64]
    known: NDArray[np.bool_]
    matrices: NDArray[np.float64]
    bound: Mapping[int, Bound]

    def at(self, then: Moment) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return where the points are `then`, (N, 3) float64 in metres, and whether (N,) their things exist at both moments.

        What does not exist stays where it is, and what has not moved keeps its very bits.
        """
        there, matrices = then.poses.find(self.keys)
        exists = self.known & there
        moving = exists & (matrices != self.matrices).any((1, 2))
        rows = np.flatnonzero(moving[self.key])
        motion = np.empty((len(moving), 3, 4))
        motion[moving] = (matrices[moving] @ inverted(self.matrices[moving]))[:, :3]
        where = self.where.copy()
        motion = motion[self.key[rows]]
        where[rows] = np.einsum("nij,nj->ni", motion[..., :3], where[rows]) + motion[..., 3]
        for thing, bound in self.bound.items():
            where[bound.rows] = (bound.weights[..., None] * then.vertices[thing][bound.corners]).sum(1)
        return where, exists[self.key]


def anchored(points: SurfacePoints, now: Moment, topologies: Mapping[int, Topology]) -> Anchored:
    """Bind surface points of the moment `now`."""
    keys, key = np.unique(points.thing.astype(np.int64) | points.piece.astype(np.int64) << 32, return_inverse=True)
    known, matrices = now.poses.find(keys)
    bound = {}
    for thing, topology in topologies.items():
        rows = np.flatnonzero((points.thing == thing) & (points.face > 0))
        if len(rows):
            bound[thing] = Bound(rows, *_in_triangles(points[rows], now.vertices[thing], topology))
    return Anchored(points.where, key.reshape(-1), keys, known, matrices, bound)


def joined(parts: Sequence[Anchored]) -> Anchored:
    """Put points that were bound at different moments together, in order."""
    rows = np.cumsum([0, *(len(part.where) for part in parts)])
    keys = np.cumsum([0, *(len(part.keys) for part in parts)])
    bound: dict[int, list[Bound]] = {}
    for part, start in zip(parts, rows, strict=False):
        for thing, item in part.bound.items():
            bound.setdefault(thing, []).append(Bound(item.rows + start, item.corners, item.weights))
    fields = ("rows", "corners", "weights")
    return Anchored(
        np.concatenate([part.where for part in parts]),
        np.concatenate([part.key + start for part, start in zip(parts, keys, strict=False)]),
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.known for part in parts]),
        np.concatenate([part.matrices for part in parts]),
        {
            thing: Bound(*(np.concatenate([getattr(item, name) for item in items]) for name in fields))
            for thing, items in bound.items()
        },
    )


def moved(
    points: SurfacePoints, now: Moment, then: Moment, topologies: Mapping[int, Topology]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what `Anchored.at` says of many points, block by block."""
    there, exists = np.empty_like(points.where), np.empty(len(points.where), bool)
    for start in range(0, len(there), _BLOCK):
        block = slice(start, start + _BLOCK)
        there[block], exists[block] = anchored(points[block], now, topologies).at(then)
    return there, exists


def _in_triangles(
    points: SurfacePoints, vertices: NDArray[np.floating[Any]], topology: Topology
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return corners (N, 3) and weights (N, 3) of that triangle of each point's polygon which holds it best."""
    polygon = points.face.astype(np.int64) - 1
    first, last = topology.first[polygon], topology.first[polygon + 1]
    corners = topology.triangles[first]
    weights = barycentric(points.where, *_ends(vertices, corners))
    for offset in range(1, int((last - first).max(initial=0))):
        inside = np.flatnonzero(first + offset < last)
        others = topology.triangles[first[inside] + offset]
        found = barycentric(points.where[inside], *_ends(vertices, others))
        better = found.min(1) > weights[inside].min(1)
        corners[inside[better]], weights[inside[better]] = others[better], found[better]
    return corners, weights


def _ends(vertices: NDArray[np.floating[Any]], corners: NDArray[np.int32]) -> Iterator[NDArray[np.float64]]:
    """Yield where the first, second and third of corners (N, 3) are: (N, 3) each."""
    for column in corners.T:
        yield vertices[column].astype(np.float64)


def barycentric(
    points: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights (N, 3) of the corners a, b, c (N, 3) for the points' feet in the triangles' planes.

    W. Heidrich, "Computing the barycentric coordinates of a projected point", Journal of Graphics Tools 10, 2005. A triangle
    without area takes the point to its first corner.
    """
    u, v, w = (np.ascontiguousarray((end - a).T) for end in (b, c, points))
    normal = cross(u, v)
    area = dot(normal, normal)
    safe = np.where(area > 0, area, 1.0)
    gamma = dot(cross(u, w), normal) / safe
    beta = dot(cross(w, v), normal) / safe
    return np.where((area > 0)[:, None], np.stack([1 - beta - gamma, beta, gamma], 1), [1.0, 0.0, 0.0])
