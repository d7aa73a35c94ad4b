"""Garden tulips: one cup of six tepals, three within three, on a bare stalk from two to four broad glaucous leaves.

The leaves clasp the stalk's foot and wave at their margins. Late flowers gape and fade in summer, and in a drought; capsules
ripen in autumn while all else turns to straw; in winter only the tips of the next year's leaves have come through the ground.
Colours differ by individual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import kite
from ..anatomy.outline_blades import sheet_blade
from ..anatomy.parts import FLOWER, FRUIT
from ..growth.colour import Ramp, mixed
from ..growth.flowers import Florets, Heads, Profile, bodies, heads, ring, spiral
from ..growth.meadow import WITHERED, Clump, Flowering, clump
from ..growth.phenology import BUD, OPEN, RIPE, STRAW, Phase, dried
from ..growth.rosettes import rosette
from ..growth.species import family, species
from ..growth.stalks import stalks

_TEPALS: dict[str, Ramp] = {
    "red": ((0.42, 0.14, 0.02), (0.52, 0.025, 0.016), (0.60, 0.030, 0.022)),
    "yellow": ((0.50, 0.42, 0.06), (0.72, 0.48, 0.02), (0.76, 0.52, 0.025)),
    "white": ((0.52, 0.58, 0.34), (0.74, 0.74, 0.68), (0.76, 0.76, 0.72)),
    "pink": ((0.60, 0.55, 0.45), (0.66, 0.24, 0.30), (0.70, 0.20, 0.30)),
    "purple": ((0.20, 0.14, 0.16), (0.16, 0.018, 0.13), (0.22, 0.03, 0.18)),
    "orange": ((0.60, 0.40, 0.05), (0.66, 0.20, 0.016), (0.72, 0.16, 0.015)),
}


@dataclass(frozen=True)
class Params(Flowering):
    colour: str = parameter("red", "colour of the tepals", choices=tuple(_TEPALS))


_GLAUCOUS: Ramp = ((0.070, 0.116, 0.052), (0.092, 0.144, 0.066), (0.116, 0.166, 0.078))
_STALK: Ramp = ((0.11, 0.16, 0.062), (0.15, 0.195, 0.080))
_TEPAL = sheet_blade(
    np.array([0.11, 0.25, 0.335, 0.365, 0.35, 0.27, 0.15, 0.02]),
    np.array([-0.65, -0.25, 0.05, 0.15, 0.2, 0.25, 0.25, 0.2]),
    0.42,
    columns=8,
)
_LEAF = sheet_blade(
    np.array([0.075, 0.10, 0.122, 0.13, 0.122, 0.10, 0.065, 0.03, 0.006]),
    np.array([0.3, 0.1, 0.0, -0.1, -0.2, -0.3, -0.4, -0.5, -0.5]),
    0.55,
    0.02,
    columns=4,
)
_COARSE_TEPAL = sheet_blade(np.array([0.11, 0.345, 0.3, 0.02]), np.array([-0.65, 0.08, 0.22, 0.2]), 0.42, columns=2)
_COARSE_LEAF = sheet_blade(np.array([0.075, 0.127, 0.09, 0.006]), np.array([0.3, -0.07, -0.33, -0.5]), 0.55, columns=2)
_CAPSULE = Profile((0, 0.15, 0.55, 0.85, 1.0), (0.35, 0.85, 1.0, 0.8, 0.3), 6)
_YEAR = {
    "spring": Phase(buds=0.15, flowers=0.85),
    "summer": Phase(flowers=1.0, straw=0.16, droop=0.08),
    "autumn": Phase(seeds=0.8, rise=0.95, straw=0.95, droop=0.3),
    "winter": Phase(leaves=0.75),
    "dry": Phase(flowers=1.0, rise=0.9, straw=0.62, droop=0.3),
}
SPECIES = (
    species(
        "tulip", "a garden tulip", height=(0.32, 0.5), stalks=(1, 2), flower_size=(0.055, 0.075), leaves=(3, 4),
        spread=(0.05, 0.2), colour=list(_TEPALS),
    ),
)  # fmt: skip


@family("tulip", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 500 faces near, 80 middle, 60 far."""
    stalk_rng, leaf_rng, head_rng = rng.spawn(3)
    phase = _YEAR[params.season]
    stand = clump(params, phase, stalk_rng)
    shoots = params.season == "winter"
    count = params.leaves
    length = np.linspace(0.62, 0.42, count) * params.height * stand.size * (0.22 if shoots else 1.0)
    rise = np.full(count, 1.45) if shoots else np.linspace(1.1, 1.3, count) - 1.4 * phase.droop
    leaf = dried(_GLAUCOUS, phase, params.vigour)
    parts = [rosette(_LEAF, length, rise, 0.004, leaf, leaf_rng, detail, phase.leaves, "leaf_parallel", _COARSE_LEAF, 0.04)]
    if len(stand.paths):
        thick = np.full(len(stand.paths), 0.0032 * (params.height / 0.4) ** 0.5)
        parts.append(stalks(stand.paths, thick, 0.85 * thick, detail, mixed(_STALK, STRAW, phase.straw)))
        flowers = heads(stand.paths, params.flower_size * (0.75 + 0.25 * stand.size), 0.3, head_rng)
        parts += _heads(params, phase, stand, flowers, head_rng, detail)
    return merge(parts)


def _heads(
    params: Params, phase: Phase, stand: Clump, flowers: Heads, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    """The outer three tepals a little wider open than the inner three, around six dark stamens and the ovary."""
    parts = []
    colours = mixed(_TEPALS[params.colour], WITHERED, 0.5 * phase.straw)
    closed = mixed(colours, _GLAUCOUS, 0.55)
    for stage in (BUD, OPEN, RIPE):
        here = flowers.pick(stand.stage == stage)
        if not len(here):
            continue
        ovary = mixed(_STALK, STRAW, phase.straw if stage == RIPE else 0.0)
        size = (0.16, 0.6) if stage == RIPE else (0.1, 0.42)
        parts.append(bodies(here, _CAPSULE.at(detail), size, "fruit" if stage == RIPE else "stem", FRUIT, ovary))
        if stage == RIPE:
            continue
        open_ = np.zeros(len(here)) if stage == BUD else 0.12 + 0.3 * here.luck + phase.straw
        tepals = closed if stage == BUD else colours
        for turn, wider, long in ((0.0, 0.06, 0.98), (0.5, 0.0, 1.0)):
            rise = 1.42 - open_ - wider
            length = long * (0.8 if stage == BUD else 1.0)
            parts.append(
                ring(
                    here,
                    _TEPAL,
                    3,
                    rise,
                    length,
                    tepals,
                    rng,
                    detail,
                    turn=turn,
                    radius=0.05,
                    loose=0.03,
                    coarse=_COARSE_TEPAL,
                )
            )
        if detail == "near" and stage == OPEN:
            six = np.ones(6)
            stamens = Florets(0.1 * six, 0.0 * six, 0.25 * six, 0.5 * six, six)
            parts.append(
                spiral(
                    here,
                    kite(0.16, 0.0, 0.8),
                    stamens,
                    ((0.5, 0.45, 0.2), (0.02, 0.014, 0.03)),
                    rng,
                    detail,
                    part=FLOWER,
                    along=True,
                )
            )
    return parts
