"""What trees and shrubs with leaves share: the crown as a cloud of lobes, and the tubes of its wood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.bark import barked
from ..anatomy.parts import BRANCH, ROOT, TRUNK, wood
from ..anatomy.skeleton import Floats, Ints, strands, unit
from ..anatomy.tubes import sweep
from .colour import Rgb
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


def crown_wood(
    points: Floats,
    parents: Ints,
    radii: Floats,
    material: str,
    detail: Detail,
    tint: Rgb,
    flare: tuple[float, float, int, float] | None = None,
    bark: str | None = None,
    dead: NDArray[np.bool_] | None = None,
) -> MeshData:
    """Sweep tubes along the skeleton: rounder where thicker, the thinnest left out further off.

    `flare` is (foot m, strength, buttresses, turn rad) for a trunk that stands at the origin, whose foot is then the part
    ROOT. `bark` names one of BARKS, whose relief the trunk then has near by. `dead` (N,) nodes are bare grey wood.
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
    round_by, row = most + 10 * (detail == "near"), slice(0, lengths[main])
    trunk = barked(path[main, row], width[main, row], bark, round_by, detail == "near", flare)
    foot = 0.0 if flare is None else flare[0]
    low = trunk.points[trunk.faces, 2].max(1) < 0.8 * foot
    parts = [wood(trunk, material, np.where(low, ROOT, TRUNK).astype(np.int32), np.array(tint))]
    others = np.arange(len(path)) != main
    gone = np.zeros(len(path), bool) if dead is None else dead[made.nodes[chosen][:, 1]]
    for rows, kind, colour in ((others & ~gone, material, tint), (others & gone, "wood_dead", _DEAD)):
        if rows.any():
            parts.append(wood(sweep(path[rows], width[rows], sides[rows], lengths[rows]), kind, BRANCH, np.array(colour)))
    return merge(parts)
