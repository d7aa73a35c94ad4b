"""Flowers and fruits of cacti: funnels of many tepals round a brush of stamens, and the berries that follow them."""

from __future__ import annotations

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, blade, frames, kite, radial
from ..anatomy.closed import circles, closed
from ..anatomy.parts import FLOWER, FRUIT, PETAL, blades
from ..anatomy.skeleton import Floats, unit
from ..growth.colour import Ramp, shades

_CROWD = 20
"""So many flowers or fruits on one plant are seen from further off than a few."""


def faces_of(count: float) -> float:
    """Return the most faces of `count` flowers of twelve tepals, seen from near by, on their fruits."""
    return max(44 * count, 142 * min(count, _CROWD))


def flowers(
    place: Floats,
    facing: Floats,
    size: Floats,
    tepals: int,
    colours: tuple[Ramp, Ramp],
    rng: np.random.Generator,
    detail: Detail,
) -> list[MeshData]:
    """Return funnel flowers at places (n, 3) m that face `facing` (n, 3), `size` (n,) m broad.

    `colours` are the ramps of the tepals, from the outer to the inner ones, and of the stamens.
    """
    each = {"near": tepals, "middle": max(6, tepals // 2), "far": 4}[detail]
    count = len(place)
    fine = detail == "near" and count <= _CROWD
    row = np.repeat(np.arange(count), each)
    order = np.tile(np.arange(each), count)
    whorl = order % 2 if detail != "far" else np.zeros(len(order))
    opened = rng.uniform(0.55, 1.0, count)[row]
    turn = order * (2 * np.pi / each) + 0.3 * row + rng.normal(0, 0.08, len(row))
    outward = radial(facing[row].astype(np.float32), turn)
    lift = (1.45 - 0.95 * opened + 0.35 * whorl)[:, None]
    heading = outward * np.cos(lift) + facing[row] * np.sin(lift)
    normal = facing[row] * np.cos(lift) - outward * np.sin(lift)
    broad = 3.4 / each
    template = kite(1.7 * broad, -0.15, 0.62)
    if fine:
        template = blade(np.array([0.0, 0.35, 0.75, 1.0]), broad * np.array([0.2, 0.6, 0.8, 0.12]), 0.3, 0.14)
    length = 0.62 * size[row] * rng.uniform(0.92, 1.05, len(row))
    number = rng.random(len(row))
    tint = shades(colours[0], 0.75 * whorl + 0.25 * number)
    made = [blades(template, place[row], frames(heading, normal), length, "petal", PETAL, tint, number, place[row])]
    if detail != "far":
        made.append(_stamens(place, facing, size, shades(colours[1], rng.random(count)), rng, 30 if fine else 8))
    return made


def _stamens(place: Floats, facing: Floats, size: Floats, tint: Floats, rng: np.random.Generator, each: int) -> MeshData:
    """A brush of `each` stamens in the funnel of every flower; `tint` (n, 3)."""
    count = len(place)
    row = np.repeat(np.arange(count), each)
    level = np.tile(np.sqrt((np.arange(each) + 0.5) / each), count)
    turn = np.tile(np.arange(each) * GOLDEN_ANGLE, count) + rng.normal(0, 0.2, len(row))
    lean = (0.75 * level * rng.uniform(0.8, 1.1, len(row)))[:, None]
    heading = radial(facing[row].astype(np.float32), turn) * np.sin(lean) + facing[row] * np.cos(lean)
    template = kite(0.07 * (30 / each) ** 0.5, 0.0, 0.88)
    length = size[row] * 0.36 * rng.uniform(0.8, 1.1, len(row))
    number = rng.random(len(row))
    colour = tint[row] * (0.85 + 0.3 * number[:, None])
    return blades(template, place[row], frames(heading, facing[row]), length, "petal", FLOWER, colour, number, place[row])


def fruits(place: Floats, facing: Floats, length: Floats, slender: float, tint: Floats, detail: Detail) -> MeshData:
    """Return berries, as solid bodies, at places (n, 3) m along `facing` (n, 3): `length` (n,) m, `slender` times as broad."""
    sides, profile = {
        "near": (8, (0.5, 0.82, 1.0, 0.94, 0.7)) if len(place) <= _CROWD else (6, (0.5, 0.9, 1.0, 0.7)),
        "middle": (6, (0.55, 1.0, 0.75)),
        "far": (4, (0.7, 0.9)),
    }[detail]
    scale = np.stack([0.5 * slender * length, length, 0.5 * slender * length], -1)
    turned = frames(unit(facing), np.broadcast_to(np.array([1, 0.2, 0], np.float32), facing.shape))
    number = (np.arange(len(length)) * 0.618034) % 1.0
    return blades(capsule(profile, sides), place, turned, scale, "fruit", FRUIT, tint, number)


def capsule(profile: tuple[float, ...], sides: int) -> Template:
    """A closed body along +y of length 1, whose radius runs through `profile`."""
    rings = circles(np.array(profile), np.linspace(0, 1, len(profile)), sides)
    points, faces = closed(np.stack([rings[..., 0], rings[..., 2], -rings[..., 1]], -1))
    return Template(points, faces, np.stack([0 * points[:, 1], np.clip(points[:, 1], 0, 1)], -1))
