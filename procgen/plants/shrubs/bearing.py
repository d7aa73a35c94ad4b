"""What shrubs bear in their season: catkins and nuts of hazels, flowers, hips and prickles of roses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, kite, needle, radial
from ..anatomy.outlines import Outline, fan, moved
from ..anatomy.parts import FLOWER, FRUIT, LEAF, PETAL, SPINE, blades
from ..anatomy.skeleton import UP, Floats, Ints, along, unit
from ..anatomy.turned import turned
from ..growth.colour import Ramp, shades
from ..growth.shoots import Twigs

BEARS = ("nothing", "hazelnuts", "roses")
"""What a shrub bears; hazels have catkins before their leaves, roses flower in summer and carry hips from autumn on."""
_EVERY = {"near": 1, "middle": 3, "far": 8}
_POLLEN: Ramp = ((0.36, 0.29, 0.06), (0.50, 0.40, 0.09))
_CLOSED: Ramp = ((0.17, 0.14, 0.06), (0.24, 0.18, 0.08))
_NUT: Ramp = ((0.20, 0.105, 0.040), (0.27, 0.155, 0.060))
_HUSK: Ramp = ((0.13, 0.17, 0.045), (0.19, 0.20, 0.06))
_ROSE: Ramp = ((0.74, 0.47, 0.52), (0.78, 0.60, 0.63), (0.80, 0.72, 0.72))
_STAMENS: Ramp = ((0.52, 0.36, 0.05), (0.62, 0.46, 0.10))
_HIP: Ramp = ((0.44, 0.085, 0.020), (0.42, 0.030, 0.014), (0.32, 0.014, 0.012))
_GREEN_HIP: Ramp = ((0.13, 0.15, 0.035), (0.26, 0.13, 0.030))
_HEART = ((0.17, 0.13), (0.45, 0.50), (0.54, 0.80), (0.41, 1.02), (0.17, 1.07))
_PETAL = Outline(_HEART, _HEART[::2], hub=0.55, petiole=0.05, fold=0.05, curl=-0.13)


def borne(bears: str, season: str, number: int, shoots: Twigs, detail: Detail, rng: np.random.Generator) -> list[MeshData]:
    """Return what the shrub bears in this season: about `number` bunches of it, on the shoots that are best lit."""
    every = _EVERY[detail]
    number = max(1, number // every)
    larger = every**0.45
    if bears == "hazelnuts":
        if season in ("winter", "spring"):
            return [_catkins(3 * number, 0.062 * larger, season == "spring", shoots, rng)]
        return [_nuts(number, 0.021 * larger, shoots, detail, rng)] if season == "autumn" else []
    if bears == "roses":
        if season == "summer":
            return _roses(2 * number, 0.055 * larger, shoots, detail, rng)
        if season in ("autumn", "winter", "dry"):
            share = {"autumn": 3.0, "winter": 2.0, "dry": 1.2}[season]
            ramp = _GREEN_HIP if season == "dry" else _HIP
            return [_hips(max(1, round(share * number)), 0.026 * larger, ramp, shoots, detail, rng)]
    return []


def prickles(paths: Floats, radii: Floats, number: int, rng: np.random.Generator) -> MeshData:
    """Set hooked prickles on canes (n, L, 3) m with radii (n, L) m, more of them on the thick wood low down."""
    row = rng.integers(0, len(paths), number).astype(np.int32)
    place = (0.04 + 0.86 * rng.random(number) ** 1.2).astype(np.float32)
    origin, forward = along(paths, row, place)
    thickness = radii[row, 0] + (radii[row, -1] - radii[row, 0]) * place
    outward = radial(forward, np.arange(number) * GOLDEN_ANGLE)
    at = origin + outward * (0.8 * thickness)[:, None]
    size = (0.5 + 0.6 * rng.random(number)) * (0.006 + 0.45 * thickness)
    turn = frames(outward - 0.25 * forward, forward)
    tint = shades(((0.16, 0.075, 0.035), (0.26, 0.17, 0.08)), rng.random(number))
    return blades(_prickle(), at, turn, size.astype(np.float32), "spine", SPINE, tint, rng.random(number))


def _tips(number: int, shoots: Twigs, rng: np.random.Generator) -> tuple[Floats, Floats, Ints]:
    """The ends (n, 3) m of shoots in the light, the way these go there (n, 3), and which of the bunches each belongs to."""
    order = np.argsort(-(shoots.light + 0.9 * rng.random(len(shoots.light))), kind="stable")
    row = np.resize(order[: max(1, number)], number)
    end = shoots.paths[row, -1]
    return end, unit(end - shoots.paths[row, -2]), row


def _catkins(number: int, size: float, open_: bool, shoots: Twigs, rng: np.random.Generator) -> MeshData:
    """Tassels that hang in twos and threes from bare twigs."""
    _, _, row = _tips(max(1, number // 3), shoots, rng)
    row = np.repeat(row, 3)
    place, _ = along(shoots.paths, row.astype(np.int32), np.repeat(rng.uniform(0.55, 1.0, len(row) // 3), 3))
    down = -UP + rng.normal(0, 0.22, (len(row), 3))
    turn = frames(down, rng.normal(size=(len(row), 3)))
    scale = size * rng.uniform(0.65, 1.15, len(row)) * (1.0 if open_ else 0.62)
    stretch = np.stack([scale, scale, scale], 1) * ([1, 1, 1] if open_ else [1.5, 1, 1.5])
    own = rng.random(len(row))
    tint = shades(_POLLEN if open_ else _CLOSED, own)
    catkin = turned([0.0, 0.06, 0.5, 0.94, 1.0], [0.02, 0.065, 0.075, 0.055, 0.01], 4)
    return blades(catkin, place, turn, stretch.astype(np.float32), "stem", FLOWER, tint, own)


def _nuts(number: int, size: float, shoots: Twigs, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Nuts in ragged husks, two or three together."""
    end, forward, _ = _tips(number, shoots, rng)
    bunch = np.repeat(np.arange(number), 3)
    heading = forward[bunch] * 0.4 - UP * 0.5 + 0.8 * rng.normal(0, 0.6, (len(bunch), 3))
    turn = frames(heading, rng.normal(size=(len(bunch), 3)))
    scale = (size * rng.uniform(0.85, 1.15, len(bunch))).astype(np.float32)
    sides = 6 if detail == "near" else 4
    nut = turned([0.1, 0.25, 0.7, 1.0, 1.1], [0.2, 0.42, 0.5, 0.22, 0.02], sides)
    husk = joined([_leaning(kite(0.62, 0.25, 0.55), 2 * np.pi * k / 5, 0.42) for k in range(5)])
    own = rng.random(len(bunch))
    roots = end[bunch]
    return merge([
        blades(nut, end[bunch], turn, scale, "fruit", FRUIT, shades(_NUT, own), own, roots),
        blades(husk, end[bunch], turn, scale * np.float32(1.25), "leaf", LEAF, shades(_HUSK, own), own, roots),
    ])  # fmt: skip


def _roses(number: int, size: float, shoots: Twigs, detail: Detail, rng: np.random.Generator) -> list[MeshData]:
    """Flowers of five flat heart-shaped petals, each lapped over the next, round a ring of stamens, on short stalks at the
    ends of shoots; some are half open.
    """
    end, forward, _ = _tips(number, shoots, rng)
    facing = unit(forward + UP * 0.9 + rng.normal(0, 0.35, (number, 3)))
    place = (end + facing * (0.85 * size)).astype(np.float32)
    turn = frames(np.cross(facing, rng.normal(size=(number, 3))), facing)
    scale = (size * rng.uniform(0.8, 1.1, number)).astype(np.float32)
    cup = np.where(rng.random(number) < 0.2, 2.2, 1.0) * rng.uniform(0.6, 1.2, number)
    stretch = np.stack([scale, scale, scale * cup], 1).astype(np.float32)
    own = rng.random(number)
    petal = fan(_PETAL) if detail == "near" else kite(0.95, -0.2, 0.68)
    lapped = replace(petal, points=petal.points + petal.points[:, :1] * np.array([0, 0, 0.14], np.float32))
    flower = joined([moved(lapped, 2 * np.pi * k / 5, 0.5, 0.0, 0.0) for k in range(5)])
    stamens = [moved(needle(0.28, 0.8), 2 * np.pi * (k + 0.5) / 9, 0.16, 0.0, 0.05) for k in range(9)]
    knob = turned([0.0, 0.05, 0.09], [0.10, 0.09, 0.02], 6)
    middle = joined([knob, *stamens]) if detail == "near" else kite(0.3, 0.0)
    boss = frames(turn[:, :, 2], turn[:, :, 0]) if detail == "near" else turn
    lifted = place if detail == "near" else place + facing.astype(np.float32) * (0.06 * scale)[:, None]
    if detail == "near":
        middle = _upright(middle, len(knob.points))
    stalk = np.sqrt(((place - end) ** 2).sum(1)).astype(np.float32)
    thin = np.stack([np.full(number, 0.0022), stalk, stalk], 1).astype(np.float32)
    return [
        blades(flower, place, turn, stretch, "petal", PETAL, shades(_ROSE, own), own, end),
        blades(middle, lifted, boss, scale, "petal", FLOWER, shades(_STAMENS, own), own, end),
        blades(needle(1.0, 1.0), end, frames(place - end, forward), thin, "stem", FLOWER, np.array(_HUSK[0]), own, end),
    ]


def _hips(number: int, size: float, ramp: Ramp, shoots: Twigs, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Oval hips on stalks, one to three at the end of a shoot, with what is left of the sepals."""
    bunches = max(1, number // 2)
    end, forward, _ = _tips(bunches, shoots, rng)
    bunch = np.arange(number) % bunches
    aside = radial(forward[bunch], np.arange(number) * GOLDEN_ANGLE)
    heading = forward[bunch] + aside * np.where(np.arange(number) < bunches, 0.25, 0.8)[:, None] - UP * 0.35
    turn = frames(heading, rng.normal(size=(number, 3)))
    scale = (size * rng.uniform(0.8, 1.15, number)).astype(np.float32)
    own = rng.random(number)
    return blades(_hip(detail), end[bunch], turn, scale, "fruit", FRUIT, shades(ramp, own), own, end[bunch])


def _hip(detail: Detail) -> Template:
    if detail == "far":
        return turned([0.5, 0.85, 1.2], [0.05, 0.33, 0.05], 4)
    body = turned([0.5, 0.6, 0.85, 1.12, 1.22], [0.05, 0.22, 0.33, 0.2, 0.07], 8 if detail == "near" else 4)
    stalk = turned([0.0, 0.52], [0.03, 0.045], 4)
    return joined([stalk, body, *(_leaning(kite(0.3, 0.3, 0.4), 2 * np.pi * k / 3, 0.24, 1.2) for k in range(3))])


def _leaning(template: Template, angle: float, lean: float, foot: float = 0.0) -> Template:
    """Lean a template `lean` from +y outward at `angle` rad around it, its foot at `foot` on the axis, half as long."""
    x, y, z = template.points.T * 0.55 * (1.0 if foot else 1.6)
    out = y * np.sin(lean) - z * np.cos(lean) + (0.0 if foot else 0.3) * np.minimum(4 * y, 1)
    rise = y * np.cos(lean) + z * np.sin(lean) + foot
    points = np.stack([out * np.cos(angle) - x * np.sin(angle), rise, out * np.sin(angle) + x * np.cos(angle)], 1)
    return Template(points.astype(np.float32), template.faces, template.places)


def _upright(template: Template, first: int) -> Template:
    """Turn the stamens, which follow the `first` points of the boss and face +z, so that all stands about +y."""
    points = template.points.copy()
    flat = points[first:]
    points[first:] = np.stack([flat[:, 0], flat[:, 2] + 0.35 * np.sqrt(flat[:, 0] ** 2 + flat[:, 1] ** 2), flat[:, 1]], 1)
    return Template(points, template.faces, template.places)


def _prickle() -> Template:
    """A hook, one unit long, that bends back the way its z points."""
    side = [(-0.3, 0, -0.32), (-0.3, 0, 0.32), (-0.02, 0.98, -0.35), (-0.02, 1.0, -0.38)]
    other = [(0.3, 0, -0.32), (0.3, 0, 0.32), (0.02, 0.98, -0.35), (0.02, 1.0, -0.38)]
    points = np.array(side + other, np.float32)
    faces = np.array([(0, 1, 3, 2), (5, 4, 6, 7), (0, 2, 6, 4), (1, 5, 7, 3)], np.int32)
    return Template(points, faces, np.tile(np.array([[0.0, 0.5]], np.float32), (8, 1)))
