"""What a scene folder is to the learner, whoever wrote it: views with cameras, pictures and depth, splits, and points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import UserError, nearest
from .cameras import Camera
from .files import read_depth, read_mask, read_picture, read_picture_form, read_picture_size
from .points import Points

SPLITS = ("train", "val", "test")
HOLD_OUT = 8
"""Where a folder names no splits, every 8th view in order of file name is held out for val and test."""


@dataclass(frozen=True, eq=False)
class View:
    """One picture of the scene and its camera."""

    name: str
    """The picture's path inside the scene folder."""
    camera: Camera
    picture: Path
    depth: Path | None
    depth_unit: float = 1.0
    """Metres in one unit of what `depth` holds: 1 for EXR, by nerfstudio's custom 0.001 for .npy and .png."""
    mask: Path | None = None
    """A picture that is black where the view does not count, as for COLMAP and nerfstudio."""

    def read_colour(self) -> np.ndarray:
        """Return (height, width, 3 or 4) uint8 of the camera's size; a picture of another size is not decoded."""
        self.examine()
        return read_picture(self.picture)

    def examine(self) -> bool:
        """Return whether the picture has alpha, from its header.

        Raises UserError where picture or mask are missing, no pictures, or of another size than the camera.
        """
        if self.mask is not None:
            self._check(self.mask, read_picture_size(self.mask)[::-1])
        width, height, alpha = read_picture_form(self.picture)
        self._check(self.picture, (height, width))
        return alpha

    def read_depth(self) -> np.ndarray:
        """Return planar depth (height, width) float32 in metres, 0 where there is no surface or none was measured.

        Depth of a scanner in .npy or .png may be smaller than the picture, as nerfstudio allows: each pixel takes the nearest.
        """
        if self.depth is None:
            raise UserError(f"{self.picture}: this view has no depth")
        stored = read_depth(self.depth)
        if self.depth.suffix.lower() != ".exr":
            stored = self._enlarged(stored)
        self._check(self.depth, stored.shape)
        return np.where(np.isfinite(stored) & (stored > 0), stored, 0) * np.float32(self.depth_unit)

    def read_mask(self) -> np.ndarray | None:
        """Return the pixels that count (height, width) bool, or None where all do. Raises UserError where none does."""
        if self.mask is None:
            return None
        counted = read_mask(self.mask)
        self._check(self.mask, counted.shape)
        if not counted.any():
            raise UserError(f"{self.mask}: this mask is black all over, so nothing counts; white is what counts")
        return counted

    def _enlarged(self, stored: np.ndarray) -> np.ndarray:
        """Return `stored` at the camera's size where it is smaller and of the same proportions, otherwise as it is."""
        (high, wide), (height, width) = stored.shape, (self.camera.height, self.camera.width)
        if not (0 < high < height and 0 < wide < width and abs(wide * height - high * width) <= max(width, height)):
            return stored
        rows, columns = ((np.arange(n) + 0.5) * m / n for n, m in ((height, high), (width, wide)))
        return stored[rows.astype(int)[:, None], columns.astype(int)]

    def _check(self, path: Path, shape: tuple[int, ...]) -> None:
        height, width = shape
        if (width, height) != (self.camera.width, self.camera.height):
            raise UserError(
                f"{path}: is {width} x {height} pixels, its camera {self.camera.width} x {self.camera.height}; "
                "make the cameras' file and the pictures together"
            )


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene folder. `views` maps "train", "val" and "test" to their views, in the order of the folder's own file."""

    folder: Path
    views: dict[str, list[View]]
    rendered: bool = False
    """Whether the pictures are known to come from a renderer, and so to have one exposure."""
    starts: Mapping[str, Callable[[], Points | None]] = field(default_factory=dict)
    """Reads the points of a start, "points" or "colmap", that the layout tells of; None where there are none after all."""

    def split(self, name: str) -> list[View]:
        """Return the views of one split, at least one. Raises UserError for another name or an empty split."""
        if name not in SPLITS:
            raise UserError(f"unknown split {name!r}: choose train, val or test{nearest(name, SPLITS)}")
        if not self.views[name]:
            raise UserError(f"{self.folder}: has no {name} views; choose another split")
        return self.views[name]

    def read_points(self, start: str = "auto") -> Points | None:
        """Return the points to start from; with "auto" the first that are there, None where the folder has none.

        Raises UserError for one that is asked for and is not there.
        """
        for name in ("points", "colmap"):
            points = self.starts[name]() if name in self.starts and start in (name, "auto") else None
            if points is not None:
                return points
        if start in ("points", "colmap"):
            missing = {"points": "names no PLY of points", "colmap": "has no points of COLMAP"}[start]
            raise UserError(f"{self.folder}: --start {start}: the folder {missing}; choose another start, or auto")
        return None


def hold_out(views: Iterable[View]) -> dict[str, list[View]]:
    """Return the splits of a folder that names none: every 8th view by name is val and test, the others train."""
    ordered = sorted(views, key=lambda view: view.name)
    held = ordered[HOLD_OUT // 2 :: HOLD_OUT]
    return {"train": [view for view in ordered if view not in held], "val": held, "test": held}
