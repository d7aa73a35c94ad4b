"""EG3D (Chan et al. 2022): square RGB pictures beside dataset.json, the folder that its train.py and dataset_tool.py open.

dataset.json is {"labels": [[file name, 25 numbers], ..]}: the camera-to-world matrix row by row (16, OpenCV axes,
docs/camera_conventions.md) and the intrinsics row by row (9), x divided by the picture's width and y by its height, as its
dataset_preprocessing/shapenet_cars does. EG3D's README and dataset_tool.py ask for pictures that are square, of one size, a
power of two: others are refused here, for a crop would change what a dataset says of its cameras. Transparent pictures are
laid over white, the background of its ShapeNet cars.

Poses stay in metres about the world's origin: EG3D's own sets have other scales, so `box_warp`, `ray_start` and `ray_end` in
the rendering options of its train.py are to be set in metres for this one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...progress import Task
from ..images import write_png
from ..reader import Frame, Scene
from .exporter import Exporter, content
from .shared.frames import dataset_name, every_frame
from .shared.lenses import pinhole


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write the pictures and dataset.json. Raises UserError for pictures of another shape and cameras that are no pinholes."""
    labels = []
    sides: set[int] = set()
    for frame in every_frame(scenes):
        name, label = f"{dataset_name(frame)}.png", _label(frame)
        sides.add(frame.camera.intrinsics.width)
        if len(sides) > 1:
            raise UserError(f"eg3d takes pictures of one size, and this dataset has sides of {sorted(sides)} pixels")
        _write_rgb(frame, folder / name)
        labels.append([name, label])
        task.advance(1, frame.name)
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}) + "\n", encoding="utf-8")


def _label(frame: Frame) -> list[float]:
    """25 numbers: camera to world (4, 4), then normalised intrinsics (3, 3)."""
    k = pinhole(frame, "eg3d")
    if k.width != k.height or k.width & (k.width - 1):
        raise UserError(
            f"eg3d takes square pictures whose side is a power of two, and {frame.name} has {k.width}x{k.height}; "
            "generate with --resolution 512x512"
        )
    normalised = k.matrix / np.array([[k.width], [k.height], [1]])
    return [*frame.camera.camera_to_world.ravel().tolist(), *normalised.ravel().tolist()]


def _write_rgb(frame: Frame, path: Path) -> None:
    encoded = content(frame.scene, frame.path("rgb"))
    picture = frame.read("rgb")
    if picture.shape[2] == 3:
        path.write_bytes(encoded)
        return
    alpha = picture[..., 3:] / 255
    write_png(path, np.rint(picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8))


EXPORTER = Exporter("eg3d", "square pictures and dataset.json with 25 camera numbers each, for EG3D", write_scenes)
