"""Cameras as the learner sees them: OpenCV axes (x right, y down, z forward), metres, pixel centres at +0.5."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

OPENGL_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns the camera axes of a transform_matrix of transforms.json (y up, z backward) into OpenCV's, and back."""
FARTHEST = 1e12
"""Positions beyond so many metres come from damaged files; their squares would still fit float32."""


@dataclass(frozen=True, eq=False)
class Camera:
    """One pinhole or orthographic camera at one time.

    `camera_to_world` is (4, 4) float64 with OpenCV camera axes; focal lengths and the principal point are in pixels. Those of
    an orthographic camera are pixels a metre. Folders are read with pinhole cameras alone.
    """

    width: int
    height: int
    fl_x: float
    fl_y: float
    cx: float
    cy: float
    camera_to_world: np.ndarray
    orthographic: bool = False

    @classmethod
    def from_opengl(cls, matrix: np.ndarray, size: tuple[int, int], intrinsics: tuple[float, ...]) -> Camera:
        """Return the camera of a nerfstudio frame: OpenGL `matrix` (4, 4), (width, height), (fl_x, fl_y, cx, cy)."""
        fl_x, fl_y, cx, cy = intrinsics
        return cls(size[0], size[1], fl_x, fl_y, cx, cy, np.asarray(matrix, np.float64) @ OPENGL_TO_OPENCV)

    @cached_property
    def world_to_camera(self) -> np.ndarray:
        """(4, 4) float64, the inverse of `camera_to_world`."""
        return np.linalg.inv(self.camera_to_world)

    @property
    def position(self) -> np.ndarray:
        """(3,) float64, the camera's centre in world coordinates, metres."""
        return self.camera_to_world[:3, 3]

    def moved(self, tangent: np.ndarray) -> Camera:
        """Return the camera whose `world_to_camera` is exp(tangent) times this one's.

        `tangent` (6,) is a shift in metres and a turn in radians of the world in camera axes, an element of se(3).
        """
        from scipy.linalg import expm

        (x, y, z), (a, b, c) = np.asarray(tangent, np.float64).reshape(2, 3)
        twist = np.array([[0, -c, b, x], [c, 0, -a, y], [-b, a, 0, z], [0, 0, 0, 0]])
        return replace(self, camera_to_world=self.camera_to_world @ expm(-twist))

    def directions(self) -> np.ndarray:
        """Return (height, width, 3) float64 world directions through a pinhole camera's pixel centres, of unit planar depth.

        `position + planar_depth * direction` is the surface point that a pixel of that planar depth sees.
        """
        x = (np.arange(self.width) + 0.5 - self.cx) / self.fl_x
        y = (np.arange(self.height) + 0.5 - self.cy) / self.fl_y
        in_camera = np.stack(np.broadcast_arrays(x[None, :], y[:, None], 1.0), -1)
        return in_camera @ self.camera_to_world[:3, :3].T


def looked_at(cameras: Iterable[Camera]) -> np.ndarray:
    """Return the point (3,) float64 nearest to the optical axes of all `cameras`, in metres."""
    poses = np.stack([camera.camera_to_world for camera in cameras])
    origins, axes = poses[:, :3, 3], poses[:, :3, 2]
    axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    return np.linalg.lstsq(across.sum(0), (across @ origins[:, :, None]).sum(0)[:, 0], rcond=None)[0]
