"""Depth of many views fused into a truncated signed distance, and the surface where it is zero.

Curless and Levoy 1996, "A volumetric method for building complex models from range images": each voxel averages, over the
views that see it, how far it lies in front of the surface, cut at the truncation. Voxels are visited only where a surface was
seen near, in blocks; the others stay unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .cameras import Camera

BLOCK = 8
"""Voxels along the side of a block."""
TRUNCATION = 3.0
"""Where distances are cut, in voxels."""
AT_ONCE = 1 << 18
"""Voxels that are looked up in a view at once: what fits the cache."""


@dataclass(eq=False)
class Volume:
    """Signed distances on a grid, positive in front of the surface, in units of the truncation, -1 to 1."""

    origin: np.ndarray
    """(3,) the centre of the first voxel, metres."""
    voxel: float
    """Metres."""
    shape: tuple[int, int, int]
    """Voxels along x, y and z, multiples of `BLOCK`."""
    active: np.ndarray = field(init=False)
    """Blocks that may hold surface, (shape / BLOCK) bool."""
    distance: np.ndarray = field(init=False)
    """`shape` float32, the sum over views."""
    weight: np.ndarray = field(init=False)
    """`shape` float32, how many views saw the voxel."""

    def __post_init__(self) -> None:
        self.active = np.zeros([side // BLOCK for side in self.shape], bool)
        self.distance, self.weight = (np.zeros(self.shape, np.float32) for _ in range(2))

    @property
    def truncation(self) -> float:
        """Metres."""
        return TRUNCATION * self.voxel

    def mark(self, points: np.ndarray) -> None:
        """Have the blocks visited that lie within the truncation of surface points (N, 3), metres."""
        for corner in np.ndindex(2, 2, 2):
            reach = points + (2 * np.array(corner) - 1) * self.truncation
            blocks = np.floor((reach - self.origin) / (self.voxel * BLOCK)).astype(np.int64)
            inside = ((blocks >= 0) & (blocks < self.active.shape)).all(1)
            self.active[tuple(blocks[inside].T)] = True

    def integrate(self, camera: Camera, depth: np.ndarray) -> None:
        """Add what `camera` sees: planar `depth` (H, W) in metres, infinite where it sees nothing and 0 where it cannot say."""
        chosen = np.argwhere(self.active) * BLOCK
        offsets = np.indices((BLOCK,) * 3).reshape(3, -1).T
        for start in range(0, len(chosen), AT_ONCE // len(offsets)):
            index = (chosen[start : start + AT_ONCE // len(offsets), None] + offsets).reshape(-1, 3)
            points = (self.origin + self.voxel * index) @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
            seen, found = looked_up(camera, depth, points, self.truncation)
            ahead = (found - points[seen, 2]) / self.truncation
            seen, ahead = seen[ahead > -1], ahead[ahead > -1]
            at = tuple(index[seen].T)
            self.distance[at] += np.minimum(ahead, 1)
            self.weight[at] += 1

    def surface(self) -> tuple[np.ndarray, np.ndarray]:
        """Return vertices (V, 3) float64 in metres and triangles (F, 3), counterclockwise seen from in front."""
        from skimage.measure import marching_cubes

        known = self.weight > 0
        values = np.where(known, self.distance / np.maximum(self.weight, 1), 1).astype(np.float32)
        # Where the unknown begins, deep inside and where nobody looked, the distances jump and there is no surface.
        whole = known
        for axis in range(3):
            whole = whole & np.roll(whole, -1, axis) & np.roll(whole, 1, axis)
        if not (values[whole] < 0).any():
            return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
        vertices, faces, _, _ = marching_cubes(values, 0.0, mask=whole, gradient_direction="descent", allow_degenerate=False)
        return self.origin + self.voxel * vertices, faces.astype(np.int64)


def looked_up(camera: Camera, depth: np.ndarray, points: np.ndarray, jump: float) -> tuple[np.ndarray, np.ndarray]:
    """Return which of `points` (N, 3), in camera axes, fall on a known pixel of `depth` (H, W), and its depth there.

    Depth is read between the four pixels around, and where they differ by more than `jump`, at an edge, from the nearest.
    """
    ahead = np.flatnonzero(points[:, 2] > 1e-6)
    x, y, z = points[ahead].T
    column, row = x / z * camera.fl_x + camera.cx - 0.5, y / z * camera.fl_y + camera.cy - 0.5
    inside = (column > -0.5) & (column < camera.width - 0.5) & (row > -0.5) & (row < camera.height - 0.5)
    ahead, column, row = ahead[inside], column[inside], row[inside]
    left = np.clip(np.floor(column).astype(np.int64), 0, max(camera.width - 2, 0))
    top = np.clip(np.floor(row).astype(np.int64), 0, max(camera.height - 2, 0))
    right, bottom = np.minimum(left + 1, camera.width - 1), np.minimum(top + 1, camera.height - 1)
    corners = np.stack([depth[top, left], depth[top, right], depth[bottom, left], depth[bottom, right]])
    u, v = np.clip(column - left, 0, 1), np.clip(row - top, 0, 1)
    with np.errstate(invalid="ignore"):
        between = (corners * np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])).sum(0)
        smooth = (corners.min(0) > 0) & (np.ptp(corners, axis=0) < jump)
    found = np.where(smooth, between, depth[np.rint(row).astype(np.int64), np.rint(column).astype(np.int64)])
    return ahead[found > 0], found[found > 0]
