"""A cushion of moss: short shoots over a low dome, each set with tiny leaves by the golden angle, capsules on stalks in spring.

Shoots stand across the dome's surface and lean outward at its rim, as the cushions of Grimmia, Leucobryum and Tortula do. A
cushion grows in width with age, and in a drought its leaves fold to the shoot. Sporophytes ripen from spring to summer
(Smith, "The Moss Flora of Britain and Ireland", 2004). `middle` and `far` set fewer and larger leaves on fewer shoots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, kite, lay, radial
from ..anatomy.closed import circles, closed
from ..anatomy.parts import LEAF, SEED, STEM, blades, body, wood
from ..anatomy.skeleton import Floats, unit
from ..anatomy.tubes import sweep
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    diameter: float = parameter(0.12, "width of a grown cushion", unit="m", low=0.02, high=0.4)
    dome: float = parameter(0.3, "height of the cushion, as a share of its width", low=0.1, high=0.5)
    shoot: float = parameter(0.014, "length of the free part of a shoot", unit="m", low=0.004, high=0.03)
    shoots: int = parameter(860, "shoots near by", low=60, high=900)
    leaves: int = parameter(16, "leaves on a shoot", low=6, high=22)
    capsules: int = parameter(34, "capsules in spring", low=0, high=120)


_GREEN: Ramp = ((0.040, 0.072, 0.010), (0.085, 0.135, 0.016), (0.170, 0.220, 0.030))
_STRAW: Ramp = ((0.105, 0.085, 0.035), (0.180, 0.150, 0.060))
_SEASONS = {
    "spring": (((0.070, 0.120, 0.012), (0.150, 0.220, 0.022), (0.240, 0.290, 0.040)), 0.6),
    "summer": (_STRAW, 0.12),
    "autumn": (_STRAW, 0.04),
    "winter": (((0.030, 0.048, 0.012), (0.085, 0.110, 0.022)), 0.45),
    "dry": (_STRAW, 0.65),
}
_SETA, _CAPSULE = np.array([0.20, 0.045, 0.018]), np.array([0.16, 0.075, 0.022])
SPECIES = (
    species(
        "moss", "a cushion of moss, with capsules in spring", age=(0.3, 1.0), diameter=(0.07, 0.2), dome=(0.22, 0.4),
        shoot=(0.009, 0.017), capsules=(12, 60),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class _Cushion:
    """n shoots: `feet` (n, 3) m on the dome, unit `ways` (n, 3), `lengths` (n,) m and `light` (n,) 0 at the rim to 1."""

    feet: Floats
    ways: Floats
    lengths: Floats
    light: Floats


@family("moss", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the cushion, standing on z = 0: about 15,000 faces near, 2,200 middle, 600 far."""
    shape_rng, leaf_rng, spore_rng = rng.spawn(3)
    radius = 0.5 * params.diameter * (0.35 + 0.65 * params.age)
    waves = shape_rng.normal(0, [0.10, 0.07, 0.05]), shape_rng.uniform(0, 2 * np.pi, 3)
    cushion = _shoots(params, radius, waves, shape_rng)
    toward, share = _SEASONS[params.season]
    ramp = mixed(mixed(_GREEN, toward, share), _STRAW, max(0.0, 0.6 - params.vigour) * 0.8)
    parts = [_cover(params, cushion, ramp, detail, leaf_rng), _heart(params, radius, waves, ramp, detail)]
    if params.season in ("spring", "summer") and params.capsules:
        parts.append(_sporophytes(params, cushion, detail, spore_rng))
    return merge(parts)


def _outline(azimuth: Floats, waves: tuple[Floats, Floats]) -> Floats:
    """How far the cushion reaches in each direction, about 1."""
    return 1 + sum(size * np.cos(k * azimuth + turn) for k, size, turn in zip((2, 3, 5), *waves, strict=True))


def _dome(params: Params, radius: float, waves: tuple[Floats, Floats], share: Floats, azimuth: Floats) -> Floats:
    """Points (..., 3) m of the dome at shares 0 (middle) to 1 (rim) of its reach."""
    reach = radius * share * _outline(azimuth, waves)
    lumps = 1 + 0.10 * np.cos(3 * azimuth + waves[1][0] + 4 * share) * share
    height = 2 * params.dome * radius * np.sqrt(np.clip(1 - share**2.2, 0, 1)) * lumps
    return np.stack([reach * np.cos(azimuth), reach * np.sin(azimuth), height], -1)


def _shoots(params: Params, radius: float, waves: tuple[Floats, Floats], rng: np.random.Generator) -> _Cushion:
    """Shoots at even distances over the dome, its steep rim as well, across its surface."""
    count = params.shoots
    grid = np.linspace(0, 1, 65)
    profile = 2 * params.dome * np.sqrt(1 - grid**2.2)
    area = np.append(0, np.cumsum((grid[1:] + grid[:-1]) * np.hypot(np.diff(grid), np.diff(profile))))
    share = np.interp((np.arange(count) + rng.uniform(0, 1, count)) / count, area / area[-1], grid)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 1.3 / np.sqrt(count), count) / np.maximum(share, 0.1)
    feet = _dome(params, radius, waves, share, azimuth)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], 1)
    tilt = (1.35 * share**2.2)[:, None]
    ways = unit(outward * np.sin(tilt) + np.array([0, 0, 1.0]) * np.cos(tilt) + rng.normal(0, 0.16, (count, 3)))
    ways[:, 2] = np.maximum(ways[:, 2], 0.05)
    lengths = min(params.shoot, 0.5 * radius) * rng.uniform(0.7, 1.25, count)
    light = np.clip(1 - share**2 * 0.8 + rng.normal(0, 0.12, count), 0, 1)
    return _Cushion(feet.astype(np.float32), unit(ways), lengths.astype(np.float32), light)


def _cover(params: Params, cushion: _Cushion, ramp: Ramp, detail: Detail, rng: np.random.Generator) -> MeshData:
    """All shoots as copies of one template, each turned and tinted on its own, its leaves paler to the tip."""
    number = params.leaves if detail == "near" else 5
    every = {"near": 1, "middle": 2, "far": 8}[detail]
    random, turn = rng.random(len(cushion.feet)), rng.uniform(-1, 1, (len(cushion.feet), 3))
    rows = slice(None, None, every)
    folded = {"dry": 0.3, "winter": 0.75}.get(params.season, 1.0)
    size = {"near": 0.48, "middle": 0.80, "far": 1.3}[detail]
    leaf = kite({"near": 0.36, "middle": 0.62, "far": 0.9}[detail], 0.18, 0.35)
    height = np.linspace(0.1, 0.9, number)
    azimuth = np.arange(number) * GOLDEN_ANGLE
    out = (folded * (1.15 - 0.75 * height))[:, None]
    aside = np.stack([np.cos(azimuth), np.zeros(number), np.sin(azimuth)], 1)
    heading = unit(aside * np.sin(out) + np.array([0, 1.0, 0]) * np.cos(out))
    facing = unit(np.array([0, 1.0, 0]) - aside * 0.6)
    turned = frames(heading, facing)
    on_axis = np.column_stack([np.zeros(number), 0.7 * height, np.zeros(number)]).astype(np.float32)
    points, faces = lay(leaf, on_axis, turned, np.full(number, size, np.float32))
    template = Template(points, faces, np.tile(leaf.places, (number, 1)))
    origins, ways = cushion.feet[rows], cushion.ways[rows]
    shade = np.clip(0.30 * cushion.light[rows] + 0.35 * random[rows], 0, 1)
    tip = np.linspace(0, 0.42, number)
    tint = shades(ramp, shade[:, None] + tip) * (0.55 + 0.45 * np.linspace(0, 1, number) ** 0.7)[:, None]
    return blades(template, origins, frames(ways, turn[rows]), cushion.lengths[rows], "moss", LEAF, tint, random[rows])


def _heart(params: Params, radius: float, waves: tuple[Floats, Floats], ramp: Ramp, detail: Detail) -> MeshData:
    """The dense inside that closes the cushion between its shoots."""
    sides = {"near": 32, "middle": 16, "far": 10}[detail]
    share = np.linspace(1, 0.03, {"near": 9, "middle": 5, "far": 4}[detail])
    azimuth = np.broadcast_to(np.arange(sides) * (2 * np.pi / sides), (len(share), sides))
    rings = 0.97 * _dome(params, radius, waves, np.broadcast_to(share[:, None], azimuth.shape), azimuth)
    points, faces = closed(np.concatenate([rings[:1] * [0.3, 0.3, 0], rings]))
    return body(points, faces, "moss", LEAF, shades(ramp, np.array(0.25)) * 0.6)


def _sporophytes(params: Params, cushion: _Cushion, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Stalks that rise out of shoots' tips and nod under a capsule."""
    count = min(params.capsules, len(cushion.feet))
    row = rng.permutation(len(cushion.feet))[:count]
    length = params.shoot * rng.uniform(1.2, 2.1, count)
    start = cushion.feet[row] + cushion.ways[row] * (0.5 * cushion.lengths[row])[:, None]
    rise = unit(cushion.ways[row] * 0.6 + np.array([0, 0, 0.8]) + rng.normal(0, 0.12, (count, 3)))
    nod = radial(rise, rng.uniform(0, 2 * np.pi, count))
    t = np.array([0, 0.45, 0.8, 1.0])
    path = start[:, None] + (rise[:, None] * t[:, None] + nod[:, None] * (0.18 * t**4)[:, None]) * length[:, None, None]
    thin = np.broadcast_to(np.array([0.013, 0.012, 0.012, 0.014]) * params.shoot * 2, path.shape[:2])
    if detail != "near":
        path, thin = path[:, ::3], thin[:, ::3] * 1.6
    stalks = wood(sweep(path.astype(np.float32), thin.astype(np.float32), 3 if detail != "near" else 4), "stem", STEM, _SETA)
    girth, height = np.array([0.06, 0.75, 1.0, 0.8, 0.25, 0.04]), np.array([0.0, 0.3, 1.0, 1.7, 2.3, 2.6])
    shown, sides = (slice(None), 6) if detail == "near" else ([0, 2, 5], 4)
    points, faces = closed(circles(girth[shown], height[shown], sides))
    turned = frames(unit(rise + 0.7 * nod), nod)
    size = 0.085 * params.shoot * rng.uniform(0.8, 1.2, count)
    x, y, z = (points[None, :, axis, None] * turned[:, None, :, column] for axis, column in ((0, 0), (1, 2), (2, 1)))
    heads = (x + z - y) * size[:, None, None] + path[:, None, -1]
    every = faces[None] + len(points) * np.arange(count)[:, None, None]
    return merge([stalks, body(heads.reshape(-1, 3), every.reshape(-1, 4), "fruit", SEED, _CAPSULE)])
