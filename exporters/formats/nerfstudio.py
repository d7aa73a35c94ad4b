"""nerfstudio: a folder that `ns-train` opens by itself, with depth as it reads it.

The scene folder of a dataset opens in nerfstudio already; this is a copy that stands alone. Depth is .npy in millimetres:
nerfstudio multiplies what it reads by `depth_unit_scale_factor`, 1e-3 by default. Use it with
`--data OUT nerfstudio-data --auto-scale-poses False --center-method none --orientation-method none` to keep metres.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ...progress import Task
from ..manifest import understood
from ..reader import Frame, Scene
from .exporter import Exporter, content


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write images/, depths/, points.ply and transforms.json."""
    transforms = json.loads(json.dumps(scene.transforms))
    names: dict[str, str] = {}
    for name in ("images", "depths"):
        (folder / name).mkdir()
    for frame in scene.frames():
        stem = picture_name(frame)
        names[frame.path("rgb").relative_to(scene.folder).as_posix()] = f"images/{stem}.png"
        (folder / "images" / f"{stem}.png").write_bytes(content(scene, frame.path("rgb")))
        np.save(folder / "depths" / f"{stem}.npy", frame.read("depth") * np.float32(1000))
        task.advance(1, frame.name)
    with understood(scene.folder / "transforms.json"):
        for entry in transforms["frames"]:
            entry["file_path"] = names[entry["file_path"]]
            entry["depth_file_path"] = entry["file_path"].replace("images/", "depths/").replace(".png", ".npy")
        for split in ("train", "val", "test"):
            transforms[f"{split}_filenames"] = [names[path] for path in transforms[f"{split}_filenames"]]
    (folder / "points.ply").write_bytes(content(scene, scene.folder / "points.ply"))
    (folder / "transforms.json").write_text(json.dumps(transforms, indent=1) + "\n", encoding="utf-8")


def picture_name(frame: Frame) -> str:
    """One flat name for a picture, without its suffix: "view_000_0001"."""
    return f"{frame.camera_name}_{frame.number:04d}"


EXPORTER = Exporter("nerfstudio", "a folder for ns-train: transforms.json, images, depth in millimetres, points", write_scene)
