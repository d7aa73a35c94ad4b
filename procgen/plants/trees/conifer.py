"""A spruce or fir: one upright leader, whorls of branches year by year, flat sprays of twigs, and needles on all of them.

How it grows. The trunk sways a little and carries a whorl of branches each year, with weaker ones between. Branches start
steep at the top and sink under their weight further down, while their tips turn up to the light. Each carries twigs to both
sides, the twigs carry shoots, and needles stand around every shoot. The outline follows the crown's profile only on average:
neighbours shade one side, storms take branches, and each branch has its own vigour.

A drawn needle stands for a small bunch, so that a tree of any height costs the same. All details are the same branches:
`middle` and `far` keep a share of the needles and draw them larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import power
from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import frames, needle, radial
from ..anatomy.parts import BRANCH, NEEDLE, TRUNK, blades, wood
from ..anatomy.skeleton import UP, Floats, along, unit
from ..anatomy.tubes import flared, sweep
from ..growth.colour import Ramp, shades
from ..growth.species import Seasonal, family, species

_STATIONS = 9
_TRUNK_STATIONS = 36


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(14.0, "height of the tree", unit="m", low=2, high=40)
    crown_base: float = parameter(0.06, "share of the trunk below the lowest branches", low=0, high=0.6)
    spread: float = parameter(0.2, "longest branch, as a share of the height", low=0.08, high=0.4)
    profile: float = parameter(0.85, "how the crown narrows to the top: 1 is a cone, less is rounder", low=0.5, high=1.4)
    whorls: int = parameter(30, "whorls of branches, one a year", low=8, high=60)
    branches: int = parameter(5, "branches in a whorl", low=3, high=8)
    sag: float = parameter(0.5, "how far low branches sink under their weight", low=0, high=1)
    weeping: float = parameter(0.35, "how far twigs hang from their branch", low=0, high=1)
    needle_length: float = parameter(0.1, "length of a drawn bunch of needles at 14 m of height", unit="m", low=0.04, high=0.2)
    density: float = parameter(1.0, "needles on a shoot, against a healthy tree's", low=0.2, high=1.5)
    irregularity: float = parameter(0.5, "how far age, storms and shade have bent the outline", low=0, high=1)


@dataclass(frozen=True)
class _Branches:
    """B branches: paths (B, 9, 3) m, radii (B, 9) m, `length` (B,) m, `age` (B,) 0 at the top to 1 at the crown's base."""

    paths: Floats
    radii: Floats
    length: Floats
    age: Floats


@dataclass(frozen=True)
class _Shoots:
    """What needles stand on: n straight pieces from `start` to `end` (n, 3) m; `outer` (n,) is 1 at the crown's surface.

    `twigs` and `sprays` (.., 2, 3) m are those of them that the branches' own tubes do not cover: side twigs, and the shoots
    on these.
    """

    start: Floats
    end: Floats
    outer: Floats
    twigs: Floats
    sprays: Floats


_BARK = np.array([0.068, 0.050, 0.038])
_NEEDLES: Ramp = ((0.016, 0.034, 0.016), (0.023, 0.045, 0.017), (0.036, 0.050, 0.015))
SPECIES = (species("spruce", "a spruce: one leader, whorls of branches, hanging sprays", height=(9.0, 22.0)),)


@family("conifer", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tree, standing on z = 0. About 100,000 faces near, 16,000 middle, 5,000 far."""
    trunk, trunk_radii = _trunk(params, rng)
    branches = _branches(params, trunk, trunk_radii, rng)
    shoots = _shoots(params, branches, rng)
    parts = _wood(params, trunk, trunk_radii, branches, shoots, detail, rng)
    parts.append(_needles(params, shoots, detail, rng))
    return merge(parts)


def _trunk(params: Params, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Path (1, n, 3) m and radii (1, n) m of the trunk, from a little under the ground to the tip of the leader."""
    share = np.linspace(0, 1, _TRUNK_STATIONS) ** 1.25
    z = -0.02 * params.height + share * 1.02 * params.height
    bend = rng.normal(0, 0.0018 * params.irregularity * params.height, (_TRUNK_STATIONS, 2)).cumsum(0)
    lean = rng.normal(0, 0.012 * params.irregularity, 2) * params.height
    xy = (bend - bend[2]) * share[:, None] + lean * share[:, None] ** 1.5
    radius = 0.0125 * params.height * (1 - share) ** 0.92 + 0.0006 * params.height
    return np.column_stack([xy, z])[None].astype(np.float32), radius[None].astype(np.float32)


def _branches(params: Params, trunk: Floats, trunk_radii: Floats, rng: np.random.Generator) -> _Branches:
    heights, azimuth, vigour = _buds(params, rng)
    height, irregular = params.height, params.irregularity
    low = params.crown_base * height
    rise = np.clip((heights - low) / (0.99 * height - low), 0, 1)
    shaded = rng.uniform(0, 2 * np.pi)
    side = 1 + 0.28 * irregular * np.cos(azimuth - shaded - 1.5 * rise)
    skirt = np.minimum(1, 0.62 + 0.38 * rise / 0.14)
    length = params.spread * height * ((1 - rise) ** params.profile + 0.045) * skirt * side * vigour
    keep = rng.random(len(heights)) > 0.1 * irregular
    heights, azimuth, length, rise = heights[keep], azimuth[keep], length[keep], rise[keep]

    u = np.linspace(0, 1, _STATIONS)
    climb = np.radians(-8 + 58 * rise**1.3 + rng.normal(0, 5, len(rise)))[:, None]
    sink = (params.sag * (1 - rise) * rng.uniform(0.6, 1.3, len(rise)))[:, None]
    outward = u * np.cos(climb)
    upward = u * np.sin(climb) - sink * (0.62 * u**1.6 - 0.42 * u**3.2) + 0.05 * u**3
    curve = rng.normal(0, 0.05, (len(rise), 1)) * u**2 + rng.normal(0, 0.012, (len(rise), _STATIONS)).cumsum(1) * u
    facing = np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None]
    sideways = np.stack([-facing[..., 1], facing[..., 0]], -1)
    level = facing * outward[..., None] + sideways * curve[..., None]
    paths = np.concatenate([level, upward[..., None]], -1) * length[:, None, None]
    axis_height = trunk[0, :, 2]
    root = np.stack([np.interp(heights, axis_height, trunk[0, :, axis]) for axis in range(3)], -1)
    paths = paths + root[:, None]
    paths[:, 1:, 2] = np.maximum(paths[:, 1:, 2], height * (0.012 + 0.01 * u[1:]))  # the lowest rest on the ground
    paths = paths.astype(np.float32)

    thick = np.minimum(0.013 * length + 0.0008 * height, 0.6 * np.interp(heights, axis_height, trunk_radii[0]))
    radii = thick[:, None] * (1 - 0.88 * u**0.8)
    return _Branches(paths, radii.astype(np.float32), length.astype(np.float32), (1 - rise).astype(np.float32))


def _buds(params: Params, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Where branches spring from: height (n,) m, azimuth (n,) rad, vigour (n,) about 1."""
    low, high = params.crown_base * params.height, 0.985 * params.height
    whorl = low + (high - low) * np.sort((np.arange(params.whorls) + rng.uniform(-0.3, 0.3, params.whorls)) / params.whorls)
    number = np.clip(params.branches + rng.integers(-1, 2, params.whorls), 2, 9)
    row = np.repeat(np.arange(params.whorls), number)
    place = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    turn = rng.uniform(0, 2 * np.pi, params.whorls)
    azimuth = turn[row] + 2 * np.pi * place / number[row] + rng.normal(0, 0.22, len(row))
    gap = (high - low) / params.whorls
    heights = whorl[row] + rng.normal(0, 0.1 * gap, len(row))
    vigour = np.exp(rng.normal(0, 0.07 + 0.16 * params.irregularity, len(row)))

    between = int(params.whorls * params.branches * 0.75)
    heights = np.concatenate([heights, rng.uniform(low, high, between)])
    azimuth = np.concatenate([azimuth, rng.uniform(0, 2 * np.pi, between)])
    vigour = np.concatenate([vigour, rng.uniform(0.3, 0.8, between)])
    return heights, azimuth, np.clip(vigour, 0.25, 1.55)


def _shoots(params: Params, branches: _Branches, rng: np.random.Generator) -> _Shoots:
    """Twigs to both sides of each branch, shoots to both sides of each twig; all of them bear needles."""
    size = params.height / 14
    twigs = np.clip(np.round(branches.length / (0.125 * size)), 5, 20).astype(np.int32)
    row = np.repeat(np.arange(len(twigs), dtype=np.int32), 2 * twigs)
    place = np.arange(len(row)) - np.repeat(np.cumsum(2 * twigs) - 2 * twigs, 2 * twigs)
    side = np.where(place % 2 == 0, 1.0, -1.0)
    inner = 0.1 + 0.22 * branches.age[row]
    u = inner + (0.985 - inner) * (place + rng.uniform(0.1, 0.9, len(row))) / (2 * twigs[row])
    start, forward = along(branches.paths, row, u)
    across = unit(np.cross(forward, UP))
    spread = np.radians(rng.normal(58, 8, len(row)))[:, None]
    hang = params.weeping * branches.age[row] * rng.uniform(0.3, 1.0, len(row)) - 0.05
    aim = forward * np.cos(spread) + across * np.sin(spread) * side[:, None]
    aim[:, 2] -= hang
    length = branches.length[row] * (0.4 * (1 - u) ** 0.75 + 0.045) * rng.uniform(0.6, 1.2, len(row)) + 0.03 * size
    length = np.minimum(length, 0.95 * size)
    end = start + unit(aim) * length[:, None]
    end[:, 2] -= 0.25 * params.weeping * length * branches.age[row]
    twig_start, twig_end, twig_outer = start, end, 0.25 + 0.75 * u

    shoots = np.clip(np.round(length / (0.15 * size)), 0, 6).astype(np.int32)
    of = np.repeat(np.arange(len(row), dtype=np.int32), shoots)
    place = np.arange(len(of)) - np.repeat(np.cumsum(shoots) - shoots, shoots)
    v = (0.18 + 0.74 * (place + rng.uniform(0, 1, len(of))) / shoots[of])[:, None]
    stem = twig_end[of] - twig_start[of]
    shoot_start = twig_start[of] + stem * v
    direction = unit(stem)
    outward = unit(np.cross(direction, UP)) * np.where(place % 2 == 0, 1.0, -1.0)[:, None]
    aim = direction * 0.75 + outward * 0.66 + rng.normal(0, 0.12, (len(of), 3))
    aim[:, 2] -= 0.6 * hang[of]
    shoot_length = length[of] * (0.5 * (1 - v[:, 0]) + 0.1) + 0.035 * size
    shoot_end = shoot_start + unit(aim) * shoot_length[:, None]
    shoot_outer = twig_outer[of] * (0.75 + 0.25 * v[:, 0])

    for ends in (twig_end, shoot_end):
        ends[:, 2] = np.maximum(ends[:, 2], 0.006 * params.height)
    bare = 4
    tips = branches.paths[:, bare:]
    tip_start, tip_end = tips[:, :-1].reshape(-1, 3), tips[:, 1:].reshape(-1, 3)
    tip_outer = np.tile(np.linspace(0.55, 1, tips.shape[1] - 1), len(tips))
    return _Shoots(
        np.concatenate([twig_start, shoot_start, tip_start]).astype(np.float32),
        np.concatenate([twig_end, shoot_end, tip_end]).astype(np.float32),
        np.concatenate([twig_outer, shoot_outer, tip_outer]).astype(np.float32),
        np.stack([twig_start, twig_end], 1).astype(np.float32),
        np.stack([shoot_start, shoot_end], 1).astype(np.float32),
    )


def _wood(
    params: Params,
    trunk: Floats,
    trunk_radii: Floats,
    branches: _Branches,
    shoots: _Shoots,
    detail: Detail,
    rng: np.random.Generator,
) -> list[MeshData]:
    sides = {"near": 20, "middle": 8, "far": 4}[detail]
    stem = sweep(trunk, trunk_radii, sides)
    turn = float(rng.uniform(0, 2 * np.pi))
    base = flared(stem.points, 0.02 * params.height, 0.7, int(rng.integers(4, 7)), turn)
    made = [wood(type(stem)(base, stem.faces, stem.bark), "bark_scaly", TRUNK, _BARK)]
    if detail == "far":
        return made
    every = 1 if detail == "near" else 2
    limbs = sweep(branches.paths[:, ::every], branches.radii[:, ::every], 4 if detail == "near" else 3)
    made.append(wood(limbs, "bark_scaly", BRANCH, _BARK))
    if detail == "near":
        thin = 0.0004 * params.height * np.array([1.0, 0.5], np.float32)
        twigs = sweep(shoots.twigs, np.broadcast_to(thin, shoots.twigs.shape[:2]), 3)
        made.append(wood(twigs, "bark_scaly", BRANCH, _BARK))
        made.append(_ribbons(params, shoots))
    return made


def _ribbons(params: Params, shoots: _Shoots) -> MeshData:
    """The sprays' own wood, hidden by needles: one narrow quad each."""
    start = shoots.sprays[:, 0]
    axis = shoots.sprays[:, 1] - start
    length = np.sqrt((axis * axis).sum(1))
    width = np.full_like(length, 0.0009 * params.height)
    zero = np.zeros_like(length)
    turned = frames(axis, np.broadcast_to(UP, axis.shape))
    scales = np.stack([width, length, zero], -1)
    return blades(needle(1.0), start, turned, scales, "needle", BRANCH, _BARK, zero)


def _needles(params: Params, shoots: _Shoots, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Needles around the shoots, in proportion to their length; coarser details keep a share and stretch it."""
    full = int(64000 * params.density)
    count, longer, wider = {"near": (full, 1.0, 1.0), "middle": (full // 5, 1.65, 2.9), "far": (full // 13, 2.6, 4.5)}[detail]
    axis = shoots.end - shoots.start
    length = np.sqrt((axis * axis).sum(1)).astype(np.float64)
    spaced = (np.arange(count) + rng.random(count)) / count * length.sum()
    shoot = np.minimum(np.searchsorted(np.cumsum(length), spaced), len(length) - 1)
    place = rng.random(count).astype(np.float32)
    forward = unit(axis)[shoot]
    origin = shoots.start[shoot] + axis[shoot] * place[:, None]
    azimuth = rng.uniform(0, 2 * np.pi, count)
    azimuth -= 0.3 * np.sin(2 * azimuth)
    outward = radial(forward, azimuth)
    outward[:, 2] += 0.15
    heading = forward * (0.72 + 0.5 * power(place[:, None], 3)) + outward * rng.uniform(0.45, 0.95, (count, 1))
    face = np.cross(heading, np.cross(forward, heading)) + rng.normal(0, 0.35, (count, 3))
    bunch = params.needle_length * params.height / 14 * rng.uniform(0.75, 1.2, count)
    scale = np.stack([bunch * wider, bunch * longer, bunch], -1)
    light = np.clip(shoots.outer[shoot] * (0.55 + 0.45 * place), 0, 1)
    random = rng.random(count)
    tint = shades(_NEEDLES, random) * (0.6 + 0.7 * light)[:, None]
    return blades(needle(0.26), origin, frames(heading, face), scale.astype(np.float32), "needle", NEEDLE, tint, random)
