"""Small vectors and matrices by the million, component by component: NumPy's own routines take several times as long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross products (3, N) of vectors (3, N)."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inner products (N,) of vectors (3, N)."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def inverted(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverses (N, 4, 4) of affine matrices (N, 4, 4), by Cramer's rule; none may be singular."""
    x, y, z = (np.ascontiguousarray(matrices[:, :3, axis].T) for axis in range(3))
    rows = np.stack([cross(y, z), cross(z, x), cross(x, y)])
    rows /= dot(x, rows[0])
    found = np.tile(np.eye(4), (len(matrices), 1, 1))
    found[:, :3, :3] = rows.transpose(2, 0, 1)
    found[:, :3, 3] = np.stack([-dot(row, matrices[:, :3, 3].T) for row in rows], 1)
    return found
