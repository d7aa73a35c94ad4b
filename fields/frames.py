"""One entry of the list `frames` that NeRF's, instant-ngp's and nerfstudio's JSON share: a camera and its picture.

Sources: nerfstudio's "Data conventions" page and nerfstudio_dataparser.py; instant-ngp's docs/nerf_dataset_tips.md and
nerf_loader.cu; the loader load_blender.py of NeRF (Mildenhall 2020). Matrices are camera to world with OpenGL axes.
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..errors import UserError
from .cameras import FARTHEST, Camera
from .files import read_picture_form

DISTORTION = ("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2")
PINHOLES = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE")
FLAT = {"ORTHOGRAPHIC": "orthographic", "EQUIRECTANGULAR": "equirectangular"}
SUFFIXES = (".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG")
"""What a `file_path` without its suffix may stand for, in this order."""


def entries(path: Path, description: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the frames of a JSON file, each with the keys that are common to all. Raises UserError for a broken one."""
    frames = description.get("frames")
    if not isinstance(frames, list) or not frames:
        raise UserError(f"{path}: has no frames")
    for number, frame in enumerate(frames):
        name = frame.get("file_path") if isinstance(frame, dict) else None
        if not isinstance(name, str) or not name.strip("./") or not name.isprintable():
            raise UserError(f"{path}: frame {number} has no file_path")
    shared = {key: value for key, value in description.items() if key != "frames"}
    return [{**shared, **frame} for frame in frames]


def plain(name: str) -> str:
    """Return a path of a JSON file without "./", so that the same picture has one name."""
    return PurePosixPath(name).as_posix()


def picture_path(folder: Path, name: str) -> Path:
    """Return the picture of a `file_path`; one without suffix is that of the file beside it that has one, at best .png."""
    path = folder / name
    if path.suffix.lower() in SUFFIXES or path.is_file():
        return path
    return next((found for suffix in SUFFIXES if (found := path.with_name(path.name + suffix)).is_file()), path)


def frame_camera(where: str, entry: dict[str, Any], picture: Path) -> Camera:
    """Return the camera of one entry; `where` opens the UserError for one that is no pinhole camera or broken.

    Without `w` and `h` the size is that of the picture; without `fl_x` it is that of the angle of view, which is how
    NeRF-synthetic and instant-ngp have it.
    """
    _refuse_other_lenses(where, entry)
    try:
        matrix = np.array(entry["transform_matrix"], np.float64)
        width, height = (int(entry["w"]), int(entry["h"])) if "w" in entry and "h" in entry else read_picture_form(picture)[:2]
        fl_x = _focal(entry, "x", width, None)
        fl_y = _focal(entry, "y", height, fl_x)
        middle = float(entry.get("cx", width / 2)), float(entry.get("cy", height / 2))
    except KeyError as error:
        raise UserError(f"{where}: {error.args[0]} is missing") from error
    except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise UserError(f"{where}: a camera value is no number ({error})") from error
    if width < 16 or height < 16 or not all(map(math.isfinite, (fl_x, fl_y, *middle))) or min(fl_x, fl_y) <= 0:
        raise UserError(f"{where}: the camera needs at least 16 x 16 pixels and positive focal lengths")
    return Camera.from_opengl(_pose(where, matrix), (width, height), (fl_x, fl_y, *middle))


def _focal(entry: dict[str, Any], axis: str, size: int, other: float | None) -> float:
    """Return the focal length in pixels along "x" or "y" from `fl_`, from `camera_angle_`, or as along the other axis."""
    if f"fl_{axis}" in entry:
        return float(entry[f"fl_{axis}"])
    if f"camera_angle_{axis}" in entry:
        return 0.5 * size / math.tan(0.5 * float(entry[f"camera_angle_{axis}"]))
    if other is None:
        raise KeyError(f"fl_{axis}")
    return other


def _refuse_other_lenses(where: str, entry: dict[str, Any]) -> None:
    """Raise UserError for a camera that is no pinhole without distortion."""
    model = "OPENCV_FISHEYE" if entry.get("is_fisheye") else str(entry.get("camera_model", "OPENCV")).upper()
    if model in FLAT:
        raise UserError(f"{where}: the camera is {FLAT[model]}, and fields learn from pinhole cameras; generate with one")
    if model not in PINHOLES:
        raise UserError(f"{where}: camera_model {model!r}; only pinhole cameras are read, undistort the pictures first")
    bent = [key for key in DISTORTION if entry.get(key)]
    if bent:
        raise UserError(
            f"{where}: lens distortion ({', '.join(bent)}) is not read; undistort the pictures first, "
            "with `colmap image_undistorter` where COLMAP made the poses"
        )


def _pose(where: str, matrix: np.ndarray) -> np.ndarray:
    """Return a pose as (4, 4). Raises UserError where it is none: a rotation and a position, (3, 4) or (4, 4)."""
    if matrix.shape == (3, 4):
        matrix = np.vstack([matrix, [0, 0, 0, 1]])
    turn = matrix[:3, :3] if matrix.shape == (4, 4) and (np.abs(matrix) < FARTHEST).all() else np.zeros((3, 3))
    if np.abs(turn @ turn.T - np.eye(3)).max() > 1e-3 or np.linalg.det(turn) < 0:
        raise UserError(f"{where}: transform_matrix is no 4 x 4 camera pose of a rotation and a position")
    return matrix
