"""The still surface of the lake: a flat mesh at z = 0 under everything that the cameras can see of it.

Waves bend its normal and never its points, so depth, flow and ids of the water are those of the plane.
"""

from __future__ import annotations

import numpy as np

from ..meshes import MeshData

CELLS = 8
"""Cells along a side: enough that float32 intersections stay exact over kilometres."""


def lake_surface(lowest: tuple[float, float], highest: tuple[float, float]) -> MeshData:
    """Return a grid of quads at z = 0 over the rectangle from `lowest` to `highest` (x, y) in metres."""
    x, y = np.meshgrid(np.linspace(lowest[0], highest[0], CELLS + 1), np.linspace(lowest[1], highest[1], CELLS + 1))
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], 1).astype(np.float32)
    corner = (np.arange(CELLS)[:, None] * (CELLS + 1) + np.arange(CELLS)[None, :]).ravel()
    faces = np.stack([corner, corner + 1, corner + CELLS + 2, corner + CELLS + 1], 1).astype(np.int32)
    return MeshData(points, faces, np.zeros(len(faces), np.int32), ("water",))
