"""What COLMAP's sparse model says of a camera and of a picture, and what that is here.

Source: https://colmap.github.io/format.html and src/colmap/sensor/models.h of COLMAP 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import UserError
from .cameras import FARTHEST

MODELS: dict[int, tuple[str, int]] = {
    0: ("SIMPLE_PINHOLE", 3),
    1: ("PINHOLE", 4),
    2: ("SIMPLE_RADIAL", 4),
    3: ("RADIAL", 5),
    4: ("OPENCV", 8),
    5: ("OPENCV_FISHEYE", 8),
    6: ("FULL_OPENCV", 12),
    7: ("FOV", 5),
    8: ("SIMPLE_RADIAL_FISHEYE", 4),
    9: ("RADIAL_FISHEYE", 5),
    10: ("THIN_PRISM_FISHEYE", 12),
    11: ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
    12: ("SIMPLE_DIVISION", 4),
    13: ("DIVISION", 5),
    14: ("SIMPLE_FISHEYE", 3),
    15: ("FISHEYE", 4),
    16: ("EUCM", 6),
    17: ("EQUIRECTANGULAR", 2),
}
"""Number of a camera model in the binary files -> its name and how many parameters it has."""
FOCAL_LENGTHS = {"SIMPLE_PINHOLE": 1, "SIMPLE_RADIAL": 1, "RADIAL": 1, "PINHOLE": 2, "OPENCV": 2, "FULL_OPENCV": 2}
"""Models that are a pinhole where all parameters behind the focal lengths and the principal point are zero."""


@dataclass(frozen=True)
class Lens:
    """One row of COLMAP's cameras: the model's name, the size in pixels, and the model's parameters."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]

    def intrinsics(self, where: str) -> tuple[float, float, float, float]:
        """Return (fl_x, fl_y, cx, cy) in pixels. Raises UserError, opened by `where`, for what is no pinhole camera."""
        if self.model == "EQUIRECTANGULAR":
            raise UserError(f"{where} is equirectangular, and fields learn from pinhole cameras")
        focal_lengths = FOCAL_LENGTHS.get(self.model)
        if focal_lengths is None or any(self.parameters[focal_lengths + 2 :]):
            raise UserError(
                f"{where} is {self.model} with lens distortion, which is not read; "
                "run `colmap image_undistorter` and give its output folder"
            )
        fl_x, fl_y = self.parameters[0], self.parameters[focal_lengths - 1]
        cx, cy = self.parameters[focal_lengths : focal_lengths + 2]
        if min(self.width, self.height) < 16 or not all(map(math.isfinite, self.parameters)) or min(fl_x, fl_y) <= 0:
            raise UserError(f"{where} needs at least 16 x 16 pixels and positive focal lengths")
        return fl_x, fl_y, cx, cy


@dataclass(frozen=True)
class Shot:
    """One row of COLMAP's images: the picture's path inside images/, the number of its camera, its world-to-camera pose."""

    name: str
    camera: int
    quaternion: tuple[float, ...]
    """w, x, y, z"""
    translation: tuple[float, ...]

    def camera_to_world(self, where: str) -> np.ndarray:
        """Return (4, 4) float64 with OpenCV camera axes, which are COLMAP's own. Raises UserError where it is no pose."""
        length = math.hypot(*self.quaternion)
        if not 1e-6 < length < FARTHEST or not all(abs(value) < FARTHEST for value in self.translation):
            raise UserError(f"{where}: the pose of {self.name} is no rotation and position")
        w, x, y, z = (value / length for value in self.quaternion)
        world_to_camera = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        pose = np.eye(4)
        pose[:3, :3] = world_to_camera.T
        pose[:3, 3] = -world_to_camera.T @ np.array(self.translation)
        return pose
