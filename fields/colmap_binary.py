"""COLMAP's binary model: cameras.bin, images.bin and points3D.bin, little-endian and packed.

A count is believed only where the file is long enough for it, so that a damaged file costs no memory.
Source: src/colmap/scene/reconstruction_io_binary.cc of COLMAP.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import UserError
from .colmap_model import MODELS, Lens, Shot

COUNT = struct.Struct("<Q")
CAMERA = struct.Struct("<IiQQ")
"""Camera, model, width, height; float64 parameters follow."""
IMAGE = struct.Struct("<I7dI")
"""Image, quaternion, translation, camera; then the name, a zero byte, a count and so many key points."""
KEYPOINT = 24
"""Bytes of a key point: float64 x and y, uint64 point."""
POINT = np.dtype(
    [("point", "<u8"), ("position", "<f8", 3), ("colour", "u1", 3), ("error", "<f8"), ("track", "<u8")], align=False
)
"""A point; `track` elements follow."""
TRACK = 8
"""Bytes of a track's element: uint32 image, uint32 key point."""
LONGEST_NAME = 4096


class Cursor:
    """Reads a file forward and never behind its end."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path, self.stream = path, stream
        self.left = os.fstat(stream.fileno()).st_size

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        self._advance(size)
        data = self.stream.read(size)
        if len(data) != size:
            raise self.broken()
        return data

    def skip(self, size: int) -> None:
        """Leave out the next `size` bytes."""
        self._advance(size)
        self.stream.seek(size, os.SEEK_CUR)

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        """Return the next values."""
        return form.unpack(self.take(form.size))

    def count(self, smallest: int) -> int:
        """Return a count of records of at least `smallest` bytes that the rest of the file has room for."""
        (count,) = self.unpack(COUNT)
        if count * smallest > self.left:
            raise self.broken()
        return int(count)

    def text(self) -> str:
        """Return the text up to the next zero byte."""
        letters = bytearray()
        while (letter := self.take(1)) != b"\0":
            letters += letter
            if len(letters) > LONGEST_NAME:
                raise self.broken()
        return letters.decode("utf-8", "surrogateescape")

    def broken(self) -> UserError:
        """Return the error of a file that ends before what its counts say."""
        return UserError(f"{self.path}: is no whole COLMAP model, its counts do not fit its size; make or copy it again")

    def _advance(self, size: int) -> None:
        if size > self.left:
            raise self.broken()
        self.left -= size


@contextmanager
def _cursor(path: Path) -> Iterator[Cursor]:
    try:
        with path.open("rb") as stream:
            yield Cursor(path, stream)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def cameras(path: Path) -> dict[int, Lens]:
    """Return the cameras of cameras.bin by their number."""
    found = {}
    with _cursor(path) as cursor:
        for _ in range(cursor.count(CAMERA.size)):
            number, model, width, height = cursor.unpack(CAMERA)
            if model not in MODELS:
                raise UserError(f"{path}: camera {number} has the unknown model {model}")
            name, parameters = MODELS[model]
            found[number] = Lens(name, width, height, cursor.unpack(struct.Struct(f"<{parameters}d")))
    return found


def images(path: Path) -> list[Shot]:
    """Return the pictures of images.bin, without their key points."""
    found = []
    with _cursor(path) as cursor:
        for _ in range(cursor.count(IMAGE.size + 1 + COUNT.size)):
            _, *pose, camera = cursor.unpack(IMAGE)
            found.append(Shot(cursor.text(), camera, tuple(pose[:4]), tuple(pose[4:])))
            cursor.skip(KEYPOINT * cursor.count(KEYPOINT))
    return found


def points(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (N, 3) float64 and colours (N, 3) uint8 of points3D.bin."""
    rows = []
    with _cursor(path) as cursor:
        for _ in range(cursor.count(POINT.itemsize)):
            row = cursor.take(POINT.itemsize)
            cursor.skip(TRACK * COUNT.unpack_from(row, POINT.itemsize - COUNT.size)[0])
            rows.append(row)
    table = np.frombuffer(b"".join(rows), POINT)
    return table["position"], table["colour"]
