"""Kind "alpine": a high valley under sharp ridges, with a glacier, its moraines and scree, above the last stunted trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.alpine_habitat import ALPINE_SOWINGS, ALPINE_STONES, AlpineHabitat
from ..scatter.forest import Woods
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.alpine import HighValley, alpine_terrain
from ..weather.climate import MOUNTAIN_WEATHER, draw_weather
from .landscape import Landscape


def sample(seed: int) -> SceneSpec:
    """Draw an alpine valley: how high and how sharp its mountains are, where snow begins, and the hour."""
    rng = stream(seed, "alpine", "spec")
    between = rounded(rng)
    relief = between(0.5, 0.95)
    least, most = HighValley.heights
    summit = least * (most / least) ** relief
    snow_line = round(summit * float(rng.uniform(0.2, 0.62)), 1)
    side = 1.0 if rng.random() < 0.5 else -1.0
    sky = draw_weather(
        SkySpec(
            sun_elevation=between(18.0, 50.0),
            sun_azimuth=side * between(55.0, 135.0),
            clouds=between(0.1, 0.6),
            haze=between(0.08, 0.3),
            exposure=-0.35,
        ),
        MOUNTAIN_WEATHER,
        stream(seed, "alpine", "climate"),
    )
    if sky.weather == "snow":
        snow_line = -500.0
    return SceneSpec(
        kind="alpine",
        seed=seed,
        terrain=TerrainSpec(relief=relief, ruggedness=between(0.6, 1.0), erosion=between(0.45, 0.9)),
        sky=sky,
        scatter=ScatterSpec(
            trees=between(0.15, 0.5),
            tree_line=round(summit * float(rng.uniform(0.08, 0.2)), 1),
            snow_line=snow_line,
            conifers=1.0,
            autumn=0.0,
            grass=between(0.35, 0.7),
            undergrowth=between(0.4, 0.8),
            rocks=between(0.5, 0.9),
        ),
        wind=WindSpec(strength=between(0.15, 0.7), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the valley with its glacier."""
    return alpine_terrain(spec.terrain, spec.seed)


def valley_floor(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) on gentle open ground below the glacier: on alpine turf and on the moraine before the ice."""
    scale = terrain.near.side / 2600
    ice = np.flatnonzero((terrain.near.masks["ice"] > 0.5).any(1))
    snout = float(terrain.near.axes()[1][ice[0]]) if len(ice) else 600 * scale
    along = rng.uniform(-120 * scale, snout + 40 * scale, 500)
    places = np.stack([rng.uniform(-320 * scale, 320 * scale, 500), along], 1).astype(np.float32)
    z, slope = terrain.height(*places.T), terrain.slope(places[:, 0], places[:, 1], reach=3.0)
    above = z - np.interp(along, *_lowest(terrain))
    unfit = np.maximum(slope - 0.22, 0) + 0.004 * np.abs(above - 14 * scale) + 4.0 * terrain.mask("ice", *places.T)
    unfit += 0.2 * np.maximum(snout - along, 0) / (snout + 120 * scale) + 0.1 * rng.random(len(z))
    return places[np.argsort(unfit, kind="stable")[:60]]


def _lowest(terrain: Terrain) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return y (N,) of the rows of the land and the height (N,) of the lowest ground of each, within its middle third."""
    count = len(terrain.near.heights)
    middle = terrain.near.heights[:, count // 3 : 2 * count // 3]
    return terrain.near.axes()[1].astype(np.float64), middle.min(1).astype(np.float64)


WOODS = Woods(
    conifers=("spruce", "pine", "larch"), broadleaf=(), of_broadleaf=0, spacing=5.5, framing=False, stature=0.32, tallest=10.0
)
WISH = Wish(
    water=(0.0, 0.1, 0.0),
    near=(0.24, 0.11, 1.0),
    far=(0.42, 0.16, 0.9),
    mountain=(0.30, 0.12, 1.2),
    sky=(0.28, 0.12, 1.1),
    across=0.0,
    crest=0.7,
    ahead=0.8,
    pitch=(-5.0, 9.0),
)
ALPINE = Landscape(
    land,
    valley_floor,
    WISH,
    habitat=AlpineHabitat,
    ground="ground_alpine",
    woods=WOODS,
    sowings=ALPINE_SOWINGS,
    stones=ALPINE_STONES,
)
world("alpine", "a high valley with a glacier, scree and moraines under sharp ridges", sample, ALPINE, dry=True)
