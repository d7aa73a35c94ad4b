"""What a LiDAR saw, as pictures: the turn unrolled, and the land from above."""

from __future__ import annotations

import numpy as np

from ..exporters.lidar import Mounted, Sweep
from . import colours
from .colours import Picture

_TALL = 3
"""Rows of an unrolled picture a beam: beams stand further apart than steps."""
_SIDE = 480
"""Pixels of a side of the picture from above."""
_CIRCLE = np.array([70, 70, 76], np.uint8)
_CIRCLES = 10.0
"""Metres between the circles there."""
_MOST = 60.0
"""The most metres to a side of it."""


def unrolled(mounted: Mounted, sweep: Sweep, name: str, class_colours: Picture) -> Picture:
    """Return an array of a sweep as it was measured, behind to behind with straight ahead in the middle; one row a beam.

    `name` is range, class, reflectance or radial_velocity (red comes nearer, blue goes away).
    """
    values, met = mounted.lidar.image(sweep, name), mounted.lidar.image(sweep, "range") > 0
    if name == "range":
        picture = colours.depth_picture(values, met, *colours.depth_range(values, met))
    elif name == "class":
        picture = np.where(met[..., None], class_colours[values], np.uint8(colours.BACKGROUND))
    elif name == "reflectance":
        picture = colours.share_picture(np.sqrt(values), met)
    else:
        fast = max(float(np.percentile(np.abs(values[met]), 98)), 1e-3) if met.any() else 1.0
        share = np.clip(values / fast, -1, 1)[..., None]
        fading = 255 * (1 - np.abs(share))
        both = np.where(share < 0, np.concatenate([0 * share + 255, fading, fading], -1), [0, 0, 0])
        both = np.where(share >= 0, np.concatenate([fading, fading, 0 * share + 255], -1), both)
        picture = np.where(met[..., None], both, colours.BACKGROUND).astype(np.uint8)
    return np.repeat(picture, _TALL, axis=0)


def from_above(sweep: Sweep, class_colours: Picture) -> tuple[Picture, float]:
    """Return the returns seen from above in the colours of their classes, ahead is up, and the metres to its sides."""
    reach = float(np.clip(np.percentile(sweep["range"], 90), _CIRCLES, _MOST)) if len(sweep["range"]) else _CIRCLES
    axis = ((np.arange(_SIDE) + 0.5) / _SIDE * 2 - 1) * reach
    away = np.hypot(axis[:, None], axis[None, :])
    picture = np.full((_SIDE, _SIDE, 3), colours.BACKGROUND, np.uint8)
    picture[np.abs(away - np.rint(away / _CIRCLES).clip(1) * _CIRCLES) < reach / _SIDE] = _CIRCLE
    upwards = np.argsort(sweep["xyz"][:, 2], kind="stable")
    x, y, _ = sweep["xyz"][upwards].T
    column, row = (np.floor((1 - along / reach) / 2 * _SIDE).astype(int) for along in (y, x))
    inside = (column >= 0) & (column < _SIDE) & (row >= 0) & (row < _SIDE)
    picture[row[inside], column[inside]] = class_colours[sweep["class"][upwards][inside]]
    middle = slice(_SIDE // 2 - 2, _SIDE // 2 + 2)
    picture[middle, middle] = 255
    return picture, reach
