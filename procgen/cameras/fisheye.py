"""Fisheyes: how far from the middle of the picture a direction is seen, by its angle to the axis, and back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .radial import Floats, Radial


@lru_cache(maxsize=16)
def fisheye(model: str, coefficients: tuple[float, ...]) -> Radial:
    """Return the radius in focal lengths as a function of the angle to the axis in radians.

    "fisheye" is equidistant where the coefficients k1..k4 are 0, else OpenCV's polynomial a + k1 a^3 + k2 a^5 + k3 a^7 + k4 a^9
    (OpenCV's documentation of cv::fisheye; J. Kannala and S. Brandt, "A generic camera model and calibration method for
    conventional, wide-angle, and fish-eye lenses", 2006, equation 6). "equisolid" keeps areas: 2 sin(a / 2).
    """
    if model == "equisolid":
        return Radial(lambda angle: 2.0 * np.sin(0.5 * angle), lambda angle: np.cos(0.5 * angle), 0.95 * np.pi)

    def value(angle: Floats) -> Floats:
        square = angle * angle
        return np.asarray(angle * (1.0 + square * _horner(coefficients, square)))

    def slope(angle: Floats) -> Floats:
        square = angle * angle
        grown = tuple((2 * power + 3) * coefficient for power, coefficient in enumerate(coefficients))
        return np.asarray(1.0 + square * _horner(grown, square))

    return Radial(value, slope, 0.95 * np.pi)


def _horner(coefficients: tuple[float, ...], square: Floats) -> Floats:
    """Return c0 + c1 s + c2 s^2 + ... of s (...)."""
    total = np.zeros_like(square)
    for coefficient in reversed(coefficients):
        total = total * square + coefficient
    return total
