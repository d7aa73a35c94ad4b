"""Meadow buttercups: slender branching stalks with cups of five glossy petals, above palmate leaves on long petioles.

In the cup a ring of stamens in a golden-angle spiral stands round a green head of carpels, which grows into a ball of hooked
achenes when the petals have fallen.
"""

from __future__ import annotations

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.blades import kite
from ..anatomy.outline_blades import palmate, sheet_blade
from ..anatomy.parts import FLOWER, SEED
from ..anatomy.turned import turned
from ..growth.colour import Ramp, mixed
from ..growth.flowers import Florets, Heads, Profile, bodies, dome, heads, ring, sphere, spiral
from ..growth.meadow import GREEN, STALK, WITHERED, Clump, Flowering, branched, clump
from ..growth.phenology import BUD, OPEN, RIPE, Phase, dried
from ..growth.rosettes import cauline, rosette
from ..growth.species import family, species
from ..growth.stalks import stalks

_PETAL: Ramp = ((0.62, 0.42, 0.012), (0.74, 0.52, 0.014), (0.76, 0.55, 0.02))
_STAMEN: Ramp = ((0.50, 0.40, 0.03), (0.70, 0.48, 0.03))
_CARPEL: Ramp = ((0.14, 0.20, 0.03), (0.20, 0.24, 0.05))
_SEPAL: Ramp = ((0.16, 0.20, 0.05), (0.30, 0.30, 0.07))
_ROUND = sheet_blade(
    np.array([0.06, 0.27, 0.44, 0.52, 0.47, 0.22]), np.array([0.55, 0.3, 0.1, 0.0, 0.05, 0.1]), 0.22, 0.015, columns=4
)
_LEAF, _LEAF_COARSE = (palmate(5, 3.4, 0.62, 3, 0.25, 0.5, coarse) for coarse in (False, True))
_BRACT, _BRACT_COARSE = (palmate(3, 1.5, 0.1, 2, 0.3, 0.4, coarse) for coarse in (False, True))
_ACHENE = turned(np.array([0, 0.55, 0.8, 1.0]), np.array([0.12, 0.3, 0.16, 0.03]), 4)
_BUD = Profile((0, 0.25, 0.7, 1.0), (0.25, 0.9, 0.75, 0.08), 8)
_YEAR = {
    "spring": Phase(buds=0.5, flowers=0.5, rise=0.8),
    "summer": Phase(buds=0.2, flowers=0.6, seeds=0.2),
    "autumn": Phase(flowers=0.08, seeds=0.6, leaves=0.8, straw=0.4, droop=0.15),
    "winter": Phase(leaves=0.5, straw=0.15, droop=0.5),
    "dry": Phase(flowers=0.2, seeds=0.5, rise=0.9, leaves=0.6, straw=0.75, droop=0.6),
}
SPECIES = (
    species("buttercup", "a meadow buttercup", height=(0.35, 0.65), stalks=(3, 6), flower_size=(0.022, 0.031), leaves=(8, 14)),
)


@family("buttercup", Flowering, SPECIES)
def build(params: Flowering, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 7,000 faces near, 400 middle, 270 far."""
    stalk_rng, branch_rng, leaf_rng, head_rng = rng.spawn(4)
    phase = _YEAR[params.season]
    stems = clump(params, phase, stalk_rng)
    stand = branched(params, phase, stems, 3, branch_rng)
    parts = _leaves(params, phase, stems, leaf_rng, detail)
    if len(stand.paths):
        thick = np.where(stand.branch == 0, 0.0012, 0.0007) * (params.height / 0.4) ** 0.5
        parts.append(stalks(stand.paths, thick, 0.6 * thick, detail, dried(STALK, phase, params.vigour)))
        parts += _heads(stand, heads(stand.paths, params.flower_size, 0.5, head_rng), phase, head_rng, detail)
    return merge(parts)


def _leaves(params: Flowering, phase: Phase, stems: Clump, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Long-stalked palmate leaves at the foot, and small ones of three narrow lobes where stalks branch."""
    ramp = dried(GREEN, phase, params.vigour)
    low, each = params.leaves, 3
    rise = np.linspace(1.25, 0.5, low) * (1 - 0.6 * phase.droop)
    length = np.full(low, 0.32 * params.height * stems.size)
    row = np.repeat(np.arange(len(stems.paths), dtype=np.int32), each)
    place = np.tile(np.array([0.2, 0.42, 0.6]), len(stems.paths))
    size = 0.2 * params.height * stems.size * (1.15 - place)
    level = np.full(len(row), 0.7 - phase.droop)
    return [
        rosette(_LEAF, length, rise, 0.004, ramp, rng, detail, phase.leaves, coarse=_LEAF_COARSE),
        *cauline(_BRACT, stems.paths, row, place, size, level, ramp, rng, detail, phase.leaves, coarse=_BRACT_COARSE),
    ]


def _heads(stand: Clump, flowers: Heads, phase: Phase, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    parts = []
    for stage in (BUD, OPEN, RIPE):
        here = flowers.pick(stand.stage == stage)
        if not len(here):
            continue
        flat = np.full(len(here), 0.35)
        if stage == BUD:
            parts.append(bodies(here, _BUD.at(detail), (0.17, 0.32), "petal", FLOWER, (*_SEPAL, _PETAL[1])))
            continue
        if stage == RIPE:
            core = mixed(_CARPEL, WITHERED, min(1.0, 1.4 * phase.straw))
            parts.append(spiral(here, _ACHENE, sphere(34, 0.13, 0.07, 0.12), core, rng, detail, part=SEED))
            continue
        petals = mixed(_PETAL, WITHERED, 0.5 * phase.straw)
        wilt = 0.35 * here.luck + phase.straw
        parts.append(ring(here, _ROUND, 5, 0.62 - wilt, 0.5, petals, rng, detail, radius=0.03))
        if detail == "near":
            parts.append(ring(here, kite(0.4, 0.1), 5, flat, 0.3, _SEPAL, rng, detail, turn=0.5, height=-0.02, part=FLOWER))
            parts.append(spiral(here, _ACHENE, dome(26, 0.07, 0.08, 0.9, (0.1, 0.07)), _CARPEL, rng, detail))
            parts.append(spiral(here, kite(0.22, 0.0, 0.85), _stamens(40), _STAMEN, rng, detail, along=True))
    return parts


def _stamens(count: int) -> Florets:
    """A wreath of stamens between the carpels and the petals, the outer ones lower and further out."""
    share = (np.arange(count) + 0.5) / count
    return Florets(0.07 + 0.06 * share, np.zeros(count), 0.25 + 0.75 * share, 0.2 + 0.04 * share, share)
