"""Camera paths as JSON: the frames of a transforms.json, and the camera_path.json that nerfstudio's viewer saves.

Both hold camera-to-world matrices with OpenGL axes. Sources: nerfstudio's "Data conventions" page; get_path_from_json in
camera_paths.py of nerfstudio 1.1, where `fov` is the vertical angle in degrees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import UserError
from .cameras import OPENGL_TO_OPENCV, Camera
from .files import read_json, write_json
from .frames import frame_camera

LENS_KEYS = ("fl_x", "camera_angle_x")
LARGEST = 16384
"""The most pixels on a side that are drawn."""


def read_path(path: Path, lens: Camera) -> list[Camera]:
    """Return the cameras of a JSON file in its order; those that tell of no lens have that of `lens`.

    Raises UserError for a file that is no path, or whose cameras are no pinholes.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; --path takes orbit, tour or a JSON file of poses")
    description = read_json(path)
    entries = _of_nerfstudio(path, description) if "camera_path" in description else description.get("frames")
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{path}: has no poses; a path has `frames` as transforms.json or `camera_path` as nerfstudio's")
    shared = {key: value for key, value in description.items() if key != "frames"}
    cameras = []
    for number, entry in enumerate(entries):
        where = f"{path}: frame {number}"
        if not isinstance(entry, dict):
            raise UserError(f"{where} is no object with a transform_matrix")
        whole = {**shared, **entry}
        if not any(key in whole for key in LENS_KEYS):
            whole |= {"w": lens.width, "h": lens.height, "fl_x": lens.fl_x, "fl_y": lens.fl_y, "cx": lens.cx, "cy": lens.cy}
        for key in ("w", "h"):
            if key not in whole:
                raise UserError(f"{where}: {key} is missing; give w and h, in pixels")
        camera = frame_camera(where, whole, path)
        if max(camera.width, camera.height) > LARGEST:
            raise UserError(f"{where}: is {camera.width} x {camera.height}; at most {LARGEST} pixels on a side are drawn")
        cameras.append(camera)
    return cameras


def _of_nerfstudio(path: Path, description: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the poses of nerfstudio's viewer as frames of a transforms.json."""
    poses = description["camera_path"]
    if not isinstance(poses, list):
        raise UserError(f"{path}: camera_path is no list")
    frames = []
    for number, pose in enumerate(poses):
        try:
            width, height = int(description["render_width"]), int(description["render_height"])
            focal = 0.5 * height / math.tan(0.5 * math.radians(float(pose["fov"])))
            values = [float(value) for value in pose["camera_to_world"]]
            matrix = [values[row : row + 4] for row in range(0, 16, 4)]
        except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
            raise UserError(f"{path}: pose {number} is no pose of nerfstudio's viewer ({error})") from error
        frames.append({"transform_matrix": matrix, "w": width, "h": height, "fl_x": focal})
    return frames


def write_path(path: Path, cameras: Sequence[Camera], names: Sequence[str]) -> None:
    """Write cameras and the names of their pictures as a transforms.json, which `read_path` reads."""
    frames = [
        {
            "file_path": name, "w": camera.width, "h": camera.height, "fl_x": camera.fl_x, "fl_y": camera.fl_y,
            "cx": camera.cx, "cy": camera.cy, "transform_matrix": (camera.camera_to_world @ OPENGL_TO_OPENCV).tolist(),
        }
        for camera, name in zip(cameras, names, strict=True)
    ]  # fmt: skip
    write_json(path, {"camera_model": "PINHOLE", "frames": frames})


def resized(camera: Camera, width: int, height: int) -> Camera:
    """Return a camera with a picture of another size that sees as much from top to bottom."""
    scale = height / camera.height
    middle = camera.cx * width / camera.width, camera.cy * height / camera.height
    return replace(
        camera, width=width, height=height, fl_x=camera.fl_x * scale, fl_y=camera.fl_y * scale, cx=middle[0], cy=middle[1]
    )
