"""A camera path once around a field, as high and as far off as its own cameras stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .cameras import Camera, looked_at
from .splats.cloud import SplatCloud

RISE = 20.0
"""Degrees above the horizon where no camera tells of a better height."""
LOWEST, HIGHEST = 5.0, 60.0
"""Degrees above the horizon that an orbit keeps to."""
NEARLY_UP = 20.0
"""Degrees that the pictures' common up may lean, with z still being taken for up."""
FACING = 0.8
"""Cameras stand around something if all look at their common point, to within the arc of this cosine (37 degrees)."""


def orbit(cloud: SplatCloud, cameras: Sequence[Camera], lens: Camera, frames: int) -> list[Camera]:
    """Return `frames` cameras like `lens` once around `cloud`, counter-clockwise seen from above, the first on the side of -y.

    Where `cameras`, those of the training, stand around something, the path does too, at their middle height and distance.
    Otherwise it goes around the solid splats, of which the nearer two thirds fill two thirds of the picture's shorter side.
    """
    up = up_direction(cameras)
    around = surround(cameras)
    if around is None:
        centre, radius = _extent(cloud)
        away = 1.5 * radius / min(0.5 * lens.width / lens.fl_x, 0.5 * lens.height / lens.fl_y)
        rise = np.radians(RISE)
    else:
        centre, offsets = around
        lengths = np.linalg.norm(offsets, axis=1)
        away = float(np.median(lengths)) * _closeness(lens, cameras[0])
        heights = np.degrees(np.arcsin(np.clip(offsets @ up / lengths, -1, 1)))
        rise = np.radians(np.clip(np.median(heights), LOWEST, HIGHEST))
    front = np.array([0.0, -1.0, 0.0]) if abs(up[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    front -= (front @ up) * up
    front /= np.linalg.norm(front)
    turns = 2 * np.pi * np.arange(frames)[:, None] / frames
    level = np.cos(turns) * front + np.sin(turns) * np.cross(up, front)
    places = centre + away * (np.cos(rise) * level + np.sin(rise) * up)
    return [replace(lens, camera_to_world=looking_at(place, centre, up)) for place in places]


def up_direction(cameras: Sequence[Camera]) -> np.ndarray:
    """Return the unit vector (3,) that is up in the pictures of `cameras`: z where that is nearly it, or nothing tells."""
    z = np.array([0.0, 0.0, 1.0])
    if not cameras:
        return z
    mean = -np.mean([camera.camera_to_world[:3, 1] for camera in cameras], axis=0)
    length = float(np.linalg.norm(mean))
    return z if length < 0.2 or mean[2] > length * np.cos(np.radians(NEARLY_UP)) else mean / length


def looking_at(place: np.ndarray, target: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return the pose (4, 4), OpenCV axes, of a camera at `place` that looks at `target`, with `up` up in its picture."""
    forward = (target - place) / np.linalg.norm(target - place)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :4] = np.stack([right, np.cross(forward, right), forward, place], 1)
    return pose


def surround(cameras: Sequence[Camera]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what cameras stand around (3,) and their offsets from it (N, 3), or None where they look at nothing together."""
    if len(cameras) < 3:
        return None
    centre = looked_at(cameras)
    offsets = np.stack([camera.position for camera in cameras]) - centre
    axes = np.stack([camera.camera_to_world[:3, 2] for camera in cameras])
    lengths = np.linalg.norm(offsets, axis=1)
    if lengths.min() < 1e-6 or (-(offsets * axes).sum(1) < FACING * lengths).any():
        return None
    return centre, offsets


def _extent(cloud: SplatCloud) -> tuple[np.ndarray, float]:
    """Return the median (3,) of the more solid half of the splats and the distance in metres that two thirds of it keep.

    Far hills and a sky, which are a minority, do not count.
    """
    solid = cloud.means[cloud.opacity_logits >= np.median(cloud.opacity_logits)].astype(np.float64)
    centre = np.median(solid, axis=0)
    return centre, max(float(np.quantile(np.linalg.norm(solid - centre, axis=1), 2 / 3)), 1e-3)


def _closeness(lens: Camera, other: Camera) -> float:
    """Return how much farther off `lens` must stand than `other` so that a thing is as large on its shorter side."""
    return (min(other.width, other.height) / other.fl_y) / (min(lens.width, lens.height) / lens.fl_y)
