"""What trees and shrubs with leaves share: a crown that is colonised, shoots on its thin wood, leaves around the shoots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, kite, radial, simple_leaf
from ..anatomy.parts import BRANCH, LEAF, ROOT, TRUNK, blades, wood
from ..anatomy.skeleton import Floats, Ints, strands, unit
from ..anatomy.tubes import Tubes, flared, sweep
from .colour import Ramp, Rgb, shades
from .light import light

_DEAD: Rgb = (0.21, 0.195, 0.175)


@dataclass(frozen=True)
class Lobes:
    """A crown as a cloud of overlapping ellipsoids: centres (K, 3) m and half axes (K, 3) m."""

    centres: Floats
    axes: Floats

    def fill(self, count: int, rng: np.random.Generator) -> Floats:
        """Return about `count` points (A, 3) m, spread evenly through the union, thinned towards the dark inside of lobes."""
        volume = self.axes.prod(1)
        lobe = np.searchsorted(np.cumsum(volume) / volume.sum(), rng.random(3 * count)).clip(0, len(volume) - 1)
        direction = unit(rng.normal(size=(3 * count, 3)))
        distance = rng.random(3 * count) ** (1 / 3)
        points = self.centres[lobe] + direction * distance[:, None] * self.axes[lobe]
        covered = ((self._reach(points) < 1).sum(1)).clip(1)
        deepest = self._reach(points).min(1)
        kept = rng.random(len(points)) * covered < np.where(deepest < 0.45, 0.3, 1.0)
        return points[kept][:count].astype(np.float32)

    def outerness(self, points: Floats) -> Floats:
        """0 in the middle of a lobe, 1 at the crown's surface and outside, for points (N, 3) m."""
        return np.clip((self._reach(points).min(1) - 0.3) / 0.65, 0, 1).astype(np.float32)

    def nearest(self, points: Floats) -> Ints:
        """Return the number of the lobe that each of the points (N, 3) m is deepest in, (N,)."""
        return self._reach(points).argmin(1)

    def lit(self, points: Floats, share: float) -> Floats:
        """Return the `share` of the points (N, 3) m that get the most of the light, each with its own luck, in their order."""
        bright = light(points)
        luck = (np.arange(len(points)) * 0.6180339887) % 1.0
        return points[np.sort(np.argsort(-bright * (0.6 + 0.4 * luck), kind="stable")[: max(1, round(share * len(points)))])]

    def _reach(self, points: Floats) -> Floats:
        away = (points[:, None] - self.centres) / self.axes
        return np.sqrt((away * away).sum(-1))


@dataclass(frozen=True)
class Foliage:
    """How leaves sit, lengths in metres: `shoot` the length of a leafy shoot, `leaves` on each, `leaf` its length, `width` as a
    share of it, `divergence` rad from leaf to leaf round the shoot, `droop` how far blades hang (0 level, 1 hanging).
    """

    shoot: float
    leaves: int
    leaf: float
    width: float
    divergence: float
    droop: float
    shoulder: float
    ramp: Ramp
    material: str = "leaf"


@dataclass(frozen=True)
class Shoots:
    """n leafy shoots, straight from `start` to `end` (n, 3) m."""

    start: Floats
    end: Floats


def leafy_shoots(
    points: Floats, parents: Ints, radii: Floats, thin: float, number: int, length: float, rng: np.random.Generator
) -> Shoots:
    """Grow about `number` shoots out of the wood thinner than `thin` m: one on at every tip, the rest to the sides."""
    tips = np.bincount(parents[parents >= 0], minlength=len(points)) == 0
    twigs = np.flatnonzero((radii < thin) & (parents >= 0))
    more = np.maximum(1, number // max(len(twigs), 1))
    row = np.repeat(twigs, more)
    extra = max(number - len(row), 0)
    row = np.concatenate([row, twigs[rng.permutation(len(twigs))[: min(extra, len(twigs))]]])
    forward = unit(points[row] - points[parents[row]])
    place = rng.random((len(row), 1)).astype(np.float32)
    start = points[row] + (points[parents[row]] - points[row]) * place * 0.9
    leading = tips[row] & (np.arange(len(row)) < len(twigs) * more) & (np.arange(len(row)) % more == 0)
    azimuth = (np.arange(len(row)) * GOLDEN_ANGLE + rng.uniform(0, 1, len(row))).astype(np.float32)
    aside = radial(forward, azimuth)
    spread = np.where(leading, 0.15, rng.uniform(0.5, 1.1, len(row)))[:, None]
    heading = forward * np.cos(spread) + aside * np.sin(spread) + np.array([0, 0, 0.12], np.float32)
    start = np.where(leading[:, None], points[row], start)
    size = length * rng.uniform(0.55, 1.2, (len(row), 1))
    return Shoots(start.astype(np.float32), (start + unit(heading) * size).astype(np.float32))


def leaves(
    shoots: Shoots, foliage: Foliage, lobes: Lobes, keep: float, template: Template, rng: np.random.Generator
) -> MeshData:
    """Set leaves around the shoots, blades turned to the light; a share `keep` of them, drawn larger to cover as much."""
    count = len(shoots.start) * foliage.leaves
    row = np.repeat(np.arange(len(shoots.start)), foliage.leaves)
    place = np.tile((np.arange(foliage.leaves) + 0.7) / (foliage.leaves - 0.3), len(shoots.start))
    turn = np.repeat(rng.uniform(0, 2 * np.pi, len(shoots.start)), foliage.leaves)
    azimuth = turn + np.tile(np.arange(foliage.leaves) * foliage.divergence, len(shoots.start)) + rng.normal(0, 0.3, count)
    size = foliage.leaf * rng.uniform(0.65, 1.2, count) * (1 - 0.25 * np.abs(place - 0.55))
    jitter = rng.normal(0, 0.32, (count, 3))
    random = np.clip(0.7 * rng.random(count) + 0.3 * rng.random(len(shoots.start))[row], 0, 1)

    order = np.argsort(rng.random(count), kind="stable")[: max(1, round(count * keep))]
    row, place, azimuth, size, jitter, random = (a[order] for a in (row, place, azimuth, size, jitter, random))
    axis = shoots.end - shoots.start
    forward = unit(axis)[row]
    origin = shoots.start[row] + axis[row] * np.minimum(place, 1)[:, None]
    outward = radial(forward, azimuth)
    heading = forward * 0.65 + outward * 0.8 + jitter * 0.5
    heading[:, 2] -= foliage.droop * 0.9
    outer = lobes.outerness(origin)
    middle = lobes.centres.mean(0)
    sun = unit(origin - middle) * 0.55 + np.array([0, 0, 0.85], np.float32) + jitter
    scale = (size / np.sqrt(keep)).astype(np.float32)
    light = (0.25 + 0.75 * outer) * (0.4 + 0.6 * keep**0.5)  # fewer, larger leaves shade each other less
    tint = shades(foliage.ramp, random) * (0.55 + 0.45 * light)[:, None]
    return blades(template, origin, frames(heading, sun), scale, foliage.material, LEAF, tint, random)


def leaf_template(foliage: Foliage, detail: Detail) -> Template:
    """The leaf's mesh: folded and pointed near by, one quad further off."""
    if detail == "near":
        return simple_leaf(foliage.width, 0.28, 0.16, foliage.shoulder)
    return kite(foliage.width * 1.25, 0.12)


def crown_wood(
    points: Floats,
    parents: Ints,
    radii: Floats,
    material: str,
    detail: Detail,
    tint: Rgb,
    flare: tuple[float, float, int, float] | None = None,
    dead: NDArray[np.bool_] | None = None,
) -> MeshData:
    """Sweep tubes along the skeleton: rounder where thicker, the thinnest left out further off.

    `flare` is (foot m, strength, buttresses, turn rad) for a trunk that stands at the origin, whose foot is then the part
    ROOT. `dead` (N,) nodes are bare grey wood.
    """
    least = {"near": 0.0, "middle": 0.45, "far": 1.1}[detail] * float(radii.max()) ** 0.5 * float(radii.min()) ** 0.5
    made = strands(parents, radii)
    path, width = points[made.nodes], radii[made.nodes].copy()
    width[:, 0] = np.minimum(width[:, 0], width[:, 1] * 1.25)
    for _ in range(2):  # a limb thins steadily, not by a step wherever it bears a branch
        width[:, 1:-1] = 0.5 * width[:, 1:-1] + 0.25 * (width[:, :-2] + width[:, 2:])
    thickest = width.max(1)
    most_strands = {"near": len(thickest), "middle": 560, "far": 100}[detail]
    chosen = (thickest >= least) & (np.argsort(np.argsort(-thickest, kind="stable"), kind="stable") < most_strands)
    path, width, lengths, thickest = path[chosen], width[chosen], made.lengths[chosen], thickest[chosen]
    most = {"near": 14, "middle": 7, "far": 4}[detail]
    sides = np.clip(3 + thickest * most * 4.0 / float(radii.max()) ** 0.5, 3, most).astype(np.int32)
    main = int(np.argmax(thickest))
    trunk = sweep(path[main : main + 1], width[main : main + 1], most + 10 * (detail == "near"), lengths[main : main + 1])
    if flare is not None:
        trunk = Tubes(flared(trunk.points, *flare), trunk.faces, trunk.bark)
    foot = 0.0 if flare is None else flare[0]
    low = trunk.points[trunk.faces, 2].max(1) < 0.8 * foot
    parts = [wood(trunk, material, np.where(low, ROOT, TRUNK).astype(np.int32), np.array(tint))]
    others = np.arange(len(path)) != main
    gone = np.zeros(len(path), bool) if dead is None else dead[made.nodes[chosen][:, 1]]
    for rows, kind, colour in ((others & ~gone, material, tint), (others & gone, "wood_dead", _DEAD)):
        if rows.any():
            parts.append(wood(sweep(path[rows], width[rows], sides[rows], lengths[rows]), kind, BRANCH, np.array(colour)))
    return merge(parts)


def shoot_wood(shoots: Shoots, radius: float, material: str, tint: Rgb) -> MeshData:
    """Thin tubes for the shoots, so that every leaf has something to sit on."""
    paths = np.stack([shoots.start, shoots.end], 1)
    radii = np.broadcast_to(np.array([radius, 0.45 * radius], np.float32), paths.shape[:2])
    return wood(sweep(paths, radii, 3), material, BRANCH, np.array(tint))
