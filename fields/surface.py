"""How far the surface that a field shows lies from the exact one: depth, taken back into the world, against surface samples."""

from __future__ import annotations

import numpy as np

from .cameras import Camera
from .points import Points

COVERED = 0.5
"""Coverage from which a pixel shows a surface rather than its edge."""
NEIGHBOURS = 4


class Surface:
    """Exact surface samples as discs: each lies across its normal and is as wide as the distance to its neighbours.

    Distances are measured to the discs, because samples are centimetres apart and a point between them is not off the surface.
    """

    def __init__(self, samples: Points) -> None:
        """Take `samples`, which have normals."""
        from scipy.spatial import cKDTree

        assert samples.normals is not None
        self.positions, self.normals = samples.positions.astype(np.float64), samples.normals.astype(np.float64)
        self._tree = cKDTree(self.positions)
        others = min(NEIGHBOURS, len(self.positions) - 1)
        self._radius = self._tree.query(self.positions, k=others + 1)[0].reshape(len(self.positions), -1)[:, -1]

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Return the distance (N,) float64 in metres from each of `points` (N, 3) to the disc of its nearest sample."""
        nearest = self._tree.query(points)[1]
        offset = points - self.positions[nearest]
        across = np.einsum("ij,ij->i", offset, self.normals[nearest])
        along = np.sqrt(np.maximum(np.einsum("ij,ij->i", offset, offset) - across**2, 0))
        return np.hypot(across, np.maximum(along - self._radius[nearest], 0))


def surface_points(camera: Camera, depth: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return the world points (N, 3) float64 of planar `depth` (H, W) in metres at the pixels `shown` (H, W) bool."""
    return camera.position + depth[shown].astype(np.float64)[:, None] * camera.directions()[shown]


def surface_errors(distances: np.ndarray) -> dict[str, float]:
    """Return the scores of one view: the median and the 95th percentile of `distances`, metres; none without a distance."""
    if not distances.size:
        return {}
    median, far = np.percentile(distances, (50, 95))
    return {"surface_median_distance": float(median), "surface_95_distance": float(far)}
