"""Flower heads: rings of petals and sepals, florets in golden-angle spirals, and turned bodies, all set on stalks' ends.

Everything of one head has the head's place as its root, so that wind moves a flower as one. Sizes of parts are shares of the
head's size, the breadth of the open flower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, radial
from ..anatomy.outline_blades import fewer, run
from ..anatomy.parts import FLOWER, PETAL, blades
from ..anatomy.skeleton import Floats, unit
from ..anatomy.turned import turned
from .colour import Ramp, shades
from .stalks import tips


@dataclass(frozen=True)
class Heads:
    """n heads: `place` (n, 3) m where the stalk ends, `facing` (n, 3) unit vectors that petals stand around, `size` (n,) m,
    and `luck` (n,) 0..1, each head's own: how far it has opened within its stage.
    """

    place: Floats
    facing: Floats
    size: Floats
    luck: Floats

    def __len__(self) -> int:
        return len(self.place)

    def pick(self, chosen: NDArray[Any]) -> Heads:
        """Return the heads that a mask (n,) or indices choose."""
        return Heads(self.place[chosen], self.facing[chosen], self.size[chosen], self.luck[chosen])


@dataclass(frozen=True)
class Florets:
    """m florets of one head in a golden-angle spiral, from the middle outward: `radius` and `height` (m,) of their feet from
    the axis and above the head's place, `splay` (m,) rad how far they lean from the axis, `length` (m,), `shade` (m,) 0..1.
    """

    radius: Floats
    height: Floats
    splay: Floats
    length: Floats
    shade: Floats

    def thinned(self, count: int) -> Florets:
        """Return `count` of the florets, evenly taken."""
        kept = np.linspace(0, len(self.radius) - 1, count).round().astype(int)
        return Florets(self.radius[kept], self.height[kept], self.splay[kept], self.length[kept], self.shade[kept])


@dataclass(frozen=True)
class Profile:
    """A body of revolution: `radii` at `along` its axis, as `turned` takes them, and its even number of sides from near by."""

    along: tuple[float, ...]
    radii: tuple[float, ...]
    sides: int = 8

    def at(self, detail: Detail) -> Template:
        """Return the body, watertight; further off with four sides and only its foot, its widest place and its end, far away
        as a box of its mean breadth.
        """
        y, r = np.array(self.along), np.array(self.radii)
        if detail == "near":
            return turned(y, r, self.sides)
        as_broad = np.pi / (2 * np.sqrt(2))  # a circle seen from all sides is that much broader than a square in it
        if detail == "far":
            mean = (np.diff(y) * (r[1:] + r[:-1])).sum() / (2 * np.ptp(y))
            return turned(y[[0, -1]], np.full(2, mean * as_broad), 4)
        kept = [0, int(np.clip(np.argmax(r), 1, len(r) - 2)), -1]
        return turned(y[kept], r[kept] * as_broad, 4)


def heads(paths: Floats, size: float, light: float, rng: np.random.Generator) -> Heads:
    """Return one head a stalk (n, L, 3), facing where it ends and by `light` (0..1) turned up to a light that all share."""
    count = len(paths)
    place, ahead = tips(paths)
    sun = unit(np.append(rng.normal(0, 0.4, 2), 1.0))
    facing = unit(ahead * (1 - 0.6 * light) + light * sun + rng.normal(0, 0.14, (count, 3)))
    return Heads(place, facing, size * rng.uniform(0.86, 1.12, count), rng.random(count))


def ring(
    heads: Heads,
    template: Template,
    count: int,
    rise: Floats | float,
    length: Floats | float,
    ramp: Ramp,
    rng: np.random.Generator,
    detail: Detail,
    *,
    turn: float = 0.0,
    radius: float = 0.0,
    height: float = 0.0,
    loose: float = 0.07,
    material: str = "petal",
    part: int = PETAL,
    coarse: Template | None = None,
) -> MeshData:
    """Set `count` petals evenly round every head. `rise` (n,) rad is how far they stand up from across the axis, `length` is
    theirs, `radius` and `height` are where their feet are, `turn` the first one's place as a share of the gap, `loose` rad how
    unevenly they stand; `ramp` colours them from foot to tip. Far away fewer, wider ones stand for them,
    kites or `coarse` ones.
    """
    template, count = fewer(template, count, detail, coarse=coarse)
    row = np.repeat(np.arange(len(heads)), count)
    azimuth = (np.tile(np.arange(count) + turn, len(heads)) + rng.normal(0, loose, len(row))) * (2 * np.pi / count)
    facing, size = heads.facing[row], heads.size[row]
    outward = radial(facing, azimuth + heads.luck[row] * 6.0)
    lift = (np.broadcast_to(rise, (len(heads),))[row] + rng.normal(0, loose, len(row)))[:, None]
    heading = outward * np.cos(lift) + facing * np.sin(lift)
    normal = facing * np.cos(lift) - outward * np.sin(lift)
    feet = heads.place[row] + (outward * radius + facing * height) * size[:, None]
    scale = size * np.broadcast_to(length, (len(heads),))[row] * rng.uniform(0.93, 1.06, len(row))
    random = rng.random(len(row))
    tint = shades(ramp, np.broadcast_to(run(template), (len(row), len(template.faces))))
    tint = tint * (0.92 + 0.14 * random)[:, None, None]
    return blades(template, feet, frames(heading, normal), scale, material, part, tint, random, heads.place[row])


def spiral(
    heads: Heads,
    template: Template,
    florets: Florets,
    ramp: Ramp,
    rng: np.random.Generator,
    detail: Detail,
    *,
    material: str = "petal",
    part: int = FLOWER,
    along: bool = False,
) -> MeshData:
    """Set florets on every head, each a golden angle after the one before; `ramp` colours them by their shade, or from foot
    to tip where `along`. Far away fewer, wider ones stand for them.
    """
    template, each = fewer(template, len(florets.radius), detail, 6)
    florets = florets.thinned(each)
    row = np.repeat(np.arange(len(heads)), each)
    radius, height, splay, length, shade = (
        np.tile(values, len(heads)) for values in (florets.radius, florets.height, florets.splay, florets.length, florets.shade)
    )
    facing, size = heads.facing[row], heads.size[row]
    azimuth = np.tile(np.arange(each) * GOLDEN_ANGLE, len(heads)) + heads.luck[row] * 6.0
    outward = radial(facing, azimuth)
    lean = splay[:, None]
    heading = outward * np.sin(lean) + facing * np.cos(lean)
    normal = facing * np.sin(lean) - outward * np.cos(lean)
    feet = heads.place[row] + (outward * radius[:, None] + facing * height[:, None]) * size[:, None]
    random = rng.random(len(row))
    place = np.broadcast_to(run(template), (len(row), len(template.faces))) if along else shade
    tint = shades(ramp, place)
    scale = size * length * (0.9 + 0.2 * random)
    return blades(template, feet, frames(heading, normal), scale, material, part, tint, random, heads.place[row])


def dome(count: int, radius: float, height: float, steep: float, length: tuple[float, float]) -> Florets:
    """Return florets evenly spread on a dome of `radius` and `height` that lean by `steep` rad at its margin; `length` is that
    of the innermost and the outermost. Their shade is their place, 0 inmost (Vogel 1979, "A better way to construct the
    sunflower head").
    """
    share = (np.arange(count) + 0.5) / count
    out = np.sqrt(share)
    lengths = length[0] + (length[1] - length[0]) * share
    return Florets(radius * out, height * (1 - share), steep * out, lengths, share)


def sphere(count: int, length: float, core: float, gap: float = 0.06) -> Florets:
    """Return florets that point evenly to all sides from a core of the radius `core`, but for the share `gap` at the stalk."""
    cosine = 1 - 2 * (1 - gap) * (np.arange(count) + 0.5) / count
    splay = np.arccos(cosine)
    return Florets(core * np.sin(splay), core * cosine, splay, np.full(count, length), 0.5 + 0.5 * cosine)


def bodies(
    heads: Heads,
    template: Template,
    scale: tuple[float, float],
    material: str,
    part: int,
    ramp: Ramp,
    height: float = 0.0,
) -> MeshData:
    """Set one body along every head's axis, such as a capsule, an involucre or a bud: `scale` across and along the axis, its
    foot `height` above the head's place; `ramp` colours it from foot to tip.
    """
    turned = frames(heads.facing, np.broadcast_to(np.array([1, 0, 0], np.float32), heads.facing.shape))
    tint = np.broadcast_to(shades(ramp, run(template)), (len(heads), len(template.faces), 3))
    stretch = heads.size[:, None] * np.array([scale[0], scale[1], scale[0]])
    feet = heads.place + heads.facing * (height * heads.size)[:, None]
    return blades(template, feet, turned, stretch, material, part, tint, heads.luck, heads.place)
