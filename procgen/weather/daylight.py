"""Sunlight and the sky near the horizon for a height of the sun, from midday through golden hour to the end of twilight.

Sky colours near the horizon were measured from Cycles' own sky texture (mean of 0 to 6 degrees above the horizon, sun disc off)
and are interpolated over the sun's elevation and over the angle between view and sun; so far mountains fade into the very sky
that stands behind them. Sunlight is dimmed by Rayleigh scattering and aerosol along the air mass of Kasten and Young (1989).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .smooth import step

SKY_STRENGTH = 0.105
"""Scale from the sky texture's units to the scene's, in which AgX at exposure 0 shows a sunlit meadow well."""

_ELEVATION = np.array([-12.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 85.0])
_ANGLE = np.array([45.0, 90.0, 180.0])
_HORIZON = np.array(
    [
        [[0.0022, 0.0071, 0.0176], [0.0019, 0.0064, 0.0166], [0.0016, 0.0057, 0.0155]],
        [[0.0099, 0.0250, 0.0601], [0.0063, 0.0217, 0.0564], [0.0053, 0.0192, 0.0525]],
        [[0.0378, 0.0538, 0.1133], [0.0121, 0.0399, 0.1035], [0.0097, 0.0353, 0.0964]],
        [[0.1894, 0.1455, 0.2187], [0.0405, 0.0789, 0.1904], [0.0178, 0.0644, 0.1755]],
        [[0.7485, 0.4432, 0.4227], [0.2800, 0.2149, 0.3543], [0.0859, 0.1247, 0.3134]],
        [[2.3241, 1.3000, 0.8079], [1.1711, 0.7166, 0.6644], [1.3835, 0.6618, 0.5814]],
        [[4.31, 2.92, 1.61], [2.36, 1.75, 1.28], [3.65, 2.40, 1.35]],
        [[6.65, 5.74, 3.84], [3.76, 3.58, 2.95], [6.13, 5.56, 3.77]],
        [[8.99, 9.28, 7.89], [5.33, 6.02, 5.95], [8.54, 9.41, 8.18]],
        [[11.14, 12.73, 12.48], [7.19, 8.78, 9.46], [10.63, 12.89, 12.99]],
        [[12.04, 14.24, 14.70], [8.51, 10.53, 11.58], [11.49, 14.27, 15.09]],
        [[12.52, 15.19, 16.31], [10.06, 12.51, 13.89], [11.93, 14.94, 16.33]],
        [[12.57, 15.43, 16.90], [11.20, 13.92, 15.50], [11.94, 14.94, 16.57]],
        [[12.26, 15.20, 16.90], [12.14, 15.06, 16.77], [12.05, 14.98, 16.70]],
    ]
)
_RAYLEIGH = np.array([0.058, 0.120, 0.255])
_AEROSOL = 0.09
_SUN_ABOVE_AIR = 11.5
_OPENING = ((-14.0, -8.0, -6.0, -4.0, -2.0, 0.0), (6.0, 5.6, 4.7, 3.2, 1.4, 0.0))
"""Elevations of the sun, degrees, and how many stops a photographer opens up in twilight."""


def sunlight(elevation: float) -> NDArray[np.float64]:
    """Return the irradiance (3,) of a clear sun on a surface that faces it, none once it has set; elevation in degrees."""
    height = max(elevation, -1.0)
    mass = 1.0 / (np.sin(np.radians(height)) + 0.50572 * (height + 6.07995) ** -1.6364)
    return _SUN_ABOVE_AIR * np.exp(-mass * (_RAYLEIGH + _AEROSOL)) * step(-0.8, 0.2, elevation)


def horizon(elevation: float, angle: float) -> NDArray[np.float64]:
    """Return the radiance (3,) of the clear sky low in the view; `angle` from the sun's azimuth in degrees, 0 to 180."""
    rows = np.array([[np.interp(elevation, _ELEVATION, _HORIZON[:, a, c]) for c in range(3)] for a in range(3)])
    return np.array([np.interp(angle, _ANGLE, rows[:, c]) for c in range(3)]) * SKY_STRENGTH


def sky_light(elevation: float) -> float:
    """Return the irradiance of the clear sky without the sun on level ground, the mean of red, green and blue.

    Measured from Cycles' sky texture as the horizon was.
    """
    at = (-12.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 5.0, 20.0, 60.0)
    measured = (0.008, 0.028, 0.054, 0.137, 0.508, 1.478, 2.87, 5.06, 11.2, 19.0)
    return float(np.interp(elevation, at, measured)) * SKY_STRENGTH


def twilight_gain(elevation: float) -> float:
    """Return the factor on the light of the setting sun's sky: a photographer opens up as it fades, and night ends it.

    1 by day. The texture's own sky lingers too long after nautical dusk (at -12 degrees some hundred times the Astronomical
    Almanac's 0.008 lux), so it is faded out by then.
    """
    return float(2.0 ** np.interp(elevation, *_OPENING) * step(-13.0, -7.0, elevation))
