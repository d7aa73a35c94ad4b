"""transforms.json: our own scene folders, nerfstudio's (ns-process-data) and instant-ngp's.

What counts: cameras for all frames or for each, `train_filenames` and so on, depth, and points. `applied_transform` tells how
the poses and the PLY came from COLMAP's coordinates: both are in the file's own already, and so is the field. Only COLMAP's
points in colmap/sparse/0, the start where no `ply_file_path` is named, are still to be moved by it. What instant-ngp needs
for its unit cube (`aabb_scale`, `scale`, `offset`) changes no pose. A frame's `mask_path` is black where it does not count.
Sources: nerfstudio_dataparser.py and colmap_utils.py of nerfstudio 1.1; nerf_loader.cu of instant-ngp.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from . import colmap
from .cameras import FARTHEST
from .files import read_json
from .frames import entries, frame_camera, picture_path, plain
from .points import Points, read_ply_points
from .scene import SPLITS, Scene, View, hold_out

FILE = "transforms.json"
HELD = ("val", "test")
"""Splits that may have a FILE of their own in a folder of that name, because instant-ngp trains on all that its file names."""
COLMAP_MODEL = "colmap/sparse/0"
MILLIMETRE = 1e-3
"""nerfstudio's `depth_unit_scale_factor`: metres in a unit of .npy and .png, where the file gives no other."""
COLMAP_TO_NERFSTUDIO = ((0.0, 1.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0, 0.0))
"""The `applied_transform` of folders made before ns-process-data wrote it down."""


def is_here(folder: Path) -> bool:
    """Whether `folder` has this layout."""
    return (folder / FILE).is_file()


def read_scene(folder: Path) -> Scene:
    """Return the scene of `folder`. Raises UserError for a file that is broken or has no pinhole cameras."""
    description = read_json(folder / FILE)
    views = _views(folder, "", description)
    if any(f"{split}_filenames" in description for split in SPLITS):
        splits = _listed(folder / FILE, description, views)
    elif any((folder / split / FILE).is_file() for split in HELD):
        splits = {"train": list(views.values())} | {split: _held(folder, split) for split in HELD}
    else:
        splits = hold_out(views.values())
    starts: dict[str, Callable[[], Points | None]] = {"colmap": partial(_colmap_points, folder, description)}
    named = description.get("ply_file_path")
    if isinstance(named, str) and named.isprintable():
        starts["points"] = partial(read_ply_points, folder / named)
    return Scene(folder, splits, "wildfield" in description, starts)


def _held(folder: Path, split: str) -> list[View]:
    """Return the views of one split that has a file of its own, in a folder of its own."""
    path = folder / split / FILE
    return list(_views(folder, split, read_json(path)).values()) if path.is_file() else []


def _views(folder: Path, inside: str, description: dict[str, Any]) -> dict[str, View]:
    """Return the views by name, which is the path in `folder` of a picture that the file in `inside` names."""
    path = folder / inside / FILE
    views = {}
    for number, entry in enumerate(entries(path, description)):
        view = _view(folder, inside, f"{path}: frame {number}", entry)
        views[view.name] = view
    return views


def _view(folder: Path, inside: str, where: str, entry: dict[str, Any]) -> View:
    name = plain(f"{inside}/{entry['file_path']}" if inside else entry["file_path"])
    picture = picture_path(folder, name)
    camera = frame_camera(where, entry, picture)
    depth, unit = entry.get("depth_file_path"), entry.get("depth_unit_scale_factor", MILLIMETRE)
    if depth is None and "integer_depth_scale" in entry:
        depth, unit = entry.get("depth_path"), entry["integer_depth_scale"]
    named = entry.get("mask_path")
    if named and (not isinstance(named, str) or not named.isprintable()):
        raise UserError(f"{where}: its mask {named!r} is no path")
    mask = folder / inside / named if named else None
    if not depth:
        return View(name, camera, picture, None, mask=mask)
    if not isinstance(depth, str) or not depth.isprintable():
        raise UserError(f"{where}: its depth {depth!r} is no path")
    if depth.lower().endswith(".exr"):
        return View(name, camera, picture, folder / inside / depth, mask=mask)
    metres = _factor(f"{where}: depth_unit_scale_factor or integer_depth_scale", unit)
    return View(name, camera, picture, folder / inside / depth, metres, mask)


def _listed(path: Path, description: dict[str, Any], views: dict[str, View]) -> dict[str, list[View]]:
    """Return the views of each split that transforms.json lists."""
    splits: dict[str, list[View]] = {}
    for split in SPLITS:
        names = description.get(f"{split}_filenames", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UserError(f"{path}: {split}_filenames is no list of file names")
        unknown = [name for name in names if plain(name) not in views]
        if unknown:
            raise UserError(f"{path}: {split}_filenames names {unknown[0]!r}, which is no frame")
        splits[split] = [views[plain(name)] for name in names]
    return splits


def _colmap_points(folder: Path, description: dict[str, Any]) -> Points | None:
    """Return the points of COLMAP's model that ns-process-data left in the folder, moved to where the cameras are."""
    points = colmap.read_points(folder / COLMAP_MODEL)
    if points is None:
        return None
    where = f"{folder / FILE}: applied_transform"
    try:
        applied = np.array(description.get("applied_transform", COLMAP_TO_NERFSTUDIO), np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{where} is no matrix ({error})") from error
    if applied.ndim != 2 or applied.shape[0] < 3 or applied.shape[1] != 4 or not (np.abs(applied) < FARTHEST).all():
        raise UserError(f"{where} is no 3 x 4 matrix")
    moved = points.positions @ applied[:3, :3].T + applied[:3, 3]
    scale = _factor(f"{folder / FILE}: applied_scale", description.get("applied_scale", 1.0))
    return Points((moved * scale).astype(np.float32), points.colours, None)


def _factor(where: str, value: Any) -> float:
    """Return a positive number. Raises UserError where `value` is none."""
    if not isinstance(value, int | float) or not 0 < value < FARTHEST:
        raise UserError(f"{where} is no positive number but {str(value)[:20]!r}")
    return float(value)
