"""IVID (Xiang et al. 2023, "3D-aware Image Generation using 2D Diffusion Models"): RGBD pictures without class labels.

The layout is that of github.com/JeffreyXiang/ivid, README "Data Preparation" and datasets/base.py, SingleCategory.py:
images/NAME.png, depths/NAME.npz with one float16 array `arr_0`, and dataset.json with the relative paths as "images" and
"depths". The array is what MiDaS gives there, disparity, which the loader divides by 6250 before it takes the inverse: it
holds 6250 / depth here, so the loader's unit is a metre, and 0 where there is no surface, which the loader clips to 1000 m.
Float16 keeps it to 0.05% from 0.0955 m on. The loader enlarges a picture whose nearest point is nearer than its `near`, 0.5.

The loader crops the middle square, and takes a field of view of 45 degrees when it warps pictures: 43.46 mm on a 36 mm sensor
for square ones. Cameras have no place in this layout, every picture is its own scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..manifest import write_json
from ..reader import Scene
from .exporter import Exporter
from .shared.frames import copy_picture, dataset_name, every_frame
from .shared.lenses import pinhole

_DISPARITY_UNIT = 6250.0
"""What IVID's loader divides by: a surface one metre away has this value."""


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write images/, depths/ and dataset.json. Raises UserError for cameras that are no pinholes."""
    listed: dict[str, list[str]] = {"images": [], "depths": []}
    (folder / "depths").mkdir()
    for frame in every_frame(scenes):
        pinhole(frame, "ivid")
        image, depth = f"images/{dataset_name(frame)}.png", f"depths/{dataset_name(frame)}.npz"
        copy_picture(frame, folder / image)
        np.savez_compressed(folder / depth, disparity(frame.read("depth")))
        listed["images"].append(image)
        listed["depths"].append(depth)
        task.advance(1, frame.name)
    write_json(folder / "dataset.json", listed)


def disparity(depth: NDArray[np.float32]) -> NDArray[np.float16]:
    """Return 6250 / depth (H, W) of planar depth in metres; 0 where depth is 0."""
    value = np.divide(_DISPARITY_UNIT, depth, out=np.zeros(depth.shape), where=depth > 0)
    return np.minimum(value, np.finfo(np.float16).max).astype(np.float16)


EXPORTER = Exporter("ivid", "RGBD folders for IVID: images, depths as float16 disparity, dataset.json", write_scenes)
