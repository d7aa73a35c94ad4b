"""Oxeye daisies: heads of white ray florets round a yellow disc, on stalks from a rosette of spatulate toothed leaves.

The disc is what it is in nature: a hundred and more florets, a golden angle apart, open at the margin and in bud inside; bracts
hold the head from below. In bud the rays stand up closed, later they lie flat and at last hang; then the disc turns brown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import kite
from ..anatomy.outline_blades import lobed, sheet_blade
from ..anatomy.parts import FLOWER, SEED
from ..anatomy.turned import turned
from ..growth.colour import Ramp, mixed
from ..growth.flowers import Heads, Profile, bodies, dome, heads, ring, spiral
from ..growth.meadow import GREEN, STALK, WITHERED, Clump, Flowering, clump
from ..growth.phenology import BUD, OPEN, RIPE, Phase, dried
from ..growth.rosettes import cauline, rosette
from ..growth.species import family, species
from ..growth.stalks import stalks


@dataclass(frozen=True)
class Params(Flowering):
    rays: int = parameter(21, "ray florets of a head", low=5, high=40)
    florets: int = parameter(110, "florets of the disc", low=20, high=300)


_RAY: Ramp = ((0.66, 0.66, 0.52), (0.75, 0.75, 0.73), (0.76, 0.76, 0.75))
_DISC: Ramp = ((0.42, 0.34, 0.04), (0.70, 0.47, 0.025), (0.74, 0.50, 0.02))
_BRACT: Ramp = ((0.06, 0.085, 0.03), (0.10, 0.13, 0.05), (0.07, 0.06, 0.03))
_SPATULATE = lobed(
    np.array([0, 0.4, 0.58, 0.82, 0.95, 1]), np.array([0.016, 0.024, 0.085, 0.15, 0.1, 0.012]), 6, 0.22, 0.25, 0.35, 0.3, 0.5
)
_OBLONG = lobed(np.array([0, 0.2, 0.7, 1]), np.array([0.09, 0.075, 0.1, 0.01]), 5, 0.4, 0.35, 0.4, 0.35)
_LIGULE = sheet_blade(np.array([0.035, 0.085, 0.1, 0.095, 0.06]), np.array([0.1, 0.05, -0.05, -0.15, -0.2]), -0.25, columns=2)
_FLORET = turned(np.array([0, 0.65, 1.0]), np.array([0.18, 0.24, 0.03]), 4)
_CUP = Profile((0, 0.2, 0.6, 1.0), (0.12, 0.6, 0.95, 1.02), 12)
_DISC_FAR = Profile((0, 0.45, 0.75, 0.85), (1.0, 0.9, 0.55, 0.05), 6)
_YEAR = {
    "spring": Phase(buds=0.65, flowers=0.35, rise=0.8),
    "summer": Phase(buds=0.15, flowers=0.75, seeds=0.1),
    "autumn": Phase(flowers=0.1, seeds=0.7, leaves=0.8, straw=0.35, droop=0.15),
    "winter": Phase(seeds=0.15, rise=0.85, leaves=0.6, straw=0.2, droop=0.4),
    "dry": Phase(flowers=0.3, seeds=0.5, rise=0.9, leaves=0.6, straw=0.75, droop=0.6),
}
SPECIES = (species("daisy", "an oxeye daisy", height=(0.32, 0.55), stalks=(4, 9), flower_size=(0.041, 0.057), rays=(18, 26)),)


@family("daisy", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 7,500 faces near, 300 middle, 150 far."""
    stalk_rng, leaf_rng, head_rng = rng.spawn(3)
    phase = _YEAR[params.season]
    stand = clump(params, phase, stalk_rng)
    parts = _leaves(params, phase, stand, leaf_rng, detail)
    if len(stand.paths):
        thick = np.full(len(stand.paths), 0.0013 * (params.height / 0.4) ** 0.5)
        parts.append(stalks(stand.paths, thick, 0.75 * thick, detail, dried(STALK, phase, params.vigour)))
        flowers = heads(stand.paths, params.flower_size * (0.7 + 0.3 * stand.size), 0.55, head_rng)
        parts += _heads(stand, flowers, params, phase, head_rng, detail)
    return merge(parts)


def _leaves(params: Params, phase: Phase, stand: Clump, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """A rosette of spatulate leaves, and small oblong toothed ones up the stalks."""
    ramp = dried(GREEN, phase, params.vigour)
    low, each = params.leaves, 5
    length = np.full(low, 0.27 * params.height * stand.size)
    rise = np.linspace(1.05, 0.2, low) * (1 - 0.7 * phase.droop)
    row = np.repeat(np.arange(len(stand.paths), dtype=np.int32), each)
    place = np.tile(np.linspace(0.08, 0.66, each), len(stand.paths))
    size = 0.17 * params.height * stand.size * (1.15 - place)
    level = np.full(len(row), 0.8 - phase.droop)
    return [
        rosette(_SPATULATE, length, rise, 0.006, ramp, rng, detail, phase.leaves),
        *cauline(_OBLONG, stand.paths, row, place, size, level, ramp, rng, detail, phase.leaves),
    ]


def _heads(
    stand: Clump, flowers: Heads, params: Params, phase: Phase, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    """Involucre, disc and rays; in seed only the brown disc on its bracts."""
    parts = [bodies(flowers, _CUP.at(detail), (0.165, 0.12), "stem", FLOWER, dried(_BRACT, phase, params.vigour), -0.1)]
    for stage in (BUD, OPEN, RIPE):
        here = flowers.pick(stand.stage == stage)
        if not len(here):
            continue
        disc = WITHERED if stage == RIPE else mixed(_DISC, WITHERED, 0.7 * phase.straw)
        if detail == "near":
            swell = dome(params.florets, 0.15, 0.085 if stage != BUD else 0.04, 0.85, (0.028, 0.05))
            parts.append(spiral(here, _FLORET, swell, disc, rng, detail, part=SEED if stage == RIPE else FLOWER))
            parts.append(
                ring(
                    here,
                    kite(0.4, 0.0, 0.5),
                    13,
                    np.full(len(here), 0.55),
                    0.12,
                    _BRACT,
                    rng,
                    detail,
                    radius=0.1,
                    height=-0.06,
                    material="stem",
                    part=FLOWER,
                )
            )
        else:
            parts.append(
                bodies(here, _DISC_FAR.at(detail), (0.17, 0.12), "petal", SEED if stage == RIPE else FLOWER, disc[::-1])
            )
        if stage != RIPE:
            hang = phase.droop + phase.straw
            rise = 1.35 - 0.1 * here.luck if stage == BUD else 0.35 - 0.45 * here.luck - hang
            long = 0.2 if stage == BUD else 0.36
            rays = mixed(_RAY, WITHERED, 0.4 * phase.straw)
            parts.append(ring(here, _LIGULE, params.rays, rise, long, rays, rng, detail, radius=0.16))
    return parts
