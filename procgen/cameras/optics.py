"""The lens of a rig's cameras, as far as what they may see depends on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..scene_spec import CameraSpec, RenderSpec
from .lenses import bent_lens, extents

_SIDE = np.radians(5.0)
"""What is kept beside the picture's edges, for shadows and for leaves that lean in."""


@dataclass(frozen=True)
class Optics:
    """The lens: full angles of view in radians, at their widest; picture in pixels; `zoom` is how much longer the lens gets.

    `all_round` is an equirectangular picture of every direction, 2 pi by pi; a fisheye counts as one as fine as it. Within
    `swept` metres a LiDAR beside the camera sees all round as well.
    """

    horizontal: float
    vertical: float
    width: int
    height: int
    zoom: float = 1.0
    all_round: bool = False
    swept: float = 0.0

    @property
    def pixel_angle(self) -> float:
        """The angle of one pixel in the middle of the picture, through the longest lens, radians."""
        if self.all_round:
            return 2.0 * np.pi / self.width
        return 2.0 * float(np.tan(self.horizontal / 2)) / self.width / self.zoom

    @property
    def wedge(self) -> float:
        """Half of the horizontal angle that the picture shows, with what is kept beside it, radians."""
        return np.pi if self.all_round else self.horizontal / 2 + _SIDE

    @property
    def half(self) -> float:
        """Half of the horizontal angle within which things are kept at all, radians."""
        return np.pi if self.swept else self.wedge


def optics(camera: CameraSpec, render: RenderSpec) -> Optics:
    """Return the lens that the spec describes; its field of view is the horizontal one at the first frame."""
    if camera.rig == "panorama":
        return Optics(2 * np.pi, np.pi, render.width, render.height, all_round=True)
    lens = bent_lens(camera, render)
    if lens is None:
        return perspective(camera, render)
    if lens.model != "brown":
        around = round(2 * np.pi * lens.focal * render.width)
        return Optics(2 * np.pi, np.pi, around, around // 2, all_round=True)
    across, down = extents(lens, render)[1]
    width, height = (round(2 * size * lens.focal * render.width) for size in (across, down))
    return Optics(2.0 * float(np.arctan(across)), 2.0 * float(np.arctan(down)), width, height)


def perspective(camera: CameraSpec, render: RenderSpec) -> Optics:
    """Return the lens of a camera that does not look all round."""
    horizontal = np.radians(camera.field_of_view)
    if camera.zoom < 1.0:
        horizontal = 2.0 * np.arctan(np.tan(horizontal / 2) / camera.zoom)
    vertical = 2.0 * np.arctan(np.tan(horizontal / 2) * render.height / render.width)
    return Optics(float(horizontal), float(vertical), render.width, render.height, max(camera.zoom, 1.0 / camera.zoom))
