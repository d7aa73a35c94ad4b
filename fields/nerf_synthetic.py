"""NeRF-synthetic: transforms_train, _val and _test.json beside RGBA pictures, as the scenes of NeRF (Mildenhall 2020).

One angle of view for all cameras, `file_path` without its suffix, the size is that of the pictures. The layout has no points
and its depth pictures have no scale, so neither is read: training starts at random places.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError
from .files import read_json
from .frames import entries, frame_camera, picture_path, plain
from .scene import SPLITS, Scene, View


def is_here(folder: Path) -> bool:
    """Whether `folder` has this layout."""
    return (folder / "transforms_train.json").is_file()


def read_scene(folder: Path) -> Scene:
    """Return the scene of `folder`; val and test are empty where their files are not there. Raises UserError as `frames`."""
    paths = {split: folder / f"transforms_{split}.json" for split in SPLITS}
    return Scene(folder, {split: _views(folder, path) if path.is_file() else [] for split, path in paths.items()}, True)


def _views(folder: Path, path: Path) -> list[View]:
    views = []
    for number, entry in enumerate(entries(path, read_json(path))):
        name = plain(entry["file_path"])
        picture = picture_path(folder, name)
        if not picture.is_file():
            raise UserError(f"{path}: frame {number}: {picture} is no picture, and neither is one with .png or .jpg behind it")
        views.append(View(name, frame_camera(f"{path}: frame {number}", entry, picture), picture, None))
    return views
