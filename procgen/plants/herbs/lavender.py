"""Lavender: a grey-green dome of a sub-shrub with many thin stalks that end in spikes of whorled violet florets.

Short woody branches spread from the foot and end in leafy shoots; leaves are narrow, in opposite pairs, each crossing the last.
Stalks stand evenly over the dome. A spike has a few whorls of florets, ribbed grey calyces with a violet corolla, the lowest
whorl a little apart. It keeps its leaves; the spikes fade to grey-brown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, radial, simple_leaf
from ..anatomy.outline_blades import fewer, run
from ..anatomy.parts import BRANCH, FLOWER, LEAF, PETAL, STEM, blades, wood
from ..anatomy.skeleton import Floats, along
from ..anatomy.tubes import sweep
from ..anatomy.turned import hollow
from ..growth.colour import Ramp, mixed, shades
from ..growth.phenology import ABSENT, BUD, Phase, grown, stages
from ..growth.rosettes import resting
from ..growth.season import Palette, evergreen
from ..growth.species import Seasonal, family, species
from ..growth.stalks import rising, stalks, thinned


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.32, "height of the leafy dome", unit="m", low=0.08, high=1.0)
    spread: float = parameter(0.5, "breadth of the leafy dome", unit="m", low=0.1, high=1.5)
    shoots: int = parameter(80, "leafy shoots", low=10, high=200)
    spikes: int = parameter(75, "flowering stalks of a full-grown plant", low=3, high=200)
    stalk: float = parameter(0.2, "length of a flowering stalk above the leaves", unit="m", low=0.05, high=0.5)
    whorls: int = parameter(6, "whorls of florets on a spike", low=2, high=12)


_PALETTE = Palette(
    spring=((0.11, 0.15, 0.075), (0.15, 0.19, 0.10)),
    summer=((0.10, 0.125, 0.078), (0.13, 0.155, 0.100), (0.165, 0.190, 0.130)),
    autumn=((0.11, 0.125, 0.085), (0.15, 0.165, 0.12)),
)
_BARK = np.array([0.105, 0.080, 0.058])
_STALK: Ramp = ((0.11, 0.14, 0.08), (0.15, 0.18, 0.11))
_GREY: Ramp = ((0.15, 0.17, 0.11), (0.13, 0.12, 0.17))
_VIOLET: Ramp = ((0.14, 0.10, 0.27), (0.21, 0.13, 0.42), (0.27, 0.18, 0.50))
_FADED: Ramp = ((0.17, 0.14, 0.11), (0.23, 0.20, 0.17))
_LINEAR = simple_leaf(0.16, -0.3, 0.15, 0.4)
_YEAR = {
    "spring": (Phase(buds=0.7, rise=0.75), 0.0),
    "summer": (Phase(flowers=1.0), 0.0),
    "autumn": (Phase(seeds=0.75, rise=0.97, droop=0.1), 0.85),
    "winter": (Phase(seeds=0.2, rise=0.9, droop=0.25), 1.0),
    "dry": (Phase(seeds=0.8, rise=0.92, droop=0.2), 0.7),
}
"""By season: what the stalks bear, and how far its colours have faded."""
SPECIES = (
    species(
        "lavender", "a bush of lavender", height=(0.24, 0.38), spread=(0.4, 0.65), shoots=(58, 80), spikes=(48, 72),
        stalk=(0.15, 0.26), whorls=(5, 7),
    ),
)  # fmt: skip


@family("lavender", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the bush, standing on z = 0: about 12,000 faces near, 3,000 middle, 1,700 far."""
    wood_rng, leaf_rng, spike_rng = rng.spawn(3)
    phase, faded = _YEAR[params.season]
    size = grown(params.age)
    shoots = _shoots(params, size, wood_rng)
    sides = 5 if detail == "near" else 3
    kept = thinned(shoots, "middle" if detail == "near" else "far")
    thick = np.broadcast_to(np.linspace(0.0045, 0.0011, kept.shape[1]) * size, kept.shape[:2])
    parts = [wood(sweep(kept, thick, sides), "bark_fibrous", BRANCH, _BARK)]
    parts.append(_leaves(params, shoots, size, leaf_rng, detail))
    return merge(parts + _spikes(params, shoots, phase, faded, size, spike_rng, detail))


def _shoots(params: Params, size: float, rng: np.random.Generator) -> Floats:
    """Curved branches (n, 13, 3) m that end evenly over a dome, the outer ones lying out first and rising at their ends."""
    count = params.shoots
    share = (np.arange(count) + 0.5) / count
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.2, count)
    polar = 1.35 * np.sqrt(share) + rng.normal(0, 0.05, count)
    reach = np.hypot(0.5 * params.spread * np.sin(polar), params.height * np.cos(polar)) * size * rng.uniform(0.82, 1.05, count)
    tilt = np.arctan2(0.5 * params.spread * np.sin(polar), params.height * np.cos(polar))
    level = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], -1)
    feet = level * (0.02 * size * np.sqrt(share))[:, None]
    return rising(feet, azimuth, reach, np.minimum(1.25 * tilt, 1.36), -0.5 * tilt, 1.0)


def _leaves(params: Params, shoots: Floats, size: float, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Pairs of narrow leaves along the outer half of every shoot, each pair across the one before."""
    pairs, count = 15, len(shoots)
    leafage = evergreen(_PALETTE, params.season, params.vigour)
    row = np.repeat(np.arange(count, dtype=np.int32), 2 * pairs)
    step = np.tile(np.repeat(np.arange(pairs), 2), count)
    place = 0.36 + 0.64 * step / (pairs - 1)
    azimuth = step * (np.pi / 2) + np.tile([0, np.pi], pairs * count) + rng.normal(0, 0.3, len(row))
    length = 0.05 * size**0.5 * (1.05 - 0.45 * step / pairs) * rng.uniform(0.75, 1.2, len(row))
    random, luck = rng.random((2, len(row)))
    there = np.flatnonzero(luck < leafage.share)
    template, left = fewer(_LINEAR, len(there), detail)
    there = there[np.linspace(0, len(there) - 1, left).round().astype(int)]
    feet, ahead = along(shoots, row[there], place[there])
    outward = radial(ahead, azimuth[there])
    turned = frames(outward * 0.75 + ahead * (0.5 + 0.6 * place[there])[:, None], ahead)
    inner = 0.72 + 0.33 * place[there][:, None] + 0.05 * run(template)
    tint = shades(leafage.ramp, random[there])[:, None] * inner[..., None]
    feet[:, 2] = np.maximum(feet[:, 2], 0.004)
    return resting(blades(template, feet, turned, length[there], "leaf", LEAF, tint, random[there]))


def _spikes(
    params: Params, shoots: Floats, phase: Phase, faded: float, size: float, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    count = params.spikes
    row = np.floor(np.arange(count) * (params.shoots / count) % params.shoots).astype(np.int32)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 0.3, count)
    length = params.stalk * size * rng.uniform(0.75, 1.1, count)
    lean, veer, place = rng.uniform(0.4, 0.9, count), rng.normal(0, 0.3, count), rng.uniform(0.85, 1.0, count)
    order, luck = rng.random((2, count))
    stage = stages(phase, params.age, order)
    there = stage != ABSENT
    if not there.any():
        return []
    feet, ahead = along(shoots, row, place)
    tilt = np.arccos(np.clip(ahead[:, 2], -1, 1))
    azimuth = np.where(tilt > 0.15, np.arctan2(ahead[:, 1], ahead[:, 0]) + veer, azimuth)
    bend = phase.droop * (0.5 + luck) - 0.15
    paths = rising(feet, azimuth, (length + 0.05 * size) * phase.rise, tilt * lean, bend)[there]

    thin = np.full(len(paths), 0.0009)
    parts = [stalks(paths[:, ::3], thin, 0.7 * thin, detail, mixed(_STALK, _FADED, faded), STEM)]
    each, around = params.whorls, 5
    head = np.repeat(np.arange(len(paths), dtype=np.int32), each * around)
    whorl = np.tile(np.repeat(np.arange(each), around), len(paths))
    up = np.where(whorl == 0, 0.74, 0.82 + 0.18 * (whorl - 1) / max(each - 2, 1))
    turn = np.tile(np.tile(np.arange(around), each) * (2 * np.pi / around), len(paths)) + 0.5 * whorl
    budding = stage[there][head] == BUD
    long = 0.0115 * (1.1 - 0.35 * whorl / each) * np.where(budding, 0.7, 1.0)
    template, left = fewer(_floret(), len(head), detail)
    kept = np.linspace(0, len(head) - 1, left).round().astype(int)
    origin, forward = along(paths, head[kept], up[kept])
    outward = radial(forward, turn[kept])
    random = rng.random(len(head))[kept]
    shade = np.broadcast_to(run(template), (len(kept), len(template.faces)))
    ramp = _GREY if params.season == "spring" else (_GREY[1], *mixed(_VIOLET, _FADED, faded), mixed(_VIOLET, _FADED, faded)[-1])
    tint = shades(mixed(ramp, _FADED, 0.8 * faded), shade) * (0.85 + 0.3 * random)[:, None, None]
    turned = frames(outward * 0.9 + forward, forward)
    part = FLOWER if params.season != "summer" else PETAL
    parts.append(blades(template, origin, turned, long[kept], "petal", part, tint, random, origin))
    return parts


def _floret() -> Template:
    """A ribbed tube of a calyx, and the two lips of a corolla that spread at its mouth."""
    calyx = hollow(np.array([0.0, 0.7]), np.array([0.09, 0.19]), 3)
    upper = Template(
        np.array([(-0.07, 0.6, 0.03), (0.07, 0.6, 0.03), (0.13, 1.0, 0.17), (-0.13, 1.0, 0.17)], np.float32),
        np.array([(0, 1, 2, 3)], np.int32),
        np.array([(-1, 0.8), (1, 0.8), (1, 1), (-1, 1)], np.float32),
    )
    lower = Template(upper.points * np.array([1.2, 0.95, -1.3], np.float32), upper.faces, upper.places)
    return joined([calyx, upper, lower])
