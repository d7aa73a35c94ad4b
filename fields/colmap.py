"""COLMAP: a sparse model in sparse/0 or sparse, binary or text, and the pictures in images/.

This is what `colmap image_undistorter` writes and what 3D Gaussian Splatting trains on. World coordinates are the model's,
with no scale of their own. masks/NAME.png, where it is there, is black where images/NAME does not count, as for COLMAP's own
`--ImageReader.mask_path` (https://colmap.github.io/faq.html). The layout has no depth and no splits.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

from ..errors import UserError
from . import colmap_binary, colmap_text
from .cameras import FARTHEST, Camera
from .points import Points
from .scene import Scene, View, hold_out

READERS: tuple[tuple[str, ModuleType], ...] = ((".bin", colmap_binary), (".txt", colmap_text))
"""Suffix of a model's files -> who reads them; binary first, as COLMAP itself."""
PLACES = ("sparse/0", "sparse")


def is_model(folder: Path) -> bool:
    """Whether `folder` holds the cameras and images of a model."""
    return any((folder / f"cameras{suffix}").is_file() and (folder / f"images{suffix}").is_file() for suffix, _ in READERS)


def is_here(folder: Path) -> bool:
    """Whether `folder` has this layout."""
    return any(is_model(folder / place) for place in PLACES)


def read_scene(folder: Path) -> Scene:
    """Return the scene of `folder`. Raises UserError for a model that is broken or whose pictures are distorted."""
    model = next(folder / place for place in PLACES if is_model(folder / place))
    pictures = folder / "images"
    if not pictures.is_dir():
        raise UserError(f"{pictures}: is missing; put the pictures of the COLMAP model there")
    return Scene(folder, hold_out(_views(folder, model, pictures)), starts={"colmap": partial(read_points, model)})


def _views(folder: Path, model: Path, pictures: Path) -> list[View]:
    suffix, reader = next((suffix, reader) for suffix, reader in READERS if (model / f"cameras{suffix}").is_file())
    at_cameras, at_images = model / f"cameras{suffix}", model / f"images{suffix}"
    lenses, shots = reader.cameras(at_cameras), reader.images(at_images)
    if not shots:
        raise UserError(f"{at_images}: has no pictures; COLMAP found no poses")
    views = []
    for shot in shots:
        if not shot.name.isprintable():
            raise UserError(f"{at_images}: {shot.name!r} is no file name in UTF-8")
        if shot.camera not in lenses:
            raise UserError(f"{at_images}: {shot.name} has camera {shot.camera}, which {at_cameras.name} lacks")
        lens = lenses[shot.camera]
        fl_x, fl_y, cx, cy = lens.intrinsics(f"{at_cameras}: camera {shot.camera}")
        camera = Camera(lens.width, lens.height, fl_x, fl_y, cx, cy, shot.camera_to_world(str(at_images)))
        mask = folder / f"masks/{shot.name}.png"
        views.append(View(shot.name, camera, pictures / shot.name, None, mask=mask if mask.is_file() else None))
    return views


def read_points(model: Path) -> Points | None:
    """Return the points of a model with their colours, or None where it has none. Raises UserError for a broken file."""
    for suffix, reader in READERS:
        path = model / f"points3D{suffix}"
        if not path.is_file():
            continue
        positions, colours = reader.points(path)
        if not (np.abs(positions) < FARTHEST).all():
            raise UserError(f"{path}: some points are not finite or absurdly far away; make the model again")
        if not len(positions):
            return None
        return Points(positions.astype(np.float32), np.clip(colours / 255, 0, 1).astype(np.float32), None)
    return None
