"""The rows of BOP's JSON files about cameras and visibility: millimetres, the centre of the first pixel at (0, 0).

Boxes are [x, y, last x - x, last y - y], as BOP's calc_gt_info.py writes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reader import Frame
from .bop_objects import MM
from .lenses import opencv_matrix
from .regions import Thing
from .rle import runs_mask


def depth_scale(frames: Iterable[Frame]) -> float:
    """Return the millimetres of one step of depth: the least multiple of 0.1 with which the farthest point fits 16 bits."""
    farthest = max(float(frame.read("depth").max(initial=0)) for frame in frames) * MM
    return max(math.ceil(farthest / 65535 * 10), 1) / 10


def camera_row(frame: Frame, scale: float) -> dict[str, Any]:
    """Return one entry of scene_camera.json: K, the world-to-camera pose in mm, and the scale of depth."""
    pose = frame.camera.world_to_camera
    return {
        "cam_K": opencv_matrix(frame, "bop").ravel().tolist(), "depth_scale": scale,
        "cam_R_w2c": pose[:3, :3].ravel().tolist(), "cam_t_w2c": (pose[:3, 3] * MM).tolist(),
    }  # fmt: skip


def sensor(frame: Frame, scale: float) -> dict[str, float]:
    """Return camera.json: the intrinsics of a picture."""
    lens, k = frame.camera.intrinsics, opencv_matrix(frame, "bop").tolist()
    return {
        "width": lens.width, "height": lens.height, "fx": k[0][0], "fy": k[1][1], "cx": k[0][2], "cy": k[1][2],
        "depth_scale": scale,
    }  # fmt: skip


def visibility_row(thing: Thing, depth: NDArray[np.float32]) -> dict[str, Any]:
    """Return one entry of scene_gt_info.json; -1 is what the dataset does not know."""
    whole, box, mask = (thing.row.get(name) for name in ("amodal_pixels", "box_amodal", "mask_amodal"))
    silhouette = runs_mask(mask["counts"], *depth.shape) if mask else None
    return {
        "bbox_obj": _corner_and_span(box) if box else [-1, -1, -1, -1], "bbox_visib": _corner_and_span(thing.box),
        "px_count_all": -1 if whole is None else whole, "px_count_visib": thing.area,
        "px_count_valid": -1 if silhouette is None else int((depth[silhouette] > 0).sum()),
        "visib_fract": thing.area / whole if whole else -1.0,
    }  # fmt: skip


def _corner_and_span(box: Sequence[float]) -> list[int]:
    x0, y0, x1, y1 = math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])
    return [x0, y0, x1 - 1 - x0, y1 - 1 - y0]
