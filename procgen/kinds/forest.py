"""Kind "forest": inside a wood of broadleaf trees, of spruces and pines, or of both, with glades, understory and dead wood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.forest import Habits, Woods
from ..scatter.forest_habitat import ForestHabitat
from ..scatter.habitat import Floats, Habitat, smoothstep
from ..scatter.stones import Stones
from ..scatter.understory import UNDERSTORY
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.forest import forest_terrain
from ..weather.climate import INLAND_WEATHER, climate_of, draw_weather
from .landscape import Landscape

_CONIFERS = {"broadleaf": (0.0, 0.05), "mixed": (0.3, 0.65), "conifer": (0.95, 1.0)}
"""Kinds of wood, by the share of conifers."""
_SEASONS = ("summer",) * 4 + ("autumn",) * 3 + ("spring",) * 2 + ("dry",)
STAND: Habits = {
    "oak": {
        "height": (19.0, 24.0), "crown_base": (0.42, 0.5), "crown_width": (0.5, 0.6), "fork": (0.36, 0.44),
        "leader": (0.62, 0.74), "limb_angle": (45.0, 58.0), "girth": (0.013, 0.017), "age": (0.6, 0.85),
    },
    "beech": {
        "height": (24.0, 31.0), "crown_base": (0.42, 0.54), "crown_width": (0.36, 0.46), "fork": (0.4, 0.5),
        "girth": (0.010, 0.014), "age": (0.6, 0.85),
    },
    "birch": {"height": (18.0, 24.0), "crown_base": (0.4, 0.52), "crown_width": (0.26, 0.33), "fork": (0.36, 0.46)},
    "maple": {
        "height": (18.0, 24.0), "crown_base": (0.42, 0.52), "crown_width": (0.42, 0.52), "fork": (0.38, 0.46),
        "leader": (0.7, 0.8), "girth": (0.011, 0.015), "age": (0.6, 0.85),
    },
    "spruce": {"height": (23.0, 32.0), "crown_base": (0.55, 0.7), "spread": (0.11, 0.15), "age": (0.75, 0.95)},
    "pine": {"height": (20.0, 27.0), "crown_base": (0.6, 0.7), "spread": (0.17, 0.24), "age": (0.7, 0.92)},
    "larch": {"height": (22.0, 29.0), "crown_base": (0.55, 0.7), "spread": (0.12, 0.17), "age": (0.75, 0.92)},
    "ivy": {"host": "stump", "host_height": (0.35, 0.9), "host_radius": (0.14, 0.3)},
}  # fmt: skip
"""How trees grow in a stand: tall and narrow, their stems clean to half their height (Burschel and Huss 1997); and ivy grows on
their stumps."""


def sample(seed: int) -> SceneSpec:
    """Draw a forest: which trees, season, hour and weather."""
    rng = stream(seed, "forest", "spec")
    between = rounded(rng)
    conifers = _CONIFERS[str(rng.choice(list(_CONIFERS)))]
    season = str(rng.choice(_SEASONS))
    side = 1.0 if rng.random() < 0.5 else -1.0
    trees, elevation = between(0.5, 0.85), between(24.0, 55.0)
    return SceneSpec(
        kind="forest",
        seed=seed,
        terrain=TerrainSpec(relief=between(0.25, 0.75), ruggedness=between(0.1, 0.5), erosion=between(0.3, 0.7)),
        sky=_in_the_shade(
            draw_weather(
                SkySpec(
                    sun_elevation=elevation,
                    sun_azimuth=side * between(25.0, 150.0),
                    clouds=between(0.05, 0.45),
                    haze=between(0.3, 0.65),
                ),
                INLAND_WEATHER,
                stream(seed, "forest", "climate"),
            ),
            trees,
            conifers[0] < 0.5,
        ),
        scatter=ScatterSpec(
            trees=trees,
            tree_line=1500.0,
            snow_line=2500.0,
            season=season,
            conifers=between(*conifers),
            autumn=between(0.05, 0.35) if rng.random() < 0.4 else 0.0,
            falling_leaves=between(0.1, 0.6),
            grass=between(0.4, 0.9),
            undergrowth=between(0.45, 0.9),
            litter=between(0.45, 0.8),
            rocks=between(0.1, 0.7),
        ),
        wind=WindSpec(strength=between(0.05, 0.35), direction=between(-180.0, 180.0)),
    )


def _in_the_shade(sky: SkySpec, trees: float, leafy: bool) -> SkySpec:
    """Return the sky as a photographer opens up for it among so many trees: more under leaves, a low sun or closed clouds,
    when no spot of sun falls through the crowns."""
    exposure = 1.25 + 1.4 * (trees - 0.5) + 0.02 * (40.0 - max(sky.sun_elevation, 0.0)) + 0.3 * leafy
    return replace(sky, exposure=round(exposure + 0.9 * climate_of(sky).closed, 3))


def land(spec: SceneSpec) -> Terrain:
    """Return the hills under the wood."""
    return forest_terrain(spec.terrain, spec.seed)


def floor(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m on gentle ground within 260 m of the origin."""
    places = rng.uniform(-260.0, 260.0, (240, 2)).astype(np.float32)
    slope = terrain.slope(places[:, 0], places[:, 1], 4.0)
    return places[np.argsort(np.abs(slope - 0.1), kind="stable")[:60]]


def scattered_stones(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: in groups, more on steep ground."""
    groups = smoothstep(0.25, 0.8, habitat.clumps("stones", x, y, 11.0))
    return (habitat.scatter.rocks * (0.02 + 0.5 * groups + 0.5 * smoothstep(0.3, 0.8, slope))).astype(np.float32)


FOREST = Landscape(
    land,
    floor,
    Wish(
        water=(0.0, 1.0, 0.0), across=0.0, near=(0.36, 0.14, 1.2), far=(0.12, 0.12, 0.5), mountain=(0.04, 0.08, 0.3),
        sky=(0.45, 0.12, 0.8), wall=0.5, pitch=(-4.0, 5.0),
    ),
    habitat=ForestHabitat,
    ground="ground_forest",
    woods=Woods(
        conifers=("spruce", "pine", "larch"),
        of_conifers=2,
        broadleaf=("beech", "oak", "birch", "maple"),
        of_broadleaf=2,
        spacing=4.7,
        reach=700.0,
        variants=2,
        tallest=36.0,
        framing=False,
        clear=4.2,
        habits=STAND,
    ),
    sowings=UNDERSTORY,
    stones=(
        Stones("pebbles", 0.5, 16.0, 0.03, 0.09, scattered_stones),
        Stones("cobbles", 1.3, 60.0, 0.10, 0.40, scattered_stones),
        Stones("boulders", 8.0, 250.0, 0.4, 2.2, scattered_stones),
    ),
)  # fmt: skip
world("forest", "inside a broadleaf, mixed or spruce wood", sample, FOREST, dry=True)
