"""Folders of cameras and pictures as other programs leave them, written after the published layouts, and how to judge them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.fields.cameras import OPENGL_TO_OPENCV, Camera
from wildfield.fields.data import Points, Scene, open_scene

SIZE = (24, 16)
"""Width and height of the pictures here."""


def rotation(rng: np.random.Generator) -> np.ndarray:
    """A random rotation (3, 3)."""
    q, r = np.linalg.qr(rng.standard_normal((3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def pose(number: int) -> np.ndarray:
    """Camera to world (4, 4) in OpenCV axes."""
    rng = np.random.default_rng([number, 5])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation(rng), rng.standard_normal(3)
    return matrix


def picture(path: Path, size: tuple[int, int] = SIZE, channels: int = 3) -> None:
    """Write a picture of random pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng([len(str(path))]).integers(0, 256, (size[1], size[0], channels), np.uint8)
    iio.imwrite(path, pixels)


def project(camera: Camera, point: np.ndarray) -> np.ndarray:
    """The pixel (2,) that shows a world point."""
    x, y, z = (camera.world_to_camera @ [*point, 1])[:3]
    return np.array([camera.fl_x * x / z + camera.cx, camera.fl_y * y / z + camera.cy])


def read_all(folder: Path) -> tuple[Scene, Points | None]:
    """Read everything that a training reads."""
    scene = open_scene(folder)
    for views in scene.views.values():
        for view in views:
            view.read_colour()
            if view.depth is not None:
                view.read_depth()
    return scene, scene.read_points()


def refused(folder: Path, words: str) -> None:
    """Reading ends in one line with these words, which names a file of the folder."""
    with pytest.raises(UserError, match=words) as caught:
        read_all(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def by_name(scene: Scene) -> dict[str, Any]:
    return {view.name: view for views in scene.views.values() for view in views}


def opengl(number: int) -> list[list[float]]:
    """The matrix of camera `number` as JSON files have it."""
    rows: list[list[float]] = (pose(number) @ OPENGL_TO_OPENCV).tolist()
    return rows


def write_json(path: Path, **content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path.parent


CAMERAS_TXT = """# Camera list with one line of data per camera:
#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]
# Number of cameras: 2
1 SIMPLE_PINHOLE 24 16 20.5 12 8
2 PINHOLE 24 16 20.5 19.5 12 8
"""
IMAGES_TXT = """# Image list with two lines of data per image:
1 0.5 0.5 0.5 0.5 1 2 3 1 first picture.png

2 0.7071067811865476 0 0.7071067811865476 0 0 0 4 2 b.png
362.43 259.92 -1 784.89 51.7 7
"""
POINTS_TXT = """# 3D point list
63390 1.67241 0.292931 0.609726 115 121 122 1.33927 16 6542 15 7345
63376 2.01848 0.108877 -0.0260841 102 209 250 1.73449 16 6519
"""


def write_text(folder: Path, cameras: str = CAMERAS_TXT, images: str = IMAGES_TXT, points: str = POINTS_TXT) -> Path:
    """Write a COLMAP folder by hand, after https://colmap.github.io/format.html."""
    model = folder / "sparse"
    model.mkdir(parents=True)
    for name, content in (("cameras", cameras), ("images", images), ("points3D", points)):
        (model / f"{name}.txt").write_text(content)
    for name in ("first picture.png", "b.png", "c.png"):
        picture(folder / "images" / name)
    return folder
