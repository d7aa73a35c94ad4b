"""Where sun and moon stand, in closed form, for an hour, a day of the year and a latitude.

The sun after the U.S. Naval Observatory's approximate solar coordinates (Astronomical Almanac, section C; 0.01 degrees within
two centuries of the year 2000), for the year 2000; other years differ by up to 0.4 degrees of declination. Altitude and azimuth
after Meeus, "Astronomical Algorithms", chapter 13. The moon is taken to run along the ecliptic, of which it keeps within 5.2
degrees, so that its phase alone says where it is. No refraction, no parallax.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Place(NamedTuple):
    """Where something stands in the sky: `elevation` above the horizon and `azimuth` clockwise from north (+y), degrees."""

    elevation: float
    azimuth: float

    @property
    def direction(self) -> NDArray[np.float64]:
        """The unit vector (3,) to it in the world."""
        height, turn = np.radians(self.elevation), np.radians(self.azimuth)
        return np.array([np.sin(turn) * np.cos(height), np.cos(turn) * np.cos(height), np.sin(height)])


def sun_longitude(day_of_year: float, hour: float) -> float:
    """Return the sun's ecliptic longitude in degrees; day 1 is the first of January, hours after midnight."""
    days = day_of_year - 1.0 + (hour - 12.0) / 24.0
    anomaly = np.radians(357.528 + 0.9856003 * days)
    return float((280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)) % 360.0)


def equatorial(longitude: float) -> tuple[float, float]:
    """Return right ascension and declination, degrees, of a place on the ecliptic at `longitude` degrees."""
    along, obliquity = np.radians(longitude), np.radians(23.439)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(along), np.cos(along))
    return float(np.degrees(ascension)), float(np.degrees(np.arcsin(np.sin(obliquity) * np.sin(along))))


def horizontal(hour_angle: float, declination: float, latitude: float) -> Place:
    """Return where something stands whose hour angle is that (degrees, westward from the meridian)."""
    turn, tilt, north = np.radians([hour_angle, declination, latitude])
    up = np.sin(north) * np.sin(tilt) + np.cos(north) * np.cos(tilt) * np.cos(turn)
    east = -np.cos(tilt) * np.sin(turn)
    ahead = np.cos(north) * np.sin(tilt) - np.sin(north) * np.cos(tilt) * np.cos(turn)
    return Place(float(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0)))), float(np.degrees(np.arctan2(east, ahead))))


def sun_place(hour: float, day_of_year: float, latitude: float) -> Place:
    """Return where the sun stands; `hour` is true solar time: at 12 the sun is on the meridian."""
    _, declination = equatorial(sun_longitude(day_of_year, hour))
    return horizontal(15.0 * (hour - 12.0), declination, latitude)


def moon_place(hour: float, day_of_year: float, latitude: float, phase: float) -> Place:
    """Return where the moon stands; `phase` is its age as a share of a month: 0 new, 0.25 waxing half, 0.5 full."""
    longitude = sun_longitude(day_of_year, hour)
    from_sun, _ = equatorial(longitude)
    ascension, declination = equatorial(longitude + 360.0 * phase)
    return horizontal(15.0 * (hour - 12.0) + from_sun - ascension, declination, latitude)
