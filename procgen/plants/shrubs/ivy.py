"""Ivy: stems that cling to what they meet, under one mosaic of lobed evergreen leaves.

How it grows. Stems start at the foot, walk over the surface (`growth.climbing`) and branch; from each, leaves stand off to
both sides on petioles that bring the blades into one plane in front of the surface, where no place is covered thrice. Alone, an
ivy has an old post or a stump of its own and creeps over the ground around. `climb` grows one over any other surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import Template, frames, needle
from ..anatomy.outlines import leaf, plain_leaf
from ..anatomy.parts import BRANCH, LEAF, STEM, TRUNK, blades, wood
from ..anatomy.skeleton import UP, Floats, Ints, unit
from ..anatomy.tubes import Tubes, flared, sweep
from ..growth.climbing import Climbing, Surface, Vines, climbed, sampled
from ..growth.colour import Ramp, shades
from ..growth.season import Palette, evergreen
from ..growth.species import Seasonal, family, species

HOSTS = ("post", "stump")
_GREEN = Palette(
    ((0.070, 0.130, 0.020), (0.110, 0.185, 0.026), (0.150, 0.220, 0.034)),
    ((0.020, 0.046, 0.009), (0.032, 0.068, 0.012), (0.054, 0.096, 0.017)),
    ((0.060, 0.060, 0.024), (0.110, 0.070, 0.030)),
)
_STEM = (0.125, 0.095, 0.070)
_PETIOLE = (0.105, 0.085, 0.040)
_HOST = (0.175, 0.150, 0.125)


@dataclass(frozen=True)
class Params(Seasonal):
    host: str = parameter("post", "what it climbs: an old post, or the stump of a tree", choices=HOSTS)
    host_height: float = parameter(1.6, "height of that", unit="m", low=0.3, high=3)
    host_radius: float = parameter(0.1, "radius of that", unit="m", low=0.05, high=0.5)
    creep: float = parameter(0.8, "radius of the ground that a grown ivy covers", unit="m", low=0.3, high=2)
    stems: int = parameter(12, "stems from the foot", low=3, high=40)
    branches: int = parameter(4, "branches of each stem, and of each of these", low=1, high=8)
    leaf_length: float = parameter(0.065, "length of a leaf's blade", unit="m", low=0.02, high=0.14)
    cover: float = parameter(0.8, "how closely leaves stand", low=0.2, high=1)


SPECIES = (
    species(
        "ivy", "an ivy on an old post or a stump, creeping over the ground", host=["post", "stump", "post"],
        host_height=(1.1, 2.0), host_radius=(0.08, 0.15), creep=(0.6, 1.0), stems=(11, 16), branches=(4, 5),
        leaf_length=(0.058, 0.074), cover=(0.7, 1.0),
    ),
)  # fmt: skip


def _without_petiole(whole: Template) -> Template:
    """Return the blade of a leaf, whose petiole is its first face and its last four points."""
    return Template(whole.points[:-4], whole.faces[1:], whole.places[:-4])


@family("ivy", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the ivy with its post or stump, standing on z = 0. Up to 60,000 faces near, about 7,000 middle, 2,200 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    grown = 0.18 + 0.82 * (1 - (1 - params.age) ** 1.6)
    lean, turn = wood_rng.normal(0, 0.03, 2), float(wood_rng.uniform(0, 6.28))
    host, tall, radius = _host(params, "near", lean, turn)
    surface = _around(host, params.creep * grown, radius, wood_rng)
    azimuth = np.arange(params.stems) * (2 * np.pi / params.stems) + wood_rng.normal(0, 0.4, params.stems)
    away = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(params.stems)], -1)
    feet = away * radius * wood_rng.uniform(1.2, 1.8, (params.stems, 1))
    headings = away * np.where(np.arange(params.stems) % 3 == 2, 1.0, -1.0)[:, None]
    how = Climbing(
        stems=params.stems, length=(0.6 + 1.25 * tall) * grown, step=0.028, orders=2, branches=params.branches, upward=0.9,
        wander=0.22, highest=2 * tall if grown > 0.8 else tall * grown,
    )  # fmt: skip
    vines = climbed(surface, feet.astype(np.float32), headings, how, wood_rng)
    leafage = evergreen(_GREEN, params.season, params.vigour)
    length = params.leaf_length * (0.7 + 0.3 * grown)
    shown = host if detail == "near" else _host(params, detail, lean, turn)[0]
    cover = params.cover * leafage.share
    return merge([*_wood_of(shown), *clothed(vines, length, cover, leafage.ramp, detail, leaf_rng)])


def climb(
    points: Floats,
    normals: Floats,
    rng: np.random.Generator,
    detail: Detail = "near",
    stems: int = 8,
    highest: float = 4.0,
    leaf_length: float = 0.065,
    season: str = "summer",
) -> MeshData:
    """Return an ivy on any surface, such as a trunk: `points` (N, 3) m, about 3 cm apart or less, with `normals` (N, 3).

    It starts at the surface's lowest points and climbs up to `highest` m above them. Everything lies within two lengths of a
    leaf of the surface; `growth.climbing` has what makes points of a mesh or of a signed distance.
    """
    surface = Surface(np.asarray(points, np.float32), np.asarray(normals, np.float32))
    low = float(surface.points[:, 2].min())
    order = np.argsort(surface.points[:, 2], kind="stable")[: max(stems, len(points) // 40)]
    feet = surface.points[rng.permutation(order)[:stems]]
    how = Climbing(len(feet), 1.3 * highest, 0.028, 2, 4, 0.9, 0.22, low + highest)
    vines = climbed(surface, feet, np.broadcast_to(UP, feet.shape), how, rng)
    leafage = evergreen(_GREEN, season, 0.85)
    return merge(clothed(vines, leaf_length, 0.85 * leafage.share, leafage.ramp, detail, rng))


def clothed(vines: Vines, length: float, cover: float, ramp: Ramp, detail: Detail, rng: np.random.Generator) -> list[MeshData]:
    """Return stems, petioles and leaves of vines; blades `length` m, `cover` 0..1 how closely they stand."""
    count, longest = vines.paths.shape[:2]
    u = np.arange(longest) / np.maximum(vines.lengths[:, None] - 1, 1)
    foot = 0.0055 / (1 + 0.9 * vines.order)
    radii = (foot[:, None] * np.maximum(1 - 0.75 * u, 0.22)).astype(np.float32)
    paths = vines.paths + vines.normals * (0.7 * radii)[..., None]
    thin = vines.order == 2
    ends = vines.lengths - (thin & (vines.lengths % 2 == 0))
    between = np.arange(1, longest - 1, 2)
    paths[np.ix_(thin, between)] = 0.5 * (paths[np.ix_(thin, between - 1)] + paths[np.ix_(thin, between + 1)])
    parts = _stems(vines.order, paths, radii, ends, detail)

    node = np.arange(longest)
    stem, at = np.nonzero((node >= 1) & (node < ends[:, None]))
    stem, at = np.repeat(stem, 2), np.repeat(at, 2)
    number = len(stem)
    origin, normal = paths[stem, at], vines.normals[stem, at]
    along = unit(paths[stem, at] - paths[stem, at - 1] + 1e-7 * UP)
    hand = np.where((at + np.arange(number)) % 2 == 0, 1.0, -1.0)[:, None]
    aside = np.cross(normal, along) * hand
    jitter = rng.normal(0, 0.22, (number, 3))
    youth = np.clip((vines.lengths[stem] - at) / 6.0, 0.35, 1.0)
    size = length * rng.uniform(0.62, 1.15, number) * youth
    off, reach = 0.36 * length * rng.uniform(0.5, 1.9, number) ** 1.3, length * rng.uniform(0.2, 0.85, number)
    base = origin + normal * off[:, None] + (aside * 0.9 + along * 0.25 + 0.6 * jitter) * reach[:, None]
    fall = -UP + normal[:, 2:] * normal
    heading = unit(fall * 0.75 + aside * 0.5 + along * 0.2 + jitter)
    heading = unit(heading - normal * ((heading * normal).sum(1, keepdims=True) + 0.05))
    ground = vines.paths[..., 2].min() + 0.012
    base[:, 2] = np.maximum(base[:, 2], ground)
    heading[:, 2] = np.maximum(heading[:, 2], (ground - base[:, 2]) / np.maximum(2.2 * size, 1e-4))
    facing = normal * 1.0 + UP * 0.3 + 0.6 * jitter

    chosen = _mosaic(
        base + heading * (0.45 * size)[:, None],
        0.62 * length,
        rng.random(number),
        _patchy(origin, rng) * rng.random(number) < cover,
    )
    keep = {"near": 1.0, "middle": 0.9, "far": 0.45}[detail]
    luck = rng.random(len(chosen))
    own, tone = rng.random(number), rng.random(count)[stem]
    drawn = chosen[np.sort(np.argsort(luck, kind="stable")[: min(max(1, round(keep * len(chosen))), _MOST[detail])])]
    grow = np.float32(np.sqrt(len(chosen) / len(drawn)))
    tint = shades(ramp, 0.55 * own + 0.25 * tone + 0.5 * (1 - youth))[drawn]
    template = _BLADE if detail == "near" else plain_leaf("ivy")
    turn = frames(heading[drawn], facing[drawn])
    scale = size[drawn].astype(np.float32) * grow
    at_base, at_stem = base[drawn].astype(np.float32), origin[drawn].astype(np.float32)
    parts.append(blades(template, at_base, turn, scale, "leaf", LEAF, tint, own[drawn], at_stem))
    if detail == "near":
        stalk = at_base + turn[:, :, 1] * (scale * _BLADE.points[0, 1])[:, None] - at_stem
        long = np.sqrt((stalk * stalk).sum(1))
        thin = np.stack([np.full(len(long), 0.0016), long, long], 1).astype(np.float32)
        turned = frames(stalk, normal[drawn])
        parts.append(blades(needle(1.0, 0.8), at_stem, turned, thin, "stem", STEM, np.array(_PETIOLE), own[drawn]))
    return parts


def _stems(order: Ints, paths: Floats, radii: Floats, lengths: Ints, detail: Detail) -> list[MeshData]:
    """Tubes along the stems that the detail shows, finer on those of a low order."""
    parts = []
    for number, stride, sides in _SWEPT[detail]:
        those = order == number
        points = -(-lengths[those] // stride)
        if (points > 1).any():
            tubes = sweep(paths[those, ::stride], radii[those, ::stride], sides, points)
            parts.append(wood(tubes, "bark_fibrous", BRANCH, np.array(_STEM)))
    return parts


_MOST = {"near": 4_700, "middle": 14_000, "far": 4_600}
_SWEPT = {"near": ((0, 1, 5), (1, 1, 3), (2, 2, 3)), "middle": ((0, 2, 3), (1, 2, 3)), "far": ((0, 5, 3),)}
"""Orders of the stems that each detail shows, every which of their points, and their sides."""
_BLADE = _without_petiole(leaf("ivy"))


def _patchy(points: Floats, rng: np.random.Generator) -> Floats:
    """Return how bare places (n, 3) m tend to be, 0.7..2.2: thick here and thin there, in patches of some decimetres."""
    way = rng.normal(0, 5.5, (3, 3))
    turn = rng.uniform(0, 2 * np.pi, 3)
    waves = [np.sin((points.astype(np.float64) * way[k]).sum(1) + turn[k]) for k in range(3)]
    return 0.7 + 1.5 * np.clip(0.35 + 0.45 * (waves[0] + waves[1] + waves[2]), 0, 1)


def _mosaic(centres: Floats, cell: float, luck: Floats, wanted: NDArray[np.bool_]) -> Ints:
    """Return the numbers of the leaves that find light: the first two, by luck, in each cube of `cell` m."""
    cube = np.floor(centres / cell).astype(np.int64) + (1 << 19)
    key = (cube[:, 0] << 42) ^ (cube[:, 1] << 21) ^ cube[:, 2]
    order = np.lexsort((luck, key))
    ranked = key[order]
    first = np.append(True, ranked[1:] != ranked[:-1])
    start = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
    lit = order[(np.arange(len(key)) - start) < 2]
    kept = np.sort(lit[wanted[lit]])
    return kept if len(kept) else order[:1]


def _host(params: Params, detail: Detail, lean: Floats, turn: float) -> tuple[tuple[Tubes, Tubes], float, float]:
    """The post's or stump's side and its cut top, its height m and its radius m; uneven, the stump with a flared foot.

    It leans by `lean` (2,) of its height; the cut top falls away from `turn` rad.
    """
    stump = params.host == "stump"
    tall = params.host_height * (0.42 if stump else 1.0)
    radius = params.host_radius * (2.1 if stump else 1.0)
    rings, sides = {"near": (24, 28), "middle": (8, 14), "far": (4, 9)}[detail]
    z = np.linspace(-0.04, tall, rings)
    path = np.concatenate([lean * z[:, None], z[:, None]], 1)[None]
    width = radius * (1 - 0.12 * z / tall)[None]
    side = sweep(path.astype(np.float32), width.astype(np.float32), sides)
    points = flared(side.points, 0.3 * tall, 0.7 if stump else 0.12, 5, turn)
    around = np.arctan2(points[:, 1].astype(np.float64), points[:, 0])
    rough = 0.05 * np.sin(3 * around + turn + 2.2 * points[:, 2] / radius) + 0.035 * np.sin(7 * around - 2 * turn)
    points[:, :2] *= (1 + rough)[:, None].astype(np.float32)
    top = np.arange((rings - 1) * sides, rings * sides)
    points[top, 2] += (0.22 * radius * np.cos(around[top] - turn) + 0.06 * radius * np.sin(5 * around[top])).astype(np.float32)
    rim = points[top]
    inner = np.concatenate([rim, rim * 0.5 + rim.mean(0) * 0.5, rim * 0.1 + rim.mean(0) * 0.9])
    j = np.arange(sides, dtype=np.int32)
    after = (j + 1) % sides
    first = np.array([0, sides], np.int32)[:, None]
    faces = np.stack([first + j, first + after, first + sides + after, first + sides + j], -1).reshape(-1, 4)
    bark = np.concatenate([inner[:, :2], np.zeros((len(inner), 1), np.float32)], 1)
    return (Tubes(points, side.faces, side.bark), Tubes(inner, faces, bark)), tall, radius


def _wood_of(host: tuple[Tubes, Tubes]) -> list[MeshData]:
    side, top = host
    return [
        wood(side, "wood_dead", TRUNK, np.array(_HOST)),
        wood(top, "wood_cut", TRUNK, np.array((0.26, 0.20, 0.14))),
    ]


def _around(host: tuple[Tubes, Tubes], creep: float, radius: float, rng: np.random.Generator) -> Surface:
    """The surface of the host and of the ground within `creep` m of it, with bays in its outline."""
    on_host = [sampled(tube.points, tube.faces, count, rng) for tube, count in zip(host, (2200, 200), strict=True)]
    azimuth, place = rng.uniform(0, 2 * np.pi, 3000), np.sqrt(rng.random(3000))
    bays = sum(np.sin(k * azimuth + rng.uniform(0, 6.28)) * rng.uniform(0.4, 1.0) / k**0.7 for k in (2, 3, 5, 7, 11, 17))
    reach = radius + creep * np.clip(0.72 + 0.2 * bays, 0.25, 1.15)
    out = 0.9 * radius + (reach - 0.9 * radius) * place
    ground = np.stack([out * np.cos(azimuth), out * np.sin(azimuth), np.full(3000, 0.003)], -1)
    above = [part.points[:, 2] > 0 for part in on_host]
    points = [part.points[some] for part, some in zip(on_host, above, strict=True)]
    normals = [part.normals[some] for part, some in zip(on_host, above, strict=True)]
    return Surface(
        np.concatenate([*points, ground]).astype(np.float32),
        np.concatenate([*normals, np.broadcast_to(UP, ground.shape)]).astype(np.float32),
    )
