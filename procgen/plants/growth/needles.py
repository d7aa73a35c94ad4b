"""Needles on shoots: around the whole shoot, in tufts at its end, or in rosettes on short shoots along it.

A drawn needle stands for some of the tree's many, so that a tree of any height costs the same. Coarser details keep a share of
the groups and draw them larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import power
from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, needle, radial
from ..anatomy.parts import NEEDLE, blades
from ..anatomy.skeleton import Floats, unit
from .colour import Ramp, shades, spread
from .whorls import Branches, Shoots


@dataclass(frozen=True)
class Arrangement:
    """How needles stand: `groups` near by, each of `together` needles that open by `opening` rad round the group's axis; the
    axis leans by `outward` (a slope) from the shoot; groups stand from the share `first` of a shoot on, crowded to its end by
    the power `crowded`. `length` m and `width` (a share of it) are those of a drawn needle; `afar` how much larger still they
    are in the far form, where what stands closely would else look thinner.
    """

    groups: int
    together: int
    opening: float
    outward: float
    first: float
    crowded: float
    length: float
    width: float
    afar: float = 1.0


@dataclass(frozen=True)
class Look:
    """Colours of a tree's needles: `ramp` from shade to light, and `fresh` for the share `tips` at the ends of the shoots."""

    ramp: Ramp
    fresh: Ramp
    tips: float = 0.0


_COARSER: dict[Detail, tuple[float, float, float]] = {"near": (1.0, 1.0, 1.0), "middle": (6, 1.65, 3.6), "far": (21, 2.4, 8.2)}
"""By detail: groups that one stands for, and how much longer and wider its needles are."""


def needles(
    arrangement: Arrangement,
    look: Look,
    branches: Branches,
    shoots: Shoots,
    room: int,
    detail: Detail,
    rng: np.random.Generator,
) -> MeshData | None:
    """Return the needles, in `room` faces if a third of them finds room there, or nothing where none is left.

    Shoots bear them in proportion to their length. Where there is no room for all, fewer and larger ones have their area.
    """
    fewer, longer, wider = _COARSER[detail]
    if detail == "far":
        longer, wider = arrangement.afar * longer, arrangement.afar * wider
    tones = rng.spawn(1)[0]  # of its own, so that the tree and its branches have one tone at all details
    together = arrangement.together if detail == "near" else max(1, arrangement.together // 2)
    wanted = int(arrangement.groups / fewer * arrangement.together / together)
    count = min(wanted, max(room // together, wanted // 3))
    axis = shoots.end - shoots.start
    length = np.sqrt((axis * axis).sum(1)).astype(np.float64) * branches.alive[shoots.branch]
    if count == 0 or length.sum() == 0:
        return None
    larger = (wanted / count) ** 0.5
    spaced = (np.arange(count) + rng.random(count)) / count * length.sum()
    shoot = np.minimum(np.searchsorted(np.cumsum(length), spaced), len(length) - 1)
    place = arrangement.first + (1 - arrangement.first) * power(rng.random(count), 1 / arrangement.crowded)
    forward = unit(axis)[shoot]
    origin = shoots.start[shoot] + axis[shoot] * place[:, None]
    azimuth = rng.uniform(0, 2 * np.pi, count)
    azimuth -= 0.3 * np.sin(2 * azimuth)
    outward = radial(forward, azimuth)
    outward[:, 2] += 0.15
    ahead = 0.72 + 0.5 * power(place[:, None], 3)
    heading = forward * ahead + outward * arrangement.outward * rng.uniform(0.65, 1.35, (count, 1))
    face = np.cross(heading, np.cross(forward, heading)) + rng.normal(0, 0.35, (count, 3))
    size = larger * arrangement.length * rng.uniform(0.75, 1.2, count)
    scale = np.stack([size * longer, size * longer, size * longer], -1)
    template = _group(together, arrangement.opening, arrangement.width * wider / longer)

    light = np.clip(shoots.outer[shoot] * (0.55 + 0.45 * place), 0, 1)
    random = spread(float(tones.random()), shoots.branch[shoot], len(branches.length), tones)
    tint = shades(look.ramp, random)
    young = place > 1 - look.tips * np.clip(1.8 * shoots.outer[shoot] - 0.5, 0, 1)
    tint = np.where(young[:, None], shades(look.fresh, random), tint) * (0.6 + 0.7 * light)[:, None]
    shade = 0.8 + 0.4 * rng.random((count, together, 1))
    tint = tint[:, None] * shade
    return blades(template, origin, frames(heading, face), scale.astype(np.float32), "needle", NEEDLE, tint, random)


def _group(together: int, opening: float, width: float) -> Template:
    """Needles that spring from one point round the +y axis, at `opening` rad from it."""
    blade = needle(1.1 * width, 0.22)
    if together == 1:
        return blade
    made = []
    for number in range(together):
        turn = number * GOLDEN_ANGLE
        lean = opening * (0.35 + 0.9 * ((number * 0.618) % 1))
        y = np.array([np.cos(turn) * np.sin(lean), np.cos(lean), np.sin(turn) * np.sin(lean)])
        x = np.array([-np.sin(turn), 0.0, np.cos(turn)])
        turned = blade.points[:, :1] * x + blade.points[:, 1:2] * y + blade.points[:, 2:] * np.cross(x, y)
        made.append(Template(_float32(turned), blade.faces, blade.places))
    return joined(made)


def _float32(values: Floats) -> Floats:
    return values.astype(np.float32)
