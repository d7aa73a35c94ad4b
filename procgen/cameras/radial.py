"""Increasing functions of a radius and their inverses, in double precision: what lenses do to the distance from their axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 4096
"""Intervals of the table from which an inverse starts."""
_FLATTEST = 0.02
"""Slope below which a function counts as turning back."""


class Radial:
    """The function `value` of a radius from 0 to `farthest`, as far as it increases; `slope` is its derivative.

    That is up to `limit`. Beyond, it goes on straight, so that what lies out there never folds back into a picture.
    """

    def __init__(self, value: Callable[[Floats], Floats], slope: Callable[[Floats], Floats], farthest: float) -> None:
        self._value, self._slope = value, slope
        radii = np.linspace(0.0, farthest, _STEPS + 1)
        turns = np.append(np.flatnonzero(slope(radii) < _FLATTEST), _STEPS + 1)[0]
        self._radii = radii[: max(2, turns)]
        self._values = value(self._radii)
        self.limit = float(self._radii[-1])
        self._end, self._last = float(self._values[-1]), max(float(slope(self._radii[-1:])[0]), _FLATTEST)

    def __call__(self, radius: Floats | np.float64) -> Floats:
        """Return the values (...) at radii (...) >= 0."""
        within = np.asarray(np.minimum(radius, self.limit))
        return np.asarray(self._value(within) + (radius - within) * self._last)

    def inverse(self, values: Floats) -> Floats:
        """Return the radii (...) that have these values (...) >= 0: a table, then Newton's iteration."""
        radius = np.interp(values, self._values, self._radii)
        for _ in range(4):
            radius = np.clip(radius - (self._value(radius) - values) / self._slope(radius), 0.0, self.limit)
        return np.where(values <= self._end, radius, self.limit + (values - self._end) / self._last)
