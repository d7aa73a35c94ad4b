"""Creeping bellflowers: upright stalks with a one-sided raceme of nodding violet bells, the lowest of which open first.

A bell is one piece that flares into five pointed lobes, in a green calyx of five narrow sepals; above the open ones stand buds,
below them, later in the year, hang ripe capsules. The leaves at the foot are heart-shaped and toothed, those above lanceolate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import Template, kite
from ..anatomy.outline_blades import lobed
from ..anatomy.parts import FLOWER, FRUIT, PETAL
from ..anatomy.skeleton import along, unit
from ..anatomy.turned import hollow
from ..growth.colour import Ramp, mixed
from ..growth.flowers import Heads, Profile, bodies, ring
from ..growth.meadow import GREEN, STALK, WITHERED, Clump, Flowering, clump
from ..growth.phenology import BUD, OPEN, RIPE, Phase, dried
from ..growth.rosettes import cauline, rosette
from ..growth.species import family, species
from ..growth.stalks import rising, stalks


@dataclass(frozen=True)
class Params(Flowering):
    bells: int = parameter(14, "bells on a stalk", low=2, high=40)


_VIOLET: Ramp = ((0.20, 0.15, 0.36), (0.22, 0.125, 0.46), (0.27, 0.16, 0.55))
_CALYX: Ramp = ((0.07, 0.11, 0.035), (0.10, 0.13, 0.05))


def _bell(sides: int) -> Template:
    """A bell along +y, one long and one broad, whose mouth flares into five pointed lobes; `sides` is a multiple of 10."""
    bell = hollow(np.array([0.0, 0.08, 0.3, 0.58, 0.72, 0.84]), np.array([0.06, 0.21, 0.30, 0.33, 0.38, 0.45]), sides)
    points = bell.points.reshape(-1, sides, 3).copy()
    pointed = 0.5 + 0.5 * np.cos(5 * np.arange(sides) * 2 * np.pi / sides)
    points[-2:, :, 1] += np.outer([0.06, 0.24], pointed) - np.array([[0.02], [0.08]])
    points[-1, :, ::2] *= (0.88 + 0.24 * pointed)[:, None]
    points[1:-2, :, ::2] *= (0.97 + 0.05 * pointed)[:, None]
    return Template(points.reshape(-1, 3).astype(np.float32), bell.faces, bell.places)


_BELL, _FAR_BELL = _bell(20), Profile((0.0, 0.35, 0.95), (0.1, 0.30, 0.46))
_BUD = Profile((0, 0.2, 0.65, 1.0), (0.5, 0.9, 0.8, 0.06), 6)
_HEART = lobed(
    np.array([0, 0.44, 0.48, 0.58, 0.8, 1]), np.array([0.012, 0.014, 0.17, 0.21, 0.11, 0.01]), 6, 0.16, 0.25, 0.3, 0.3, 0.48
)
_LANCE = lobed(np.array([0, 0.25, 0.6, 1]), np.array([0.03, 0.16, 0.12, 0.01]), 6, 0.16, 0.3, 0.35, 0.3)
_YEAR = {
    "spring": Phase(buds=1.0, rise=0.72),
    "summer": Phase(flowers=1.0),
    "autumn": Phase(seeds=0.9, leaves=0.7, straw=0.55, droop=0.1),
    "winter": Phase(seeds=0.2, rise=0.9, leaves=0.5, straw=0.35, droop=0.3),
    "dry": Phase(flowers=0.5, seeds=0.4, rise=0.9, leaves=0.55, straw=0.75, droop=0.4),
}
SPECIES = (
    species("bellflower", "a creeping bellflower", height=(0.4, 0.7), stalks=(2, 5), flower_size=(0.024, 0.032), bells=(9, 15)),
)


@family("bellflower", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 3,500 faces near, 500 middle, 300 far."""
    stalk_rng, leaf_rng, head_rng = rng.spawn(3)
    phase = _YEAR[params.season]
    stand = clump(params, phase, stalk_rng)
    parts = _leaves(params, phase, stand, leaf_rng, detail)
    if len(stand.paths):
        thick = np.full(len(stand.paths), 0.0017 * (params.height / 0.5) ** 0.5)
        parts.append(stalks(stand.paths, thick, 0.4 * thick, detail, dried(STALK, phase, params.vigour)))
        parts += _raceme(params, phase, stand, head_rng, detail)
    return merge(parts)


def _leaves(params: Params, phase: Phase, stand: Clump, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    ramp = dried(GREEN, phase, params.vigour)
    low, each = params.leaves, 9
    rise = np.linspace(1.1, 0.35, low) * (1 - 0.6 * phase.droop)
    row = np.repeat(np.arange(len(stand.paths), dtype=np.int32), each)
    place = np.tile(np.linspace(0.06, 0.6, each), len(stand.paths))
    size = 0.19 * params.height * stand.size * (1.25 - 1.4 * place)
    length = np.full(low, 0.3 * params.height * stand.size)
    level = np.full(len(row), 0.5 - phase.droop)
    return [
        rosette(_HEART, length, rise, 0.006, ramp, rng, detail, phase.leaves),
        *cauline(_LANCE, stand.paths, row, place, size, level, ramp, rng, detail, phase.leaves),
    ]


def _raceme(params: Params, phase: Phase, stand: Clump, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Bells on short bent pedicels along the upper part of each stalk, all turned to one side."""
    each = params.bells
    lucks, turns, sizes, jitter = rng.uniform(0, 1, (4, params.stalks, each))
    side = rng.uniform(0, 2 * np.pi, params.stalks)
    row = np.repeat(np.arange(len(stand.paths), dtype=np.int32), each)
    up = np.tile(np.linspace(0, 1, each), len(stand.paths))
    luck, turn, own = (values[stand.number].ravel() for values in (lucks, turns, sizes))
    feet, _ = along(stand.paths, row, 0.56 + 0.43 * up + 0.01 * (jitter[stand.number].ravel() - 0.5))
    azimuth = side[stand.number][row] + np.tile(0.85 * (-1.0) ** np.arange(each), len(stand.paths)) + 0.9 * (turn - 0.5)
    size = params.flower_size * (0.85 + 0.3 * own) * (0.75 + 0.25 * stand.size)

    stage = stand.stage[row]
    opened = np.where(stage == OPEN, 0.62 + 0.2 * (luck - 0.5), np.where(stage == BUD, -1, 2))
    kind = np.where(up < opened - (0.45 if phase.straw else 0.5), RIPE, np.where(up < opened, OPEN, BUD))
    kind = np.where(stage == RIPE, RIPE, kind)
    nod = np.where(kind == BUD, 0.5 + 0.9 * (1 - up), 1.75)
    pedicels = rising(feet, azimuth, size * np.where(kind == BUD, 0.25, 0.55), np.full(len(row), 0.7), nod, 1.2, stations=4)
    ahead = unit(pedicels[:, -1] - pedicels[:, -2])
    flowers = Heads(pedicels[:, -1], ahead, size.astype(np.float32), luck)

    green = dried(_CALYX, phase, params.vigour)
    thin = np.full(len(row), 0.0006)
    parts = [stalks(pedicels, thin, thin, detail, green)] if detail == "near" else []
    closed, open_, ripe = (flowers.pick(kind == value) for value in (BUD, OPEN, RIPE))
    petals = mixed(_VIOLET, WITHERED, 0.6 * phase.straw)
    if len(closed):
        shut = dried(_CALYX, phase, params.vigour) if params.season == "spring" else (green[0], petals[1])
        parts.append(bodies(closed, _BUD.at(detail), (0.14, 0.42), "petal", FLOWER, shut))
    if len(open_):
        parts.append(bodies(open_, _BELL if detail == "near" else _FAR_BELL.at(detail), (1.0, 1.1), "petal", PETAL, petals))
        if detail == "near":
            white = ((0.62, 0.58, 0.60), (0.66, 0.63, 0.58))
            parts.append(ring(open_, kite(0.16, 0.0, 0.9), 3, np.full(len(open_), 1.45), 0.85, white, rng, detail, part=FLOWER))
    if len(ripe):
        parts.append(
            bodies(ripe, _BUD.at(detail), (0.2, 0.34), "petal", FRUIT, mixed(_CALYX, WITHERED, min(1.0, 1.5 * phase.straw)))
        )
    if detail == "near":
        spread = np.where(kind == OPEN, 0.3, 1.05)
        parts.append(ring(flowers, kite(0.16, 0.1), 5, spread, 0.38, green, rng, detail, material="stem", part=FLOWER))
    return parts
