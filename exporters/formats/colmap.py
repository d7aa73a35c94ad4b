"""COLMAP's text model: sparse/0 with cameras.txt, images.txt and points3D.txt, and the pictures.

World-to-camera poses as a quaternion (w, x, y, z) and a translation, OpenCV axes, centre of the first pixel at (0.5, 0.5):
the conventions of the dataset are COLMAP's own. Points are the surface samples, without tracks.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData

from ...progress import Task
from ..cameras import Camera
from ..reader import Scene
from .exporter import Exporter, content
from .nerfstudio import picture_name


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write images/ and sparse/0/."""
    model = folder / "sparse" / "0"
    model.mkdir(parents=True)
    (folder / "images").mkdir()
    cameras: dict[str, int] = {}
    images: list[str] = []
    for number, frame in enumerate(scene.frames(), 1):
        k, name = frame.camera.intrinsics, f"{picture_name(frame)}.png"
        (folder / "images" / name).write_bytes(content(scene, frame.path("rgb")))
        line = f"PINHOLE {k.width} {k.height} {k.fl_x!r} {k.fl_y!r} {k.cx!r} {k.cy!r}"
        camera = cameras.setdefault(line, len(cameras) + 1)
        pose = " ".join(repr(float(value)) for value in _pose(frame.camera))
        images.append(f"{number} {pose} {camera} {name}\n\n")
        task.advance(1, frame.name)
    (model / "cameras.txt").write_text("".join(f"{number} {line}\n" for line, number in cameras.items()), encoding="utf-8")
    (model / "images.txt").write_text("".join(images), encoding="utf-8")
    (model / "points3D.txt").write_text("".join(_points(content(scene, scene.folder / "points.ply"))), encoding="utf-8")


def quaternion(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (w, x, y, z), w >= 0, of a rotation matrix: the eigenvector method of Bar-Itzhack (2000), exact to rounding."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    k = np.array(
        [
            [a - e - i, d + b, g + c, h - f],
            [d + b, e - a - i, h + f, c - g],
            [g + c, h + f, i - a - e, d - b],
            [h - f, c - g, d - b, a + e + i],
        ]
    )
    x, y, z, w = np.linalg.eigh(k)[1][:, -1]
    wxyz = np.array([w, x, y, z])
    return wxyz if w >= 0 else -wxyz


def _pose(camera: Camera) -> NDArray[np.float64]:
    """Quaternion and translation of the world-to-camera transform, (7,)."""
    world_to_camera = camera.world_to_camera
    return np.concatenate([quaternion(world_to_camera[:3, :3]), world_to_camera[:3, 3]])


def _points(ply: bytes) -> list[str]:
    vertex = PlyData.read(io.BytesIO(ply))["vertex"]
    columns = [vertex[name].tolist() for name in ("x", "y", "z", "red", "green", "blue")]
    return [f"{n} {x!r} {y!r} {z!r} {r} {g} {b} 0\n" for n, (x, y, z, r, g, b) in enumerate(zip(*columns, strict=True), 1)]


EXPORTER = Exporter("colmap", "COLMAP's text model (sparse/0) with pictures and surface points", write_scene)
