"""A pinhole's lens distortion as OpenCV has it, and its inverse in double precision.

x' = x (1 + k1 r^2 + k2 r^4 + k3 r^6) + 2 p1 x y + p2 (r^2 + 2 x^2), y' = y (...) + p1 (r^2 + 2 y^2) + 2 p2 x y, where x and y
are a point's coordinates at depth 1 and r^2 = x^2 + y^2 (OpenCV's documentation, "Camera calibration and 3D reconstruction";
D. C. Brown, "Close-range camera calibration", 1971).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .radial import Floats, Radial

FARTHEST = 8.0
"""Radius at depth 1 to which the model is looked at: 83 degrees from the axis."""
_STEADY = 0.02
"""Determinant of the derivative below which the model counts as folding."""


class Brown:
    """The distortion with coefficients (k1, k2, p1, p2, k3), out to the radius `limit` within which it does not fold.

    Beyond, it goes on straight along each radius, so that nothing out there lands in a picture.
    """

    def __init__(self, coefficients: tuple[float, ...]) -> None:
        self.coefficients = coefficients
        k1, k2, _, _, k3 = coefficients
        self._radial = Radial(
            lambda r: r * (1 + r * r * (k1 + r * r * (k2 + r * r * k3))),
            lambda r: np.asarray(1.0 + r * r * (3 * k1 + r * r * (5 * k2 + r * r * 7 * k3)), np.float64),
            FARTHEST,
        )
        radii = np.linspace(0.0, self._radial.limit, 513)[1:]
        turn = np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
        (a, b), (c, d) = self._derivative(radii[:, None] * np.stack([np.cos(turn), np.sin(turn)])[:, None])
        folded = ((a * d - b * c < _STEADY) | (a + d < _STEADY)).any(1)
        self.limit = float(radii[max(0, int(np.append(np.flatnonzero(folded), len(radii))[0]) - 1)])

    def bend(self, points: Floats) -> Floats:
        """Return where in the picture, in focal lengths from the middle, points (..., 2) at depth 1 are seen."""
        radius = np.linalg.norm(points, axis=-1, keepdims=True)
        within = points * np.minimum(1.0, self.limit / np.maximum(radius, 1e-300))
        return np.stack(self._value(np.moveaxis(within, -1, 0)), -1) + (points - within)

    def straighten(self, places: Floats) -> Floats:
        """Return the points (..., 2) at depth 1 that are seen at places (..., 2): Newton's iteration from the radial part's
        inverse. Places that the model does not reach get points beyond the limit, which are not exact.
        """
        radius = np.linalg.norm(places, axis=-1, keepdims=True)
        points = places * (self._radial.inverse(radius) / np.maximum(radius, 1e-300))
        if not any(self.coefficients[2:4]):
            return np.asarray(np.where(radius > 0, points, 0.0))
        beyond = np.linalg.norm(points, axis=-1) > self.limit
        x, y = np.where(beyond, 0.0, np.moveaxis(points, -1, 0))
        for _ in range(7):
            found = self._value(np.stack([x, y]))
            (a, b), (c, d) = self._derivative(np.stack([x, y]))
            east, south = places[..., 0] - found[0], places[..., 1] - found[1]
            scale = 1.0 / np.maximum(a * d - b * c, _STEADY)
            x, y = x + (d * east - b * south) * scale, y + (a * south - c * east) * scale
        return np.where(beyond[..., None], points, np.stack([x, y], -1))

    def _value(self, points: Floats) -> tuple[Floats, Floats]:
        """Return x' and y' (...) of points (2, ...)."""
        k1, k2, p1, p2, k3 = self.coefficients
        x, y = points
        square = x * x + y * y
        along = 1 + square * (k1 + square * (k2 + square * k3))
        return x * along + 2 * p1 * x * y + p2 * (square + 2 * x * x), y * along + p1 * (square + 2 * y * y) + 2 * p2 * x * y

    def _derivative(self, points: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return ((dx'/dx, dx'/dy), (dy'/dx, dy'/dy)), each (...), at points (2, ...)."""
        k1, k2, p1, p2, k3 = self.coefficients
        x, y = points
        square = x * x + y * y
        along = 1 + square * (k1 + square * (k2 + square * k3))
        grows = 2 * (k1 + square * (2 * k2 + square * 3 * k3))
        mixed = x * y * grows + 2 * p1 * x + 2 * p2 * y
        return (along + x * x * grows + 2 * p1 * y + 6 * p2 * x, mixed), (
            mixed,
            along + y * y * grows + 6 * p1 * y + 2 * p2 * x,
        )


@lru_cache(maxsize=16)
def brown(coefficients: tuple[float, ...]) -> Brown:
    """Return the distortion with coefficients (k1, k2, p1, p2, k3)."""
    return Brown(coefficients)
