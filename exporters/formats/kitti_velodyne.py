"""KITTI odometry with its Velodyne, and SemanticKITTI's labels: what readers of LiDAR sequences expect.

    sequences/07/velodyne/000000.bin    float32 x, y, z, reflectance of every return: metres, x forward, y left, z up
    sequences/07/labels/000000.label    uint32 of every return: the class below, the instance in the upper 16 bits
    sequences/07/image_2/000000.png     the picture of the camera that carries the LiDAR; image_3: the right eye of a stereo rig
    sequences/07/calib.txt              P0 to P3, and Tr: from the Velodyne to camera 0
    sequences/07/poses.txt              camera 0 to its first pose, a 3 x 4 matrix a line; times.txt: seconds
    sequences/07/semantic-kitti.yaml    the names of the classes, as SemanticKITTI's configuration has them

A sequence is a scene, its number the seed. Classes are those of its objects.json, not SemanticKITTI's own numbers. Instances
are numbered within the sequence, from 1, and 0 for what nobody counts, such as ground and water. Camera 0 is camera 2: a
picture is colour alone; without a right eye P1 and P3 are P0. The centre of the first pixel is at (0, 0). The radial velocity
has no place here. Sources: readme.txt of KITTI's devkit_odometry; J. Behley et al., "SemanticKITTI", ICCV 2019, and the format
on semantic-kitti.org.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...progress import Task
from ..lidar import Mounted, Sweep
from ..reader import Frame, Scene
from .exporter import Exporter
from .shared.frames import copy_picture, put
from .shared.lenses import steady_matrix
from .shared.sequences import Sequences

MOST = 1 << 16
"""Instances have 16 bits."""


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write a sequence a scene. Raises UserError where one has no LiDAR, or its camera is no pinhole or zooms."""
    for scene in scenes:
        _write_sequence(scene, folder / "sequences" / f"{int(scene.folder.name):02d}", task)


def _write_sequence(scene: Scene, root: Path, task: Task) -> None:
    mounted = scene.lidar
    if mounted is None:
        raise UserError(f"{scene.folder}: this dataset was made without a LiDAR; generate with --lidar 64")
    sequences = Sequences.of(scene)
    frames = [frame for _, frame in sorted(sequences.cameras[mounted.camera].items())]
    texts = {"calib": _calibration(frames, sequences.right_of(frames[0]), mounted), "poses": "", "times": ""}
    number_of = _instances(scene, frames)
    stuff = np.array([name in scene.metadata["stuff"] for name in scene.classes])
    for index, frame in enumerate(frames):
        sweep, name, right = scene.sweep(frame.number), f"{index:06d}", sequences.right_of(frame)
        put(root / "velodyne" / f"{name}.bin", points(sweep).astype("<f4").tobytes())
        instance = np.where(stuff[sweep["class"]], 0, number_of[np.searchsorted(number_of[:, 0], sweep["instance"]), 1])
        put(root / "labels" / f"{name}.label", (instance << 16 | sweep["class"]).astype("<u4").tobytes())
        copy_picture(frame, root / "image_2" / f"{name}.png")
        if right is not None:
            copy_picture(right, root / "image_3" / f"{name}.png")
        pose = frames[0].camera.world_to_camera @ frame.camera.camera_to_world
        texts["poses"] += _numbers(pose[:3]) + "\n"
        texts["times"] += f"{frame.time_s:.6e}\n"
        task.advance(sequences.count / len(frames), frame.name)
    names = "".join(f"  {number}: {name!r}\n" for number, name in enumerate(scene.classes))
    for name, text in texts.items():
        (root / f"{name}.txt").write_text(text, encoding="ascii")
    (root / "semantic-kitti.yaml").write_text(f"labels:\n{names}", encoding="utf-8")


def points(sweep: Sweep) -> NDArray[np.float32]:
    """Return (N, 4): x, y, z and reflectance."""
    return np.column_stack([sweep["xyz"], sweep["reflectance"]]).astype(np.float32)


def _instances(scene: Scene, frames: list[Frame]) -> NDArray[np.int64]:
    """Return rows (M, 2) of ids, ascending, and their numbers in the sequence."""
    met = np.unique(np.concatenate([np.unique(scene.sweep(frame.number)["instance"]) for frame in frames])).astype(np.int64)
    counted = np.array([scene.objects[number]["class"] not in scene.metadata["stuff"] for number in met.tolist()], bool)
    if counted.sum() >= MOST:
        raise UserError(
            f"{scene.folder}: the LiDAR met {counted.sum()} things, and SemanticKITTI counts to {MOST - 1}; "
            "make a smaller dataset, or read lidar/ itself"
        )
    return np.column_stack([met, np.cumsum(counted) * counted])


def _calibration(frames: list[Frame], right: Frame | None, mounted: Mounted) -> str:
    left = np.column_stack([steady_matrix(frames, "kitti-velodyne"), np.zeros(3)])
    other = left.copy()
    if right is not None:
        other[:, 3] = other[:, :3] @ (right.camera.world_to_camera @ frames[0].camera.camera_to_world)[:3, 3]
    rows: dict[str, Any] = {"P0": left, "P1": other, "P2": left, "P3": other, "Tr": mounted.to_camera[:3]}
    return "".join(f"{key}: {_numbers(values)}\n" for key, values in rows.items())


def _numbers(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.12e}" for value in values.ravel())


EXPORTER = Exporter(
    "kitti-velodyne", "KITTI odometry's LiDAR sequences: velodyne, SemanticKITTI labels, calibration, poses", write_scenes
)
