"""The records of a COLMAP model, as text and as binary: https://colmap.github.io/format.html.

A camera is a PINHOLE, with distortion OPENCV, where that has k3 too FULL_OPENCV, or a fisheye: OPENCV_FISHEYE, which is
equidistant where its coefficients are 0 (COLMAP's src/colmap/sensor/models.h).

Both say the same. Text ends each record with a line's end and gives an image two lines; binary is little endian and opens
each file with the number of its records. A reader that finds both in a folder takes the binary files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...cameras import Intrinsics


@dataclass(frozen=True)
class Image:
    """`pose` (7,) is world to camera: quaternion w, x, y, z and translation in metres.

    `pixels` (M, 2) float64, centre of the first pixel at 0.5, and the ids `points` (M,) of what is seen there.
    """

    id: int
    pose: NDArray[np.float64]
    camera: int
    name: str
    pixels: NDArray[np.float64]
    points: NDArray[np.intp]


@dataclass(frozen=True)
class Point:
    """`position` (3,) metres, `colour` (3,) 0..255, `track` (L, 2) of image ids and places in the image's list."""

    id: int
    position: NDArray[np.float64]
    colour: NDArray[np.uint8]
    track: NDArray[np.intp]


MODELS = {"PINHOLE": 1, "OPENCV": 4, "OPENCV_FISHEYE": 5, "FULL_OPENCV": 6}


def lens(camera: Intrinsics) -> tuple[str, tuple[float, ...]]:
    """Return COLMAP's name of a camera's model and its parameters in COLMAP's order."""
    shared = (camera.fl_x, camera.fl_y, camera.cx, camera.cy)
    if camera.model == "fisheye":
        return "OPENCV_FISHEYE", (*shared, *camera.distortion)
    if camera.model == "brown" and camera.distortion[4]:
        return "FULL_OPENCV", (*shared, *camera.distortion, 0.0, 0.0, 0.0)
    return ("OPENCV", (*shared, *camera.distortion[:4])) if camera.model == "brown" else ("PINHOLE", shared)


class Encoding(Protocol):
    """How the records of cameras, images and points3D become bytes."""

    suffix: str

    def start(self, records: int) -> bytes: ...
    def camera(self, number: int, camera: Intrinsics) -> bytes: ...
    def image(self, image: Image) -> bytes: ...
    def point(self, point: Point) -> bytes: ...


class Text:
    """cameras.txt, images.txt and points3D.txt."""

    suffix = "txt"

    def start(self, records: int) -> bytes:
        return b""

    def camera(self, number: int, camera: Intrinsics) -> bytes:
        model, parameters = lens(camera)
        return _line((number, model, camera.width, camera.height, *parameters))

    def image(self, image: Image) -> bytes:
        seen = (f"{x} {y} {point}" for (x, y), point in zip(image.pixels.tolist(), image.points.tolist(), strict=True))
        return _line((image.id, *image.pose.tolist(), image.camera, image.name)) + _line(seen)

    def point(self, point: Point) -> bytes:
        return _line((point.id, *point.position.tolist(), *point.colour.tolist(), 0, *point.track.ravel().tolist()))


class Binary:
    """cameras.bin, images.bin and points3D.bin."""

    suffix = "bin"
    _OBSERVATION = np.dtype([("pixel", "<f8", 2), ("point", "<u8")])

    def start(self, records: int) -> bytes:
        return struct.pack("<Q", records)

    def camera(self, number: int, camera: Intrinsics) -> bytes:
        model, parameters = lens(camera)
        head = struct.pack("<IiQQ", number, MODELS[model], camera.width, camera.height)
        return head + struct.pack(f"<{len(parameters)}d", *parameters)

    def image(self, image: Image) -> bytes:
        seen = np.empty(len(image.points), self._OBSERVATION)
        seen["pixel"], seen["point"] = image.pixels, image.points
        head = struct.pack("<I7dI", image.id, *image.pose, image.camera)
        return head + image.name.encode() + b"\0" + struct.pack("<Q", len(seen)) + seen.tobytes()

    def point(self, point: Point) -> bytes:
        head = struct.pack("<Q3d3BdQ", point.id, *point.position, *point.colour, 0.0, len(point.track))
        return head + point.track.astype("<u4").tobytes()


def _line(values: Iterable[object]) -> bytes:
    return (" ".join(map(str, values)) + "\n").encode()
