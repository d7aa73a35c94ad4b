"""Kind "meadow": rolling land with flowers in drifts, hedges along the fields, wheat in some, woods on the hills."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..registry import world
from ..rng import rounded, stream
from ..scatter.fields import fields_of
from ..scatter.forest import Woods
from ..scatter.habitat import Floats, Habitat, smoothstep
from ..scatter.hedgerows import PIECES, hedgerows
from ..scatter.meadow_habitat import FLOWERS, MeadowHabitat
from ..scatter.sowing import Sowing
from ..scatter.stones import Stones
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.plans.meadow import meadow_terrain
from ..weather.climate import INLAND_WEATHER, draw_weather
from .landscape import Landscape

_SEASONS = ("summer",) * 5 + ("spring",) * 3 + ("autumn", "dry")


def sample(seed: int) -> SceneSpec:
    """Draw a meadow: its downs, season, hour and weather."""
    rng = stream(seed, "meadow", "spec")
    between = rounded(rng)
    season = str(rng.choice(_SEASONS))
    side = 1.0 if rng.random() < 0.5 else -1.0
    return SceneSpec(
        kind="meadow",
        seed=seed,
        terrain=TerrainSpec(relief=between(0.3, 0.8), ruggedness=between(0.0, 0.35), erosion=between(0.2, 0.6)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(14.0, 52.0),
                sun_azimuth=side * between(50.0, 150.0),
                clouds=between(0.2, 0.65),
                haze=between(0.2, 0.5),
            ),
            INLAND_WEATHER,
            stream(seed, "meadow", "climate"),
        ),
        scatter=ScatterSpec(
            trees=between(0.35, 0.7),
            tree_line=1500.0,
            snow_line=2500.0,
            season=season,
            conifers=between(0.0, 0.4),
            autumn=between(0.1, 0.5) if rng.random() < 0.3 else 0.0,
            falling_leaves=between(0.0, 0.3),
            grass=between(0.75, 1.0),
            undergrowth=between(0.5, 1.0),
            rocks=between(0.0, 0.5),
        ),
        wind=WindSpec(strength=between(0.15, 0.6), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the downs."""
    return meadow_terrain(spec.terrain, spec.seed)


def hay(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m in hay meadows within 420 m of the origin, off their borders, on gentle ground."""
    places = rng.uniform(-420.0, 420.0, (900, 2)).astype(np.float32)
    number, border = fields_of(terrain.seed).at(*places.T)
    slope = terrain.slope(places[:, 0], places[:, 1], 4.0)
    unfit = 4.0 * (number > 0.76) + 4.0 * (number < 0.45) + 2.0 * (border < 9.0) + np.abs(slope - np.float32(0.07))
    return places[np.argsort(unfit, kind="stable")[:70]]


def flowers(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Flowers in their drifts."""
    return 2.2 * habitat.scatter.undergrowth * cast(MeadowHabitat, habitat).drift(name, x, y) * habitat.turf(x, y, z, 0 * z)


def corn(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Wheat, all over its fields."""
    return 1.4 * habitat.scatter.grass * cast(MeadowHabitat, habitat).wheat(x, y)


def tufts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Tufts of tall grass: at the margins of fields, and some in hay."""
    home = cast(MeadowHabitat, habitat)
    number, border = home.fields.at(x, y)
    groups = smoothstep(-0.1, 0.7, home.clumps(name, x, y, 3.0))
    grazed = smoothstep(0.78, 0.80, number)
    return habitat.scatter.grass * groups * (0.28 * (1 - grazed) + 0.6 * (border < 2.0)) * (1.0 - home.wheat(x, y))


def lone(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Old trees that stand alone: oaks on borders and in pastures, apples by the hedges."""
    home = cast(MeadowHabitat, habitat)
    number, border = home.fields.at(x, y)
    beside = smoothstep(14.0, 3.0, border) if name == "apple" else smoothstep(8.0, 0.5, border)
    open_land = 1.0 - smoothstep(0.05, 0.3, habitat.forest(x, y, z, habitat.slope(x, y, z)))
    pasture = 0.25 * (number > 0.78)
    return habitat.scatter.trees * (0.75 * beside + pasture + 0.04) * open_land * (1.0 - home.wheat(x, y))


def margin(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Shrubs at the margins of fields and before the woods."""
    home = cast(MeadowHabitat, habitat)
    trees = habitat.forest(x, y, z, habitat.slope(x, y, z))
    _, border = home.fields.at(x, y)
    edge = np.clip(4.0 * trees * (1.0 - trees), 0, 1) + 0.22 * (border < 2.5)
    return habitat.scatter.undergrowth * smoothstep(0.0, 0.7, home.clumps(name, x, y, 14.0)) * edge * (1.0 - home.wheat(x, y))


def field_stones(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: on the margins, where they have been gathered, and a few in the grass."""
    _, border = cast(MeadowHabitat, habitat).fields.at(x, y)
    groups = smoothstep(0.2, 0.8, habitat.clumps("stones", x, y, 8.0))
    return (habitat.scatter.rocks * groups * (0.05 + 0.5 * (border < 1.6))).astype(np.float32)


_TREES = (0.035, 0.2)
MEADOW = Landscape(
    land,
    hay,
    Wish(
        water=(0.0, 1.0, 0.0), across=0.0, near=(0.36, 0.12, 1.0), far=(0.16, 0.10, 1.2), mountain=(0.09, 0.07, 1.4),
        sky=(0.42, 0.10, 1.0), crest=0.8, wall=1.8, pitch=(-5.0, 3.0),
    ),
    habitat=MeadowHabitat,
    ground="ground_meadow",
    woods=Woods(
        conifers=("spruce", "larch"),
        of_conifers=1,
        broadleaf=("oak", "beech", "maple", "birch"),
        of_broadleaf=2,
        spacing=5.2,
        reach=2200.0,
        variants=2,
        framing=False,
        habits=PIECES,
    ),
    sowings=(
        *(Sowing(name, 0.3, 60.0, 3, 0.08, 0.14, flowers) for name in FLOWERS if name != "lavender"),
        Sowing("lavender", 0.5, 60.0, 2, 0.05, 0.06, flowers),
        Sowing("wheat", 0.105, 16.0, 5, 0.06, 0.12, corn, clearance=1.2),
        Sowing("grass", 0.34, 45.0, 5, 0.08, 0.12, tufts, clearance=2.0),
        Sowing("oak", 46.0, 1200.0, 2, 0.03, 0.02, lone, clearance=14.0, detail=_TREES),
        Sowing("apple", 24.0, 500.0, 2, 0.04, 0.02, lone, clearance=9.0, detail=_TREES),
        Sowing("hazel", 3.2, 420.0, 2, 0.08, 0.03, margin, clearance=6.5),
        Sowing("dog_rose", 3.0, 300.0, 2, 0.08, 0.03, margin, clearance=6.0),
    ),
    stones=(
        Stones("cobbles", 1.0, 60.0, 0.08, 0.35, field_stones),
        Stones("boulders", 9.0, 300.0, 0.3, 1.2, field_stones),
    ),
    planted=hedgerows,
)  # fmt: skip
world("meadow", "rolling meadows with flowers, hedges and wheat", sample, MEADOW, dry=True)
