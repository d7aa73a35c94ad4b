"""A scene folder as the learner reads it: views with cameras, pictures and exact depth, split into train, val and test.

Reads the scene folders of a Wildfield dataset and other folders in nerfstudio's layout (transforms.json).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError, nearest
from .cameras import Camera
from .files import read_depth, read_json, read_picture

SPLITS = ("train", "val", "test")
HOLD_OUT = 8
"""Where transforms.json names no splits, every 8th view in order of file name is held out for val and test."""


@dataclass(frozen=True, eq=False)
class View:
    """One picture of the scene and its camera."""

    name: str
    """The picture's path inside the scene folder."""
    camera: Camera
    picture: Path
    depth: Path | None

    def read_colour(self) -> np.ndarray:
        """Return (height, width, 3 or 4) uint8 of the camera's size."""
        pixels = read_picture(self.picture)
        self._check(self.picture, pixels)
        return pixels

    def read_depth(self) -> np.ndarray:
        """Return exact planar depth (height, width) float32 in metres, 0 where there is no surface."""
        if self.depth is None:
            raise UserError(f"{self.picture}: this view has no depth")
        depth = read_depth(self.depth)
        self._check(self.depth, depth)
        return depth

    def _check(self, path: Path, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        if (width, height) != (self.camera.width, self.camera.height):
            raise UserError(
                f"{path}: is {width} x {height} pixels, its camera {self.camera.width} x {self.camera.height}; "
                "make transforms.json and pictures together"
            )


@dataclass(frozen=True, eq=False)
class Points:
    """Surface samples, the start of a training: (N, 3) metres, colours (N, 3) of 0 to 1, unit normals (N, 3) or None."""

    positions: np.ndarray
    colours: np.ndarray
    normals: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene folder. `views` maps "train", "val" and "test" to their views, in the order of transforms.json."""

    folder: Path
    views: dict[str, list[View]]
    points: Path | None

    def split(self, name: str) -> list[View]:
        """Return the views of one split, at least one. Raises UserError for another name or an empty split."""
        if name not in SPLITS:
            raise UserError(f"unknown split {name!r}: choose train, val or test{nearest(name, SPLITS)}")
        if not self.views[name]:
            raise UserError(f"{self.folder}: transforms.json has no {name} views; choose another split")
        return self.views[name]

    def read_points(self) -> Points | None:
        """Return the surface samples that transforms.json names, or None where it names none."""
        from .splats.ply import read_vertices

        if self.points is None:
            return None
        rows = read_vertices(self.points)
        names = rows.dtype.names or ()
        if not {"x", "y", "z"} <= set(names) or not len(rows):
            raise UserError(f"{self.points}: holds no points with x, y and z")

        def columns(*wanted: str) -> np.ndarray:
            return np.stack([np.asarray(rows[name], np.float32) for name in wanted], -1)

        positions = columns("x", "y", "z")
        if not np.isfinite(positions).all():
            raise UserError(f"{self.points}: some points are not finite; make the file again")
        has_colour = {"red", "green", "blue"} <= set(names)
        colours = columns("red", "green", "blue") / 255 if has_colour else np.full_like(positions, 0.5)
        normals = columns("nx", "ny", "nz") if {"nx", "ny", "nz"} <= set(names) else None
        if normals is not None:
            lengths = np.linalg.norm(normals, axis=1, keepdims=True)
            normals = normals / lengths if np.isfinite(lengths).all() and (lengths > 0.1).all() else None
        return Points(positions, colours, normals)


def open_scene(folder: Path) -> Scene:
    """Return the scene in `folder`, with cameras read and pictures not; of a dataset with one scene, that one.

    Raises UserError for a folder that is no scene.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such scene folder; make one with `wildfield generate`")
    path = folder / "transforms.json"
    if not path.is_file():
        inside = sorted(folder.glob("scenes/*/transforms.json"))
        if len(inside) == 1:
            return open_scene(inside[0].parent)
        hint = (
            f" but {len(inside)} scenes; choose {inside[0].parent} or another"
            if inside
            else "; give a scene folder of a dataset"
        )
        raise UserError(f"{folder}: has no transforms.json{hint}")
    description = read_json(path)
    frames = description.get("frames")
    if not isinstance(frames, list) or not frames:
        raise UserError(f"{path}: has no frames")
    views = {}
    for number, frame in enumerate(frames):
        view = _view(folder, path, description, frame, number)
        views[view.name] = view
    points = description.get("ply_file_path")
    return Scene(folder, _splits(path, description, views), folder / points if isinstance(points, str) else None)


def _splits(path: Path, description: dict[str, Any], views: dict[str, View]) -> dict[str, list[View]]:
    """Return the views of each split: those that transforms.json lists, or every 8th held out where it lists none."""
    if not any(f"{split}_filenames" in description for split in SPLITS):
        ordered = [views[name] for name in sorted(views)]
        held = ordered[HOLD_OUT // 2 :: HOLD_OUT]
        return {"train": [view for view in ordered if view not in held], "val": held, "test": held}
    splits: dict[str, list[View]] = {}
    for split in SPLITS:
        names = description.get(f"{split}_filenames", [])
        unknown = [name for name in names if name not in views]
        if unknown:
            raise UserError(f"{path}: {split}_filenames names {unknown[0]!r}, which is no frame")
        splits[split] = [views[name] for name in names]
    return splits


def _view(folder: Path, path: Path, description: dict[str, Any], frame: Any, number: int) -> View:
    """Return one entry of `frames` as a view; keys that are common to all cameras stand in `description`."""
    where = f"{path}: frame {number}"
    if not isinstance(frame, dict) or not isinstance(frame.get("file_path"), str):
        raise UserError(f"{where} has no file_path")
    merged = {**description, **frame}
    model = merged.get("camera_model", "OPENCV")
    if model not in ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE"):
        raise UserError(f"{where}: camera_model {model!r}; only pinhole cameras are read, undistort the pictures first")
    bent = [key for key in ("k1", "k2", "k3", "k4", "p1", "p2") if merged.get(key)]
    if bent:
        raise UserError(f"{where}: lens distortion ({', '.join(bent)}) is not read, undistort the pictures first")
    try:
        matrix = np.array(merged["transform_matrix"], np.float64)
        width, height = int(merged["w"]), int(merged["h"])
        if "fl_x" not in merged and "camera_angle_x" in merged:
            merged["fl_x"] = 0.5 * width / math.tan(0.5 * float(merged["camera_angle_x"]))
        fl_x = float(merged["fl_x"])
        intrinsics = (
            fl_x,
            float(merged.get("fl_y", fl_x)),
            float(merged.get("cx", width / 2)),
            float(merged.get("cy", height / 2)),
        )
    except KeyError as error:
        raise UserError(f"{where}: {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise UserError(f"{where}: a camera value is no number ({error})") from error
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3])) < 1e-6:
        raise UserError(f"{where}: transform_matrix is no 4 x 4 camera pose")
    if width < 16 or height < 16 or not all(map(math.isfinite, intrinsics)) or min(intrinsics[:2]) <= 0:
        raise UserError(f"{where}: the camera needs at least 16 x 16 pixels and positive focal lengths")
    depth = frame.get("depth_file_path")
    camera = Camera.from_opengl(matrix, (width, height), intrinsics)
    return View(frame["file_path"], camera, folder / frame["file_path"], folder / depth if depth else None)
