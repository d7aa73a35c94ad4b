"""A fern: a shuttlecock of arching fronds, each twice divided: rachis, pinnae to both sides, pinnules to both sides of these.

Fronds leave the crown of the rhizome steeply and bow outward under their weight. Pinnae are longest below the frond's middle
and stand in one plane with it; the pinnules shrink to the pinna's tip, so that outline and gaps come from growth, not
from a picture of a fern. `middle` draws a pinna as one folded blade, `far` as one quad for two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, frames, kite, simple_leaf
from ..anatomy.parts import LEAF, STEM, blades, wood
from ..anatomy.skeleton import Floats, Ints, along, unit
from ..anatomy.tubes import sweep
from ..growth.colour import Ramp, shades
from ..growth.species import Seasonal, family, species

_STATIONS = 14


@dataclass(frozen=True)
class Params(Seasonal):
    fronds: int = parameter(11, "fronds in the crown", low=3, high=30)
    length: float = parameter(0.8, "length of a frond", unit="m", low=0.1, high=2.5)
    width: float = parameter(0.3, "width of a frond, as a share of its length", low=0.1, high=0.6)
    pinnae: int = parameter(24, "pairs of pinnae on a frond", low=6, high=40)
    pinnules: int = parameter(11, "pairs of pinnules on a pinna", low=3, high=20)
    arch: float = parameter(0.55, "how far fronds bow over", low=0, high=1)
    opening: float = parameter(28.0, "angle at which fronds leave the crown, from upright", unit="degrees", low=5, high=70)


@dataclass(frozen=True)
class _Pinnae:
    """n pinnae: `paths` (n, 2, 3) m from the rachis to the tip, `normal` (n, 3) of the frond there, `random` (n,) by frond."""

    paths: Floats
    normal: Floats
    random: Floats
    light: Floats


_STALK = np.array([0.065, 0.080, 0.030])
_GREEN: Ramp = ((0.036, 0.085, 0.016), (0.066, 0.130, 0.022), (0.120, 0.155, 0.028))
SPECIES = (species("fern", "a male fern: a shuttlecock of twice divided fronds", length=(0.55, 1.05), fronds=(10, 16)),)


@family("fern", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the fern, standing on z = 0: about 18,000 faces near, 1,500 middle, 400 far."""
    fronds, across = _fronds(params, rng)
    pinnae = _pinnae(params, fronds, across, rng)
    taper = np.linspace(1, 0.12, _STATIONS) * 0.0065 * params.length
    every, sides = {"near": (1, 5), "middle": (3, 3), "far": (7, 3)}[detail]
    kept = np.unique(np.append(np.arange(0, _STATIONS, every), _STATIONS - 1))
    stalks = sweep(fronds[:, kept], np.broadcast_to(taper[kept], (len(fronds), len(kept))), sides)
    parts = [wood(stalks, "stem", STEM, _STALK)]
    if detail == "near":
        parts.append(_pinnules(params, pinnae, rng))
    else:
        step = 1 if detail == "middle" else 2
        start, end = pinnae.paths[::step, 0], pinnae.paths[::step, 1]
        size = np.sqrt(((end - start) ** 2).sum(1))
        template = simple_leaf(0.3, 0.12, 0.1, 0.3) if detail == "middle" else kite(0.5)
        turned = frames(end - start, pinnae.normal[::step])
        parts.append(
            blades(template, start, turned, size, "leaf", LEAF, shades(_GREEN, pinnae.random[::step]), pinnae.random[::step])
        )
    return merge(parts)


def _fronds(params: Params, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Rachises (F, 14, 3) m and unit vectors (F, 3) across them, level but for a little roll."""
    count = params.fronds
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.18, count)
    age = np.linspace(0, 1, count)
    length = params.length * (0.72 + 0.33 * age) * rng.uniform(0.85, 1.1, count)
    u = np.linspace(0, 1, _STATIONS)
    middle = 0.5 * (u[1:] + u[:-1])
    first = np.radians(params.opening) * (0.55 + 0.6 * age) + rng.normal(0, 0.07, count)
    bow = params.arch * (1.0 + 0.75 * age) * rng.uniform(0.8, 1.2, count) * 1.2
    lean = first[:, None] + bow[:, None] * middle**1.35
    step = (length / (_STATIONS - 1))[:, None]
    veer = azimuth[:, None] + rng.normal(0, 0.22, (count, 1)) * middle
    moves = np.stack([np.sin(lean) * np.cos(veer), np.sin(lean) * np.sin(veer), np.cos(lean)], -1) * step[..., None]
    path = np.concatenate([np.zeros((count, 1, 3)), moves.cumsum(1)], 1)
    path[:, :, 2] = np.where(path[:, :, 2] < 0.01 * params.length, np.maximum(path[:, :, 2], 0), path[:, :, 2])
    path[:, :, :2] += 0.02 * params.length * np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None]
    roll = rng.normal(0, 0.22, count)
    level = np.stack([-np.sin(azimuth) * np.cos(roll), np.cos(azimuth) * np.cos(roll), np.sin(roll)], -1)
    return path.astype(np.float32), level.astype(np.float32)


def _pinnae(params: Params, fronds: Floats, across: Floats, rng: np.random.Generator) -> _Pinnae:
    pairs, count = params.pinnae, params.fronds
    u = np.tile(np.repeat(0.14 + 0.845 * np.arange(pairs) / (pairs - 1), 2), count)
    frond: Ints = np.repeat(np.arange(count, dtype=np.int32), 2 * pairs)
    side = np.tile([1.0, -1.0], pairs * count)
    start, forward = along(fronds, frond, u + rng.normal(0, 0.003, len(u)))
    lamina = (u - 0.14) / 0.86
    outline = np.sin(np.pi * np.clip(0.13 + 0.87 * lamina, 0, 1) ** 0.62) * (1 - 0.15 * lamina) + 0.03
    size = 0.5 * params.width * params.length * outline * rng.uniform(0.92, 1.06, len(u))
    size *= np.repeat(rng.uniform(0.85, 1.1, count), 2 * pairs)
    sideways = unit(across[frond] - (across[frond] * forward).sum(1, keepdims=True) * forward) * side[:, None]
    normal = np.cross(forward, sideways) * side[:, None]
    normal = normal * np.where(normal[:, 2:3] < 0, -1, 1)
    angle = (1.25 - 0.55 * lamina + rng.normal(0, 0.05, len(u)))[:, None]
    heading = sideways * np.sin(angle) + forward * np.cos(angle) + normal * rng.normal(0.1, 0.07, (len(u), 1))
    end = start + unit(heading) * size[:, None]
    end[:, 2] -= 0.12 * size
    random = np.clip(rng.random(count)[frond] * 0.8 + rng.uniform(0, 0.2, len(u)), 0, 1)
    light = np.clip(0.35 + 0.65 * u, 0, 1)
    return _Pinnae(np.stack([start, end], 1).astype(np.float32), normal, random, light)


def _pinnules(params: Params, pinnae: _Pinnae, rng: np.random.Generator) -> MeshData:
    """Small leaflets in pairs along every pinna, the last one at its tip."""
    pairs, count = params.pinnules, len(pinnae.paths)
    place = np.tile(np.append(np.repeat(np.arange(pairs) / pairs, 2), 0.93), count)
    side = np.tile(np.append(np.tile([1.0, -1.0], pairs), 0.0), count)
    row = np.repeat(np.arange(count), 2 * pairs + 1)
    axis = (pinnae.paths[:, 1] - pinnae.paths[:, 0])[row]
    size = np.sqrt((axis * axis).sum(1))
    origin = pinnae.paths[row, 0] + axis * (0.03 + 0.97 * place)[:, None]
    forward = unit(axis)
    normal = pinnae.normal[row]
    aside = unit(np.cross(forward, normal)) * side[:, None]
    heading = forward * 0.55 + aside * 0.85 + normal * rng.normal(0.05, 0.12, (len(row), 1))
    width = 1.45 / pairs
    length = np.where(side == 0, 0.1, 0.21 * (1 - 0.75 * place**1.3) + 0.03) * size * rng.uniform(0.9, 1.1, len(row))
    scale = np.stack([np.maximum(width * size * (1 - 0.62 * place), 0.25 * length), length, length], -1)
    random = np.clip(pinnae.random[row] + rng.normal(0, 0.06, len(row)), 0, 1)
    return blades(kite(0.85, 0.12, 0.42), origin, frames(heading, normal), scale, "leaf", LEAF, shades(_GREEN, random), random)
