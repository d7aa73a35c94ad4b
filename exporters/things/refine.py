"""Triangles seen through a lens that bends straight lines: cut up until each is as good as straight in the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras import Intrinsics

_STRAIGHT = 0.25
"""Angle that an edge may span, times the root of the focal length in pixels: it bows by about 0.2 f angle^2 < 0.02 px then (a
great circle 90 degrees from the axis of an equidistant fisheye, which bows most)."""
_COARSE = 0.2
"""Angle that an edge may span outside the picture: bowed more, it could be drawn across it."""
_BESIDE = 0.1
"""Radians around what the picture shows within which edges are made short."""
_BEHIND = 0.9 * np.pi
"""Angle from a fisheye's axis beyond which nothing is drawn: there a point is all around the picture's rim."""
_LEVELS = 30
"""How often a triangle is halved at most."""

Floats = NDArray[np.float64]


def refined(lens: Intrinsics, corners: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return parts (P, 3, 3) of camera-space triangles (T, 3, 3), and whose they are (P,).

    Each is halved across its longest edge until all are short. An edge is halved in the middle or not at all, so neighbours
    that share it leave no gap. What lies behind a fisheye is left out.
    """
    owner = np.arange(len(corners))
    done: list[tuple[Floats, NDArray[np.int64]]] = []
    short, widest = _STRAIGHT / np.sqrt(lens.fl_x), _widest(lens) + _BESIDE
    for _ in range(_LEVELS):
        ways = corners / np.maximum(np.linalg.norm(corners, axis=2, keepdims=True), 1e-12)
        edges = np.linalg.norm(np.roll(ways, -1, axis=1) - ways, axis=2)
        middle = ways.sum(1)
        middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
        reach = _angle((ways * middle[:, None]).sum(2).min(1))
        near = (_angle(middle[:, 2]) - reach <= widest) | (reach > 0.5 * np.pi)
        long = edges.max(1) > np.where(near, short, max(short, _COARSE))
        done.append((corners[~long], owner[~long]))
        corners, owner = _halved(corners[long], edges[long].argmax(1)), np.tile(owner[long], 2)
        if not len(owner):
            break
    parts, whose = (np.concatenate(part) for part in zip(*done, (corners, owner), strict=True))
    if lens.is_fisheye:
        before = (np.arctan2(np.hypot(parts[..., 0], parts[..., 1]), parts[..., 2]) < _BEHIND).all(1)
        parts, whose = parts[before], whose[before]
    return parts, whose


def _widest(lens: Intrinsics) -> float:
    """Return the largest angle from the axis, rad, at which the picture shows something."""
    if lens.is_fisheye:
        return lens.half_angle
    corners = np.array([[0.0, 0.0], [lens.width, 0.0], [0.0, lens.height], [lens.width, lens.height]])
    return float(np.arctan(np.linalg.norm(lens.rays(corners)[1][:, :2], axis=1).max()))


def _halved(corners: Floats, edge: NDArray[np.intp]) -> Floats:
    """Return the halves (2 T, 3, 3) of triangles (T, 3, 3), cut in the middle of an edge (T,), the one from that corner on."""
    a, b, c = (np.take_along_axis(corners, ((edge + step) % 3)[:, None, None], 1)[:, 0] for step in range(3))
    middle = 0.5 * (a + b)
    return np.concatenate([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])


def _angle(cosine: Floats) -> Floats:
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))
