"""Kind "desert": dunes, gravel plains and mesas, with cacti or thorn trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.arid import ARID, DESERT_STONES, THORN, AridHabitat
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.dry_land import DryLand
from ..terrain.land import Terrain
from ..terrain.plans.desert import desert_terrain
from ..weather.climate import DRY_WEATHER, draw_weather
from .landscape import Landscape

CHARACTERS = (((0.0, 0.25), (0.35, 0.75)), ((0.3, 0.6), (0.25, 0.6)), ((0.75, 1.0), (0.1, 0.4)))
"""Of a rocky, a mixed and a sandy desert: the share of dunes, and how much grows there."""


def sample(seed: int) -> SceneSpec:
    """Draw a desert: rocky, mixed or a sea of dunes; its season, hour and air."""
    rng = stream(seed, "desert", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    sand, growth = CHARACTERS[int(rng.choice(3, p=[0.45, 0.25, 0.3]))]
    return SceneSpec(
        kind="desert",
        seed=seed,
        terrain=TerrainSpec(
            relief=between(0.45, 0.9), ruggedness=between(0.3, 0.9), erosion=between(0.2, 0.8), sand=between(*sand)
        ),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(12.0, 50.0),
                sun_azimuth=side * between(50.0, 135.0),
                clouds=between(0.0, 0.4),
                haze=between(0.08, 0.4),
                exposure=-0.25,
            ),
            DRY_WEATHER,
            stream(seed, "desert", "climate"),
        ),
        scatter=ScatterSpec(
            trees=between(0.2, 0.6),
            season=("dry", "dry", "spring", "summer")[int(rng.integers(0, 4))],
            conifers=0.0,
            autumn=0.0,
            falling_leaves=0.0,
            grass=between(*growth),
            undergrowth=between(*growth),
            rocks=between(0.3, 0.7),
        ),
        wind=WindSpec(strength=between(0.1, 0.5), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the desert's land."""
    return desert_terrain(spec.terrain, spec.seed)


def places(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m in the open where an eye may stand: on gentle ground off rock, and among dunes low, where
    their slip faces rise."""
    assert isinstance(terrain, DryLand)
    half = 0.16 * terrain.near.side
    spots = rng.uniform(-half, half, (320, 2)).astype(np.float32)
    x, y = spots.T
    depth, slip, _ = terrain.blown(x, y)
    high = depth / np.float32(terrain.dunes.tall if terrain.dunes else 1.0)
    unfit = (
        0.5 * terrain.slope(x, y)
        + np.abs(high - np.float32(0.15))
        + 4 * terrain.mask("rock", x, y)
        + 2 * terrain.mask("deposit", x, y)
        + np.float32(0.5) * slip
    )
    unfit += (0.1 * rng.random(len(x))).astype(np.float32)
    return spots[np.argsort(unfit, kind="stable")[:80]]


WISH = Wish(
    water=(0.0, 0.1, 0.0), near=(0.26, 0.12, 1.0), far=(0.24, 0.12, 0.8), mountain=(0.14, 0.09, 1.1), sky=(0.36, 0.13, 0.9),
    across=0.0, crest=1.3, wall=0.5,
)  # fmt: skip
DESERT = Landscape(
    land,
    places,
    WISH,
    AridHabitat,
    "ground_desert",
    woods=THORN,
    sowings=ARID,
    stones=DESERT_STONES,
    arid=True,
    sharp=True,
    geology="sandstone",
)
world("desert", "dunes, gravel plains and mesas, with cacti or thorn trees", sample, DESERT, dry=True)
