"""Cameras as formats write them: a pinhole's matrix, counted as OpenCV counts pixels, and rotations as quaternions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ....errors import UserError
from ...cameras import Intrinsics
from ...reader import Frame


def expressible(frame: Frame, format_name: str, models: Sequence[str]) -> Intrinsics:
    """Return the lens of a picture. Raises UserError where its model is none of those that the format knows."""
    lens = frame.camera.intrinsics
    if lens.model not in models:
        raise UserError(
            f"{frame.scene.folder}: camera {frame.camera_name!r} is {lens.model}, and {format_name} knows "
            f"{' and '.join(models)} cameras only; export to webdataset or hdf5"
        )
    return lens


def pinhole(frame: Frame, format_name: str) -> Intrinsics:
    """Return the lens of a perspective picture. Raises UserError for an orthographic or a panoramic one."""
    return expressible(frame, format_name, ("pinhole",))


def opencv_matrix(frame: Frame, format_name: str) -> NDArray[np.float64]:
    """Return K (3, 3) with the centre of the first pixel at (0, 0), as OpenCV's calibration has it; of a `pinhole` only."""
    return pinhole(frame, format_name).matrix - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])


def steady_matrix(frames: Iterable[Frame], format_name: str) -> NDArray[np.float64]:
    """Return the one K of a sequence, see `opencv_matrix`. Raises UserError where the lens changes over time."""
    first, *others = frames
    matrix = opencv_matrix(first, format_name)
    if any(not np.array_equal(opencv_matrix(frame, format_name), matrix) for frame in others):
        where = f"{first.scene.folder}: camera {first.camera_name!r}"
        raise UserError(f"{where} zooms, and {format_name} has one lens a sequence; export to sintel")
    return matrix


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
