"""What the formats of moving cameras share: which picture follows which, the other eye, the clock, and their calibration."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UserError
from ...layout import MAPS, camera_path
from ...manifest import read_json, understood
from ...reader import Frame, Scene
from ..exporter import content


@dataclass(frozen=True)
class Sequences:
    """Pictures of a scene by camera and frame number, and how many frames the forward flow reaches."""

    cameras: dict[str, dict[int, Frame]]
    flow_step: int

    @classmethod
    def of(cls, scene: Scene) -> Sequences:
        """Sort the pictures of a scene."""
        cameras: dict[str, dict[int, Frame]] = {}
        for frame in scene.frames():
            cameras.setdefault(frame.camera_name, {})[frame.number] = frame
        path = scene.folder / "metadata.json"
        return cls(cameras, int(read_json(path).get("flow_step", 1)) if path.is_file() else 1)

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return sum(map(len, self.cameras.values()))

    def following(self, frame: Frame) -> Frame | None:
        """Return the picture that the forward flow of this one leads to, None where the sequence ends before it."""
        return self.cameras[frame.camera_name].get(frame.number + self.flow_step)

    def right_of(self, frame: Frame) -> Frame | None:
        """Return the right picture of a stereo rig's left one, None for all others."""
        return self.cameras.get("right", {}).get(frame.number) if frame.camera_name == "left" else None

    def left_or_alone(self) -> Iterator[Frame]:
        """Yield the pictures that are not the right one of a stereo rig's pair."""
        for name, frames in self.cameras.items():
            partners = self.cameras.get("left", {}) if name == "right" else {}
            yield from (frame for number, frame in frames.items() if number not in partners)


def needed(frame: Frame, name: str) -> NDArray[Any]:
    """Read a map. Raises UserError where the dataset was made without it."""
    values = optional(frame, name)
    if values is None:
        raise UserError(f"{frame.scene.folder}: {frame.name} has no {name}; generate with --truth {name}")
    return values


def optional(frame: Frame, name: str) -> NDArray[Any] | None:
    """Read a map, None where the dataset was made without it."""
    return frame.read(name) if name in MAPS and frame.has(name) else None


def copy_picture(frame: Frame, path: Path) -> None:
    """Write the beauty render as it is, with its alpha where it has one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content(frame.scene, frame.path("rgb")))


def model_of(frame: Frame) -> str:
    """Return the camera's model: "pinhole", "orthographic" or "equirectangular"."""
    return str(getattr(frame.camera.intrinsics, "model", "pinhole"))


def opencv_matrix(frame: Frame) -> NDArray[np.float64]:
    """Return K (3, 3) with the centre of the first pixel at (0, 0), as OpenCV's calibration and these formats have it.

    Raises UserError for a camera that is no pinhole.
    """
    if model_of(frame) != "pinhole":
        where = f"{frame.scene.folder}: camera {frame.camera_name!r}"
        raise UserError(f"{where} is {model_of(frame)}, and this format knows pinholes only; export to webdataset or hdf5")
    return frame.camera.intrinsics.matrix - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])


def steady_matrix(frames: Iterable[Frame]) -> NDArray[np.float64]:
    """Return the one K of a sequence, see `opencv_matrix`. Raises UserError where the lens changes over time."""
    first, *others = frames
    matrix = opencv_matrix(first)
    if any(not np.array_equal(opencv_matrix(frame), matrix) for frame in others):
        where = f"{first.scene.folder}: camera {first.camera_name!r}"
        raise UserError(f"{where} zooms, and this format has one lens a sequence; export to sintel")
    return matrix


def seconds(scene: Scene, camera: str) -> dict[int, float]:
    """Return the time of each frame of a camera, in seconds from the first."""
    path = scene.folder / camera_path(camera)
    with understood(path):
        return {entry["frame"]: float(entry["time_s"]) for entry in read_json(path)["frames"]}


def imu(scene: Scene) -> NDArray[np.float64] | None:
    """Return imu.csv (M, 7): seconds, rad/s and m/s2 in the axes of the first camera; None where the scene has none."""
    path = scene.folder / "imu.csv"
    if not path.is_file():
        return None
    with understood(path):
        return np.loadtxt(io.BytesIO(content(scene, path)), delimiter=",", skiprows=1, ndmin=2)
