"""Fronds of ferns and palms: rachises that arch over, and on those of ferns pinnae to both sides, and pinnules on the pinnae.

Pinnae are longest below the frond's middle and stand in one plane with it; the pinnules shrink to the pinna's tip, so that
outline and gaps come from growth, not from a picture of a fern.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import frames, kite, simple_leaf
from ..anatomy.parts import LEAF, STEM, blades, wood
from ..anatomy.skeleton import Floats, Ints, along, unit
from ..anatomy.tubes import sweep
from .colour import Ramp, shades

STATIONS = 14
_STALKS: dict[Detail, tuple[int, int]] = {"near": (1, 5), "middle": (3, 3), "far": (7, 3)}


@dataclass(frozen=True)
class Fronds:
    """F fronds: rachises `paths` (F, 14, 3) m, unit vectors `across` (F, 3) them, and their `length` (F,) m."""

    paths: Floats
    across: Floats
    length: Floats


@dataclass(frozen=True)
class Pinnae:
    """n pinnae: `paths` (n, 2, 3) m from the rachis to the tip, `normal` (n, 3) of the frond there, `random` (n,) by frond."""

    paths: Floats
    normal: Floats
    random: Floats


def arching(
    foot: Floats, azimuth: Floats, length: Floats, opening: Floats, bow: Floats, veer: Floats, roll: Floats, lowest: float
) -> Fronds:
    """Let fronds arch out of their feet (F, 3) m towards `azimuth` (F,) rad.

    They leave at `opening` (F,) rad from upright and have bent by `bow` (F,) rad more at their tips, sideways by `veer` (F,)
    rad; `roll` (F,) rad turns their plane. Nothing of them is lower than `lowest` m.
    """
    u = np.linspace(0, 1, STATIONS)
    middle = 0.5 * (u[1:] + u[:-1])
    lean = np.minimum(opening[:, None] + bow[:, None] * middle**1.35, 0.97 * np.pi)
    aim = azimuth[:, None] + veer[:, None] * middle
    moves = np.stack([np.sin(lean) * np.cos(aim), np.sin(lean) * np.sin(aim), np.cos(lean)], -1)
    moves = moves * (length / (STATIONS - 1))[:, None, None]
    path = foot[:, None] + np.concatenate([np.zeros((len(foot), 1, 3)), moves.cumsum(1)], 1)
    path[:, 1:, 2] = np.maximum(path[:, 1:, 2], lowest)
    level = np.stack([-np.sin(azimuth) * np.cos(roll), np.cos(azimuth) * np.cos(roll), np.sin(roll)], -1)
    return Fronds(path.astype(np.float32), level.astype(np.float32), length)


def stalks(fronds: Fronds, thick: Floats, material: str, tint: Floats, detail: Detail) -> MeshData:
    """The rachises, `thick` (F,) m at their feet; `tint` (3,) or (F, 3)."""
    every, sides = _STALKS[detail]
    kept = np.unique(np.append(np.arange(0, STATIONS, every), STATIONS - 1))
    taper = thick[:, None] * np.linspace(1, 0.12, STATIONS)[kept]
    made = sweep(fronds.paths[:, kept], taper, sides)
    colour = np.broadcast_to(tint, (len(thick), 3))
    return wood(made, material, STEM, np.repeat(colour, len(made.faces) // len(thick), axis=0))


def pinnae_of(fronds: Fronds, pairs: int, width: float, rng: np.random.Generator) -> Pinnae:
    """Set pairs of pinnae on fronds that are `width` of their length wide."""
    count = len(fronds.paths)
    u = np.tile(np.repeat(0.14 + 0.845 * np.arange(pairs) / (pairs - 1), 2), count)
    frond: Ints = np.repeat(np.arange(count, dtype=np.int32), 2 * pairs)
    side = np.tile([1.0, -1.0], pairs * count)
    start, forward = along(fronds.paths, frond, u + rng.normal(0, 0.003, len(u)))
    lamina = (u - 0.14) / 0.86
    outline = np.sin(np.pi * np.clip(0.13 + 0.87 * lamina, 0, 1) ** 0.62) * (1 - 0.15 * lamina) + 0.03
    size = 0.5 * width * fronds.length[frond] * outline * rng.uniform(0.92, 1.06, len(u))
    across = fronds.across[frond]
    sideways = unit(across - (across * forward).sum(1, keepdims=True) * forward) * side[:, None]
    normal = np.cross(forward, sideways) * side[:, None]
    normal = normal * np.where(normal[:, 2:3] < 0, -1, 1)
    angle = (1.25 - 0.55 * lamina + rng.normal(0, 0.05, len(u)))[:, None]
    heading = sideways * np.sin(angle) + forward * np.cos(angle) + normal * rng.normal(0.1, 0.07, (len(u), 1))
    end = start + unit(heading) * size[:, None]
    end[:, 2] -= 0.12 * size
    random = np.clip(rng.random(count)[frond] * 0.8 + rng.uniform(0, 0.2, len(u)), 0, 1)
    return Pinnae(np.stack([start, end], 1).astype(np.float32), normal, random)


def laminae(pinnae: Pinnae, pairs: int, ramp: Ramp, detail: Detail, rng: np.random.Generator) -> MeshData:
    """The green of fronds: `pairs` of pinnules on every pinna near by, a folded blade a pinna, or a quad for two."""
    if detail == "near":
        return _pinnules(pinnae, pairs, ramp, rng)
    number = np.arange(len(pinnae.paths))
    kept = number if detail == "middle" else number[((number + 1) // 2) % 2 == 0]  # of each pair one, left and right in turn
    start, end = pinnae.paths[kept, 0], pinnae.paths[kept, 1]
    size = np.sqrt(((end - start) ** 2).sum(1))
    template = simple_leaf(0.3, 0.12, 0.1, 0.3) if detail == "middle" else kite(0.62)
    turned = frames(end - start, pinnae.normal[kept])
    random = pinnae.random[kept]
    return blades(template, start, turned, size, "leaf", LEAF, shades(ramp, random), random)


def _pinnules(pinnae: Pinnae, pairs: int, ramp: Ramp, rng: np.random.Generator) -> MeshData:
    """Small leaflets in pairs along every pinna, the last one at its tip."""
    count = len(pinnae.paths)
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
    width = 1.75 / pairs
    length = np.where(side == 0, 0.1, 0.21 * (1 - 0.75 * place**1.3) + 0.03) * size * rng.uniform(0.9, 1.1, len(row))
    scale = np.stack([np.maximum(width * size * (1 - 0.62 * place), 0.25 * length), length, length], -1)
    random = np.clip(pinnae.random[row] + rng.normal(0, 0.06, len(row)), 0, 1)
    return blades(kite(0.85, 0.12, 0.42), origin, frames(heading, normal), scale, "leaf", LEAF, shades(ramp, random), random)
