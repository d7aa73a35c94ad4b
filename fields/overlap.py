"""What several cameras see together: random places there to start from, and whether there are any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UserError
from .cameras import Camera, looked_at
from .points import Points

CAMERAS = 500
"""Of more cameras that many, evenly chosen, say where random points may be."""
BATCH, ROUNDS = 4096, 40
"""Random places are drawn so many at a time, so often in vain."""
NEAR, FAR = 0.2, 20.0
"""How far off, in spreads of the cameras, places may be that cameras see which do not stand around something."""


def seen_by(camera: Camera, positions: np.ndarray) -> np.ndarray:
    """Return whether each of `positions` (N, 3) in metres projects into the picture of `camera` (N,) bool."""
    x, y, z = (positions @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]).T
    ahead = z > 1e-6
    depth = np.where(ahead, z, 1)
    u, v = camera.fl_x * x / depth + camera.cx, camera.fl_y * y / depth + camera.cy
    return ahead & (u >= 0) & (u <= camera.width) & (v >= 0) & (v <= camera.height)


def require_overlap(cameras: Sequence[Camera], positions: np.ndarray, where: str) -> None:
    """Raise UserError, opened by `where`, unless two of `cameras` see the same one of some `positions` (N, 3)."""
    some = positions[:: max(1, len(positions) // 2000)]
    times = np.zeros(len(some), np.int64)
    for camera in cameras:
        times += seen_by(camera, some)
        if times.max() > 1:
            return
    if times.max() == 0:
        raise UserError(f"{where}: no training view sees any of the points; do poses and points have the same coordinates?")
    raise _apart(where)


def _apart(where: str) -> UserError:
    return UserError(f"{where}: no place is seen by two training views; a field needs views that overlap")


def points_in_common(cameras: Sequence[Camera], count: int, rng: np.random.Generator, where: str) -> Points:
    """Return `count` grey points at random where cameras look, or fewer where they share little.

    Cameras that stand around something: the sphere around the point nearest to all optical axes, of half the mean distance
    to the cameras, as far as half of them see it. Others, as of a walk or a wall: where at least two see.

    Raises UserError, opened by `where`, where no two see the same place.
    """
    chosen = [cameras[k * len(cameras) // CAMERAS] for k in range(CAMERAS)] if len(cameras) > CAMERAS else list(cameras)
    needed = max(2, len(chosen) // 2)
    first = _among(chosen, _around(chosen, rng), needed)
    around = len(first) > BATCH // 20
    found = [first] if around else []
    for _ in range(ROUNDS + 4 * count // BATCH):
        if sum(map(len, found)) >= count:
            break
        drawn = _around(chosen, rng) if around else _ahead(chosen, rng)
        found.append(_among(chosen, drawn, needed if around else 2))
    positions = np.concatenate(found)[:count]
    if not len(positions):
        raise _apart(where)
    return Points(positions.astype(np.float32), np.full((len(positions), 3), 0.5, np.float32), None)


def _among(cameras: Sequence[Camera], positions: np.ndarray, needed: int) -> np.ndarray:
    """Return those of `positions` (N, 3) that at least `needed` cameras see."""
    times = np.zeros(len(positions), np.int64)
    for camera in cameras:
        times += seen_by(camera, positions)
    return positions[times >= needed]


def _around(cameras: Sequence[Camera], rng: np.random.Generator) -> np.ndarray:
    """Return places (BATCH, 3) in the sphere that the cameras look at."""
    origins, centre = np.stack([camera.position for camera in cameras]), looked_at(cameras)
    radius = 0.5 * max(float(np.linalg.norm(origins - centre, axis=1).mean()), 1e-3)
    directions = rng.standard_normal((BATCH, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return centre + radius * directions * rng.random((BATCH, 1)) ** (1 / 3)


def _ahead(cameras: Sequence[Camera], rng: np.random.Generator) -> np.ndarray:
    """Return places (about BATCH, 3) along rays of the cameras, as many a decade of distance."""
    origins = np.stack([camera.position for camera in cameras])
    spread = float(np.linalg.norm(origins - origins.mean(0), axis=1).mean()) or 1.0
    each, places = -(-BATCH // len(cameras)), []
    for camera in cameras:
        pixels = rng.random((each, 2)) * [camera.width, camera.height]
        rays = np.column_stack([(pixels - [camera.cx, camera.cy]) / [camera.fl_x, camera.fl_y], np.ones(each)])
        depth = spread * NEAR * (FAR / NEAR) ** rng.random((each, 1))
        places.append(camera.position + depth * (rays @ camera.camera_to_world[:3, :3].T))
    return np.concatenate(places)
