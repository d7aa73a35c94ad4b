"""Saguaro: a tall ribbed column whose arms leave the trunk level and turn up; a young one is a single short column.

White flowers crowd the tips in spring, red fruits follow in summer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.parts import BRANCH, TRUNK
from ..anatomy.skeleton import Floats, Ints, along, unit
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Seasonal, family, species
from .blossoms import faces_of, flowers, fruits
from .ribs import SAMPLES, areoles, column, ribbed
from .skin import Places, on_skin, shells
from .spines import clusters, felt, spines


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(9.0, "height of an old one", unit="m", low=2, high=14)
    diameter: float = parameter(0.5, "thickness of an old trunk", unit="m", low=0.2, high=0.9)
    ribs: int = parameter(18, "ribs of the trunk", low=9, high=26)
    rib_depth: float = parameter(0.16, "depth of the furrows, as a share of the radius", low=0.05, high=0.35)
    arms: int = parameter(5, "arms of an old one", low=0, high=9)
    arm_reach: float = parameter(1.0, "how far arms stand off the trunk, in trunk diameters", low=0.7, high=2.0)
    spine_length: float = parameter(0.05, "length of the central spines", unit="m", low=0.01, high=0.1)
    blossoms: int = parameter(16, "flowers, later fruits, on each tip", low=0, high=40)


_GREEN: Ramp = ((0.052, 0.076, 0.032), (0.076, 0.104, 0.046), (0.104, 0.134, 0.062))
_STRAW: Ramp = ((0.17, 0.15, 0.065), (0.21, 0.18, 0.09))
_CORK = np.array((0.155, 0.125, 0.085))
_FELT = np.array((0.30, 0.25, 0.17))
_SPINES: Ramp = ((0.16, 0.12, 0.085), (0.33, 0.27, 0.20), (0.50, 0.43, 0.32))
_TEPALS: Ramp = ((0.56, 0.60, 0.40), (0.76, 0.75, 0.68))
_STAMENS: Ramp = ((0.62, 0.45, 0.10), (0.70, 0.58, 0.24))
_FRUIT: Ramp = ((0.11, 0.15, 0.05), (0.36, 0.07, 0.045), (0.40, 0.035, 0.04))
_MOST_FACES = 20_000
_RINGS = {"near": (23, 6), "middle": (10, 4), "far": (6, 2)}
"""Rings of a trunk up to its dome, and on the dome; an arm has the same."""
_MANY, _RINGS_OF_MANY = 72, (16, 4)
"""Of those with more ribs in all, which are seen from further off, the near form has fewer rings."""
SPECIES = (
    species(
        "saguaro",
        "a saguaro, in flower in spring, with fruits in summer",
        height=(6.5, 11.5),
        diameter=(0.48, 0.68),
        ribs=(13, 20),
        rib_depth=(0.13, 0.2),
        arms=(1, 7),
        arm_reach=(0.85, 1.35),
        spine_length=(0.035, 0.06),
        blossoms=(8, 22),
    ),
)


@dataclass(frozen=True)
class Columns:
    """The trunk, first, and its arms: paths (n, L, 3) m from foot to tip, and their `radius` (n,) m."""

    paths: Floats
    radius: Floats


@family("saguaro", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: at most 20,000 faces near, 13,000 middle, 4,000 far."""
    shape_rng, spine_rng, flower_rng = rng.spawn(3)
    columns = skeleton(params, shape_rng)
    rings = surface(params, columns, detail)
    parts = [shells(rings, _skin(params, rings, shape_rng.random(), detail), _parts(columns))]
    parts += _armour(params, columns, rings, spine_rng, detail)
    parts += _bearing(params, columns, rings, flower_rng, detail)
    return merge(parts)


def skeleton(params: Params, rng: np.random.Generator) -> Columns:
    """Return the columns by path and radius; arms come with age, all from the middle third of the trunk."""
    height = params.height * (0.035 + 0.965 * params.age**1.25)
    radius = 0.5 * params.diameter * (0.3 + 0.7 * params.age**0.7)
    radius = min(radius, 0.3 * height)
    luck = rng.random((5, params.arms))
    u = np.linspace(0, 1, 25)
    sway = rng.normal(0, 0.012, (2, 2)) * height
    wave = sway[0] * (u**2)[:, None] + sway[1] * np.sin(2.5 * u)[:, None] * 0.5
    trunk = np.concatenate([wave, (height * u - 0.03 * radius)[:, None]], 1)
    count = int(np.sum(0.45 + 0.5 * luck[0] < params.age)) if params.arms else 0
    if count == 0:
        return Columns(trunk[None], np.array([radius]))

    born = (np.arange(count) + 0.5) / count
    share = 0.34 + 0.24 * luck[1, :count]
    origin, _ = along(trunk[None], np.zeros(count, np.int32), share)
    azimuth = np.arange(count) * GOLDEN_ANGLE + 6.283 * luck[0, 0] + 0.5 * (luck[2, :count] - 0.5)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), 0 * azimuth], -1)
    thick = radius * (0.62 + 0.2 * luck[3, :count])
    turn = thick * 1.5
    reach = np.maximum(2 * radius * params.arm_reach * (0.85 + 0.5 * luck[4, :count]), radius + turn + 0.1 * radius)
    level = reach - turn
    rest = np.maximum((height * (1.02 - share) - turn) * (0.95 - 0.7 * born) * (0.7 + 0.4 * luck[3, :count]), 1.2 * thick)
    return Columns(
        np.concatenate([trunk[None], _elbows(origin, outward, level, turn, rest)]), np.concatenate([[radius], thick])
    )


def _elbows(origin: Floats, outward: Floats, level: Floats, turn: Floats, rest: Floats) -> Floats:
    """Paths (n, 25, 3) m: `level` m outward, a quarter circle of radius `turn` m, then `rest` m up."""
    quarter = np.linspace(0, 0.5 * np.pi, 13)
    shift = np.linspace(0, 1, 6)[:-1]
    out = np.concatenate(
        [level[:, None] * shift, level[:, None] + turn[:, None] * np.sin(quarter), np.repeat((level + turn)[:, None], 7, 1)], 1
    )
    up = np.concatenate(
        [
            np.zeros((len(level), 5)),
            turn[:, None] * (1 - np.cos(quarter)),
            turn[:, None] + rest[:, None] * np.linspace(0, 1, 8)[1:],
        ],
        1,
    )
    return origin[:, None] + outward[:, None] * out[..., None] + np.array([0.0, 0.0, 1.0]) * up[..., None]


def surface(params: Params, columns: Columns, detail: Detail) -> Floats:
    """Return the rings (n, R, S, 3) m of trunk and arms: slimmer at the foot, arms at the joint too."""
    steady, dome = _rings(params, len(columns.radius), detail)
    paths, radii = column(columns.paths, columns.radius, steady, dome)
    u = np.linspace(0, 1, steady + dome)
    trunk = 0.84 + 0.16 * np.clip(u / 0.4, 0, 1) - 0.07 * np.clip((u - 0.5) * 2, 0, 1)
    arm = 0.72 + 0.28 * np.clip((u - 0.08) / 0.3, 0, 1)
    shape = np.concatenate([trunk[None], np.repeat(arm[None], len(radii) - 1, 0)])
    depth = params.rib_depth * (1 - 0.35 * np.clip(1 - u / 0.12, 0, 1))
    return ribbed(paths, radii * shape, depth, params.ribs, min(4, SAMPLES[detail]))


def _rings(params: Params, columns: int, detail: Detail) -> tuple[int, int]:
    return _RINGS_OF_MANY if detail == "near" and columns * params.ribs > _MANY else _RINGS[detail]


def _parts(columns: Columns) -> Ints:
    return np.where(np.arange(len(columns.radius)) == 0, TRUNK, BRANCH).astype(np.int32)


def _skin(params: Params, rings: Floats, own: float, detail: Detail) -> Floats:
    """Colours (n, R - 1, S, 3): pale ridges, dark furrows, a corky foot, felt on the tips."""
    count, rows, sides = rings.shape[:3]
    strain = {"spring": 0.0, "summer": 0.06, "autumn": 0.1, "winter": 0.14, "dry": 0.4}[params.season]
    ramp = mixed(_GREEN, _STRAW, min(0.7, strain + max(0.0, 0.6 - params.vigour)))
    samples = sides // params.ribs
    ridge = np.abs(2 * ((np.arange(sides) % samples + 0.5) / samples) - 1)
    height = 0.5 * (rings[:, :-1, :, 2] + rings[:, 1:, :, 2]) / max(float(rings[..., 2].max()), 1e-6)
    tint = shades(ramp, 0.3 * own + 0.45 * ridge + 0.25 * np.clip(height, 0, 1))
    trunk = np.arange(count)[:, None, None] == 0
    cork = np.clip(1 - height / 0.16, 0, 1) * np.clip(1.6 * params.age - 0.4, 0, 1) * trunk
    tint = tint + (_CORK - tint) * (0.85 * cork)[..., None]
    tip = (np.arange(rows - 1) >= rows - 2)[:, None, None]
    return np.where(tip, 0.5 * tint + 0.5 * _FELT, tint)


def _armour(params: Params, columns: Columns, rings: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Areoles along the ridges with their spines: as close as the budget of faces lets them be, denser on small plants."""
    steps = np.sqrt(((columns.paths[:, 1:] - columns.paths[:, :-1]) ** 2).sum(-1)).sum()
    length = params.spine_length * (0.5 + 0.5 * params.age)
    number = len(columns.radius)
    skin = 4 * sum(_rings(params, number, "near")) * params.ribs * number
    room = _MOST_FACES - skin - faces_of(_crowd(params, number) * number)
    spacing = max(0.3 * length, float(steps) * params.ribs / min(2000, room / 4))
    places, share = areoles(rings, params.ribs, spacing, 0.02, 0.99)
    each = room / len(share)
    radial = 4 if each >= 6 else 2
    row, heading, part = clusters(places, radial, 1, 1.15, rng)
    size = length * min(1.6, (spacing / (0.5 * length)) ** 0.5) * part
    tint = shades(_SPINES, 0.65 * rng.random(len(row)) + 0.45 * share[row] ** 2)
    broad = 0.013 * float(size.mean())
    made = [spines(places.point[row] - places.normal[row] * 0.001, heading, size, broad, tint, detail, each >= 16)]
    if detail == "near":
        wool = _FELT * (0.6 + 0.6 * rng.random(len(share))[:, None])
        made.append(felt(places, np.full(len(share), min(0.016, 0.5 * spacing)), wool, "middle"))
    return made


def _crowd(params: Params, tips: int) -> int:
    """The most flowers on each of the tips."""
    return min(params.blossoms, 64 // max(tips, 1))


def _bearing(params: Params, columns: Columns, rings: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """A crowd of flowers, buds and fruits on the dome of every tip that is old enough."""
    tips = len(columns.radius)
    luck = rng.random((3, tips, max(params.blossoms, 1)))
    grown = columns.radius > 0.1
    share = {"spring": 1.0, "summer": 0.85}.get(params.season, 0.0)
    count = round(min(params.blossoms, _crowd(params, int(grown.sum()))) * share)
    if count == 0 or params.age < 0.4 or not grown.any():
        return []
    rows, sides = rings.shape[1:3]
    body, order = (axis.ravel() for axis in np.indices((int(grown.sum()), count)))
    body = np.flatnonzero(grown)[body]
    pick = (body, order)
    dome = _rings(params, tips, detail)[1]
    ring = rows - 1 - dome * (0.25 + 0.5 * luck[1][pick])
    rib = np.mod(order * (params.ribs * 0.381966) + luck[0, 0, 0] * params.ribs, params.ribs)
    spot: Places = on_skin(rings, body, ring, np.round(rib) * float(sides // params.ribs))
    facing = unit(spot.normal + np.array([0, 0, 0.35]))
    size = 0.095 * (0.85 + 0.3 * luck[2][pick])
    number = luck[0][pick]
    if params.season == "summer":
        tint = shades(_FRUIT, 0.2 + number)
        return [fruits(spot.point - facing * 0.008, facing, 0.8 * size, 0.55, tint, detail)]
    tube = fruits(spot.point - facing * 0.008, facing, 0.85 * size, 0.42, shades(_FRUIT, 0.12 * number), detail)
    bloom = number < 0.7
    if not bloom.any():
        return [tube]
    mouth = (spot.point + facing * (0.7 * size)[:, None])[bloom]
    return [tube, *flowers(mouth, facing[bloom], 0.95 * size[bloom], 12, (_TEPALS, _STAMENS), rng, detail)]
