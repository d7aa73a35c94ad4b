"""Kind "coast": beaches between cliffs, sea stacks and the sea to the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..cameras.view import View
from ..elementary import exp
from ..registry import world
from ..rng import rounded, stream, subseed
from ..scatter.forest import Woods
from ..scatter.habitat import Floats, Habitat, smoothstep
from ..scatter.outcrops import FINEST, Sites, as_mesh
from ..scatter.sowing import Sowing
from ..scatter.stones import Stones
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WaterSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.patches import patch
from ..terrain.plans.coast import coast_terrain
from ..terrain.rock_forms import Stack
from ..weather.climate import SEA_WEATHER, draw_weather
from .landscape import Feature, Landscape

GROUND = "ground_coast"


def sample(seed: int) -> SceneSpec:
    """Draw a coast: sandy or rocky, of the north or of the tropics; its surf, hour and air."""
    rng = stream(seed, "coast", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    return SceneSpec(
        kind="coast",
        seed=seed,
        terrain=TerrainSpec(
            relief=between(0.2, 0.85),
            ruggedness=between(0.3, 0.9),
            erosion=between(0.3, 0.8),
            shore_height=between(0.6, 2.0),
            sand=between(0.25, 0.75),
        ),
        water=WaterSpec(extent=1.0, waves=between(0.45, 1.0), turbidity=between(0.1, 0.4)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(14.0, 50.0),
                sun_azimuth=side * between(40.0, 140.0),
                clouds=between(0.1, 0.6),
                haze=between(0.05, 0.35),
                exposure=-0.3,
            ),
            SEA_WEATHER,
            stream(seed, "coast", "climate"),
        ),
        scatter=ScatterSpec(
            trees=between(0.25, 0.7),
            tree_line=400.0,
            snow_line=900.0,
            conifers=1.0 if rng.random() < 0.6 else 0.0,
            autumn=0.0,
            falling_leaves=0.0,
            grass=between(0.5, 0.9),
            undergrowth=between(0.3, 0.7),
            rocks=between(0.3, 0.7),
        ),
        wind=WindSpec(strength=between(0.2, 0.7), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the coast's land."""
    return coast_terrain(spec.terrain, spec.seed)


def places(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m on a beach or, for one seed in four, on land above a cliff; the sea is never far."""
    half = 0.2 * terrain.near.side
    spots = rng.uniform(-half, half, (4000, 2)).astype(np.float32)
    x, y = spots.T
    inland, z = -terrain.mask("water", x, y), terrain.near.height(x, y)
    unfit = 2 * terrain.near.slope(x, y) + 2 * terrain.mask("rock", x, y) + (10 * (z < 0.5)).astype(np.float32)
    if rng.random() < 0.75:
        unfit += 0.05 * np.abs(inland - 12) + 0.5 * np.maximum(z - 3, 0) + 1 - terrain.mask("sand", x, y)
    else:
        unfit += 0.03 * np.abs(inland - 28) + 0.2 * np.maximum(7 - z, 0)
    return spots[np.argsort(unfit, kind="stable")[:80]]


@dataclass(frozen=True)
class CoastHabitat(Habitat):
    """A coast: sand that only marram holds, turf behind it, trees out of the spray; palms where conifers are none."""

    def sand(self, x: Any, y: Any) -> Floats:
        """How much of the ground is sand, 0..1."""
        return smoothstep(0.25, 0.65, self.land.mask("sand", x, y))

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely trees want to stand: on low ground behind the beach, palms nearer than pines."""
        inland = -self.land.mask("water", x, y)
        palms = 1.0 - self.scatter.conifers
        off = smoothstep(48.0 - 26.0 * palms, 120.0 - 70.0 * palms, inland)
        groups = self.clumps("woods", x, y, 38.0) + np.float32(0.6) * self.clumps("groves", x, y, 130.0)
        gentle = (1.0 - smoothstep(0.45, 0.9, slope)) * (1.0 - self.land.mask("rock", x, y))
        wanted = np.clip(2.0 * self.scatter.trees - 0.75 + groups, 0, 1)
        return (wanted * off * gentle * smoothstep(1.2, 2.2, z)).astype(np.float32)

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """Whether palms stand there instead of pines: all or none."""
        return np.full_like(z, float(self.scatter.conifers < 0.5))

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How much of the ground is covered with grass: what is neither sand nor rock."""
        edge = self.clumps("turf", x, y, 7.0)
        gentle = 1.0 - smoothstep(0.55, 0.95, slope + 0.1 * edge)
        rock = smoothstep(0.2, 0.6, self.land.mask("rock", x, y))
        return (smoothstep(1.0, 1.9, z + 0.4 * edge) * (1 - self.sand(x, y)) * gentle * (1 - rock)).astype(np.float32)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks `turf` and `sand`, 0..1."""
        return {"turf": self.turf(x, y, z, slope), "sand": self.land.mask("sand", x, y)}


def marram(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a tuft of marram stands: on dunes above the reach of waves, in drifts."""
    assert isinstance(habitat, CoastHabitat)
    drifts = smoothstep(-0.25, 0.5, habitat.clumps(name, x, y, 9.0))
    dunes = habitat.sand(x, y) * smoothstep(1.3, 2.2, z + 0.3 * habitat.clumps("strand", x, y, 15.0))
    return habitat.scatter.grass * (0.03 + drifts) * dunes


def scrub(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a shrub or flower stands: in groups on turf."""
    groups = smoothstep(0.0, 0.8, habitat.clumps(name, x, y, 10.0))
    return habitat.scatter.undergrowth * groups * habitat.turf(x, y, z, habitat.slope(x, y, z))


def driftwood(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a log lies that the sea has thrown up: along the highest reach of the waves."""
    assert isinstance(habitat, CoastHabitat)
    return habitat.scatter.undergrowth * 1.3 * exp(-(((z - 1.0) / 0.4) ** 2)) * habitat.sand(x, y)


def on_shore(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a stone lies: below cliffs, in banks along the water's edge, few on sand."""
    banks = smoothstep(0.1, 0.8, habitat.clumps("stones", x, y, 8.0)) * exp(-(((z - 0.5) / 0.7) ** 2))
    foot = smoothstep(0.05, 0.4, habitat.land.mask("deposit", x, y) + 0.6 * habitat.land.mask("rock", x, y))
    return habitat.scatter.rocks * (0.012 + 0.8 * banks + 1.1 * foot) * smoothstep(0.95, 0.6, slope)


def features(spec: SceneSpec, habitat: Habitat, view: View) -> list[Feature]:
    """Return up to four sea stacks off the headlands in sight."""
    rng = stream(spec.seed, "coast", "stacks")
    sites = Sites(habitat, view, rng, 90.0, 420.0)
    bed = habitat.height(sites.x, sites.y)
    headland = habitat.land.mask("deposit", sites.x, sites.y) + habitat.land.mask("rock", sites.x, sites.y)
    for shift in (-30.0, 30.0):
        headland = np.maximum(headland, habitat.land.mask("rock", sites.x + np.float32(shift), sites.y - np.float32(25)))
    wish = 1.2 * headland - 2.0 * (np.abs(bed + 3.5) > 3.0) - 0.5 * sites.hidden + 0.3 * rng.random(len(bed))
    cliff = float(habitat.land.near.heights[habitat.land.near.masks["rock"] > 0.5].max(initial=12.0))
    made: list[Feature] = []
    stood: list[tuple[float, float, float]] = []
    for index in np.argsort(-wish, kind="stable")[:40]:
        radius = rng.uniform(5.0, 12.0)
        x, y, away, _ = sites.at(int(index), 0.0)
        apart = all(np.hypot(x - ox, y - oy) > 2.2 * (radius + other) for ox, oy, other in stood)
        if wish[index] < -0.3 or not apart or len(made) >= round(1 + 3 * spec.terrain.ruggedness):
            continue
        tall = min(rng.uniform(1.6, 3.4) * radius, 0.75 * cliff + 6.0)
        foot = float(bed[index]) - 1.0
        stack = Stack(x, y, foot, radius, tall - foot, rng.uniform(0.2, 0.5), subseed(spec.seed, "stack", len(made)))
        cell = max(FINEST, 1.8 * view.pixel_angle * (away - radius))
        skin = patch(habitat.land, stack.form, *stack.box, min(cell, 0.12 * radius))
        made.append(Feature(f"stack.{len(made)}", "rock", as_mesh(habitat, skin, GROUND)))
        stood.append((x, y, radius))
    return made


WISH = Wish(
    water=(0.28, 0.13, 1.6), near=(0.24, 0.12, 1.0), far=(0.12, 0.09, 1.0), mountain=(0.04, 0.04, 0.5), sky=(0.36, 0.13, 1.0),
    across=0.6, crest=0.9, wall=1.2, pitch=(-7.0, 6.0),
)  # fmt: skip
TREES = Woods(
    conifers=("pine",), of_conifers=1, broadleaf=("palm",), of_broadleaf=1, spacing=5.6, reach=1600.0, framing=False, lowest=1.2
)
SOWINGS = (
    Sowing("grass", 0.42, 90.0, 6, 0.1, 0.14, marram, clearance=2.0, size=lambda z: np.full_like(z, 1.7)),
    Sowing("fallen_log", 11.0, 140.0, 3, 0.03, 0.0, driftwood, clearance=5.0),
    Sowing("heather", 0.8, 60.0, 4, 0.06, 0.05, scrub, clearance=2.4),
    Sowing("daisy", 0.4, 34.0, 4, 0.08, 0.14, scrub),
)
STONES = (
    Stones("pebbles", 0.30, 20.0, 0.03, 0.11, on_shore),
    Stones("cobbles", 1.0, 90.0, 0.09, 0.45, on_shore),
    Stones("boulders", 5.5, 700.0, 0.5, 4.0, on_shore),
)
COAST = Landscape(
    land, places, WISH, CoastHabitat, GROUND, "sea_surf", surf=True, sharp=True, geology="limestone",
    woods=TREES, sowings=SOWINGS, stones=STONES, features=features,
)  # fmt: skip
world("coast", "beaches between cliffs, sea stacks and the sea to the horizon", sample, COAST)
