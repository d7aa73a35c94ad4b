"""Kind "canyon": a dry river's course between stepped walls, with arches and overhangs of rock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cameras.looking import Wish
from ..cameras.view import View
from ..registry import world
from ..rng import rounded, stream, subseed
from ..scatter.arid import ARID, AridHabitat, dry_tufts, on_gravel
from ..scatter.forest import Woods
from ..scatter.habitat import Floats, Habitat, smoothstep
from ..scatter.outcrops import FINEST, Sites, as_mesh
from ..scatter.sowing import Sowing
from ..scatter.stones import Stones
from ..scene_spec import ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WindSpec
from ..terrain.land import Terrain
from ..terrain.patches import patch
from ..terrain.plans.canyon import canyon_terrain
from ..terrain.rock_forms import Arch
from ..weather.climate import DRY_WEATHER, draw_weather
from .landscape import Feature, Landscape


def sample(seed: int) -> SceneSpec:
    """Draw a canyon: shallow and broad or deep and narrow; its season, hour and air."""
    rng = stream(seed, "canyon", "spec")
    between = rounded(rng)
    side = 1.0 if rng.random() < 0.5 else -1.0
    return SceneSpec(
        kind="canyon",
        seed=seed,
        terrain=TerrainSpec(relief=between(0.3, 0.9), ruggedness=between(0.3, 0.9), erosion=between(0.1, 0.9)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(24.0, 58.0),
                sun_azimuth=side * between(50.0, 140.0),
                clouds=between(0.0, 0.45),
                haze=between(0.08, 0.4),
            ),
            DRY_WEATHER,
            stream(seed, "canyon", "climate"),
        ),
        scatter=ScatterSpec(
            trees=between(0.2, 0.6),
            season=("dry", "summer", "spring")[int(rng.integers(0, 3))],
            conifers=1.0,
            autumn=0.0,
            falling_leaves=0.0,
            grass=between(0.25, 0.7),
            undergrowth=between(0.25, 0.65),
            rocks=between(0.45, 0.85),
        ),
        wind=WindSpec(strength=between(0.1, 0.5), direction=between(-180.0, 180.0)),
    )


def land(spec: SceneSpec) -> Terrain:
    """Return the canyon's land."""
    return canyon_terrain(spec.terrain, spec.seed)


def places(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) m on the canyon's floor, or for one seed in four on its rim."""
    half = 0.3 * terrain.near.side
    spots = rng.uniform(-half, half, (2500, 2)).astype(np.float32)
    x, y = spots.T
    gentle = 2 * terrain.near.slope(x, y) + 3 * terrain.mask("rock", x, y) + terrain.mask("deposit", x, y)
    if rng.random() < 0.75:
        unfit = gentle + 3 * (1 - terrain.mask("flow", x, y)) * (terrain.near.height(x, y) > 12)
    else:
        ring = np.linspace(0, 2 * np.pi, 9)[:-1]
        around = terrain.near.height(x[:, None] + 28 * np.sin(ring), y[:, None] + 28 * np.cos(ring)).min(1)
        drop = (terrain.near.height(x, y) - around) / np.float32(np.ptp(terrain.near.heights))
        unfit = gentle - 6 * np.minimum(drop, np.float32(0.3))
    return spots[np.argsort(unfit, kind="stable")[:80]]


@dataclass(frozen=True)
class CanyonHabitat(AridHabitat):
    """A canyon: shrubs and grass on its floor and benches, pines on the plateau, nothing in the river's bed."""

    @property
    def old_world(self) -> bool:
        """Canyons are of the new world."""
        return False

    def soil(self, x: Any, y: Any, slope: Floats) -> Floats:
        """How good the ground is for roots, 0..1."""
        bare = smoothstep(0.35, 0.9, self.land.mask("rock", x, y))
        bed = smoothstep(0.1, 0.6, self.land.mask("flow", x, y))
        return ((1 - 0.85 * bare) * (1 - bed) * (1 - smoothstep(0.45, 0.9, slope))).astype(np.float32)

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely pines stand: a few on benches, more on the plateau."""
        groups = smoothstep(0.0, 0.8, self.clumps("pines", x, y, 45.0))
        high = smoothstep(0.25, 0.9, z / np.float32(self.land.near.heights.max()))
        return (self.scatter.trees * self.soil(x, y, slope) * (0.05 + 0.6 * groups) * (0.12 + 0.8 * high)).astype(np.float32)

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """No tree is broadleaf."""
        return np.zeros_like(z)


def shrubs(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a shrub stands: along the river's banks and on benches."""
    assert isinstance(habitat, AridHabitat)
    groups = smoothstep(-0.1, 0.7, habitat.clumps(name, x, y, 16.0))
    return 0.8 * habitat.scatter.undergrowth * (0.08 + groups) * habitat.soil(x, y, habitat.slope(x, y, z))


def fallen(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a stone lies: on scree and at the walls' foot, in the river's bed, fewer elsewhere."""
    foot = smoothstep(0.02, 0.4, habitat.land.mask("deposit", x, y))
    steep = smoothstep(0.95, 0.6, slope)
    return (on_gravel(habitat, x, y, z, slope) + 0.8 * habitat.scatter.rocks * foot) * steep


def features(spec: SceneSpec, habitat: Habitat, view: View) -> list[Feature]:
    """Return an arch of rock before the cameras and a shelter under overhanging rock at a wall, where the land has room."""
    made = []
    for name, find, deep in (("arch", _open_site, (0.3, 0.5)), ("shelter", _wall_site, (0.9, 1.3))):
        rng = stream(spec.seed, "canyon", name)
        site = find(Sites(habitat, view, rng))
        if site is None:
            continue
        x, y, away, turn = site
        span = min(rng.uniform(9.0, 17.0), 0.2 * away)
        rise = span * rng.uniform(0.5, 0.85)
        z = float(habitat.height(np.float32(x), np.float32(y))) - 0.6
        length, thick, height = span * rng.uniform(1.9, 2.5), span * rng.uniform(*deep), rise * rng.uniform(1.5, 1.8) + 1.0
        arch = Arch(x, y, z, turn, length, thick, height, span, rise, subseed(spec.seed, name))
        cell = max(FINEST, 1.8 * view.pixel_angle * (away - 0.6 * length))
        skin = patch(habitat.land, arch.form, *arch.box, cell)
        made.append(Feature(name, "rock", as_mesh(habitat, skin, "ground_canyon")))
    return made


def _open_site(sites: Sites) -> tuple[float, float, float, float] | None:
    """Return x, y, distance and turn of an arch on gentle ground; its opening faces the eye, more or less."""
    flow = sites.land.mask("flow", sites.x, sites.y)
    unfit = 3.0 * sites.steep + 0.5 * sites.hidden + 0.6 * (np.abs(sites.side) < 0.06) + flow + 0.004 * sites.away
    around = sites.land.slope(sites.x, sites.y, 16.0)
    best = int(np.argmin(unfit + 3.0 * around))
    if max(sites.steep[best], around[best]) > 0.35 or sites.hidden[best] > 3.0:
        return None
    return sites.at(best, float(-sites.angle[best] + sites.rng.uniform(-0.6, 0.6)))


def _wall_site(sites: Sites) -> tuple[float, float, float, float] | None:
    """Return x, y, distance and turn of a shelter at a wall's foot: its back lies in the wall, its opening looks downhill."""
    x, y, reach = sites.x, sites.y, np.float32(7.0)
    dx = sites.land.height(x + reach, y) - sites.land.height(x - reach, y)
    dy = sites.land.height(x, y + reach) - sites.land.height(x, y - reach)
    turn = np.arctan2(dy, dx) + 0.5 * np.pi
    faces = dx * np.sin(sites.angle) + dy * np.cos(sites.angle)
    high = sites.land.mask("deposit", x, y) < 0.2
    unfit = np.abs(sites.steep - 0.9) + 2.0 * high + 0.5 * sites.hidden + 1.5 * (faces < 6.0) + 0.006 * sites.away
    best = int(np.argmin(unfit))
    return sites.at(best, float(turn[best])) if unfit[best] < 1.6 else None


WISH = Wish(
    water=(0.0, 0.1, 0.0), near=(0.26, 0.13, 1.0), far=(0.34, 0.16, 1.0), mountain=(0.14, 0.12, 0.8), sky=(0.26, 0.12, 1.0),
    across=0.0, crest=1.0, wall=0.5, pitch=(-8.0, 9.0),
)  # fmt: skip
PINES = Woods(
    conifers=("pine",), of_conifers=1, broadleaf=(), of_broadleaf=0, spacing=7.5, reach=1500.0, tallest=16.0, framing=False
)
SOWINGS = (
    Sowing("dog_rose", 2.6, 260.0, 4, 0.06, 0.02, shrubs, clearance=3.5),
    Sowing("grass", 0.5, 75.0, 6, 0.1, 0.12, dry_tufts, clearance=2.0),
    *(row for row in ARID if row.generator in ("prickly_pear", "agave", "dead_tree", "fallen_log")),
)
STONES = (
    Stones("pebbles", 0.34, 18.0, 0.03, 0.11, fallen),
    Stones("cobbles", 1.1, 80.0, 0.09, 0.45, fallen),
    Stones("boulders", 5.5, 700.0, 0.5, 4.5, fallen),
)
CANYON = Landscape(
    land, places, WISH, CanyonHabitat, "ground_canyon", arid=True, sharp=True, geology="sandstone",
    woods=PINES, sowings=SOWINGS, stones=STONES, features=features,
)  # fmt: skip
world("canyon", "a dry river's course between stepped walls, with arches of rock", sample, CANYON, dry=True)
