"""The waves that the lake's mesh carries: a few trains of deep-water waves that run about with the wind.

A train of wavenumber k (rad/m) has the frequency w = sqrt(g k) (Airy 1841) and lets every point of the surface go round in a
circle whose radius is the train's amplitude (Gerstner 1802, to first order): forward on the crest, back in the trough. A train
fades where the mesh is too coarse for it: `carried`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAVITY = 9.81
LENGTHS = (5.3, 4.2, 3.3, 2.65, 2.1, 1.7, 1.4, 1.15)
"""Wavelengths in metres; what is shorter is left to the material's bump."""
LONGEST = max(LENGTHS)
_STEEPNESS = 0.036
"""Slope amplitude of the longest train where `water.waves` is 1; shorter ones are steeper."""
_SPREAD = 0.8
"""Radians to either side of the wind within which the trains run."""
FINE, COARSE = 1 / 7, 1 / 3.5
"""Edge of a face, as a share of the wavelength: up to which a train is carried whole, and from which not at all."""


@dataclass(frozen=True)
class Trains:
    """n trains: wavenumber (n, 2) rad/m, along the way it travels; frequency, phase (n,) rad/s and rad; amplitude (n,) m."""

    wavenumber: NDArray[np.float64]
    frequency: NDArray[np.float64]
    phase: NDArray[np.float64]
    amplitude: NDArray[np.float64]

    @property
    def length(self) -> NDArray[np.float64]:
        """Wavelengths (n,) in metres."""
        return 2 * np.pi / np.sqrt((self.wavenumber**2).sum(1))


def wave_trains(waves: float, wind: tuple[float, float], rng: np.random.Generator) -> Trains:
    """Draw the trains; `waves` 0..1 scales their height, `wind` (x, y) is the unit vector that it blows along."""
    count = len(LENGTHS)
    number = 2 * np.pi / (np.array(LENGTHS) * rng.uniform(0.93, 1.07, count))
    # Spread evenly over both sides, so that the trains cross and crests stay short.
    aside = _SPREAD * (2.0 * (rng.permutation(count) + rng.uniform(0.1, 0.9, count)) / count - 1.0)
    azimuth = np.arctan2(wind[0], wind[1]) + aside
    direction = np.stack([np.sin(azimuth), np.cos(azimuth)], 1)
    phase = rng.uniform(0, 2 * np.pi, count)
    amplitude = waves * _STEEPNESS / number * (number / number.min()) ** 0.35
    return Trains(number[:, None] * direction, np.sqrt(GRAVITY * number), phase, amplitude)


def carried(length: NDArray[np.floating], edge: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return how much of a wave of `length` m a mesh with edges of `edge` m carries: 1 where it is fine, 0 where coarse."""
    share = np.clip((COARSE - edge / length) / (COARSE - FINE), 0, 1)
    return share * share * (3 - 2 * share)


def displacement(
    trains: Trains, x: NDArray[np.floating], y: NDArray[np.floating], edge: NDArray[np.floating], seconds: float
) -> NDArray[np.float64]:
    """Return how far the still water's points at x, y (N,) m are moved, (N, 3) m, where the mesh has edges of `edge` (N,) m."""
    moved = np.zeros((len(x), 3))
    for (kx, ky), frequency, phase, amplitude, length in zip(
        trains.wavenumber, trains.frequency, trains.phase, trains.amplitude, trains.length, strict=True
    ):
        angle = kx * x + ky * y - frequency * seconds + phase
        size = amplitude * carried(length, edge)
        number = 2 * np.pi / length
        moved += np.stack([-kx / number * np.sin(angle), -ky / number * np.sin(angle), np.cos(angle)], 1) * size[:, None]
    return moved
