"""What meadow flowers share: stalks that rise from one crown, each with a head at its end, in a stage of the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.skeleton import Floats, Ints, along
from .colour import Ramp
from .phenology import ABSENT, Phase, grown, stages
from .species import Seasonal
from .stalks import parted, rising

GREEN: Ramp = ((0.050, 0.088, 0.024), (0.078, 0.124, 0.034), (0.112, 0.160, 0.048))
STALK: Ramp = ((0.115, 0.130, 0.050), (0.150, 0.205, 0.072))
WITHERED: Ramp = ((0.085, 0.052, 0.028), (0.15, 0.10, 0.052), (0.19, 0.135, 0.075))


@dataclass(frozen=True)
class Flowering(Seasonal):
    """The parameters that herbs with stalked flowers have in common."""

    height: float = parameter(0.4, "height of the stalks", unit="m", low=0.05, high=1.5)
    stalks: int = parameter(6, "flowering stalks of a full-grown plant", low=1, high=30)
    flower_size: float = parameter(0.045, "breadth of a flower", unit="m", low=0.005, high=0.2)
    leaves: int = parameter(14, "leaves at the foot", low=3, high=60)
    spread: float = parameter(0.3, "how far stalks lean outward", low=0, high=1)


@dataclass(frozen=True)
class Clump:
    """The stalks that stand: `paths` (n, 13, 3) m, `stage` (n,) what they bear, `luck` (n,) 0..1, `number` (n,) which of the
    plant's stalks they are, `branch` (n,) 0 on a stalk and 1 on its branches, and the plant's `size` against a full-grown one.
    """

    paths: Floats
    stage: Ints
    luck: Floats
    number: Ints
    branch: Ints
    size: float


def clump(params: Flowering, phase: Phase, rng: np.random.Generator, nod: float = 0.0, power: float = 1.6) -> Clump:
    """Return the stalks of a plant as the season has them; `nod` rad is how far a stalk in bud bends over, late if `power` is
    large. What is drawn does not depend on the season.
    """
    count = params.stalks
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.4, count)
    share = rng.uniform(0.62, 1.0, count)
    lean = params.spread * rng.uniform(0.25, 1.3, count) + 0.02
    back = rng.uniform(0.4, 1.0, count)
    veer = rng.normal(0, 0.9, count)
    order, luck = rng.random((2, count))
    reach = np.sqrt(rng.random(count)) * 0.02

    size = grown(params.age)
    stage = stages(phase, params.age, order)
    length = params.height * size * share * phase.rise * np.where(stage == 0, 0.8, 1.0)
    level = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], -1)
    feet = level * (reach * params.height * size)[:, None]
    bend = np.where(stage == 0, nod - 0.5 * lean * back, -0.75 * lean * back) + phase.droop * (0.5 + luck)
    paths = rising(feet, azimuth, length, lean, bend, power, veer)
    there = stage != ABSENT
    number = np.flatnonzero(there).astype(np.int32)
    paths = parted(paths[there], 1.05 * params.flower_size * size)
    return Clump(paths, stage[there], luck[there], number, np.zeros_like(number), size)


def branched(params: Flowering, phase: Phase, stand: Clump, each: int, rng: np.random.Generator) -> Clump:
    """Return the stalks with `each` branches on their upper halves, which end below them and flower later."""
    count = params.stalks * each
    place = np.tile(np.linspace(0.42, 0.72, each), params.stalks) + rng.uniform(-0.05, 0.05, count)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 0.3, count)
    reach = rng.uniform(0.7, 1.02, count)
    lean = rng.uniform(0.45, 0.75, count)
    order, luck = rng.random((2, count))
    stage = stages(phase, params.age, 0.3 + 0.7 * order)

    own = (stand.number[:, None] * each + np.arange(each)).ravel()
    row = np.repeat(np.arange(len(stand.number), dtype=np.int32), each)
    there = stage[own] != ABSENT
    own, row = own[there], row[there]
    feet, _ = along(stand.paths, row, place[own])
    whole = np.sqrt(((stand.paths[:, 1:] - stand.paths[:, :-1]) ** 2).sum(-1)).sum(1)[row]
    length = whole * (1 - place[own]) * reach[own]
    bend = -0.6 * lean[own] + phase.droop * (0.5 + luck[own])
    paths = np.concatenate([stand.paths, rising(feet, azimuth[own], length, lean[own], bend)])
    return Clump(
        parted(paths, 1.05 * params.flower_size, np.arange(len(paths)) < len(stand.paths)),
        np.concatenate([stand.stage, stage[own]]),
        np.concatenate([stand.luck, luck[own]]),
        np.concatenate([stand.number, stand.number[row]]),
        np.concatenate([stand.branch, np.ones(len(own), np.int32)]),
        stand.size,
    )
