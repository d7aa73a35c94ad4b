"""Prickly pear: a shrub of flat obovate pads, with areoles in a diamond grid, that grow from one another's rims.

Yellow flowers stand on the rims of the outer pads in spring; their fruits are green in summer, red in autumn, few in winter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.parts import PAD
from ..anatomy.skeleton import UP, Floats, unit
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Seasonal, family, species
from .blossoms import faces_of, flowers, fruits
from .pads import RINGS, Pads, angles, grow, outline, stations, surface
from .skin import on_skin, shells
from .spines import VEIL, clusters, felt, spines


@dataclass(frozen=True)
class Params(Seasonal):
    pads: int = parameter(34, "pads of an old shrub", low=6, high=60)
    pad_length: float = parameter(0.28, "length of a pad", unit="m", low=0.08, high=0.5)
    pad_breadth: float = parameter(0.72, "breadth of a pad, as a share of its length", low=0.45, high=1.0)
    bases: int = parameter(3, "pads that stand on the ground", low=1, high=5)
    areoles: int = parameter(8, "rows of areoles along a pad", low=4, high=12)
    spine_length: float = parameter(0.03, "length of the spines", unit="m", low=0.003, high=0.07)
    blossoms: float = parameter(2.4, "flowers, later fruits, on an outer pad", low=0, high=6)


_GREEN: Ramp = ((0.066, 0.104, 0.046), (0.090, 0.135, 0.066), (0.118, 0.165, 0.092))
_STRAW: Ramp = ((0.19, 0.165, 0.075), (0.22, 0.19, 0.10))
_CORK = np.array((0.17, 0.135, 0.085))
_FELT = np.array((0.24, 0.16, 0.07))
_SPINES: Ramp = ((0.33, 0.25, 0.14), (0.52, 0.45, 0.32), (0.60, 0.55, 0.44))
_TEPALS: Ramp = ((0.62, 0.36, 0.03), (0.74, 0.56, 0.05))
_STAMENS: Ramp = ((0.50, 0.32, 0.04), (0.60, 0.46, 0.10))
_FRUIT: Ramp = ((0.085, 0.120, 0.050), (0.16, 0.13, 0.05), (0.34, 0.055, 0.045), (0.24, 0.016, 0.045))
_BEARS = {"spring": (1.0, 0.0), "summer": (0.95, 0.15), "autumn": (0.85, 0.85), "winter": (0.2, 0.95), "dry": (0.0, 1.0)}
"""Share of flowers and fruits that are there, and how ripe they are."""
_MOST_FACES = 20_000
SPECIES = (
    species(
        "prickly_pear",
        "a prickly pear, yellow in flower in spring, with red fruits in autumn",
        pads=(20, 50),
        pad_length=(0.21, 0.34),
        pad_breadth=(0.62, 0.84),
        bases=(1, 4),
        areoles=(7, 9),
        spine_length=(0.012, 0.045),
        blossoms=(1.4, 3.5),
    ),
)


@family("prickly_pear", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: at most 20,000 faces near, 11,000 middle, 3,000 far."""
    shape_rng, spine_rng, flower_rng = rng.spawn(3)
    pads = skeleton(params, shape_rng)
    rings = surface(pads, detail)
    parts = [shells(rings, _skin(params, pads, shape_rng.random((2, len(pads.foot))), detail), PAD)]
    parts += _armour(params, pads, rings, spine_rng, detail)
    parts += _bearing(params, pads, flower_rng, detail)
    return merge(parts)


def skeleton(params: Params, rng: np.random.Generator) -> Pads:
    """Return the pads by place and size: with age there are more of them, and they are larger."""
    count = max(2, round(params.pads * (0.04 + 0.96 * params.age**1.2)))
    bases = min(params.bases, max(1, count // 4))
    return grow(count, params.pad_length * (0.5 + 0.5 * params.age**0.6), params.pad_breadth, bases, rng)


def _outer(pads: Pads) -> Floats:
    """Which pads bear none (n,), as 0 or 1."""
    bearing = np.bincount(pads.parent[pads.parent >= 0], minlength=len(pads.foot))
    return (bearing == 0) * 1.0


def _skin(params: Params, pads: Pads, luck: Floats, detail: Detail) -> Floats:
    """Colours (n, R - 1, S, 3): young pads are brighter, the oldest corky at their foot, rims a little paler."""
    sides = RINGS[detail][1]
    strain = {"spring": 0.0, "summer": 0.05, "autumn": 0.1, "winter": 0.16, "dry": 0.45}[params.season]
    ramp = mixed(_GREEN, _STRAW, min(0.7, strain + max(0.0, 0.6 - params.vigour)))
    own = luck[1, 0]
    middle = angles(detail) + np.pi / sides
    rim = np.abs(np.cos(middle)) ** 6
    along = (stations(detail)[1:] + stations(detail)[:-1]) * 0.5
    young = 0.35 * own + 0.35 * luck[0] + 0.25 * _outer(pads)
    place = young[:, None, None] + 0.14 * rim + 0.06 * along[:, None]
    tint = shades(ramp, place)
    tint = tint + (shades(_SPINES, np.array(0.5)) - tint) * VEIL[detail]
    corky = (
        np.clip(1 - pads.order / 1.5, 0, 1)[:, None] * np.clip(1.1 - along / 0.7, 0, 1) * np.clip(1.5 * params.age - 0.4, 0, 1)
    )
    return tint + (_CORK - tint) * (0.9 * corky)[:, :, None, None]


def _armour(params: Params, pads: Pads, rings: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Areoles in a diamond grid on both faces, each a tuft of glochids with one to three spines: as
    many, and as solid, as the faces of the near form allow."""
    count = len(pads.foot)
    rows, sides = rings.shape[1:3]
    t, angle = [], []
    for index in range(params.areoles):
        share = 0.12 + 0.84 * (index + 0.5) / params.areoles
        places = max(1, round(0.75 * params.areoles * float(outline(np.array(share)))))
        across = (np.arange(places) - 0.5 * (places - 1) + 0.25 * (index % 2 * 2 - 1)) / (0.5 * places + 0.35)
        bow = np.arccos(np.clip(across, -0.97, 0.97))
        angle += [bow, 2 * np.pi - bow]
        t.append(np.full(2 * places, share))
    shares, around = np.concatenate(t), np.concatenate(angle)
    body, index = (axis.ravel() for axis in np.indices((count, len(shares))))
    ring = np.interp(shares[index], stations(detail), np.arange(rows))
    spot = on_skin(rings, body, ring, around[index] * (sides / (2 * np.pi)))
    skin = (RINGS["near"][0] * RINGS["near"][1] + 1) * count
    blooms = (1.2 * params.blossoms + 0.5) * float(_outer(pads).sum())
    each = (_MOST_FACES - skin - faces_of(blooms)) / len(body)
    solid, radial = each >= 10, 2 if each >= 4 else 1 if each >= 3 else 0
    row, heading, part = clusters(spot, radial, 1, 0.75, rng)
    size = params.spine_length * (0.5 + 0.5 * params.age) * part * rng.uniform(0.7, 1.2, len(row))
    tint = shades(_SPINES, rng.random(len(row)))
    foot = spot.point[row] - spot.normal[row] * 0.0005
    made = [spines(foot, heading, size, 0.0007 + 0.008 * params.spine_length, tint, detail, solid)]
    if detail != "far":
        keep = slice(None, None, 1 if detail == "near" else 2)
        wool = _FELT * (0.7 + 0.6 * rng.random(len(body))[:, None])
        size = 0.026 * pads.length[body]
        made.append(felt(spot[keep], size[keep], wool[keep], detail if each >= 13 else "middle"))
    return made


def _bearing(params: Params, pads: Pads, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Flowers in spring, else fruits, side by side along the upper rim of the outer pads."""
    share, ripe = _BEARS[params.season]
    most = int(np.ceil(params.blossoms * 1.5)) + 1
    luck = rng.random((4, len(pads.foot), most))
    wanted = np.floor(params.blossoms * (0.5 + luck[0, :, 0]) + luck[1, :, 0]) * _outer(pads) * (pads.order > 0)
    there = (np.arange(most) < wanted[:, None]) & (luck[2] < share)
    pad, number = np.nonzero(there)
    if len(pad) == 0 or params.age < 0.3:
        return []
    angle = (number - 0.5 * (wanted[pad] - 1)) * 0.36 + 0.22 * (luck[3][there] - 0.5)
    reach = 0.985
    side, axis, length = pads.side()[pad], pads.axis[pad], pads.length[pad][:, None]
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    breadth = pads.breadth[pad][:, None]
    place = pads.foot[pad] + length * (axis * (0.6 + 0.4 * reach * cosine) + side * (0.5 * reach * breadth * sine))
    facing = unit(axis * cosine + side * sine + 0.25 * UP + 0.15 * (luck[3][there][:, None] - 0.5) * pads.normal[pad])
    size = 0.05 * (pads.length[pad] / 0.28) ** 0.5 * (0.8 + 0.4 * luck[1][there])
    sunken = place - facing * (0.12 * size)[:, None]
    tint = shades(_FRUIT, ripe + 0.25 * (luck[2][there] - 0.5))
    made = [fruits(sunken, facing, size, 0.58, tint, detail)]
    if params.season == "spring":
        mouth = sunken + facing * (0.93 * size)[:, None]
        made += flowers(mouth, facing, 1.35 * size, 12, (_TEPALS, _STAMENS), rng, detail)
    return made
