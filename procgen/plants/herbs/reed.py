"""Common reed: tall culms with nodes, at each a broad blade to one side and then to the other, under a feathery drooping plume.

Culms stand a hand apart along a rhizome. In summer the plume is brown and violet; in autumn the reed turns to straw, and stands
so all winter, with ragged blades and plumes that have become silvery with the hairs of their seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, kite
from ..anatomy.skeleton import Floats, along
from ..growth.colour import Ramp, mixed, shades
from ..growth.panicles import Panicle, panicles
from ..growth.phenology import ABSENT, STRAW, Phase, dried, grown, stages
from ..growth.species import Seasonal, family, species
from ..growth.stalks import rising
from ..growth.strips import culms, strips, two_ranked


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(2.4, "height of the tallest culms", unit="m", low=0.5, high=4.5)
    culms: int = parameter(16, "culms", low=1, high=60)
    radius: float = parameter(0.3, "radius of the ground that the culms stand on", unit="m", low=0.02, high=2)
    nodes: int = parameter(13, "nodes of a culm", low=4, high=24)
    blade_length: float = parameter(0.42, "length of the longest blades", unit="m", low=0.1, high=0.8)
    blade_width: float = parameter(0.024, "width of a blade", unit="m", low=0.005, high=0.05)
    plume: float = parameter(0.26, "length of a plume", unit="m", low=0.05, high=0.5)


_GREEN: Ramp = ((0.060, 0.105, 0.034), (0.085, 0.135, 0.044), (0.115, 0.160, 0.056))
_CULM: Ramp = ((0.15, 0.16, 0.065), (0.12, 0.165, 0.06))
_DEAD: Ramp = ((0.24, 0.165, 0.075), (0.33, 0.24, 0.115), (0.40, 0.31, 0.165))
_PLUME: Ramp = ((0.085, 0.050, 0.050), (0.13, 0.085, 0.07), (0.19, 0.135, 0.105))
_SILVER: Ramp = ((0.22, 0.175, 0.125), (0.33, 0.28, 0.215), (0.44, 0.39, 0.32))
_YEAR = {
    "spring": Phase(rise=0.55, leaves=0.9),
    "summer": Phase(flowers=0.8),
    "autumn": Phase(seeds=0.9, leaves=0.85, straw=0.65, droop=0.15),
    "winter": Phase(seeds=0.8, rise=0.98, leaves=0.3, straw=1.0, droop=0.5),
    "dry": Phase(seeds=0.6, rise=0.9, leaves=0.8, straw=0.7, droop=0.35),
}
SPECIES = (
    species(
        "reed", "a stand of common reed", height=(1.8, 2.9), culms=(12, 22), radius=(0.2, 0.38), nodes=(11, 15),
        blade_length=(0.34, 0.5), blade_width=(0.019, 0.028), plume=(0.2, 0.32),
    ),
)  # fmt: skip


@family("reed", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the stand, standing on z = 0: about 12,000 faces near, 2,500 middle, 1,200 far."""
    culm_rng, leaf_rng, plume_rng = rng.spawn(3)
    phase, size = _YEAR[params.season], grown(params.age)
    count = params.culms
    azimuth = np.arange(count) * GOLDEN_ANGLE + culm_rng.uniform(0, 6.3)
    out = params.radius * size * np.sqrt((np.arange(count) + 0.5) / count) * culm_rng.uniform(0.8, 1.2, count)
    share = culm_rng.uniform(0.68, 1.0, count)
    lean, bow, veer = culm_rng.uniform(0, 0.08, count), culm_rng.uniform(0.02, 0.16, count), culm_rng.normal(0, 1, count)
    order = culm_rng.random(count)
    feet = np.stack([out * np.cos(azimuth), out * np.sin(azimuth), 0 * out], -1)
    length = params.height * size * share * phase.rise
    paths = rising(feet, azimuth, length, lean, bow + 0.15 * phase.droop, 2.0, veer)

    nodes = np.linspace(0.04, 1 - params.plume / params.height - 0.03, params.nodes) ** 0.85
    thick = 0.0042 * (params.height / 2.4) ** 0.7 * np.sqrt(share) * size**0.5
    stem = mixed(_CULM, _DEAD, phase.straw)
    parts = [culms(paths, nodes, thick, 0.35 * thick, detail, stem, (0.16, 0.11, 0.055))]
    parts.append(_blades(params, phase, size, paths, nodes, leaf_rng, detail))
    flowering = stages(phase, params.age, order) != ABSENT
    if flowering.any():
        shape = Panicle(30, 7, 1.05 * params.plume / params.height, 0.42 * params.plume, 0.06 * params.plume, 0.45, 0.9, 0.75)
        silver = {"autumn": 0.55, "winter": 1.0, "dry": 0.6}.get(params.season, 0.0)
        plume = mixed(_PLUME, _SILVER, silver)
        scale = (share * size)[flowering]
        parts += panicles(paths[flowering], shape, kite(0.3, 0.1, 0.55), scale, plume, plume[:2], plume_rng, detail)
    return merge(parts)


def _blades(
    params: Params, phase: Phase, size: float, paths: Floats, nodes: Floats, rng: np.random.Generator, detail: Detail
) -> MeshData:
    """A blade at every node, in two ranks, steep first and then bowing over; the wind has turned them a little to its side."""
    each = len(nodes)
    row = np.repeat(np.arange(len(paths), dtype=np.int32), each)
    number = np.tile(np.arange(each, dtype=np.int32), len(paths))
    place = np.tile(nodes, len(paths))
    azimuth = two_ranked(row, number, rng.uniform(0, 2 * np.pi, len(paths)), rng, 0.35)
    long = params.blade_length * size * (0.55 + 0.9 * place - 0.75 * place**3) * rng.uniform(0.8, 1.1, len(row))
    lean, bow, twist = rng.uniform(0.35, 0.6, len(row)), rng.uniform(0.5, 1.3, len(row)), rng.normal(0, 0.5, len(row))
    random, luck = rng.random((2, len(row)))
    # The lowest blades wither in the shade first.
    lasting = 0.25 + 0.75 * luck - 0.5 * (place < 0.25)
    there = np.flatnonzero(lasting > 1 - phase.leaves)
    there = there if len(there) else np.array([len(row) - 1])
    dead = np.clip(1.5 * phase.straw - 0.5 * luck, 0, 1)
    green = shades(dried(_GREEN, Phase(), params.vigour), random)
    tint = green + (shades(mixed(_DEAD, STRAW, 0.3), random) - green) * dead[:, None]
    feet, _ = along(paths, row[there], place[there])
    return strips(
        feet, azimuth[there], long[there], params.blade_width * size**0.5 * (0.8 + 0.3 * random[there]), lean[there] + phase.droop,
        (bow + phase.droop)[there], tint[there], random[there], detail, twist=twist[there], material="leaf_parallel",
    )  # fmt: skip
