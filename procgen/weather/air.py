"""What sun and air look like for a sun's height: colours, strengths and the haze that fits the sky behind it.

Sky colours near the horizon were measured once from Cycles' own sky texture (mean of 0 to 6 degrees above the horizon, sun
disc off) and are interpolated over the sun's elevation and over the angle between view and sun; so far mountains fade into
the very sky that stands behind them. Sunlight is dimmed by Rayleigh scattering and aerosol along the air mass of
Kasten and Young (1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scene_spec import SkySpec

SKY_STRENGTH = 0.105
"""Scale from the sky texture's units to the scene's, in which AgX at exposure 0 shows a sunlit meadow well."""

_ELEVATION = np.array([2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 85.0])
_ANGLE = np.array([45.0, 90.0, 180.0])
_HORIZON = np.array(
    [
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


@dataclass(frozen=True)
class Air:
    """Light and air of one moment. Colours are linear rgb, directions unit vectors in the world.

    `to_sun` (3,) points to the sun; `sunlight` (3,) is its irradiance on a surface that faces it; `horizon` (3,) the radiance
    of the sky low in the view; `haze_density` in 1/m at the height of the lake, `haze_height` in m; `exposure` in stops.
    """

    to_sun: NDArray[np.float64]
    sunlight: NDArray[np.float64]
    horizon: NDArray[np.float64]
    haze_density: float
    haze_height: float
    exposure: float


def air_of(sky: SkySpec, heading: float) -> Air:
    """Return the air for a camera that looks along `heading` (radians, clockwise from +y); the spec's azimuth is relative."""
    elevation, azimuth = np.radians(sky.sun_elevation), heading + np.radians(sky.sun_azimuth)
    to_sun = np.array([np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])
    sunlight = _sunlight(sky.sun_elevation) * (1.0 - 0.25 * sky.clouds)
    horizon = _horizon(sky.sun_elevation, abs(sky.sun_azimuth)) * SKY_STRENGTH
    density = 5e-5 * (14.0**sky.haze)
    # A low sun gives less light; the eye and a photographer open up for half of that.
    level = sunlight.mean() * np.sin(elevation) + 0.8
    exposure = sky.exposure + 0.5 * np.log2(7.4 / level)
    return Air(to_sun, sunlight, horizon, density, 260.0, float(exposure))


def _sunlight(elevation: float) -> NDArray[np.float64]:
    mass = 1.0 / (np.sin(np.radians(elevation)) + 0.50572 * (elevation + 6.07995) ** -1.6364)
    return _SUN_ABOVE_AIR * np.exp(-mass * (_RAYLEIGH + _AEROSOL))


def _horizon(elevation: float, angle: float) -> NDArray[np.float64]:
    """Sky radiance low in the view, in the sky texture's units; `angle` from the sun's azimuth in degrees, 0 to 180."""
    rows = np.array([[np.interp(elevation, _ELEVATION, _HORIZON[:, a, c]) for c in range(3)] for a in range(3)])
    return np.array([np.interp(angle, _ANGLE, rows[:, c]) for c in range(3)])
