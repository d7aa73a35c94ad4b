"""Dandelions: a flat rosette of runcinate leaves, hollow leafless scapes, yellow heads that are all ligules, and seed heads.

A head has a hundred and more ligulate florets, a golden angle apart, the inner ones short and upright; the outer bracts hang.
Closed again it ripens, and opens into a sphere of achenes, each on a beak under its parachute of bristles, the pappus.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import Template, blade, joined, kite
from ..anatomy.outline_blades import lobed
from ..anatomy.parts import FLOWER, PETAL, SEED
from ..growth.colour import Ramp, mixed
from ..growth.flowers import Heads, Profile, bodies, dome, heads, ring, sphere, spiral
from ..growth.meadow import WITHERED, Clump, Flowering, clump
from ..growth.phenology import BUD, OPEN, RIPE, Phase, dried
from ..growth.rosettes import rosette
from ..growth.species import family, species
from ..growth.stalks import stalks


@dataclass(frozen=True)
class Params(Flowering):
    florets: int = parameter(130, "florets of a head", low=30, high=250)


_GREEN: Ramp = ((0.058, 0.112, 0.024), (0.088, 0.150, 0.034), (0.125, 0.180, 0.045))
_SCAPE: Ramp = ((0.20, 0.15, 0.10), (0.19, 0.22, 0.095), (0.17, 0.22, 0.085))
_LIGULE: Ramp = ((0.68, 0.48, 0.015), (0.76, 0.58, 0.02), (0.77, 0.61, 0.03))
_BRACT: Ramp = ((0.09, 0.13, 0.045), (0.12, 0.16, 0.06))
_PAPPUS: Ramp = ((0.16, 0.12, 0.07), (0.62, 0.60, 0.55), (0.72, 0.71, 0.68))
_VEIL: Ramp = ((0.58, 0.57, 0.53), (0.64, 0.63, 0.60))
_RUNCINATE = lobed(
    np.array([0, 0.14, 0.45, 0.78, 0.92, 1]), np.array([0.018, 0.03, 0.10, 0.15, 0.09, 0.008]), 6, 0.7, -0.32, 0.3, 0.22, 0.14
)
_STRAP = blade(np.array([0, 0.6, 1.0]), np.array([0.05, 0.085, 0.07]), 0.25, 0.12)
_CUP = Profile((0, 0.25, 0.7, 1.0), (0.5, 0.9, 1.0, 0.95), 10)
_CLOSED = Profile((0, 0.2, 0.6, 0.9, 1.0), (0.6, 1.0, 0.8, 0.5, 0.1), 10)
_CORE = Profile((0, 0.3, 0.7, 1.0), (0.5, 1.0, 0.75, 0.05), 8)
_YEAR = {
    "spring": Phase(buds=0.25, flowers=0.6, seeds=0.15),
    "summer": Phase(buds=0.15, flowers=0.3, seeds=0.55),
    "autumn": Phase(flowers=0.25, seeds=0.25, leaves=0.85, straw=0.15),
    "winter": Phase(leaves=0.55, straw=0.25, droop=0.6),
    "dry": Phase(seeds=0.7, rise=0.9, leaves=0.7, straw=0.55, droop=0.4),
}
SPECIES = (
    species(
        "dandelion", "a common dandelion", height=(0.14, 0.3), stalks=(3, 8), flower_size=(0.034, 0.046), leaves=(13, 24),
        spread=(0.3, 0.6), florets=(110, 160),
    ),
)  # fmt: skip


@family("dandelion", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 6,000 faces near, 450 middle, 220 far."""
    stalk_rng, leaf_rng, head_rng = rng.spawn(3)
    phase = _YEAR[params.season]
    stand = clump(params, phase, stalk_rng)
    length = (0.12 + 0.3 * params.height) * stand.size * np.linspace(1.0, 0.6, params.leaves)
    rise = np.linspace(0.10, 0.6, params.leaves) * (1 - phase.droop)
    leaf = dried(_GREEN, phase, params.vigour)
    parts = [rosette(_RUNCINATE, length, rise, 0.005, leaf, leaf_rng, detail, phase.leaves)]
    if len(stand.paths):
        thick = np.full(len(stand.paths), 0.002 * (params.height / 0.25) ** 0.5)
        parts.append(stalks(stand.paths, thick, 0.85 * thick, detail, dried(_SCAPE, phase, params.vigour)))
        flowers = heads(stand.paths, params.flower_size * (0.75 + 0.25 * stand.size), 0.6, head_rng)
        parts += _heads(params, phase, stand, flowers, head_rng, detail)
    return merge(parts)


def _heads(
    params: Params, phase: Phase, stand: Clump, flowers: Heads, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    parts = []
    green = dried(_BRACT, phase, params.vigour)
    for stage in (BUD, OPEN, RIPE):
        here = flowers.pick(stand.stage == stage)
        if not len(here):
            continue
        hanging = np.full(len(here), -0.9)
        if detail == "near":
            parts.append(
                ring(
                    here,
                    kite(0.3, 0.15),
                    13,
                    hanging,
                    0.2,
                    green,
                    rng,
                    detail,
                    radius=0.1,
                    height=-0.12,
                    loose=0.2,
                    material="stem",
                    part=FLOWER,
                )
            )
        if stage == BUD:
            parts.append(bodies(here, _CLOSED.at(detail), (0.17, 0.42), "stem", FLOWER, (*green, _LIGULE[0]), -0.15))
        elif stage == OPEN:
            ligules = mixed(_LIGULE, WITHERED, 0.5 * phase.straw)
            florets = dome(params.florets, 0.13, 0.06, 1.5, (0.2, 0.38))
            parts.append(bodies(here, _CUP.at(detail), (0.15, 0.17), "stem", FLOWER, green, -0.15))
            parts.append(spiral(here, _STRAP, florets, ligules[::-1], rng, detail, part=PETAL))
        else:
            parts.append(bodies(here, _CORE.at(detail), (0.085, 0.16), "stem", FLOWER, ((0.3, 0.3, 0.16),), -0.08))
            parts.append(_globe(here, params.florets, rng, detail))
    return parts


def _globe(here: Heads, achenes: int, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Seed heads: achenes under parachutes that point to all sides. Further off squares across their ends, each for some of
    them, let as much of what is behind through.
    """
    if detail == "near":
        globe = sphere(achenes, 0.5, 0.075)
        return spiral(here, _parachute(9), globe, _PAPPUS, rng, detail, material="spine", part=SEED, along=True)
    count, half = {"middle": (60, 0.23), "far": (28, 0.35)}[detail]
    reach = 0.98 - 0.25 * half
    corners = np.array([(half, reach, 0), (0, reach, half), (-half, reach, 0), (0, reach, -half)], np.float32)
    places = np.array([(1, 0.6), (0, 0.6), (-1, 0.6), (0, 0.6)], np.float32)
    square = Template(corners, np.array([(0, 1, 2, 3)], np.int32), places)
    return spiral(here, square, sphere(count, 0.5, 0.075), _VEIL, rng, "near", material="spine", part=SEED, along=True)


def _parachute(bristles: int) -> Template:
    """An achene, the beak that it hangs on, and a shallow umbrella of bristles."""
    achene, beak = kite(0.07, 0.0, 0.6), kite(0.012, 0.0, 0.5)
    achene.points[:, 1] *= 0.24
    beak.points[:, 1] = 0.2 + 0.55 * beak.points[:, 1]
    bristle = kite(0.035, 0.0, 0.5)
    arms = []
    for angle in np.arange(bristles) * (2 * np.pi / bristles):
        out, width = 0.27 * bristle.points[:, 1], bristle.points[:, 0]
        points = np.stack(
            [out * np.cos(angle) - width * np.sin(angle), 0.75 + 0.85 * out, out * np.sin(angle) + width * np.cos(angle)], -1
        )
        arms.append(
            Template(points.astype(np.float32), bristle.faces, np.array([(0, 0.6), (1, 1), (0, 1), (-1, 1)], np.float32))
        )
    low = Template(achene.points, achene.faces, achene.places * np.array([1, 0.1], np.float32))
    return joined([low, Template(beak.points, beak.faces, 0.5 + 0 * beak.places), *arms])
