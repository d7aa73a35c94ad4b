"""The year of herbs: which flowering stalks are in bud, in flower and in seed, what is left of the leaves, and when they flower."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy.skeleton import Floats, Ints
from .colour import Ramp, mixed

BUD, OPEN, RIPE, ABSENT = range(4)
"""What a stalk bears."""
STRAW: Ramp = ((0.20, 0.150, 0.065), (0.29, 0.225, 0.105), (0.37, 0.30, 0.155))
_EARLIEST, _FULL = 0.15, 0.5
"""Ages: younger plants never flower; from the second on all stalks come."""


@dataclass(frozen=True)
class Phase:
    """A herb at one time of the year.

    `buds`, `flowers` and `seeds` are the shares of its stalks that bear these; where they add up to less than 1, the other
    stalks are not up yet or have fallen. `rise` is their height against the full one, `leaves` the share of leaves, `straw`
    how far stalks and leaves have dried, and `droop` how far they hang, 0..1.
    """

    buds: float = 0.0
    flowers: float = 0.0
    seeds: float = 0.0
    rise: float = 1.0
    leaves: float = 1.0
    straw: float = 0.0
    droop: float = 0.0


def stages(phase: Phase, age: float, order: Floats) -> Ints:
    """Return BUD, OPEN, RIPE or ABSENT for each stalk, (n,) int32; `order` (n,) 0..1 is who comes first, the same all year.

    The first are the first to set seed. Of a young plant only the first stalks come; one of them always does where any may.
    """
    count = len(order)
    rank = np.empty(count)
    rank[np.argsort(order, kind="stable")] = np.arange(count)
    share = float(np.clip((age - _EARLIEST) / (_FULL - _EARLIEST), 0, 1))
    able = 0.0 if age < _EARLIEST else max(1.0, np.ceil(share * count))
    place = (rank + 0.5) / max(able, 1.0)
    bounds = np.cumsum([phase.seeds, phase.flowers, phase.buds])
    bounds = np.where(bounds > 0, np.maximum(bounds, 0.5 / max(able, 1.0)), bounds)
    stage = np.array([RIPE, OPEN, BUD, ABSENT])[np.searchsorted(bounds, place, side="left")]
    return np.where(rank < able, stage, ABSENT).astype(np.int32)


def grown(age: float, least: float = 0.25) -> float:
    """Return a herb's size against a full one: `least` as a seedling, 1 from the age of 0.6 on, a little more when old."""
    young = min(1.0, age / 0.6)
    return least + (1 - least) * young * (2 - young) + 0.12 * max(0.0, age - 0.6)


def dried(ramp: Ramp, phase: Phase, vigour: float) -> Ramp:
    """Return green colours as far turned to straw as the season and a lack of vigour make them."""
    return mixed(ramp, STRAW, min(1.0, phase.straw + 0.5 * max(0.0, 0.5 - vigour)))
