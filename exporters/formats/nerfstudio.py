"""nerfstudio: a folder that `ns-train` opens by itself, with depth as it reads it.

The scene folder of a dataset opens in nerfstudio already; this is a copy that stands alone. Depth is .npy in millimetres:
nerfstudio multiplies what it reads by `depth_unit_scale_factor`, 1e-3 by default. Use it with
`--data OUT nerfstudio-data --auto-scale-poses False --center-method none --orientation-method none` to keep metres.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np

from ...progress import Task
from ..manifest import understood, write_json
from ..reader import Scene
from .exporter import Exporter, content, one_by_one
from .shared.frames import copy_picture, optional, picture_name
from .shared.lenses import expressible


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write images/, depths/, points.ply and transforms.json."""
    transforms = deepcopy(scene.transforms)
    names: dict[str, str] = {}
    depths: dict[str, str] = {}
    for frame in scene.frames():
        expressible(frame, "nerfstudio", ("pinhole", "brown", "fisheye", "equirectangular"))
        stem, depth = picture_name(frame), optional(frame, "depth")
        names[frame.path("rgb").relative_to(scene.folder).as_posix()] = f"images/{stem}.png"
        copy_picture(frame, folder / "images" / f"{stem}.png")
        if depth is not None:
            depths[f"images/{stem}.png"] = f"depths/{stem}.npy"
            (folder / "depths").mkdir(exist_ok=True)
            np.save(folder / depths[f"images/{stem}.png"], depth * np.float32(1000))
        task.advance(1, frame.name)
    with understood(scene.folder / "transforms.json"):
        for entry in transforms["frames"]:
            entry["file_path"] = names[entry["file_path"]]
            entry.pop("depth_file_path")
            entry |= {"depth_file_path": depths[entry["file_path"]]} if depths else {}
        for split in ("train", "val", "test"):
            transforms[f"{split}_filenames"] = [names[path] for path in transforms[f"{split}_filenames"]]
    (folder / "points.ply").write_bytes(content(scene, scene.folder / "points.ply"))
    write_json(folder / "transforms.json", transforms)


EXPORTER = Exporter(
    "nerfstudio", "a folder for ns-train: transforms.json, images, depth in millimetres, points", one_by_one(write_scene)
)
