"""Kind "volcanic": a volcano over plains of ash, with flows of lava in ropes and blocks, and the first plants on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.forest import Woods
from ..scatter.volcanic_habitat import PIONEERS, VOLCANIC_STONES, VolcanicHabitat
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.volcanic import volcanic_terrain
from ..weather.climate import INLAND_WEATHER, draw_weather
from .landscape import Landscape


def sample(seed: int) -> SceneSpec:
    """Draw a volcano: its height, how bare its country is, and the hour; a fifth are seen near sunset."""
    rng = stream(seed, "volcanic", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    dusk = rng.random() < 0.2
    green = float(rng.random())
    return SceneSpec(
        kind="volcanic",
        seed=seed,
        terrain=TerrainSpec(relief=between(0.25, 1.0), ruggedness=between(0.3, 0.8), erosion=between(0.2, 0.9)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(4.0, 9.0) if dusk else between(16.0, 48.0),
                sun_azimuth=side * between(60.0, 140.0),
                clouds=between(0.15, 0.7),
                haze=between(0.15, 0.5),
                exposure=0.1,
            ),
            INLAND_WEATHER,
            stream(seed, "volcanic", "weather"),
        ),
        scatter=ScatterSpec(
            trees=round(0.5 * green, 3),
            tree_line=between(60.0, 130.0),
            snow_line=3000.0,
            conifers=between(0.3, 1.0),
            autumn=0.0,
            grass=round(0.1 + 0.5 * green, 3),
            undergrowth=round(0.3 + 0.6 * green, 3),
            rocks=between(0.35, 0.8),
        ),
        wind=WindSpec(strength=between(0.1, 0.6), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the volcano and its country."""
    return volcanic_terrain(spec.terrain, spec.seed)


def by_the_flow(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) near the origin with lava before them, along +Y: on a flow, or just before its side."""
    scale = terrain.near.side / 2600
    places = rng.uniform((-240, -240), (240, 240), (900, 2)).astype(np.float32) * np.float32(scale)
    slope = terrain.slope(places[:, 0], places[:, 1], reach=2.5)
    before = np.stack([terrain.mask("lava", places[:, 0], places[:, 1] + np.float32(d * scale)) for d in (4, 10, 20, 40, 80)])
    unfit = np.maximum(slope - 0.15, 0) - 0.7 * before.mean(0) + 0.25 * rng.random(len(slope))
    return places[np.argsort(unfit, kind="stable")[:60]]


WOODS = Woods(
    conifers=("pine",),
    of_conifers=1,
    broadleaf=("birch",),
    of_broadleaf=1,
    spacing=5.5,
    framing=False,
    stature=0.5,
    tallest=14.0,
)
WISH = Wish(
    water=(0.0, 0.1, 0.0),
    near=(0.27, 0.12, 1.0),
    far=(0.35, 0.15, 0.8),
    mountain=(0.17, 0.10, 1.1),
    sky=(0.36, 0.13, 1.0),
    across=0.0,
    crest=0.8,
    wall=0.8,
    ahead=1.0,
    pitch=(-6.0, 7.0),
)
VOLCANIC = Landscape(
    land,
    by_the_flow,
    WISH,
    habitat=VolcanicHabitat,
    ground="ground_volcanic",
    geology="basalt",
    woods=WOODS,
    sowings=PIONEERS,
    stones=VOLCANIC_STONES,
)
world("volcanic", "a volcano over ash plains, with lava in ropes and blocks and the first plants", sample, VOLCANIC, dry=True)
