"""Lichens on flat ground or rock: a foliose rosette of lobes that creep outward, or a fruticose tuft that forks upward.

Foliose, as Parmelia: lobes widen, round off and notch at their ends, and lie over the older ones' feet like shingles from the
middle to the rim; old rosettes bear open discs (apothecia). Fruticose, as Cladonia rangiferina: hollow stalks fork in twos
and threes at every node, finer and more turned outward each time. Forms after Dobson, "Lichens" (2018). `middle` has coarser
lobes and one fork less, `far` half as many lobes and two forks less, wider.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, radial
from ..anatomy.closed import circles, closed
from ..anatomy.parts import FRUIT, LEAF, STEM, blades, body, wood
from ..anatomy.skeleton import UP, unit
from ..anatomy.tubes import sweep
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Living, family, species


@dataclass(frozen=True)
class Params(Living):
    habit: str = parameter("foliose", "how it grows: a flat rosette, or a branching tuft", choices=("foliose", "fruticose"))
    diameter: float = parameter(0.14, "width of a grown one", unit="m", low=0.02, high=0.4)
    lobe: float = parameter(0.15, "length of a lobe at the rim, as a share of the width", low=0.06, high=0.3)
    rise: float = parameter(0.45, "how far margins of lobes lift off", low=0, high=1)
    discs: int = parameter(14, "open fruiting discs on an old rosette", low=0, high=40)
    forks: int = parameter(5, "times that a stalk forks", low=3, high=6)
    yellow: float = parameter(0.2, "from ash grey to yellow-green", low=0, high=1)


_ASH: Ramp = ((0.21, 0.225, 0.195), (0.36, 0.385, 0.335), (0.52, 0.54, 0.48))
_YELLOW: Ramp = ((0.23, 0.235, 0.12), (0.39, 0.395, 0.19), (0.53, 0.525, 0.30))
_DISC = np.array([0.13, 0.060, 0.030])
SPECIES = (
    species(
        "lichen", "a lichen: a grey-green rosette of lobes, or a tuft of reindeer lichen", age=(0.4, 1.0), diameter=(0.07, 0.2),
        habit=["foliose", "foliose", "fruticose"], lobe=(0.09, 0.13), rise=(0.1, 0.5), discs=(0, 26), yellow=(0.0, 0.6),
    ),
)  # fmt: skip


@family("lichen", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the lichen, lying or standing on z = 0: about 6,000 to 14,000 faces near, 3,000 middle, 800 far."""
    radius = 0.5 * params.diameter * (0.3 + 0.7 * params.age)
    ramp = mixed(_ASH, _YELLOW, params.yellow)
    if params.habit == "fruticose":
        return _tuft(params, radius, ramp, rng, detail)
    return _rosette(params, radius, ramp, rng, detail)


def _rosette(params: Params, radius: float, ramp: Ramp, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Rings of lobes, the rim's the longest, over a thin crust that closes the middle."""
    disc_rng = rng.spawn(1)[0]
    length = 2 * params.lobe * radius
    rings = np.arange(0.16, 1.0, 0.42 * params.lobe * 2)
    counts = np.maximum(5, np.round(2 * np.pi * rings / (0.62 * 2 * params.lobe)).astype(np.int32))
    ring = np.repeat(rings, counts)
    number = len(ring)
    azimuth = np.concatenate([np.arange(n) * (2 * np.pi / n) for n in counts]) + np.repeat(
        rng.uniform(0, 6.3, len(counts)), counts
    )
    azimuth = azimuth + rng.normal(0, 0.22, number) / np.maximum(counts.repeat(counts) / 6, 1)
    reach = 1 + sum(rng.normal(0, 0.05) * np.cos(k * azimuth + rng.uniform(0, 6.3)) for k in (2, 3, 5))
    away = (ring - params.lobe) * radius * reach + rng.normal(0, 0.08, number) * length
    size = length * rng.uniform(0.75, 1.25, number) * (0.7 + 0.3 * ring)
    heading = azimuth + rng.normal(0, 0.28, number)
    random, roll = rng.random(number), rng.normal(0, 0.10, (number, 2))
    if detail == "far":
        keep, wider = slice(None, None, 2), 1.35
    else:
        keep, wider = slice(None), 1.0
    feet = np.stack([away * np.cos(azimuth), away * np.sin(azimuth), 0.012 * radius + 0.10 * length * (1 - 0.75 * ring)], 1)
    along = np.stack([np.cos(heading), np.sin(heading), -0.05 - 0.07 * (1 - ring)], 1)
    normal = np.column_stack([roll, np.ones(number)])
    template = _lobe(params.rise, {"near": (6, 7), "middle": (4, 3), "far": (2, 2)}[detail])
    paler = np.linspace(-0.16, 0.24, len(template.faces))
    tint = shades(ramp, (0.25 + 0.35 * ring + 0.3 * random)[keep, None] + paler)
    parts = [
        blades(
            template, feet[keep], frames(along, normal)[keep], size[keep] * wider, "moss", LEAF, tint, random[keep],
        ),
        _crust(0.8 * radius * (1 - 0.5 * params.lobe), 0.05 * length, ramp, detail),
    ]  # fmt: skip
    if params.discs and params.age > 0.3:
        parts.append(_discs(params, radius, length, detail, disc_rng))
    made = merge(parts)
    made.points[:, 2] -= made.points[:, 2].min()
    return made


def _lobe(rise: float, cells: tuple[int, int]) -> Template:
    """A lobe one unit long that widens, rounds off and is notched in two, its margins lifted; (across, along) quads."""
    s, t = np.meshgrid(np.linspace(-1, 1, cells[0] + 1), np.linspace(0, 1, cells[1] + 1))
    half = 0.16 + 0.30 * t**0.8 + 0.05 * np.sin(5.5 * np.pi * t) * t
    notch = 0.10 * np.cos(2 * np.pi * s) + 0.24 * s**2
    x, y = half * s * (1 - 0.10 * t**4 * s**2), t * (1.02 - notch * t**2)
    lift = 0.20 * rise * (np.abs(s) ** 3 * t + 0.5 * t**4) + 0.03 * np.cos(3 * s) - 0.05 * t * (1 - t)
    ripple = 0.05 * rise * np.sin(7 * t + 2 * s) * s**2
    points = np.stack([x, y, lift + ripple], -1).reshape(-1, 3)
    wide = cells[0] + 1
    first = (wide * np.arange(cells[1])[:, None] + np.arange(cells[0])).reshape(-1, 1)
    faces = first + np.array([0, 1, wide + 1, wide])
    return Template(points.astype(np.float32), faces.astype(np.int32), np.stack([s, t], -1).reshape(-1, 2).astype(np.float32))


def _crust(radius: float, height: float, ramp: Ramp, detail: Detail) -> MeshData:
    sides = {"near": 24, "middle": 12, "far": 8}[detail]
    points, faces = closed(circles(radius * np.array([0.9, 1.0, 0.7, 0.2]), height * np.array([0, 0.4, 0.8, 1.0]), sides))
    return body(points, faces, "moss", LEAF, shades(ramp, np.array(0.1)) * 0.75)


def _discs(params: Params, radius: float, length: float, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Small cups with a pale rim and a brown floor, about the middle."""
    count = params.discs
    away = 0.62 * radius * np.sqrt((np.arange(count) + 0.5) / count) * rng.uniform(0.8, 1.2, count)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 0.4, count)
    size = 0.13 * length * rng.uniform(0.6, 1.4, count)
    rings = circles(
        np.array([0.5, 0.95, 1.0, 0.85, 0.3]),
        np.array([-1.0, 0.1, 0.45, 0.2, 0.1]),
        {"near": 12, "middle": 8, "far": 4}[detail],
    )
    points, faces = closed(rings)
    centre = np.stack([away * np.cos(azimuth), away * np.sin(azimuth), 0.17 * length * (1.15 - 0.5 * away / radius)], 1)
    laid = points[None] * size[:, None, None] + centre[:, None]
    every = faces[None] + len(points) * np.arange(count)[:, None, None]
    pale = (points[faces][:, :, 2].mean(1) > 0.27) | (points[faces][:, :, 2].min(1) < 0)
    tint = np.where(pale[:, None], np.array(_ASH[2]) * 0.8, _DISC)
    return body(laid.reshape(-1, 3), every.reshape(-1, 4), "moss", FRUIT, np.tile(tint, (count, 1)))


def _tuft(params: Params, radius: float, ramp: Ramp, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Stalks from a patch of ground, forked level by level; all segments of a level are swept together."""
    stems = 30
    share = np.sqrt((np.arange(stems) + 0.5) / stems)
    azimuth = np.arange(stems) * GOLDEN_ANGLE + rng.normal(0, 0.3, stems)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(stems)], 1)
    foot = outward * (0.55 * radius * share)[:, None]
    way = unit(outward * (0.75 * share)[:, None] + UP + rng.normal(0, 0.15, (stems, 3)))
    length = 0.38 * radius * rng.uniform(0.8, 1.2, stems)
    shown = params.forks - {"near": 0, "middle": 1, "far": 2}[detail]
    thick, wider = 0.031 * radius, {"near": 1.0, "middle": 1.5, "far": 2.6}[detail]
    parts = []
    for level in range(params.forks + 1):
        bend = rng.normal(0, 0.12, way.shape)
        middle = foot + way * (0.5 * length)[:, None]
        end = middle + unit(way + bend) * (0.5 * length)[:, None]
        end[:, 2] = np.maximum(end[:, 2], 0.02 * radius)
        if level <= shown:
            paths = np.stack([foot, middle, end], 1).astype(np.float32)
            if detail != "near":
                paths = paths[:, ::2]
            girth = thick * 0.8 ** np.arange(level, level + 2)
            if level == shown:
                girth[1] *= 0.45
            radii = np.broadcast_to(np.linspace(girth[0], girth[1], paths.shape[1]) * wider, paths.shape[:2]).astype(np.float32)
            tint = shades(ramp, rng.uniform(-0.12, 0.12, len(foot)) + 0.30 + 0.55 * level / params.forks)
            made = sweep(paths, radii, 4 if detail == "near" and level < 3 else 3)
            parts.append(wood(made, "moss", STEM, np.repeat(tint, len(made.faces) // len(foot), axis=0)))
        turn = rng.uniform(0, 2 * np.pi, len(way))
        spread = rng.uniform(0.45, 0.85, (2, len(way)))
        tangent = unit(way + bend)
        sides = [radial(tangent, turn + np.pi * side) for side in (0, 1)]
        way = np.concatenate(
            [
                unit(tangent * np.cos(angle)[:, None] + side * np.sin(angle)[:, None] + UP * 0.18)
                for side, angle in zip(sides, spread, strict=True)
            ]
        )
        foot = np.concatenate([end, end])
        length = np.concatenate([length, length]) * rng.uniform(0.62, 0.86, len(way))
    return merge(parts)
