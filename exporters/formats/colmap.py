"""COLMAP's sparse model with pictures: images/ and sparse/0/ with cameras, images and points3D, as text or as binary.

World-to-camera poses as a quaternion (w, x, y, z) and a translation in metres, OpenCV axes, centre of the first pixel at
(0.5, 0.5): the conventions of the dataset are COLMAP's own. Points are the surface samples, each with a track: the pictures
whose depth shows it. Its 2D observations are its exact projections, rounded to 1e-4 pixels.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..cameras import Camera, Intrinsics
from ..reader import Scene
from .exporter import Exporter, one_by_one
from .shared.colmap_files import Binary, Encoding, Image, Point, Text
from .shared.colmap_tracks import Tracks
from .shared.frames import copy_picture, picture_name
from .shared.lenses import expressible, quaternion
from .shared.surface import surface_points

_LENSES = ("pinhole", "brown", "fisheye")


def write_scene(scene: Scene, folder: Path, task: Task, encoding: Encoding) -> None:
    """Write images/ and sparse/0/. Raises UserError for cameras that COLMAP has no model of."""
    model = folder / "sparse" / "0"
    model.mkdir(parents=True)
    frames = list(scene.frames())
    positions, colours = surface_points(scene)
    tracks = Tracks(positions, len(frames))
    cameras: dict[Intrinsics, int] = {}
    with (model / f"images.{encoding.suffix}").open("wb") as file:
        file.write(encoding.start(len(frames)))
        for index, frame in enumerate(frames):
            name = f"{picture_name(frame)}.png"
            camera = cameras.setdefault(expressible(frame, "colmap", _LENSES), len(cameras) + 1)
            copy_picture(frame, folder / "images" / name)
            pixels, seen = tracks.observe(index, frame.camera, frame.read("depth"))
            file.write(encoding.image(Image(index + 1, _pose(frame.camera), camera, name, np.round(pixels, 4), seen + 1)))
            task.advance(1, frame.name)
    with (model / f"cameras.{encoding.suffix}").open("wb") as file:
        file.write(encoding.start(len(cameras)))
        file.writelines(encoding.camera(number, camera) for camera, number in cameras.items())
    with (model / f"points3D.{encoding.suffix}").open("wb") as file:
        file.write(encoding.start(len(positions)))
        rows = enumerate(zip(positions, colours, tracks, strict=True), 1)
        file.writelines(encoding.point(Point(number, *row[:2], row[2] + (1, 0))) for number, row in rows)


def _pose(camera: Camera) -> NDArray[np.float64]:
    """Quaternion and translation of the world-to-camera transform, (7,)."""
    world_to_camera = camera.world_to_camera
    return np.concatenate([quaternion(world_to_camera[:3, :3]), world_to_camera[:3, 3]])


EXPORTER = Exporter(
    "colmap",
    "COLMAP's text model with pictures, surface points and their tracks",
    one_by_one(partial(write_scene, encoding=Text())),
)
BINARY_EXPORTER = Exporter(
    "colmap-binary", "the same model as COLMAP's binary files", one_by_one(partial(write_scene, encoding=Binary()))
)
