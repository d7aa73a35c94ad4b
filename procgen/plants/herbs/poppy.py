"""Corn poppies: four crumpled petals, two over two, round a capsule in a dark wreath of stamens, on thin hairy stalks.

Buds nod on bent necks in their two hairy sepals and turn up to open; then the capsule under its rayed lid stands alone. The
leaves are cut to their midribs into toothed lobes. An annual: in winter there are dry stalks, and next year's rosette.
"""

from __future__ import annotations

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.blades import frames, kite, radial
from ..anatomy.outline_blades import lobed, sheet_blade
from ..anatomy.parts import FLOWER, FRUIT, STEM, blades
from ..anatomy.skeleton import along
from ..growth.colour import Ramp, mixed, shades
from ..growth.flowers import Florets, Heads, Profile, bodies, heads, ring, spiral
from ..growth.meadow import GREEN, STALK, WITHERED, Clump, Flowering, clump
from ..growth.phenology import BUD, OPEN, RIPE, STRAW, Phase, dried
from ..growth.rosettes import cauline, rosette
from ..growth.species import family, species
from ..growth.stalks import stalks

_PETAL: Ramp = ((0.02, 0.004, 0.006), (0.34, 0.016, 0.010), (0.60, 0.030, 0.014), (0.66, 0.06, 0.02), (0.60, 0.04, 0.02))
_CAPSULE: Ramp = ((0.16, 0.21, 0.10), (0.20, 0.25, 0.13))
_LID: Ramp = ((0.10, 0.09, 0.05), (0.16, 0.13, 0.07))
_STAMEN: Ramp = ((0.03, 0.012, 0.03), (0.02, 0.016, 0.03))
_BROAD = sheet_blade(
    np.array([0.15, 0.32, 0.46, 0.57, 0.645, 0.68, 0.68, 0.64, 0.57, 0.46, 0.29]),
    np.array([0.2, 0.34, 0.38, 0.3, 0.17, 0.05, -0.05, -0.12, -0.18, -0.24, -0.3]),
    0.2,
    0.055,
    columns=14,
)
_DIVIDED = lobed(np.array([0, 0.25, 0.55, 0.8, 1]), np.array([0.03, 0.12, 0.2, 0.14, 0.012]), 6, 0.8, 0.55, 0.3, 0.3, 0.12)
_URN = Profile((0, 0.08, 0.3, 0.6, 0.85, 1.0), (0.3, 0.5, 0.8, 1.0, 0.92, 0.75), 10)
_DISC = Profile((0, 0.3, 0.55, 0.8, 1.0), (0.8, 1.15, 1.2, 0.7, 0.06), 10)
_EGG = Profile((0, 0.12, 0.45, 0.8, 1.0), (0.3, 0.75, 1.0, 0.7, 0.08), 8)
_YEAR = {
    "spring": Phase(buds=0.85, flowers=0.15, rise=0.75),
    "summer": Phase(buds=0.25, flowers=0.45, seeds=0.3),
    "autumn": Phase(seeds=0.9, leaves=0.5, straw=0.85, droop=0.1),
    "winter": Phase(seeds=0.4, rise=0.95, leaves=0.6, straw=0.3, droop=0.2),
    "dry": Phase(flowers=0.15, seeds=0.6, rise=0.9, leaves=0.5, straw=0.8, droop=0.35),
}
SPECIES = (species("poppy", "a corn poppy", height=(0.38, 0.65), stalks=(4, 9), flower_size=(0.064, 0.09), leaves=(8, 14)),)


@family("poppy", Flowering, SPECIES)
def build(params: Flowering, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 2,500 faces near, 200 middle, 120 far."""
    stalk_rng, leaf_rng, head_rng = rng.spawn(3)
    phase = _YEAR[params.season]
    stand = clump(params, phase, stalk_rng, nod=2.7, power=7.0)
    parts = _leaves(params, phase, stand, leaf_rng, detail)
    if len(stand.paths):
        thick = np.full(len(stand.paths), 0.0013 * (params.height / 0.4) ** 0.5)
        dead = 1.0 if params.season == "winter" else phase.straw
        colours = mixed(STALK, STRAW, dead)
        parts.append(stalks(stand.paths, thick, 0.6 * thick, detail, colours))
        if detail == "near":
            parts.append(_hairs(stand, colours, head_rng))
        flowers = heads(stand.paths, params.flower_size * (0.75 + 0.25 * stand.size), 0.0, head_rng)
        parts += _heads(stand, flowers, dead, head_rng, detail)
    return merge(parts)


def _leaves(params: Flowering, phase: Phase, stand: Clump, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    ramp = dried(GREEN, phase, params.vigour)
    low, each = params.leaves, 3
    rise = np.linspace(1.0, 0.3, low) * (1 - 0.6 * phase.droop)
    row = np.repeat(np.arange(len(stand.paths), dtype=np.int32), each)
    place = np.tile(np.array([0.1, 0.25, 0.42]), len(stand.paths))
    size = 0.26 * params.height * stand.size * (1.2 - place)
    share = 0.0 if params.season == "winter" else phase.leaves
    length = np.full(low, 0.33 * params.height * stand.size)
    return [
        rosette(_DIVIDED, length, rise, 0.005, ramp, rng, detail, phase.leaves),
        *cauline(_DIVIDED, stand.paths, row, place, size, np.full(len(row), 0.75 - phase.droop), ramp, rng, detail, share),
    ]


def _hairs(stand: Clump, ramp: Ramp, rng: np.random.Generator) -> MeshData:
    """Stiff hairs that stand off the stalks."""
    row = np.repeat(np.arange(len(stand.paths), dtype=np.int32), 70)
    feet, ahead = along(stand.paths, row, rng.random(len(row)))
    outward = radial(ahead, rng.uniform(0, 2 * np.pi, len(row)))
    size = rng.uniform(0.002, 0.004, len(row))
    tint = shades(ramp, np.ones(len(row))) * 1.3
    return blades(kite(0.06, 0.0, 0.2), feet, frames(outward, ahead), size, "stem", STEM, tint, rng.random(len(row)))


def _heads(stand: Clump, flowers: Heads, dead: float, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    parts = []
    shell = mixed(_CAPSULE, STRAW, dead)
    for stage in (BUD, OPEN, RIPE):
        here = flowers.pick(stand.stage == stage)
        if not len(here):
            continue
        if stage == BUD:
            parts.append(bodies(here, _EGG.at(detail), (0.085, 0.26), "stem", FLOWER, GREEN))
            continue
        parts.append(bodies(here, _URN.at(detail), (0.075, 0.2 if stage == RIPE else 0.15), "fruit", FRUIT, shell))
        lid, brim = mixed(_LID, STRAW, 0.6 * dead), 0.19 if stage == RIPE else 0.14
        parts.append(bodies(here, _DISC.at(detail), (0.08, 0.04), "stem", FRUIT, shell, brim))
        if detail == "near":
            flat = np.full(len(here), -0.08)
            rays = kite(0.2, 0.0, 0.6)
            parts.append(ring(here, rays, 10, flat, 0.085, lid, rng, detail, height=brim + 0.042, loose=0.0, part=FRUIT))
        if stage == OPEN:
            petals = mixed(_PETAL, WITHERED, 0.5 * dead)
            rise = 0.75 - 0.6 * here.luck - dead
            parts.append(ring(here, _BROAD, 2, rise, 0.5, petals, rng, detail, radius=0.02))
            parts.append(ring(here, _BROAD, 2, rise + 0.18, 0.46, petals, rng, detail, turn=0.5, radius=0.02, height=0.01))
            if detail == "near":
                parts.append(spiral(here, kite(0.16, 0.0, 0.88), _wreath(64), _STAMEN, rng, detail, along=True))
    return parts


def _wreath(count: int) -> Florets:
    share = (np.arange(count) + 0.5) / count
    return Florets(0.04 + 0.02 * share, 0.01 + 0 * share, 0.2 + 0.5 * share, 0.17 - 0.02 * share, share)
