"""The layout of NeRF's synthetic scenes (Mildenhall 2020): transforms_train, _val and _test.json beside their pictures.

It knows one number of a camera, the horizontal angle of view, so it takes square pixels and a principal point in the middle.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...progress import Task
from ..cameras import opencv_to_opengl
from ..images import write_png
from ..manifest import write_json
from ..reader import Frame, Scene
from ..splits import SPLITS
from .exporter import Exporter, one_by_one
from .shared.frames import copy_picture
from .shared.lenses import pinhole


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write one folder of RGBA pictures and one JSON file a split. Raises UserError for cameras that it cannot express."""
    angles = {_angle(frame) for frame in scene.frames()}
    if len(angles) > 1:
        raise UserError("nerf-synthetic has one angle of view for all cameras, and this scene has several; use nerfstudio")
    written: set[str] = set()
    for split in SPLITS:
        (folder / split).mkdir()
        frames: list[dict[str, object]] = []
        for frame in scene.split(split):
            name = f"{split}/r_{len(frames)}"
            _write_rgba(frame, folder / f"{name}.png")
            matrix = opencv_to_opengl(frame.camera.camera_to_world).tolist()
            frames.append({"file_path": f"./{name}", "rotation": 0.0, "transform_matrix": matrix})
            task.advance(frame.name not in written, frame.name)
            written.add(frame.name)
        described = {"camera_angle_x": next(iter(angles)), "frames": frames}
        write_json(folder / f"transforms_{split}.json", described)


def _write_rgba(frame: Frame, path: Path) -> None:
    picture = frame.read("rgb")
    if picture.shape[2] == 4:
        copy_picture(frame, path)
    else:
        write_png(path, np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]))


def _angle(frame: Frame) -> float:
    k = pinhole(frame, "nerf-synthetic")
    if abs(k.fl_x - k.fl_y) > 1e-6 * k.fl_x or abs(k.cx - k.width / 2) > 1e-6 or abs(k.cy - k.height / 2) > 1e-6:
        raise UserError("nerf-synthetic cannot express a shifted lens or pixels that are not square; use nerfstudio")
    return 2 * math.atan(k.width / (2 * k.fl_x))


EXPORTER = Exporter(
    "nerf-synthetic", "transforms_train/val/test.json with RGBA pictures, as NeRF's own scenes", one_by_one(write_scene)
)
