"""Light and air of one moment: which lamp shines, the colour of sky and haze, and how far a photographer opens up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..scene_spec import SkySpec
from .celestial import Place, moon_place, sun_place
from .climate import Climate, climate_of
from .daylight import horizon, sky_light, sunlight, twilight_gain
from .moonlight import moon_share
from .smooth import step

NIGHT_GAIN = 2.0**16
"""What a long exposure makes of the light of the night: a full moon, 400,000 times weaker than the sun, is then a sixth."""
_NIGHT_TINT = np.array([0.50, 0.78, 1.22])
"""Moonlight as eyes that have grown used to the dark see it: bluer than it is (the Purkinje shift)."""
_NIGHT_SKY = 0.4
"""What is left of the moonlit sky beside the moonlit land: as bright as physics has it, it would pass for a day's."""
_STARLIGHT = 0.008
"""Radiance of the sky of a moonless night, before the tint: brighter than it is, so that the land stays a shape."""
_CLOUD_WHITE = np.array([0.95, 0.99, 1.06])
Lamp = Literal["sun", "moon"]


@dataclass(frozen=True)
class Air:
    """Light and air of one moment. Colours are linear rgb, directions unit vectors in the world.

    `lamp` is what lights the land: `to_lamp` (3,) points to it, `light` (3,) is its irradiance on a surface that faces it.
    `to_sun`, `to_moon` (3,) say where both stand, `sun` (3,) is the sunlight itself; `day` and `night` (3,) are factors on the
    sky of the sun and on that of a sun where the moon stands; `horizon` (3,) is the radiance of the sky low in the view and
    `zenith` (3,) that of a closed layer of cloud overhead; `dark` 0..1 is how far the night has come; `climate` the weather;
    `exposure` in stops.
    """

    lamp: Lamp
    to_lamp: NDArray[np.float64]
    light: NDArray[np.float64]
    to_sun: NDArray[np.float64]
    to_moon: NDArray[np.float64]
    sun: NDArray[np.float64]
    day: float
    night: NDArray[np.float64]
    horizon: NDArray[np.float64]
    zenith: NDArray[np.float64]
    dark: float
    moon_phase: float
    climate: Climate
    exposure: float


def places(sky: SkySpec, heading: float) -> tuple[Place, Place]:
    """Return where sun and moon stand in the world for a camera that looks along `heading` (radians, clockwise from +y).

    With `sky.sun` "angles" azimuths count from the view; with "clock" +y is north and the hour says where both are.
    """
    if sky.sun == "clock":
        when = (sky.hour, sky.day_of_year, sky.latitude)
        return sun_place(*when), moon_place(*when, sky.moon_phase)
    view = float(np.degrees(heading))
    return Place(sky.sun_elevation, view + sky.sun_azimuth), Place(sky.moon_elevation, view + sky.moon_azimuth)


def air_of(sky: SkySpec, heading: float) -> Air:
    """Return the air for a camera that looks along `heading` (radians, clockwise from +y)."""
    sun, moon = places(sky, heading)
    climate = climate_of(sky)
    day = twilight_gain(sun.elevation)
    moonlit = step(0.0, 4.0, moon.elevation) * moon_share(sky.moon_phase) * NIGHT_GAIN
    dark = step(-4.0, -11.0, sun.elevation)
    night = dark * moonlit * _NIGHT_SKY * _NIGHT_TINT

    direct = sunlight(sun.elevation)
    moonlight = sunlight(moon.elevation) * dark * moonlit * _NIGHT_TINT
    lamp: Lamp = "sun" if direct.max() > moonlight.max() else "moon"
    bare, to_lamp = (direct, sun.direction) if lamp == "sun" else (moonlight, moon.direction)
    light = bare * climate.sun

    low = horizon(sun.elevation, _apart(sun, heading)) * day + starlight(dark)
    low += horizon(max(moon.elevation, 2.0), _apart(moon, heading)) * night
    zenith = np.zeros(3)
    ambient = 0.8 * step(-6.0, 12.0, sun.elevation) + 0.8 * float(night.mean())
    ambient += float(low.mean()) * step(2.0, -2.0, sun.elevation)
    if climate.closed:
        lit = bare.mean() * max(to_lamp[2], 0.0) + day * sky_light(sun.elevation)
        lit += sky_light(max(moon.elevation, 2.0)) * night.mean() + np.pi * dark * _STARLIGHT
        colour = _CLOUD_WHITE * (1.0 - dark) + _NIGHT_TINT * dark
        zenith = climate.sky * lit * 9.0 / (7.0 * np.pi) * colour
        ambient = 0.9 * climate.sky * lit
        low = zenith * (0.62 if sky.weather == "fog" else 0.42)
    level = light.mean() * max(to_lamp[2], 0.0) + ambient
    # A photographer opens up for half of what is missing.
    exposure = sky.exposure + 0.5 * np.log2(7.4 / max(level, 0.02))
    return Air(
        lamp, to_lamp, light, sun.direction, moon.direction, direct * climate.sun, day, night, low, zenith, dark,
        sky.moon_phase, climate, float(exposure),
    )  # fmt: skip


def starlight(dark: float) -> NDArray[np.float64]:
    """Return the radiance (3,) of a sky of nothing but stars, once the night has come as far as `dark` 0..1 says."""
    return dark * _STARLIGHT * _NIGHT_TINT


def _apart(place: Place, heading: float) -> float:
    """Return the angle between the view and a place's azimuth, degrees, 0 to 180."""
    return abs((place.azimuth - float(np.degrees(heading)) + 180.0) % 360.0 - 180.0)
