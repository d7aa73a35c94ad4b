"""The box that a tri-plane field fills: around exact surfaces, around points, or where the cameras look; or as it was asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import UserError
from ..cameras import Camera
from ..overlap import points_in_common, require_overlap, seen_by
from .space import Space

MARGIN = 0.04
"""Room around what is known, of the longest side."""
STRAYS = 0.002
"""Share of measured points, which may be wrong, that the box need not hold, at either end of an axis."""
HELD = 0.5
"""Share of the surface that bounds have to hold, so that they are not taken for a mistake."""


def told(low: np.ndarray, high: np.ndarray) -> str:
    """Return a box as `--bounds` takes it, rounded outwards to three digits of its longest side."""
    digits = max(0, 2 - int(np.floor(np.log10(max(float((high - low).max()), 1e-9)))))
    unit = 10.0**-digits
    return ",".join(f"{value:.{digits}f}" for value in (*np.floor(low / unit) * unit, *np.ceil(high / unit) * unit))


def find_space(
    cameras: Sequence[Camera],
    points: np.ndarray | None,
    exact: bool,
    bounds: Sequence[float] | None,
    bent: bool,
    rng: np.random.Generator,
    where: str,
) -> Space:
    """Return the space for what `cameras` see: the box of surface `points` (N, 3), where they are known, and a margin.

    `exact` says that no point is wrong. Of a landscape (`bent`) the box is a cube around the cameras and the nearer half of
    the points. `bounds` replaces the box. Raises UserError, opened by `where`, where no two cameras see the same place, or
    the bounds hold little of what is seen; it tells the box that would fit.
    """
    if len(cameras) < 2:
        raise UserError(f"{where}: has one training view; a field needs at least 2 that see the same place")
    if points is None or not len(points):
        points = points_in_common(cameras, 20_000, rng, where).positions.astype(np.float64)
        exact = False
    else:
        require_overlap(cameras, points, where)
    low, high = _around(points, cameras, exact, bent)
    if bounds is None:
        return Space(low, high, bent)
    corners = np.asarray(bounds[:3], np.float64), np.asarray(bounds[3:], np.float64)
    if not bent:
        inside = ((points >= corners[0]) & (points <= corners[1])).all(1)
        unseen = not any(seen_by(camera, points[inside]).any() for camera in cameras)
        if unseen or inside.mean() < HELD:
            words = ",".join(f"{value:g}" for value in bounds)
            held = f"holds {inside.mean():.0%} of what the views see"
            raise UserError(f"{where}: --bounds {words} {held}; the box that fits is --bounds {told(low, high)}")
    return Space(*corners, bent)


def _around(points: np.ndarray, cameras: Sequence[Camera], exact: bool, bent: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (3,) of the box around points (N, 3)."""
    if bent:
        places = np.stack([camera.position for camera in cameras])
        away = np.linalg.norm(points - places.mean(0), axis=1)
        near = np.concatenate([points[away <= np.median(away)], places])
        low, high = near.min(0), near.max(0)
        half = float((high - low).max()) / 2 * (1 + MARGIN)
        return (low + high) / 2 - half, (low + high) / 2 + half
    low, high = (points.min(0), points.max(0)) if exact else np.quantile(points, (STRAYS, 1 - STRAYS), axis=0)
    margin = MARGIN * float((high - low).max()) + 1e-6
    return low - margin, high + margin
