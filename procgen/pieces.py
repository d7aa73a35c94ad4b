"""Which connected piece of its mesh each face belongs to: this leaf, that needle, that blade of the meadow.

Faces that share a point are of one piece. The pieces are found by hooking and pointer jumping (Shiloach and Vishkin 1982, "An
O(log n) parallel connectivity algorithm") on whole arrays: every point starts as its own root, every face hangs the higher
roots of its corners below its lowest one, and paths are halved until they are flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .meshes import MeshData


def pieces(mesh: MeshData) -> NDArray[np.int32]:
    """Return the piece of each face, (F,) int32 from 1, numbered in the order of the pieces' first faces."""
    faces = np.ascontiguousarray(mesh.faces, np.int32)
    if not len(faces):
        return np.zeros(0, np.int32)
    return _numbered(_roots(faces, len(mesh.points))[faces[:, 0]], len(mesh.points))


def _roots(faces: NDArray[np.int32], points: int) -> NDArray[np.int32]:
    """Return a point (V,) for each point, the same one for all points of a piece."""
    root = np.arange(points, dtype=np.int32)
    corners = faces
    while True:
        lowest = corners.min(1)
        for corner in corners.T:
            # Where several faces hang the same root, the last one counts; the others find it hung in the next round.
            root[corner] = np.minimum(root[corner], lowest)
        root = _flattened(root)
        corners = root[corners]
        open_faces = (corners != corners[:, :1]).any(1)
        if not open_faces.any():
            return root
        corners = corners[open_faces]


def _flattened(root: NDArray[np.int32]) -> NDArray[np.int32]:
    while True:
        above = root[root]
        if (above == root).all():
            return root
        root = above


def _numbered(label: NDArray[np.int32], labels: int) -> NDArray[np.int32]:
    """Return numbers from 1 in the order in which the labels (F,) first occur."""
    order: NDArray[Any] = np.arange(len(label), dtype=np.int32)
    first = np.zeros(labels, np.int32)
    first[label[::-1]] = order[::-1]
    number = np.cumsum(first[label] == order, dtype=np.int32)
    return number[first[label]]
