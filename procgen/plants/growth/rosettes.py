"""Leaves of herbs: rosettes at the foot and single leaves along stalks, laid so that they rest on the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames
from ..anatomy.outline_blades import fewer, run
from ..anatomy.parts import LEAF, blades
from ..anatomy.skeleton import UP, Floats, Ints, along
from .colour import Ramp, shades


def rosette(
    template: Template,
    length: Floats,
    rise: Floats,
    crown: float,
    ramp: Ramp,
    rng: np.random.Generator,
    detail: Detail,
    share: float = 1.0,
    material: str = "leaf",
    coarse: Template | None = None,
    sunk: float = 0.0,
) -> MeshData:
    """Return leaves (n,) of `length` m in a golden-angle spiral round the origin that leave a crown of the radius `crown` m at
    `rise` rad above level; broad ones begin `sunk` of their length below the ground, so that no gap is seen. Only a `share` of
    them is there, the first ones, of one draw for all; further off fewer `coarse` ones, or kites, stand for them.
    """
    count = len(length)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.15, count)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], -1)
    tilt = (rise + rng.normal(0, 0.1, count))[:, None]
    roll = rng.normal(0, 0.18, (count, 3))
    random = rng.random(count)
    size = length * rng.uniform(0.8, 1.1, count)
    feet = outward * crown + UP * (0.0004 - sunk * size[:, None])
    heading = outward * np.cos(tilt) + UP * np.sin(tilt)
    normal = UP * np.cos(tilt) - outward * np.sin(tilt) + roll
    kept = max(2, round(count * share))
    template, left = fewer(template, kept, detail, 12, 1.0, coarse)
    chosen = np.linspace(0, kept - 1, left).round().astype(int)
    return _laid(template, feet[chosen], heading[chosen], normal[chosen], size[chosen], ramp, random[chosen], material)


def cauline(
    template: Template,
    paths: Floats,
    row: Ints,
    place: Floats,
    length: Floats,
    rise: Floats,
    ramp: Ramp,
    rng: np.random.Generator,
    detail: Detail,
    share: float = 1.0,
    material: str = "leaf",
    coarse: Template | None = None,
) -> list[MeshData]:
    """Return leaves on stalks: n of them on the `paths` (S, L, 3) numbered `row` at the shares `place` of these, a golden angle
    apart, of `length` (n,) m, at `rise` (n,) rad above level; a `share` of them. No mesh where there is none;
    `coarse` as for `rosette`.
    """
    azimuth = np.arange(len(row)) * GOLDEN_ANGLE + rng.normal(0, 0.3, len(row))
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(len(row))], -1)
    random = rng.random(len(row))
    size = length * rng.uniform(0.85, 1.12, len(row))
    chosen = np.flatnonzero(random < share)
    if not len(chosen):
        return []
    template, left = fewer(template, len(chosen), detail, 4, 1.0, coarse)
    chosen = chosen[np.linspace(0, len(chosen) - 1, left).round().astype(int)]
    feet, _ = along(paths, row, place)
    heading = outward * np.cos(rise)[:, None] + UP * np.sin(rise)[:, None]
    normal = UP * np.cos(rise)[:, None] - outward * np.sin(rise)[:, None]
    return [_laid(template, feet[chosen], heading[chosen], normal[chosen], size[chosen], ramp, random[chosen], material)]


def _laid(
    template: Template, feet: Floats, heading: Floats, normal: Floats, size: Floats, ramp: Ramp, random: Floats, material: str
) -> MeshData:
    light = 0.85 + 0.25 * run(template)
    tint = shades(ramp, random)[:, None] * light[:, None]
    laid = blades(template, feet, frames(heading, normal), size, material, LEAF, tint, random)
    return resting(laid, np.repeat(np.arange(len(feet)) % 9, len(template.points)))


def resting(mesh: MeshData, layer: Ints | int = 0) -> MeshData:
    """Return a mesh whose points below the ground have been lifted onto it, 0.4 mm higher for each `layer` (N,), so that
    blades that lie on each other do not share a plane.
    """
    points = mesh.points.copy()
    points[:, 2] = np.maximum(points[:, 2], 0.0004 + 0.0004 * np.asarray(layer, np.float32))
    return replace(mesh, points=points)
