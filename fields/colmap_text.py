"""COLMAP's text model: cameras.txt, images.txt and points3D.txt. Source: https://colmap.github.io/format.html."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import UserError
from .colmap_model import MODELS, Lens, Shot

PARAMETERS = dict(MODELS.values())
"""Name of a camera model -> how many parameters it has."""


class Lines:
    """The lines of a file with their numbers."""

    def __init__(self, path: Path, lines: Iterator[str]) -> None:
        self.path, self.lines, self.number = path, lines, 0

    def following(self) -> str | None:
        """Return the next line, or None at the end."""
        self.number += 1
        return next(self.lines, None)

    def __iter__(self) -> Iterator[str]:
        """Yield the lines that are neither empty nor a comment."""
        while (line := self.following()) is not None:
            if line.strip() and not line.lstrip().startswith("#"):
                yield line.strip()


@contextmanager
def _lines(path: Path) -> Iterator[Lines]:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as stream:
            lines = Lines(path, stream)
            try:
                yield lines
            except (ValueError, IndexError, OverflowError) as error:
                raise UserError(f"{path}: line {lines.number} is no line of a COLMAP model ({error})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def cameras(path: Path) -> dict[int, Lens]:
    """Return the cameras of cameras.txt by their number: CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]."""
    found = {}
    with _lines(path) as lines:
        for line in lines:
            number, model, width, height, *values = line.split()
            if len(values) != PARAMETERS.get(model):
                raise ValueError(f"camera model {model} with {len(values)} parameters")
            found[int(number)] = Lens(model, int(width), int(height), tuple(map(float, values)))
    return found


def images(path: Path) -> list[Shot]:
    """Return the pictures of images.txt: IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, each with a line of key points."""
    found = []
    with _lines(path) as lines:
        for line in lines:
            _, *pose, camera, name = line.split(maxsplit=9)
            w, x, y, z, *translation = map(float, pose)
            if len(translation) != 3:
                raise ValueError("a pose of other than 7 numbers")
            found.append(Shot(name, int(camera), (w, x, y, z), tuple(translation)))
            lines.following()
    return found


def points(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (N, 3) float64 and colours (N, 3) float64 of 0 to 255: POINT3D_ID X Y Z R G B ERROR TRACK[]."""
    rows = []
    with _lines(path) as lines:
        for line in lines:
            row = [float(value) for value in line.split(maxsplit=7)[1:7]]
            if len(row) != 6:
                raise ValueError("a point of fewer than 6 numbers")
            rows.append(row)
    table = np.array(rows, np.float64).reshape(-1, 6)
    return table[:, :3], table[:, 3:]
