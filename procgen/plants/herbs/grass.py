"""A tuft of grass: blades that rise from one crown and bend over under their own weight, with a few flowering culms.

Each blade is a strip whose angle from upright grows along it (a loaded cantilever), narrow at the foot and pointed. It is fresh
in spring, sends up culms with open panicles in summer, bleaches in autumn and in droughts, and lies flat in winter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import kite
from ..growth.colour import Ramp, mixed, shades
from ..growth.panicles import Panicle, panicles
from ..growth.phenology import ABSENT, STRAW, Phase, dried, grown, stages
from ..growth.species import Seasonal, family, species
from ..growth.stalks import rising
from ..growth.strips import Blades, culms, strips


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.38, "length of the longest blades", unit="m", low=0.03, high=2.5)
    blades: int = parameter(90, "blades in the tuft", low=3, high=400)
    radius: float = parameter(0.07, "radius of the ground that the tuft covers", unit="m", low=0.005, high=1)
    blade_width: float = parameter(0.0048, "width of a blade", unit="m", low=0.0005, high=0.04)
    bend: float = parameter(0.6, "how far blades bend over: 0 stands upright, 1 touches the ground", low=0, high=1)
    culms: int = parameter(4, "flowering stalks", low=0, high=40)
    dryness: float = parameter(0.12, "share of blades that have turned to straw", low=0, high=1)


_FRESH: Ramp = ((0.058, 0.115, 0.018), (0.095, 0.165, 0.026), (0.130, 0.195, 0.038))
_GREEN: Ramp = ((0.046, 0.088, 0.018), (0.080, 0.128, 0.026), (0.125, 0.158, 0.042))
_STALK: Ramp = ((0.10, 0.14, 0.04), (0.20, 0.20, 0.08))
_SPIKELETS: Ramp = ((0.14, 0.11, 0.07), (0.20, 0.17, 0.09), (0.28, 0.22, 0.12))
_YEAR = {
    "spring": Phase(rise=0.8),
    "summer": Phase(flowers=1.0, straw=0.05),
    "autumn": Phase(seeds=0.8, rise=0.95, straw=0.5, droop=0.2),
    "winter": Phase(seeds=0.3, rise=0.85, straw=0.7, droop=0.75),
    "dry": Phase(seeds=0.9, rise=0.85, straw=0.85, droop=0.3),
}
SPECIES = (
    species(
        "grass", "a tuft of grass", height=(0.22, 0.5), blades=(70, 130), radius=(0.04, 0.09), bend=(0.4, 0.85), culms=(0, 7)
    ),
)


@family("grass", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tuft, standing on z = 0: about 2,000 faces near, 400 middle, 200 far."""
    blade_rng, culm_rng = rng.spawn(2)
    phase, size = _YEAR[params.season], grown(params.age)
    return merge([_blades(params, phase, size, blade_rng, detail), *_culms(params, phase, size, culm_rng, detail)])


def _blades(params: Params, phase: Phase, size: float, rng: np.random.Generator, detail: Detail) -> MeshData:
    count = params.blades
    foot = np.sqrt(rng.random(count))
    around = rng.uniform(0, 2 * np.pi, count)
    azimuth = around + rng.normal(0, 0.8, count)
    share = 0.35 + 0.65 * rng.random(count) ** 0.7
    bow = rng.uniform(0.35, 1.15, count)
    upright = np.abs(rng.normal(0.06, 0.1, count)) + 0.3 * foot
    twist = rng.normal(0, 0.7, count)
    broad = rng.uniform(0.65, 1.25, count)
    random, luck = rng.random((2, count))

    grown_up = max(min(count, 12), round(count * size))
    used = max(min(count, 12), round(grown_up * {"near": 1.0, "middle": 0.7, "far": 0.5}[detail]))
    straw = luck < params.dryness + phase.straw * (1 - params.dryness)
    green = shades(_FRESH if params.season == "spring" else dried(_GREEN, Phase(), params.vigour), random)
    tint = np.where(
        straw[:, None], shades(STRAW, random), green * (1 - 0.35 * phase.straw) + STRAW[0] * np.array(0.35 * phase.straw)
    )
    level = np.stack([np.cos(around), np.sin(around), np.zeros(count)], -1)
    feet = level * (params.radius * size * foot)[:, None]
    bend = params.bend * bow * 2.1 + 0.1 + phase.droop * (0.6 + 0.5 * luck)
    width = params.blade_width * broad * np.sqrt(count * size / grown_up) * (grown_up / used) ** 1.15
    length = params.height * size * share * phase.rise
    those = Blades(feet, azimuth, length, width, upright + 0.35 * phase.droop, bend, twist, tint, random)
    return strips(those.pick(slice(0, used)), detail, dark_foot=0.6)


def _culms(params: Params, phase: Phase, size: float, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Stalks above the blades, each with two nodes and an open panicle."""
    count = params.culms
    if not count:
        return []
    azimuth = rng.uniform(0, 2 * np.pi, count)
    foot = 0.5 * params.radius * size * rng.random(count)
    share, lean, bow = rng.uniform(1.2, 1.65, count), rng.uniform(0.03, 0.2, count), rng.uniform(0.1, 0.4, count)
    stage = stages(phase, params.age, rng.random(count))
    there = stage != ABSENT
    if not there.any():
        return []
    feet = np.stack([foot * np.cos(azimuth), foot * np.sin(azimuth), 0 * foot], -1)
    length = params.height * size * share * phase.rise
    paths = rising(feet, azimuth, length, lean, bow + phase.droop)[there]
    thick = np.full(len(paths), 0.0011 * (params.height / 0.38) ** 0.5)
    stem, ripe = mixed(_STALK, STRAW, min(1.0, 1.3 * phase.straw)), mixed(_SPIKELETS, STRAW, phase.straw)
    stalk = culms(paths, np.array([0.18, 0.45]), thick, 0.4 * thick, detail, stem, (0.09, 0.07, 0.03))
    shape = Panicle(13, 6, 0.26, 0.11 * params.height, 0.017 * params.height, 0.85, 0.35)
    spikelet = kite(0.36, 0.0, 0.4)
    return [stalk, *panicles(paths, shape, spikelet, np.full(len(paths), size), ripe, stem, rng, detail)]
