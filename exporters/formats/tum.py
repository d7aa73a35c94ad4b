"""TUM RGB-D: a sequence a camera, with rgb.txt, depth.txt, associations.txt and groundtruth.txt.

Depth is planar, 16-bit PNG, 5000 a metre: what is farther than 65535 / 5000 = 13.1 m is 0, "no measurement", as where there
is no surface. Most of an open landscape lies beyond; take another format where you need it. groundtruth.txt holds
`timestamp tx ty tz qx qy qz qw` of the camera in the world: metres, z up, OpenCV camera axes. calibration.txt holds
`fx fy cx cy`, the centre of the first pixel at (0, 0). Times are seconds from the first frame. Source: J. Sturm et al.,
"A benchmark for the evaluation of RGB-D SLAM systems", IROS 2012, and its page on file formats.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...progress import Task
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.codecs import encode_png16
from .shared.frames import copy_picture
from .shared.lenses import quaternion, steady_matrix
from .shared.sequences import Sequences

DEPTH_SCALE = 5000
"""Depth units a metre."""


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write <camera>/ for every camera."""
    for camera, frames in Sequences.of(scene).cameras.items():
        _write_sequence(list(frames.values()), folder / camera, task)


def _write_sequence(frames: list[Frame], folder: Path, task: Task) -> None:
    k = steady_matrix(frames, "tum")
    lists = {"rgb": "# timestamp filename\n", "depth": "# timestamp filename\n", "associations": ""}
    track = "# timestamp tx ty tz qx qy qz qw\n"
    (folder / "depth").mkdir(parents=True)
    for frame in frames:
        stamp = f"{frame.time_s:.6f}"
        name = f"{stamp}.png"
        copy_picture(frame, folder / "rgb" / name)
        code = np.rint(frame.read("depth").astype(np.float64) * DEPTH_SCALE)
        (folder / "depth" / name).write_bytes(encode_png16(np.where(code < 2**16, code, 0).astype(np.uint16)))
        lists["rgb"] += f"{stamp} rgb/{name}\n"
        lists["depth"] += f"{stamp} depth/{name}\n"
        lists["associations"] += f"{stamp} rgb/{name} {stamp} depth/{name}\n"
        w, x, y, z = quaternion(frame.camera.rotation)
        track += " ".join([stamp, *(repr(float(value)) for value in (*frame.camera.origin, x, y, z, w))]) + "\n"
        task.advance(1, frame.name)
    lists |= {
        "groundtruth": track,
        "calibration": " ".join(repr(k[at].item()) for at in ((0, 0), (1, 1), (0, 2), (1, 2))) + "\n",
    }
    for name, text in lists.items():
        (folder / f"{name}.txt").write_text(text, encoding="ascii")


EXPORTER = Exporter(
    "tum", "TUM RGB-D sequences: rgb.txt, depth.txt (16-bit, 5000 a metre), groundtruth.txt", one_by_one(write_scene)
)
