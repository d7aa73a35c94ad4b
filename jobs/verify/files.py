"""What is on disk: checksums, missing and foreign files, and the cameras that are written twice."""

from __future__ import annotations

import numpy as np

from ...errors import UserError
from ...exporters.cameras import opencv_to_opengl
from ...exporters.reader import Scene
from ...exporters.transforms import INTRINSICS
from ...exporters.writing import checksum
from .laws import Worst


def check_files(scene: Scene, worst: Worst) -> None:
    """Hold the files of a scene against what dataset.json lists."""
    listed = scene.record.files if scene.record else {}
    there = {path.relative_to(scene.folder).as_posix() for path in scene.folder.rglob("*") if path.is_file()}
    worst.add("every file is listed", 0, scene.folder)
    worst.add("checksums agree", 0, scene.folder)
    for path in sorted(there ^ set(listed)):
        worst.add("every file is listed", len(there ^ set(listed)), scene.folder / path)
    for path in sorted(there & set(listed)):
        if checksum(scene.folder / path) != listed[path]:
            worst.add("checksums agree", 1, scene.folder / path)


def check_transforms(scene: Scene, worst: Worst) -> None:
    """Hold transforms.json against the pictures and against camera.json."""
    path = scene.folder / "transforms.json"
    content = scene.transforms
    frames = {frame.path("rgb").relative_to(scene.folder).as_posix(): frame for frame in scene.frames()}
    entries = {entry["file_path"]: entry for entry in content["frames"]}
    listed = [name for split in ("train", "val", "test") for name in content[f"{split}_filenames"]]
    if entries.keys() != frames.keys() or set(listed) != frames.keys():
        raise UserError(f"{path}: does not list the pictures that are there")
    for name, frame in frames.items():
        k, values = frame.camera.intrinsics, content | entries[name]
        off = np.abs(np.array(values["transform_matrix"]) - opencv_to_opengl(frame.camera.camera_to_world)).max()
        lens = max(abs(values[key] - getattr(k, key)) for key in INTRINSICS)
        worst.add("transforms.json agrees with the cameras", max(off, lens), path)
