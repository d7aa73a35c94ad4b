"""What formats ask of a picture: a flat name, its bytes as they are, maps that a dataset may lack, and the rows of things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reader import Frame, Scene
from ..exporter import content

FAR = np.float32(1e10)
"""Depth where there is no surface, as Blender's depth pass has it."""


def every_frame(scenes: Iterable[Scene]) -> Iterator[Frame]:
    """Yield the pictures of scene after scene."""
    for scene in scenes:
        yield from scene.frames()


def picture_name(frame: Frame) -> str:
    """Return one flat name for a picture of a scene, without its suffix: "view_000_0001"."""
    return f"{frame.camera_name}_{frame.number:04d}"


def dataset_name(frame: Frame) -> str:
    """Return one flat name for a picture of a dataset, the seed of its scene first: "7_view_000_0001"."""
    return f"{frame.scene.folder.name}_{picture_name(frame)}"


def put(path: Path, found: bytes) -> None:
    """Write a file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found)


def copy_picture(frame: Frame, path: Path) -> None:
    """Write the beauty render as it is, with its alpha where it has one. Raises UserError where it is damaged."""
    put(path, content(frame.scene, frame.path("rgb")))


def has(frame: Frame, name: str) -> bool:
    """Whether the scene was made with that map; a file that it lacks all the same is an error of `Frame.read`."""
    return name in frame.scene.metadata.get("maps", ())


def optional(frame: Frame, name: str) -> NDArray[Any] | None:
    """Return a map, None where the scene was made without it."""
    return frame.read(name) if has(frame, name) else None


def thing_rows(frame: Frame) -> dict[int, dict[str, Any]]:
    """Return the rows of `things` by id, {} where the scene was made without them."""
    return {row["id"]: row for row in frame.things()} if has(frame, "things") else {}


def far_where_nothing(metres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return depth or distance (H, W) in metres with 1e10 for the 0 where there is no surface."""
    return np.where(metres > 0, metres, FAR)


def white(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask as a grey picture: 255 where it holds."""
    return np.where(mask, np.uint8(255), np.uint8(0))
