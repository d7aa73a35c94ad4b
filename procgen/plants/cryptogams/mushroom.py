"""Mushrooms in groups of all ages: a stipe, a cap with gills or pores below it, a ring and warts where the kind has them.

A fruit body opens as it ages: the cap of a young one is a ball around the top of its stipe, then a dome, and flat or a bowl
when it is old (Clémençon, "Cytology and Plectology of the Hymenomycetes", 2004, ch. 6). Cap and stipe are closed bodies; gills
are the folds of the cap's lower side. Forms are those of Amanita muscaria, Boletus edulis and Cantharellus cibarius. `middle`
and `far` have fewer rings and sides, and no gills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.closed import circles, closed
from ..anatomy.parts import CAP, STEM, body
from ..anatomy.skeleton import Floats
from ..growth.colour import Ramp, Rgb, shades
from ..growth.species import Living, family, species


@dataclass(frozen=True)
class Params(Living):
    look: str = parameter("fly agaric", "what kind of mushroom", choices=("fly agaric", "penny bun", "chanterelle"))
    height: float = parameter(0.14, "height of a grown one", unit="m", low=0.02, high=0.3)
    number: int = parameter(4, "fruit bodies in the group", low=1, high=9)
    gills: int = parameter(44, "gills below a cap", low=16, high=80)
    spread: float = parameter(1.2, "how far apart they stand, in widths of an open cap", low=1, high=3)


@dataclass(frozen=True)
class _Look:
    """A kind: radius of the open cap, and of the stipe at its top and foot, as shares of the height; how far the cap opens
    (1 flat, above it a bowl); warts on the cap; height of the ring on the stipe (0: none); pores instead of gills; and colours.
    """

    cap: float
    top: float
    foot: float
    opens: float
    warts: int
    ring: float
    pores: bool
    skin: Ramp
    under: Rgb
    stipe: Rgb


_LOOKS = {
    "fly agaric": _Look(
        0.46, 0.058, 0.092, 0.95, 46, 0.74, False,
        ((0.42, 0.015, 0.008), (0.52, 0.035, 0.010), (0.60, 0.13, 0.02)), (0.72, 0.68, 0.58), (0.74, 0.70, 0.62),
    ),
    "penny bun": _Look(
        0.52, 0.13, 0.24, 0.55, 0, 0.0, True,
        ((0.11, 0.045, 0.018), (0.20, 0.085, 0.032), (0.30, 0.15, 0.06)), (0.56, 0.50, 0.26), (0.50, 0.38, 0.24),
    ),
    "chanterelle": _Look(
        0.46, 0.15, 0.07, 1.45, 0, 0.0, False,
        ((0.60, 0.28, 0.025), (0.68, 0.36, 0.04), (0.72, 0.44, 0.08)), (0.66, 0.37, 0.06), (0.66, 0.38, 0.07),
    ),
}  # fmt: skip
_WHITE = np.array([0.74, 0.70, 0.60])
SPECIES = (
    species(
        "mushroom", "mushrooms in a group: fly agarics, penny buns or chanterelles", height=(0.08, 0.18), number=(2, 6),
        look=["fly agaric", "penny bun", "chanterelle"], spread=(1.0, 1.6),
    ),
)  # fmt: skip


@family("mushroom", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the group, standing on z = 0: about 12,000 faces near, 1,200 middle, 350 far for four."""
    look = _LOOKS[params.look]
    count = params.number
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi)
    away = params.spread * 2 * look.cap * params.height * np.sqrt(np.arange(count)) * rng.uniform(0.9, 1.15, count)
    ages = np.clip(0.25 + 0.75 * params.age - 0.14 * np.arange(count) * rng.uniform(0.5, 1.4, count), 0.1, 1)
    parts = []
    for index, own in enumerate(rng.spawn(count)):
        place = np.array([away[index] * np.cos(azimuth[index]), away[index] * np.sin(azimuth[index]), 0.0])
        lean = np.array([np.cos(azimuth[index]), np.sin(azimuth[index])]) * 0.12 * np.sqrt(index)
        parts += _fruit_body(params, look, float(ages[index]), place, lean, own, detail)
    return merge(parts)


def _folds(look: _Look, detail: Detail) -> bool:
    """Whether gills are drawn below the cap; a thick one has pores, which are too fine to be geometry."""
    return detail == "near" and not look.pores


def _fruit_body(
    params: Params, look: _Look, age: float, place: Floats, lean: Floats, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    """One mushroom, bent by `lean` (2,) heights away from the middle of the group."""
    height = params.height * (0.35 + 0.65 * age) * rng.uniform(0.9, 1.08)
    opened = look.opens * (0.1 + 0.9 * age)
    sides = {"near": 2 * params.gills, "middle": 20, "far": 10}[detail]
    rows = {"near": 12, "middle": 6, "far": 3}[detail]
    bend = (lean + rng.normal(0, 0.03, 2)) * height
    waves = _waves(sides, 0.05 + 0.06 * (look.opens > 1), rng)
    paler = float(np.clip(rng.normal(0.45, 0.25) + 0.2 * age, 0, 1))
    cap, skinned = _cap(look, height, opened, waves, sides, rows, _folds(look, detail))
    deep = 1 - 0.34 * (np.arange(len(skinned)) % 2 * _folds(look, detail))  # one side of every gill lies in its shade
    colours = np.where(skinned[:, None], shades(look.skin, np.array(paler))[None], np.array(look.under) * deep[:, None])
    stipe = _stipe(look, height, rng, {"near": (16, 24), "middle": (6, 12), "far": (3, 6)}[detail])
    bodies = [(cap, "cap", CAP, colours), (stipe, "cap", STEM, np.array(look.stipe))]
    if look.warts and detail != "far":
        bodies.append((_warts(look, height, opened, age, rng, detail), "cap", CAP, _WHITE))
    if look.ring and detail != "far" and age > 0.4:
        bodies.append((_ring(look, height, sides, rng), "cap", STEM, _WHITE))
    made = []
    for (points, faces), material, part, tint in bodies:
        rise = np.clip(points[:, 2:] / height, 0, 1.3)
        moved = points + np.concatenate([bend * rise**2, np.zeros_like(rise)], 1) + place
        made.append(body(moved, faces, material, part, tint))
    return made


def _waves(sides: int, strength: float, rng: np.random.Generator) -> Floats:
    """How far the margin goes in and out around the cap, about 1, (sides,)."""
    angle = np.arange(sides) * (2 * np.pi / sides)
    turn = rng.uniform(0, 2 * np.pi, 4)
    return 1 + strength * sum(rng.normal(0, 0.5) * np.cos(k * angle + turn[k - 2]) / np.sqrt(k) for k in (2, 3, 4, 5))


def _dome(look: _Look, height: float, opened: float, share: Floats) -> tuple[Floats, Floats]:
    """Radius and height of the cap's skin at shares 0 (middle) to 1 (margin): an arc that opens from a ball to a bowl."""
    radius = look.cap * height * (0.5 + 0.5 * min(opened / look.opens, 1.0))
    half = 2.5 - 2.15 * min(opened, 1.0)
    sphere = radius / float(np.sin(min(half, 0.5 * np.pi)))
    arc, drop = sphere * np.sin(half * share), 0.9 * sphere * (1 - np.cos(half * share))
    bowl = max(opened - 1.0, 0.0)
    lift = bowl * radius * (1.7 * share**1.5 - 0.35 * share**4)
    return arc, height * (1 - 0.5 * bowl) - drop + lift


def _cap(
    look: _Look, height: float, opened: float, waves: Floats, sides: int, rows: int, folded: bool
) -> tuple[tuple[Floats, np.ndarray], np.ndarray]:
    """A closed cap: from the stipe outward below, where it is folded into gills, over the margin, and inward above.

    Return its mesh, and which faces (F,) are of the skin above.
    """
    share = np.linspace(0.02, 1, rows)
    radius, skin = _dome(look, height, opened, share)
    thick = 0.17 * look.cap * height * (1.5 if look.pores else 1.0)
    inside = np.linspace(0.0, 1, max(3, rows // 2))
    below_r, below_z = np.interp(inside, share, radius), np.interp(inside, share, skin)
    below_r[0] = 0.6 * look.top * height
    flesh = thick * (1 - 0.93 * inside**1.5)
    if look.opens > 1:
        flesh = flesh + 0.42 * height * (1 - inside) ** 1.6
    hang = np.where(np.arange(sides) % 2 == 0, 1.0, 0.0) if folded else np.full(sides, 0.5)
    gill = (0.30 * look.cap * height * (np.sin(np.pi * np.clip(inside, 0, 1) ** 0.8) * 0.5 + 0.12))[:, None]
    low = (below_z - flesh)[:, None] - gill * (0.25 + 0.75 * hang) * (0.45 if look.opens > 1 else 1.0)
    low[-1] = below_z[-1] - 0.05 * thick
    edge = 1 + (waves - 1) * inside[:, None] ** 2
    under = circles(below_r[:, None] * edge * 0.985, low + (waves - 1) * inside[:, None] ** 3 * radius[-1] * 1.2, sides)
    ripple = 1 + (waves - 1) * share[:, None] ** 2
    over = circles(radius[:, None] * ripple, skin[:, None] + (waves - 1) * share[:, None] ** 3 * radius[-1] * 1.2, sides)
    points, faces = closed(np.concatenate([under, over[::-1]]))
    skinned = np.repeat(np.arange(len(under) + len(over) - 1) >= len(under), sides)
    ends = np.repeat([False, True], sides // 2)
    return (points, faces), np.concatenate([skinned, ends])


def _stipe(look: _Look, height: float, rng: np.random.Generator, size: tuple[int, int]) -> tuple[Floats, np.ndarray]:
    """A closed stalk from below the ground into the cap, thicker at its foot; rows and sides by `size`."""
    t = np.linspace(0, 1, size[0])
    belly = (1 - t) ** 1.7
    radius = height * (look.top + (look.foot - look.top) * belly)
    if look.warts:
        radius = radius * (1 + 0.35 * np.exp(-(((t - 0.06) / 0.10) ** 2)))
    grain = 1 + 0.03 * rng.normal(size=(size[0], size[1]))
    top = height * (0.80 if look.opens > 1 else 0.93)
    return closed(circles(radius[:, None] * grain, -0.04 * height + t * (top + 0.04 * height), size[1]))


def _warts(
    look: _Look, height: float, opened: float, age: float, rng: np.random.Generator, detail: Detail
) -> tuple[Floats, np.ndarray]:
    """Scraps of the veil on the cap: low closed bumps, closer together while the cap is small."""
    number = look.warts if detail == "near" else look.warts // 3
    share = np.sqrt((np.arange(number) + 0.5) / number) * 0.95
    azimuth = np.arange(number) * GOLDEN_ANGLE + rng.normal(0, 0.25, number)
    radius, rise = _dome(look, height, opened, share)
    ahead, higher = _dome(look, height, opened, share + 0.02)
    slope = np.arctan2(higher - rise, ahead - radius)
    size = 0.055 * look.cap * height * rng.uniform(0.5, 1.5, number) * (1.25 - 0.5 * age) * (1.0 if detail == "near" else 1.7)
    points, faces = closed(circles(np.array([1.0, 0.95, 0.55]), np.array([-0.5, 0.35, 0.7]), 8 if detail == "near" else 4))
    bumps = points[None] * (size[:, None] * rng.uniform(0.75, 1.25, (number, len(points))))[..., None]
    lean, turn = np.sin(slope)[:, None], np.cos(slope)[:, None]
    x, y, z = bumps[..., 0] * turn - bumps[..., 2] * lean, bumps[..., 1], bumps[..., 2] * turn + bumps[..., 0] * lean
    x = x + radius[:, None]
    c, s = np.cos(azimuth)[:, None], np.sin(azimuth)[:, None]
    whole = np.stack([x * c - y * s, x * s + y * c, z + rise[:, None]], -1)
    first = len(points) * np.arange(number)[:, None, None]
    return whole.reshape(-1, 3), (faces[None] + first).reshape(-1, 4)


def _ring(look: _Look, height: float, sides: int, rng: np.random.Generator) -> tuple[Floats, np.ndarray]:
    """A hanging skirt around the stipe, frilled at its hem: out above and back in below, so a closed one."""
    t, skin = np.append(np.linspace(0, 1, 5), np.linspace(1, 0, 5)), np.repeat([0.0, 0.006], 5)
    angle = np.arange(sides) * (2 * np.pi / sides)
    frill = 1 + 0.10 * t[:, None] * np.cos(9 * angle + rng.uniform(0, 6)) * rng.uniform(0.5, 1.2, sides)
    radius = height * (look.top * 1.0 + 0.085 * t**0.8)[:, None] * frill
    hem = (look.ring - 0.09 * t**1.5)[:, None] * (1 + 0.006 * t[:, None] * np.sin(7 * angle)) - skin[:, None]
    rings = circles(radius, height * hem, sides)
    number = np.arange(10 * sides).reshape(10, sides)
    beyond, after = np.roll(number, -1, 0), np.roll(number, -1, 1)
    faces = np.stack([number, beyond, np.roll(beyond, -1, 1), after], -1)
    return rings.reshape(-1, 3), faces.reshape(-1, 4)
