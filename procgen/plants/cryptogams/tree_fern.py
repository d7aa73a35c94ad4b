"""A tree fern: a fibrous trunk of old frond bases and roots under an umbrella of twice divided fronds.

The trunk (a rhizome that stands upright) thickens downward in a mantle of roots and bears the stubs of its old fronds. Fronds
rise from its top and arch over, the older ones lower; a few dead ones hang as a skirt, and young ones stand rolled up in the
middle. The fronds are `growth.fronds`, as a fern's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.parts import STEM, TRUNK, wood
from ..anatomy.skeleton import Floats, along
from ..anatomy.tubes import Tubes, flared, sweep
from ..growth.colour import Ramp
from ..growth.fronds import Fronds, arching, laminae, pinnae_of, stalks
from ..growth.season import Palette, evergreen
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(4.0, "height of the trunk at full age", unit="m", low=0.3, high=12)
    girth: float = parameter(0.11, "radius of the trunk under its crown", unit="m", low=0.04, high=0.25)
    fronds: int = parameter(22, "living fronds", low=5, high=40)
    length: float = parameter(2.2, "length of a frond", unit="m", low=0.5, high=4)
    width: float = parameter(0.36, "width of a frond, as a share of its length", low=0.15, high=0.6)
    pinnae: int = parameter(24, "pairs of pinnae on a frond", low=8, high=36)
    pinnules: int = parameter(13, "pairs of pinnules on a pinna", low=5, high=20)
    arch: float = parameter(0.8, "how far fronds bow over", low=0.2, high=1.3)
    skirt: int = parameter(6, "dead fronds that hang round the trunk", low=0, high=20)
    croziers: int = parameter(3, "young fronds, still rolled up", low=0, high=8)


_FIBRE = np.array([0.060, 0.040, 0.028])
_STIPE = np.array([0.085, 0.075, 0.030])
_DRY: Ramp = ((0.085, 0.048, 0.026), (0.170, 0.100, 0.050))
_GREEN = Palette(
    spring=((0.075, 0.150, 0.022), (0.140, 0.210, 0.035)),
    summer=((0.026, 0.070, 0.014), (0.048, 0.110, 0.020), (0.085, 0.145, 0.026)),
    autumn=((0.026, 0.070, 0.014), (0.085, 0.145, 0.026)),
)
SPECIES = (
    species(
        "tree_fern", "a tree fern: a fibrous trunk under an umbrella of fronds", height=(2.8, 7.5), girth=(0.08, 0.14),
        fronds=(22, 32), length=(1.7, 2.7), width=(0.3, 0.42), arch=(0.6, 1.05), skirt=(2, 9), croziers=(2, 5),
    ),
)  # fmt: skip


@family("tree fern", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tree fern, standing on z = 0: about 35,000 faces near, 3,500 middle, 1,000 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    size = 0.3 + 0.7 * params.age**0.6
    axis = _axis(params, wood_rng)
    parts = [_trunk(params, axis, wood_rng, detail)]
    if detail != "far":
        parts.append(_stubs(params, axis, wood_rng, detail))
    leafage = evergreen(_GREEN, params.season, params.vigour)
    living = max(4, round(params.fronds * size * leafage.share))
    for count, dead in ((living, False), (min(params.skirt, round(9 * axis[-1, 2] / params.length)), True)):
        if count > 0:
            fronds = _fronds(params, axis, size, count, dead, leaf_rng)
            parts.append(stalks(fronds, 0.009 * fronds.length, "stem", np.array(_DRY[0]) if dead else _STIPE, detail))
            pinnae = pinnae_of(fronds, params.pinnae, params.width * (0.6 if dead else 1.0), leaf_rng)
            parts.append(laminae(pinnae, params.pinnules, _DRY if dead else leafage.ramp, detail, leaf_rng))
    if detail == "near" and params.croziers:
        parts.append(_croziers(params, axis, size, leaf_rng))
    return merge(parts)


def _axis(params: Params, rng: np.random.Generator) -> Floats:
    """The trunk's path (30, 3) m: a little crooked, as it follows the light."""
    u = np.linspace(0, 1, 30)
    tall = params.height * (0.03 + 0.97 * params.age**1.2)
    lean = rng.normal(0, 0.05, 2) * u[:, None] ** 1.5 + 0.02 * np.sin(np.outer(u, rng.uniform(3, 6, 2)))
    return np.column_stack([lean * tall, (1.03 * u - 0.03) * tall])


def _radius(params: Params, z: Floats) -> Floats:
    """The trunk's radius at heights z m: its mantle of roots is thicker below."""
    return params.girth * (0.55 + 0.45 * params.age) * (1 + 0.7 * np.exp(-np.maximum(z, 0) / (0.16 * params.height)))


def _trunk(params: Params, axis: Floats, rng: np.random.Generator, detail: Detail) -> MeshData:
    every, sides = {"near": (1, 18), "middle": (3, 9), "far": (29, 5)}[detail]
    path = axis[::every].astype(np.float32)
    lumps = 1 + 0.05 * np.sin(np.arange(30) * 2.4 + rng.uniform(0, 6))[::every]
    stem = sweep(path[None], (_radius(params, path[:, 2]) * lumps)[None].astype(np.float32), sides)
    points = flared(stem.points, 1.5 * params.girth, 0.35, 7, float(rng.uniform(0, 6)))
    return wood(Tubes(points, stem.faces, stem.bark), "bark_fibrous", TRUNK, _FIBRE)


def _stubs(params: Params, axis: Floats, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Bases of shed fronds in spirals round the upper trunk."""
    count = 220 if detail == "near" else 60
    u = 0.25 + 0.73 * (np.arange(count) + rng.random(count)) / count
    start, _ = along(axis[None], np.zeros(count, np.int32), u)
    turn = np.arange(count) * GOLDEN_ANGLE
    outward = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    radius = _radius(params, start[:, 2])[:, None]
    length = params.girth * rng.uniform(0.5, 1.1, (count, 1)) * (0.4 + 0.8 * u[:, None])
    foot = start + outward * radius * 0.85
    paths = np.stack([foot, foot + (0.55 * outward + np.array([0, 0, 0.9])) * length], 1).astype(np.float32)
    thin = np.broadcast_to(params.girth * np.array([0.16, 0.07], np.float32), (count, 2))
    return wood(sweep(paths, thin, 4 if detail == "near" else 3), "bark_fibrous", TRUNK, 1.25 * _FIBRE)


def _fronds(params: Params, axis: Floats, size: float, count: int, dead: bool, rng: np.random.Generator) -> Fronds:
    """Fronds from the top of the trunk: living ones from steep to level, dead ones hanging."""
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.12, count)
    age = np.linspace(0, 1, count)
    length = params.length * size * (0.75 + 0.25 * age) * rng.uniform(0.85, 1.1, count)
    if dead:
        length = np.minimum(0.75 * length, 0.9 * axis[-1, 2])
        opening, bow = rng.uniform(2.0, 2.5, count), rng.uniform(0.4, 0.9, count)
    else:
        opening = 0.45 + 0.75 * age + rng.normal(0, 0.06, count)
        bow = params.arch * (0.9 + 0.5 * age) * rng.uniform(0.85, 1.15, count)
    top = axis[-1] - np.array([0, 0, 0.25 * params.girth])
    out = 0.7 * _radius(params, top[2:]) * np.ones(count)
    foot = top + np.stack([out * np.cos(azimuth), out * np.sin(azimuth), -0.15 * age * params.girth], -1)
    veer, roll = rng.normal(0, 0.15, (2, count))
    return arching(foot, azimuth, length, opening, bow, veer, roll, 0.02)


def _croziers(params: Params, axis: Floats, size: float, rng: np.random.Generator) -> MeshData:
    """Young fronds in the middle of the crown, rolled up at their tips."""
    count = params.croziers
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3)
    high = params.length * size * rng.uniform(0.12, 0.3, count)
    t = np.linspace(0, 1, 26)
    roll = np.clip((t - 0.45) / 0.55, 0, 1)
    lean = 0.15 + 13.0 * roll**1.4
    step = (1 / 26) * (1 - 0.82 * roll)
    ahead, up = (np.sin(lean) * step).cumsum(), (np.cos(lean) * step).cumsum()
    facing = np.stack([np.cos(azimuth), np.sin(azimuth), 0 * azimuth], -1)
    paths = facing[:, None] * ahead[None, :, None] + np.array([0, 0, 1.0]) * up[None, :, None]
    foot = axis[-1] + 0.35 * params.girth * facing
    paths = foot[:, None] + paths * high[:, None, None] * 1.6
    thick = (0.03 * high[:, None] + 0.004) * np.linspace(1, 0.45, 26)
    return wood(sweep(paths.astype(np.float32), thick.astype(np.float32), 6), "stem", STEM, 0.6 * _STIPE + 0.4 * _FIBRE)
