"""What each weather is made of: how much of the sun comes through, which clouds, how thick the air, how wet the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..scene_spec import SkySpec

Clouds = Literal["none", "heaps", "layer"]


@dataclass(frozen=True)
class Climate:
    """One weather. `sun` 0..1 is the share of direct sunlight that reaches the ground; `sky` the light of a closed cloud layer
    as a share of what a clear sky and its sun would give; `clouds` of what shape; `haze_density` in 1/m at height 0 with
    `haze_height` in m; `wetness` 0..1 of the ground.
    """

    sun: float
    sky: float
    clouds: Clouds
    haze_density: float
    haze_height: float
    wetness: float

    @property
    def closed(self) -> bool:
        """Whether a layer of cloud hides all of the sky."""
        return self.clouds == "layer"


_SHARES = {"broken": 0.60, "clear": 0.15, "overcast": 0.09, "fog": 0.04, "rain": 0.05, "golden hour": 0.05, "night": 0.02}
"""How often each is drawn, in the order of `draw_weather`."""


def draw_weather(sky: SkySpec, rng: np.random.Generator) -> SkySpec:
    """Return the sky with a weather drawn for it: open most of the time; now and then the sun is low or it is night.

    Snow is not drawn: it falls where a kind's ground is white.
    """
    name = list(_SHARES)[int(np.searchsorted(np.cumsum(list(_SHARES.values())[:-1]), rng.random(), side="right"))]
    ends = ((3.0, 9.0), (-40.0, -20.0), (0.3, 0.9), (0.3, 0.7))
    low, deep, falls, phase = (round(float(rng.uniform(*pair)), 3) for pair in ends)
    if name == "golden hour":
        return replace(sky, sun_elevation=low)
    if name == "night":
        return replace(sky, sun_elevation=deep, moon_phase=phase, weather="clear" if falls < 0.6 else "broken")
    return replace(sky, weather=name, precipitation=falls)


def climate_of(sky: SkySpec) -> Climate:
    """Return what the spec's weather is made of.

    Visibility V follows from the density by Koschmieder's law, V = 3.9 / density: some 30 km on a clear day, 1 to 4 km in
    rain, 0.6 to 3 km in snow that falls at least half as hard as it can, and 80 to 500 m in fog.
    """
    clean = 5e-5 * 14.0**sky.haze
    falls = sky.precipitation
    match sky.weather:
        case "clear":
            return Climate(1.0, 0.0, "none", clean, 260.0, sky.wetness)
        case "broken":
            return Climate(1.0 - 0.25 * sky.clouds, 0.0, "heaps", clean, 260.0, sky.wetness)
        case "overcast":
            return Climate(0.015, 0.34, "layer", 1.6 * clean, 320.0, sky.wetness)
        case "fog":
            return Climate(0.015, 0.38, "layer", 0.008 * 6.0**sky.haze, 45.0, max(sky.wetness, 0.25))
        case "rain":
            wetness, mist = max(sky.wetness, 0.7 + 0.3 * falls), 2.5 * clean + 0.0022 * falls
            return Climate(0.004, 0.26 - 0.08 * falls, "layer", mist, 170.0, wetness)
        case _:
            return Climate(0.012, 0.36 - 0.08 * falls, "layer", 2.5 * clean + 0.0050 * falls, 200.0, max(sky.wetness, 0.2))
