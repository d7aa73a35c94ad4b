"""Kind "arctic": the edge of fast ice before a bay with floes and icebergs, snow on all the land, under a low sun."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..cameras.view import View, skyline
from ..registry import world
from ..rng import rounded, stream, subseed
from ..scatter.arctic_habitat import ARCTIC_SOWINGS, ARCTIC_STONES, ArcticHabitat
from ..scatter.habitat import Habitat
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WaterSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.arctic import arctic_terrain
from ..water.bergs import icebergs
from ..water.floes import floe_mesh, floes
from ..weather.climate import POLAR_WEATHER, draw_weather
from .landscape import REACH, Feature, Landscape

INLAND = 45.0
"""Metres from the edge of the ice that the camera may stand."""


def sample(seed: int) -> SceneSpec:
    """Draw an arctic bay: how much ice drifts in it, the mountains beyond, and the low sun."""
    rng = stream(seed, "arctic", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    return SceneSpec(
        kind="arctic",
        seed=seed,
        terrain=TerrainSpec(relief=between(0.15, 0.75), ruggedness=between(0.3, 0.9), erosion=between(0.3, 0.8)),
        water=WaterSpec(
            extent=between(0.35, 1.0), waves=between(0.03, 0.16), turbidity=between(0.4, 0.7), ice=between(0.15, 0.85)
        ),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(6.0, 17.0),
                sun_azimuth=side * between(50.0, 130.0),
                clouds=between(0.1, 0.7),
                haze=between(0.15, 0.5),
                exposure=-0.95,
            ),
            POLAR_WEATHER,
            stream(seed, "arctic", "climate"),
        ),
        scatter=ScatterSpec(
            trees=0.0,
            tree_line=0.0,
            snow_line=-500.0,
            autumn=0.0,
            grass=0.0,
            undergrowth=between(0.3, 0.7),
            rocks=between(0.3, 0.8),
        ),
        wind=WindSpec(strength=between(0.1, 0.7), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the bay and its shores."""
    return arctic_terrain(spec.terrain, spec.water, spec.seed)


def ice_edge(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) on the fast ice, a few metres to `INLAND` from its edge, the nearest to the origin."""
    shore = terrain.shoreline()
    near = np.argsort(np.hypot(*shore.points.T) + 1e4 * (shore.ahead < 30.0), kind="stable")
    chosen = rng.choice(near[:160], 260)
    inland = 5.0 + (INLAND - 5.0) * rng.random(len(chosen)) ** 1.3
    places = shore.points[chosen] - shore.outward[chosen] * inland[:, None].astype(np.float32)
    z, slope = terrain.height(*places.T), terrain.slope(*places.T)
    unfit = 10.0 * (z < 0.35) + np.maximum(slope - 0.15, 0) + 0.1 * np.maximum(z - 3.0, 0) + 0.2 * rng.random(len(z))
    return places[np.argsort(unfit, kind="stable")[:60]]


def afloat(spec: SceneSpec, habitat: Habitat, view: View) -> list[Feature]:
    """Return the icebergs, each a thing of its own, and all floes as one."""
    bergs = icebergs(habitat.land, view, spec.water.ice, spec.seed)
    found = [Feature(f"iceberg {number}", "ice", berg.mesh) for number, berg in enumerate(bergs)]
    horizon = skyline(view, habitat.land.height, REACH)
    free = np.array([(berg.x, berg.y, berg.radius) for berg in bergs]).reshape(-1, 3)
    ice = floes(habitat.land, view, horizon, spec.water.ice, free, subseed(spec.seed, "floes"))
    return [*found, Feature("floes", "sea_ice", floe_mesh(ice, view, "floe"))] if len(ice) else found


ARCTIC = Landscape(
    land,
    ice_edge,
    Wish(water=(0.20, 0.10, 1.6), near=(0.28, 0.12, 1.0), sky=(0.36, 0.14, 0.9), mountain=(0.10, 0.08, 0.8), ahead=0.3),
    habitat=ArcticHabitat,
    ground="ground_arctic",
    sowings=ARCTIC_SOWINGS,
    stones=ARCTIC_STONES,
    features=afloat,
)
world("arctic", "a frozen shore with floes, icebergs and snow under a low sun", sample, ARCTIC)
