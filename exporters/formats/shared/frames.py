"""What a format asks of a frame that not every dataset holds: a chosen set of maps, a kind of camera, the rows of things."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UserError
from ...cameras import Camera
from ...layout import MAPS
from ...manifest import read_json, understood
from ...reader import Frame, Scene


def has(frame: Frame, name: str) -> bool:
    """Whether the dataset holds that map of the frame."""
    return name in MAPS and frame.has(name)


def needed(frame: Frame, name: str) -> NDArray[Any]:
    """Return a map of the frame. Raises UserError where the dataset was made without it."""
    if not has(frame, name):
        raise UserError(f"{frame.scene.folder}: holds no {name} of {frame.name}; generate it again with --truth {name}")
    return frame.read(name)


def pinhole(frame: Frame, name: str) -> Camera:
    """Return the frame's camera. Raises UserError where format `name` cannot express it."""
    model = getattr(frame.camera.intrinsics, "model", "pinhole")
    if model != "pinhole":
        raise UserError(f"{name} knows pinhole cameras, and {frame.name} is {model}; render that view with a pinhole camera")
    return frame.camera


def metadata(scene: Scene) -> dict[str, Any]:
    """Return metadata.json, {} where there is none."""
    path = scene.folder / "metadata.json"
    return read_json(path) if path.is_file() else {}


def thing_rows(frame: Frame) -> dict[int, dict[str, Any]]:
    """Return the rows of the map `things` by id, {} where the dataset was made without it."""
    path = frame.scene.folder / "frames" / frame.camera_name / "things" / f"{frame.number:04d}.json"
    if not path.is_file():
        return {}
    with understood(path):
        return {row["id"]: row for row in read_json(path)["things"]}


def white(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask as a grey picture: 255 where it holds."""
    return np.where(mask, np.uint8(255), np.uint8(0))
