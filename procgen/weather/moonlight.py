"""How bright the moon is by its phase, and where on it the light comes from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SUN_MAGNITUDE = -26.74
RADIUS = 0.0045
"""The moon's angular radius, rad."""


def moon_magnitude(phase: float) -> float:
    """Return the moon's apparent visual magnitude outside the air; `phase` 0..1, 0 new and 0.5 full.

    Allen's "Astrophysical Quantities" as in Krisciunas and Schaefer, PASP 103 (1991), equation 9: -12.73 + 0.026 a + 4e-9 a^4
    with the phase angle a in degrees, 0 at full moon.
    """
    angle = abs(180.0 - 360.0 * (phase % 1.0))
    return -12.73 + 0.026 * angle + 4e-9 * angle**4


def moon_share(phase: float) -> float:
    """Return the moon's irradiance as a share of the sun's: 2.5e-6 when it is full."""
    return float(10.0 ** (-0.4 * (moon_magnitude(phase) - SUN_MAGNITUDE)))


def lit_from(to_moon: NDArray[np.float64], to_sun: NDArray[np.float64], phase: float) -> NDArray[np.float64]:
    """Return the unit vector (3,) from the moon to the light that shows this phase, on the side of it where the sun is.

    `to_moon` and `to_sun` (3,) are unit vectors in the world. Between them and the phase there need be no agreement: the angle
    from the moon is the phase's, only its direction the sun's.
    """
    aside = to_sun - to_moon * (to_sun @ to_moon)
    if np.linalg.norm(aside) < 1e-6:
        aside = np.array([to_moon[1], -to_moon[0], 0.0]) if np.hypot(*to_moon[:2]) > 1e-6 else np.array([1.0, 0.0, 0.0])
    elongation = 2.0 * np.pi * min(phase % 1.0, 1.0 - phase % 1.0)
    return np.cos(elongation) * to_moon + np.sin(elongation) * aside / np.linalg.norm(aside)
