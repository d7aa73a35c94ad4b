"""The plan of a lake world, before erosion: where water lies, where the land is driven up, and how high banks are.

A lake of irregular outline lies before the origin, which stands on its near bank; the view goes along +Y. Behind the far
shore are foothills and one broad range whose crest crosses the view aslant, with a few dominant massifs; the valley's
sides are unequal; further off, other ranges follow in all directions. Lengths grow with the side of the land, except
those of the shore. All of it is smooth and has no ridges of its own: those are left to erosion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....progress import Progress
from ...elementary import exp, hypot
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec, WaterSpec
from ..blocks import Floats
from ..land import Terrain
from ..noise import fbm2, warp2
from ..plan import DESIGN_SIDE, Plan
from ..shaping import shaped

VALLEY = 420.0
"""Metres about the lake that the coarse map keeps low: its cells are too large to hold a lake."""


@dataclass(frozen=True)
class LakeBasin(Plan):
    """One plan; metres before `scale` multiplies lengths, except for the lake's, which are true metres.

    lake: centre x, y, half-axes a >= b, turn in radians; bank: height of the shore; crest: its y at x = 0, its slope, its
    half-width; gap: x and half-width of the low place in the crest through which farther ranges show; walls: weights of
    the valley's left and right side; spurs, massifs (K, 4): x, y, radius, weight of foothills and of the crest's summits.
    """

    seed: int
    scale: float
    bank: float
    lake: tuple[float, float, float, float, float]
    crest: tuple[float, float, float]
    gap: tuple[float, float]
    walls: tuple[float, float]
    spurs: tuple[tuple[float, float, float, float], ...]
    massifs: tuple[tuple[float, float, float, float], ...]

    @property
    def depth(self) -> float:
        """Metres of water in the middle of the lake."""
        return 3 + 0.07 * self.lake[3]

    def water(self, x: Floats, y: Floats) -> Floats:
        """Return about how many metres inside the shoreline a point lies, negative on land; flat blocks."""
        cx, cy, a, b, turn = self.lake
        zero = np.zeros(1, np.float32)
        x, y = x.copy(), y.copy()
        bends = ((1.3 * b, 0.6 * b), (0.5 * b, 0.2 * b), (38.0, 5.0), (13.0, 1.6), (5.0, 0.5))
        for number, (length, amount) in enumerate(bends):
            key = subseed(self.seed, "shore", number)
            inverse = np.float32(1 / length)
            rest = warp2(zero, zero, key, amount / length, 1)
            moved = warp2(x * inverse, y * inverse, key, amount / length, 1)
            x, y = ((m - r) * np.float32(length) for m, r in zip(moved, rest, strict=True))
        c, s = np.cos(turn), np.sin(turn)
        u = (np.float32(c) * (x - np.float32(cx)) + np.float32(s) * (y - np.float32(cy))) * np.float32(1 / a)
        v = (np.float32(c) * (y - np.float32(cy)) - np.float32(s) * (x - np.float32(cx))) * np.float32(1 / b)
        r = np.sqrt(u * u + v * v) + np.float32(1e-6)
        steep = np.sqrt((u / np.float32(a)) ** 2 + (v / np.float32(b)) ** 2) / r
        return (1 - r) / np.maximum(steep, np.float32(0.5 / a))

    def lowland(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return the valley that the lake lies in."""
        return hypot(x - np.float32(self.lake[0]), y - np.float32(self.lake[1])) < VALLEY * self.scale

    def gain(self, x: Floats, y: Floats, heights: Floats, relief: float) -> float:
        """Return the factor at which the highest ground that is seen along +Y from the origin rises as `relief` asks."""
        seen = (np.abs(x) < 0.6 * y) & (y > 300 * self.scale)
        return wanted_rise(relief) / float(np.max((heights / hypot(x, y))[seen]))

    def finished(self, heights: Floats, inside: Floats, lowest: float) -> Floats:
        """Return the land with a bank, a beach and the lake's bed."""
        shore = self.shore_profile(inside)
        share = _smooth(0.0, 1.0, (-inside - 3) / 45)
        return shore + share * (np.maximum(heights, np.float32(0.6 * self.bank)) - shore)

    def shore_profile(self, inside: Floats) -> Floats:
        """Return the height of bank and lake bed for `water` distances: a beach, a bank, a bed that soon falls away."""
        land = np.maximum(-inside, 0)
        wet = np.maximum(inside, 0)
        bank = np.float32(self.bank) * (1 - exp(-land / np.float32(4.5))) + np.float32(0.03) * land
        depth = np.float32(self.depth)
        return np.where(inside < 0, bank, -depth * (1 - exp(-wet * np.float32(0.16) / depth)))

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up, 0 to about 1; flat blocks."""
        k = np.float32(1 / self.scale)
        inside = self.water(x, y) * k
        distance = np.sqrt(x * x + y * y) * k
        xs, ys = warp2(x * k / np.float32(700), y * k / np.float32(700), subseed(self.seed, "bend"), 0.16, 3)
        xs, ys = xs * np.float32(700), ys * np.float32(700)
        y0, slant, width = self.crest
        off = (ys - np.float32(y0) - np.float32(slant) * xs) / np.float32(width)
        behind = np.maximum(off, 0) * np.float32(0.75) + np.minimum(off, 0)
        sway = fbm2(xs / np.float32(620), ys / np.float32(1600), subseed(self.seed, "crest"), 3)
        gap = exp(-(((xs - np.float32(self.gap[0])) / np.float32(self.gap[1])) ** 2))
        range_ = exp(-(behind**2)) * (np.float32(0.5) + np.float32(0.45) * sway) * (1 - np.float32(0.62) * gap)
        for mx, my, radius, weight in self.massifs + self.spurs:
            r2 = ((xs - np.float32(mx)) ** 2 + (ys - np.float32(my)) ** 2) / np.float32(radius**2)
            range_ = range_ + np.float32(weight) * exp(-r2)
        for weight, sign in zip(self.walls, (-1, 1), strict=True):
            side = (xs * np.float32(sign) - np.float32(780) - np.float32(0.18) * ys) / np.float32(330)
            along = _smooth(-250, 650, ys)
            range_ = range_ + np.float32(weight) * along * exp(-(np.minimum(side, 0) ** 2) - 0.3 * np.maximum(side, 0) ** 2)
        hills = np.float32(0.10) + np.float32(0.09) * fbm2(
            xs / np.float32(330), ys / np.float32(330), subseed(self.seed, "hills"), 2
        )
        broken = fbm2(xs / np.float32(190), ys / np.float32(190), subseed(self.seed, "broken"), 3)
        range_ = range_ * (1 + np.float32(0.45) * broken)
        near = range_ + hills * (np.float32(0.35) + np.float32(0.65) * _smooth(60, 420, ys))
        far = self._far_ranges(x * k, y * k, distance)
        beyond = _smooth(1500, 2900, distance)
        total = near * (1 - beyond) + far * beyond
        total *= _smooth(8, 170, -inside)
        total *= np.float32(0.08) + np.float32(0.92) * _smooth(70, 330, distance)
        return np.maximum(total, np.float32(0.012))

    def _far_ranges(self, x: Floats, y: Floats, distance: Floats) -> Floats:
        """Return the uplift of the country around, kilometres off: chains of mountains, lower behind the camera."""
        xs, ys = warp2(x / np.float32(4200), y / np.float32(4200), subseed(self.seed, "far bend"), 0.22, 2)
        chain = 1 - np.abs(fbm2(xs, ys, subseed(self.seed, "far"), 2)) * np.float32(2.2)
        ahead = _smooth(-0.35, 0.55, y / np.maximum(distance, np.float32(1)))
        rise = np.float32(1.3) + np.float32(1.2) * _smooth(2500, 6500, distance)
        return np.maximum(chain, np.float32(0.1)) * rise * (np.float32(0.22) + np.float32(0.78) * ahead)


def wanted_rise(relief: float) -> float:
    """Return the tangent of the angle at which the highest summit should stand over the origin."""
    return math.tan(math.radians(4.0 + 16.0 * relief))


def lake_terrain(
    terrain: TerrainSpec, water: WaterSpec, seed: int, progress: Progress | None = None, threads: int | None = None
) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    return shaped(lake_basin(terrain, water, seed), terrain, seed, progress, threads)


def lake_basin(terrain: TerrainSpec, water: WaterSpec, seed: int) -> LakeBasin:
    """Draw the plan that belongs to the seed; its shore always lies a few metres before the origin."""
    rng = stream(seed, "lake basin")
    scale = terrain.size / DESIGN_SIDE
    b = 24.0 * 16.0**water.extent * min(scale, 1.6)
    a = b * rng.uniform(1.5, 2.5)
    turn = rng.uniform(-0.35, 0.35)
    aside = a * rng.uniform(-0.45, 0.45)
    ahead = b * (1 - (aside / a) ** 2) ** 0.5 + rng.uniform(7, 10)
    c, s = np.cos(turn), np.sin(turn)
    lake = (c * aside - s * ahead, s * aside + c * ahead, a, b, turn)
    crest = (rng.uniform(1080, 1330), rng.uniform(-0.3, 0.3), rng.uniform(330, 430))
    count = int(rng.integers(2, 5))
    places = (np.linspace(-560, 560, count) + rng.uniform(-170, 170, count)) * rng.uniform(0.8, 1.1)
    massifs = tuple(
        (
            float(px),
            crest[0] + crest[1] * float(px) + rng.uniform(-160, 120),
            rng.uniform(190, 330),
            rng.uniform(0.3, 0.95),
        )
        for px in places
    )
    spurs = tuple(
        (side * rng.uniform(230, 620), rng.uniform(430, 800), rng.uniform(110, 210), rng.uniform(0.18, 0.55))
        for side in (-1, 1, rng.choice([-1, 1]))
    )
    gap = (float(rng.choice([-1, 1]) * rng.uniform(120, 420)), rng.uniform(110, 200))
    high_left = bool(rng.integers(0, 2))
    walls = (rng.uniform(0.35, 0.7), rng.uniform(0.05, 0.3))
    sides = walls if high_left else walls[::-1]
    return LakeBasin(seed, scale, terrain.shore_height, lake, crest, gap, sides, spurs, massifs)


def _smooth(low: float, high: float, value: Any) -> Any:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
