"""Kind "river": a river that meanders through an eroded valley, with gravel bars, reeds, willows and birches on its banks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.forest import Woods
from ..scatter.river_habitat import BESIDE_RIVER, RiverHabitat, bar_stones
from ..scatter.stones import Stones
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WaterSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.river import river_terrain
from ..weather.climate import INLAND_WEATHER, draw_weather
from .landscape import Landscape

_SEASONS = ("summer",) * 5 + ("autumn",) * 3 + ("spring",) * 2


def sample(seed: int) -> SceneSpec:
    """Draw a river: its valley, width, season, hour and weather."""
    rng = stream(seed, "river", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    season = str(rng.choice(_SEASONS))
    tree_line = between(110.0, 320.0)
    return SceneSpec(
        kind="river",
        seed=seed,
        terrain=TerrainSpec(
            relief=between(0.25, 0.8), ruggedness=between(0.2, 0.75), erosion=between(0.4, 0.8), shore_height=between(0.6, 1.8)
        ),
        water=WaterSpec(extent=between(0.25, 0.9), waves=between(0.02, 0.14), turbidity=between(0.15, 0.6)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(15.0, 48.0),
                sun_azimuth=side * between(45.0, 140.0),
                clouds=between(0.15, 0.65),
                haze=between(0.2, 0.5),
            ),
            INLAND_WEATHER,
            stream(seed, "river", "climate"),
        ),
        scatter=ScatterSpec(
            trees=between(0.45, 0.8),
            tree_line=tree_line,
            snow_line=round(tree_line + between(60.0, 200.0), 1),
            season=season,
            conifers=between(0.2, 0.85),
            autumn=between(0.1, 0.5) if rng.random() < 0.3 else 0.0,
            falling_leaves=between(0.1, 0.6),
            grass=between(0.6, 0.95),
            undergrowth=between(0.4, 0.85),
            rocks=between(0.35, 0.8),
        ),
        wind=WindSpec(strength=between(0.05, 0.45), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the valley with its river."""
    return river_terrain(spec.terrain, spec.water, spec.seed)


def banks(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m on the banks and bars, up to 12 m from the water, near the origin where the river passes it."""
    field = terrain.near
    x, y = field.grid()
    inland = -field.masks["water"]
    inner = 0.12 * field.side
    low_x, low_y = field.origin[0] + inner, field.origin[1] + inner
    inside = (x > low_x) & (x < low_x + field.side - 2 * inner) & (y > low_y) & (y < low_y + field.side - 2 * inner)
    here = np.flatnonzero((inland > 1.2) & (inland < 12.0) & inside)
    away = np.hypot(x.ravel()[here], y.ravel()[here], dtype=np.float64)
    nearest = here[np.argsort(away, kind="stable")[:4000]]
    chosen = rng.choice(nearest, 260)
    jitter = rng.uniform(-0.5, 0.5, (260, 2)) * field.cell
    places = (np.stack([x.ravel()[chosen], y.ravel()[chosen]], 1) + jitter).astype(np.float32)
    z, slope = terrain.height(*places.T), terrain.slope(*places.T)
    unfit = 10.0 * (z < 0.3) + np.maximum(slope - 0.25, 0) + 0.1 * np.maximum(z - 3.0, 0) + 0.3 * rng.random(len(z))
    return places[np.argsort(unfit, kind="stable")[:80]]


RIVER = Landscape(
    land,
    banks,
    Wish(water=(0.22, 0.11, 1.8), across=0.5, near=(0.26, 0.13, 1.0), far=(0.20, 0.12, 0.8), mountain=(0.14, 0.10, 0.8)),
    habitat=RiverHabitat,
    ground="ground_river",
    water="river_water",
    woods=Woods(broadleaf=("oak", "maple", "beech"), of_broadleaf=1, of_conifers=2, variants=2, framing=False),
    sowings=BESIDE_RIVER,
    stones=(
        Stones("pebbles", 0.26, 20.0, 0.03, 0.10, bar_stones),
        Stones("cobbles", 0.9, 90.0, 0.09, 0.38, bar_stones),
        Stones("boulders", 5.5, 700.0, 0.35, 1.8, bar_stones),
    ),
)
world("river", "a river in its valley, with meanders, gravel bars and reeds", sample, RIVER)
