"""instant-ngp (Mueller et al. 2022): transforms.json as its docs/nerf_dataset_tips.md and src/nerf_loader.cu read it.

Poses stay in metres, OpenGL axes. instant-ngp trains in a unit cube, and places a point at `scale` * point + `offset`, 0.33
and 0.5 where a file names neither. Here both are written: the cube holds all cameras and the middle half of the surface
samples on each axis, so that the fine levels of its grid lie where the pictures were taken, and `aabb_scale`, a power of two
to 128, is the smallest box around the cube that holds all samples. (point - offset) / scale gives metres back.

instant-ngp trains on every picture of every JSON in the folder it opens, not of folders inside: the pictures held out are
in val/ and test/, each with its own transforms.json (`scripts/run.py --scene OUT --test_transforms OUT/test/transforms.json`).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...progress import Task
from ..cameras import Intrinsics, opencv_to_opengl
from ..manifest import write_json
from ..reader import Frame, Scene
from ..splits import SPLITS
from .exporter import Exporter, one_by_one
from .shared.frames import copy_picture, picture_name
from .shared.lenses import expressible
from .shared.surface import surface_points

_LARGEST_BOX = 128


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write images/ and transforms.json, and the same in val/ and test/. Raises UserError for other lenses."""
    lenses = {_expressible(frame) for frame in scene.frames()}
    shared = _lens(next(iter(lenses))) if len(lenses) == 1 else {}
    box = unit_cube(np.array([frame.camera.origin for frame in scene.frames()]), surface_points(scene)[0])
    written: set[str] = set()
    for split in SPLITS:
        frames = scene.split(split)
        if not frames:
            continue
        place = folder if split == "train" else folder / split
        entries = []
        for frame in frames:
            name = f"images/{picture_name(frame)}.png"
            copy_picture(frame, place / name)
            entries.append(_entry(frame, name) | ({} if shared else _lens(frame.camera.intrinsics)))
            task.advance(frame.name not in written, frame.name)
            written.add(frame.name)
        write_json(place / "transforms.json", {**shared, **box, "frames": entries})


def unit_cube(cameras: NDArray[np.float64], points: NDArray[np.float64]) -> dict[str, Any]:
    """Return "scale", "offset" and "aabb_scale" for cameras (F, 3) and surface samples (N, 3), metres."""
    middle = np.concatenate([cameras, np.percentile(points, [25, 75], axis=0)]) if len(points) else cameras
    low, high = middle.min(0), middle.max(0)
    centre, side = (low + high) / 2, max(float((high - low).max()), 1e-3)
    reach = 2 * float(np.abs(np.concatenate([cameras, points]) - centre).max()) / side
    box = min(_LARGEST_BOX, 2 ** max(0, math.ceil(math.log2(reach)))) if reach > 0 else 1
    return {"scale": 1 / side, "offset": (0.5 - centre / side).tolist(), "aabb_scale": box}


def _expressible(frame: Frame) -> Intrinsics:
    """Return the lens of a picture: a pinhole, with distortion or not. The loader has one place for p1 and k3, and takes a
    fisheye without coefficients for a pinhole.
    """
    lens = expressible(frame, "instant-ngp", ("pinhole", "brown"))
    if lens.coefficients.get("k3"):
        raise UserError(
            f"{frame.scene.folder}: camera {frame.camera_name!r} has k3, which instant-ngp knows not; export to colmap"
        )
    return lens


def _entry(frame: Frame, name: str) -> dict[str, Any]:
    return {"file_path": name, "transform_matrix": opencv_to_opengl(frame.camera.camera_to_world).tolist()}


def _lens(k: Intrinsics) -> dict[str, Any]:
    return {
        "camera_angle_x": 2 * math.atan(k.width / (2 * k.fl_x)), "camera_angle_y": 2 * math.atan(k.height / (2 * k.fl_y)),
        "fl_x": k.fl_x, "fl_y": k.fl_y,
        **{name: k.coefficients.get(name, 0.0) for name in ("k1", "k2", "p1", "p2")},
        "cx": k.cx, "cy": k.cy, "w": k.width, "h": k.height,
    }  # fmt: skip


EXPORTER = Exporter("instant-ngp", "transforms.json with scale, offset and aabb_scale, and pictures", one_by_one(write_scene))
