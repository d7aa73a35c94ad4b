"""Kind "lake": a mountain lake with wooded shores, seen from its near bank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.forest import Woods
from ..scatter.stones import BY_WATER
from ..scatter.undergrowth import TEMPERATE
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WaterSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.lake import lake_terrain
from ..weather.climate import INLAND_WEATHER, draw_weather
from .landscape import Landscape

BANK = 30.0
"""Metres inland from the shore where the camera may stand."""


def sample(seed: int) -> SceneSpec:
    """Draw a lake: its valley, season, hour and weather."""
    rng = stream(seed, "lake", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    tree_line = float(stream(seed, "habitat", "tree line").uniform(95, 190))
    return SceneSpec(
        kind="lake",
        seed=seed,
        terrain=TerrainSpec(
            relief=between(0.35, 0.8), ruggedness=between(0.3, 0.8), erosion=between(0.4, 0.8), shore_height=between(0.9, 2.2)
        ),
        water=WaterSpec(extent=between(0.35, 0.65), waves=between(0.08, 0.5), turbidity=between(0.15, 0.55)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(14.0, 42.0),
                sun_azimuth=side * between(60.0, 140.0),
                clouds=between(0.15, 0.65),
                haze=between(0.15, 0.5),
            ),
            INLAND_WEATHER,
            stream(seed, "lake", "weather"),
        ),
        scatter=ScatterSpec(
            trees=between(0.4, 0.75),
            tree_line=round(tree_line, 1),
            snow_line=round(tree_line + float(stream(seed, "habitat", "snow line").uniform(40, 150)), 1),
            conifers=between(0.35, 0.9),
            autumn=between(0.0, 0.6) if rng.random() < 0.5 else 0.0,
            falling_leaves=round(float(stream(seed, "lake", "falling leaves").uniform(0.2, 0.8)), 3),
            grass=between(0.5, 0.9),
            undergrowth=between(0.35, 0.75),
            rocks=between(0.3, 0.7),
        ),
        wind=WindSpec(strength=between(0.1, 0.6), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the lake's valley."""
    return lake_terrain(spec.terrain, spec.water, spec.seed)


def bank(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) on the near bank, a few metres to `BANK` inland: those on the lowest and gentlest dry ground."""
    shore = terrain.shoreline()
    origin_first = np.argsort(np.hypot(*shore.points.T) + 1e4 * (shore.ahead < 12.0), kind="stable")
    chosen = rng.choice(origin_first[:120], 240)
    inland = 4.0 + (BANK - 4.0) * rng.random(len(chosen)) ** 1.4
    places = shore.points[chosen] - shore.outward[chosen] * inland[:, None].astype(np.float32)
    z, slope = terrain.height(*places.T), terrain.slope(*places.T)
    unfit = 10.0 * (z < 0.35) + np.maximum(slope - 0.2, 0) + 0.1 * np.maximum(z - 4.0, 0) + 0.2 * rng.random(len(z))
    return places[np.argsort(unfit, kind="stable")[:60]]


LAKE = Landscape(land, bank, Wish(), woods=Woods(), sowings=TEMPERATE, stones=BY_WATER)
world("lake", "a mountain lake with wooded shores", sample, LAKE)
