"""What each weather is made of: how much of the sun comes through, which clouds, how thick the air, how wet the ground."""

from __future__ import annotations

from collections.abc import Mapping
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


Shares = Mapping[str, int]
INLAND_WEATHER: Shares = {"broken": 60, "clear": 15, "overcast": 9, "fog": 4, "rain": 5, "golden hour": 5, "night": 2}
SEA_WEATHER: Shares = {"broken": 55, "clear": 15, "overcast": 10, "fog": 6, "rain": 7, "golden hour": 5, "night": 2}
MOUNTAIN_WEATHER: Shares = {
    "broken": 55,
    "clear": 20,
    "overcast": 7,
    "fog": 3,
    "rain": 3,
    "snow": 5,
    "golden hour": 5,
    "night": 2,
}
POLAR_WEATHER: Shares = {"broken": 55, "clear": 17, "overcast": 8, "fog": 4, "snow": 9, "golden hour": 5, "night": 2}
DRY_WEATHER: Shares = {"broken": 55, "clear": 30, "overcast": 5, "rain": 1, "golden hour": 6, "night": 3}
"""How often each weather is drawn in a climate, in percent, in the order of `draw_weather`."""


def draw_weather(sky: SkySpec, shares: Shares, rng: np.random.Generator) -> SkySpec:
    """Return the sky with a weather drawn for it: open most of the time; now and then the sun is low or it is night.

    What a kind is stopped down for its sunlit snow or sand, it is opened again for the greater part under closed clouds.
    """
    name = list(shares)[int(np.searchsorted(np.cumsum(list(shares.values())), 100 * rng.random(), side="right"))]
    ends = ((3.0, 9.0), (-40.0, -20.0), (0.3, 0.9), (0.3, 0.7))
    low, deep, falls, phase = (round(float(rng.uniform(*pair)), 3) for pair in ends)
    if name == "golden hour":
        return replace(sky, sun_elevation=low)
    if name == "night":
        return replace(sky, sun_elevation=deep, moon_phase=phase, weather="clear" if falls < 0.6 else "broken")
    drawn = replace(sky, weather=name, precipitation=falls)
    return replace(drawn, exposure=max(sky.exposure, round(0.3 * sky.exposure, 3))) if climate_of(drawn).closed else drawn


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
