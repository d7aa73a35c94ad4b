"""Which points of a cloud can ever be extreme: a thinning that keeps the bounds of every projection.

Blender's own convex hull (Bullet's) rounds coordinates to a 10,000th of the extent, a tenth of a pixel of a large thing, so
its corners alone are not enough. But any closed surface between points of the cloud proves a lot: a point on the inner
side of all its facets is inside of it, and therefore inside the hull of its corners, and can go.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEW = 48
"""Clouds of so many points are kept whole."""
_DIRECTIONS = (40, 300)
"""How many extreme points are looked for, pass after pass: first the bulk goes, then what is near the surface."""
_SLACK = 1e-6
"""Points so far outside, in extents of the cloud, count as inside: a thousandth of a pixel of a thing 1000 pixels wide."""
_BLOCK = 1 << 14


def outline(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return ascending indices (K,) of those points (V, 3) whose convex hull holds all others, to 1e-6 of the extent.

    More than the hull's corners may be kept, and all points of a flat cloud.
    """
    low, high = points.min(0), points.max(0)
    cloud = (points - low).astype(np.float64) / np.maximum(high - low, 1e-30)
    kept = np.arange(len(cloud))
    for count in _DIRECTIONS:
        if len(kept) <= _FEW:
            break
        extreme = np.unique((cloud[kept] @ _sphere(count).T).argmax(0))
        drop = _inside(cloud[kept], cloud[kept[extreme]])
        drop[extreme] = False
        kept = kept[~drop]
    return kept


def _sphere(count: int) -> NDArray[np.float64]:
    """Return unit vectors (count, 3), spread evenly: a spiral from pole to pole (Vogel 1979, on the sphere)."""
    z = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(count)
    ring = np.sqrt(1.0 - z * z)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], -1)


def _inside(cloud: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (V,) which points of the cloud are on the inner side of all facets of a closed surface through the corners."""
    facets = corners[_hull_triangles(corners)]
    normal = np.cross(facets[:, 1] - facets[:, 0], facets[:, 2] - facets[:, 0])
    area = np.linalg.norm(normal, axis=1)
    normal = normal[area > 0] / area[area > 0, None]
    offset = np.einsum("ij,ij->i", normal, facets[area > 0, 0])
    middle = normal @ corners.mean(0) - offset
    if not len(middle) or np.abs(middle).min() < 1e3 * _SLACK:  # flat, or folded: it encloses nothing that could be proved
        return np.zeros(len(cloud), bool)
    normal, offset = normal * -np.sign(middle)[:, None], offset * -np.sign(middle) + _SLACK
    starts = range(0, len(cloud), _BLOCK)
    return np.concatenate([(cloud[start : start + _BLOCK] @ normal.T <= offset).all(1) for start in starts])


def _hull_triangles(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the triangles (F, 3) of Blender's convex hull of points (N, 3)."""
    import bmesh

    mesh = bmesh.new()
    try:
        for index, point in enumerate(points.tolist()):
            mesh.verts.new(point).index = index
        bmesh.ops.convex_hull(mesh, input=mesh.verts[:])
        return np.array([[vertex.index for vertex in face.verts] for face in mesh.faces], np.int64).reshape(-1, 3)
    finally:
        mesh.free()
