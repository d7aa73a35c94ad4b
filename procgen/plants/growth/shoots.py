"""Leafy shoots: where they spring from, how they bend under their weight, and the light that decides which of them live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, frames, needle, radial
from ..anatomy.parts import BRANCH, blades, wood
from ..anatomy.skeleton import UP, Floats, Ints, unit
from ..anatomy.tubes import sweep
from .colour import Rgb
from .light import light


@dataclass(frozen=True)
class Shooting:
    """How shoots grow: about `number` of them, `length` m long and of `nodes` points; `pendulous` is how soon they hang, 0
    never to 1 from the start, `flat` (0..1) turns them into one level plane, `clearance` m is what they leave to the ground.
    Those with less light than `shade` (0..1) die.
    """

    number: int
    length: float
    nodes: int
    pendulous: float
    flat: float
    clearance: float
    shade: float


@dataclass(frozen=True)
class Twigs:
    """n shoots as paths (n, L, 3) m, with the `light` (n,) 0..1 they stand in."""

    paths: Floats
    light: Floats


def twigs(
    points: Floats,
    parents: Ints,
    radii: Floats,
    living: NDArray[np.bool_],
    thin: float,
    how: Shooting,
    rng: np.random.Generator,
) -> Twigs:
    """Grow shoots out of the `living` (N,) wood thinner than `thin` m: one on at every tip, the others to the sides."""
    bearing = np.flatnonzero((radii < thin) & (parents >= 0) & living)
    if len(bearing) == 0:
        bearing = np.flatnonzero(parents >= 0)[-4:]
    tip = np.bincount(parents[parents >= 0], minlength=len(points)) == 0
    bearing = bearing[np.argsort(rng.random(len(bearing)) - tip[bearing], kind="stable")]
    row = bearing[np.arange(how.number) % len(bearing)]
    leading = tip[row] & (np.arange(how.number) < len(bearing))
    forward = unit(points[row] - points[parents[row]])
    place = np.where(leading, 0.0, rng.random(how.number))[:, None]
    start = points[row] + (points[parents[row]] - points[row]) * place
    azimuth = np.arange(how.number) * GOLDEN_ANGLE + rng.uniform(0, 1, how.number)
    level = np.where(rng.random(how.number) < 0.5, 0.0, np.pi) + rng.normal(0, 0.25, how.number)
    azimuth = np.where(rng.random(how.number) < how.flat, level, azimuth)
    swing = np.where(leading, 0.12, rng.uniform(0.5, 1.15, how.number))[:, None]
    heading = unit(forward * np.cos(swing) + radial(forward, azimuth) * np.sin(swing) + UP * 0.12 * (1 - how.pendulous))
    length = how.length * rng.uniform(0.5, 1.15, how.number) * np.where(leading, 1.1, 1.0)
    stiff = rng.random(how.number) < 0.3
    if how.pendulous > 0.3:
        length *= np.where(stiff, 0.25, rng.uniform(0.35, 1.0, how.number))
        length = np.minimum(length, np.maximum(start[:, 2] - how.clearance * rng.uniform(0.5, 3.0, how.number), 0.05 * length))
    paths = _bent(start, heading, length, how.pendulous * np.where(stiff, 0.3, 1.0), how.nodes, rng)
    paths[..., 2] = np.maximum(paths[..., 2], np.minimum(0.5 * how.clearance, paths[:, :1, 2]))
    lit = light(paths[:, how.nodes // 2])
    alive = lit * rng.uniform(0.75, 1.35, how.number) > how.shade * np.quantile(lit, 0.8)
    alive[np.argmax(lit)] = True
    return Twigs(paths[alive], lit[alive] / np.float32(max(float(np.quantile(lit[alive], 0.9)), 1e-6)))


def _bent(start: Floats, heading: Floats, length: Floats, pendulous: Floats, nodes: int, rng: np.random.Generator) -> Floats:
    """Paths (n, L, 3) m that turn from their heading to the ground, each a little otherwise."""
    count, pieces = len(start), nodes - 1
    sway = rng.normal(0, 0.10, (count, pieces, 3)) * [1, 1, 0.3]
    weight = pendulous * rng.uniform(0.75, 1.25, count)
    points = [start]
    for piece in range(pieces):
        hang = np.minimum(1.0, 3.4 * weight * (piece + 0.35) / pieces)[:, None]
        pull = heading * (1 - hang) - UP * hang + sway[:, piece]
        points.append(points[-1] + unit(pull) * (length / pieces)[:, None])
    return np.stack(points, 1).astype(np.float32)


def twig_wood(shoots: Twigs, radius: float, material: str, tint: Rgb, detail: Detail) -> MeshData:
    """Return the shoots' wood: tapering tubes of three sides near by, one thin quad each for a share of them further off."""
    if detail == "near":
        taper = np.linspace(1.0, 0.4, shoots.paths.shape[1]).astype(np.float32) * np.float32(radius)
        return wood(sweep(shoots.paths, np.broadcast_to(taper, shoots.paths.shape[:2]), 3), material, BRANCH, np.array(tint))
    pieces = 1 if shoots.paths.shape[1] < 5 else 2
    every = {"middle": 3, "far": 8}[detail]
    chosen = shoots.paths[::every]
    stops = np.linspace(0, shoots.paths.shape[1] - 1, pieces + 1).astype(int)
    start, end = chosen[:, stops[:-1]].reshape(-1, 3), chosen[:, stops[1:]].reshape(-1, 3)
    axis = end - start
    length = np.sqrt((axis * axis).sum(1))
    width = np.full_like(length, 2.2 * radius * every**0.8)
    scales = np.stack([width, length, length], 1)
    facing = np.cross(axis, np.roll(axis, 1, axis=1))
    return blades(needle(1.0), start, frames(axis, facing), scales, material, BRANCH, np.array(tint), np.zeros(len(start)))
