"""The land of a river world: a valley is eroded, its trunk stream becomes the river, and heights are those above its water."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...elementary import hypot, sin
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec, WaterSpec
from ..blocks import Floats, in_blocks
from ..erosion import refine
from ..heightfield import Heightfield
from ..land import Relief, Terrain
from ..noise import fbm2
from ..plan import DESIGN_SIDE, Plan
from ..shaping import shaped
from ..square import Square
from ..stream import REACH, Course, bed_and_banks, beside, course, level_around, trunk

_FINE, _MOST = 2.6, 2048
"""Metres: the bed is laid into a map whose cells are no larger, but for the most samples a side."""
_FLOOR = 1.5
"""Metres above the water of the lowest land away from the river."""
STREAM_MASKS = ("bar", "along", "across")
"""Maps that a river adds: bars of gravel 0..1; metres from the source, and to the left of the river's middle."""


@dataclass(frozen=True)
class Valley(Plan):
    """One plan. turn: rad of the valley from +y; bends: height and length in m of its swings, and their phase; floor: half its
    width in m; side: how much higher the land is left than right."""

    seed: int
    scale: float
    turn: float
    bends: tuple[float, float, float]
    floor: float
    side: float

    relief: ClassVar[Relief] = Relief(soil=((8.0, 0.16), (2.6, 0.06), (1.1, 0.022), (0.42, 0.009)))
    heights: ClassVar[tuple[float, float]] = (45.0, 800.0)

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up; flat blocks."""
        k = np.float32(1 / self.scale)
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        across, along = (c * x - s * y) * k, (s * x + c * y) * k
        swing, length, phase = self.bends
        off = across - np.float32(swing) * (sin(along * np.float32(2 * np.pi / length) + phase) - np.float32(np.sin(phase)))
        beyond = np.clip((np.abs(off) - np.float32(self.floor)) * np.float32(1 / 620), 0, 1)
        walls = beyond * beyond * (3 - 2 * beyond)
        hills = fbm2(x * k / np.float32(430), y * k / np.float32(430), subseed(self.seed, "valley hills"), 3)
        uneven = 1 + np.float32(self.side) * np.where(off < 0, np.float32(1), np.float32(-1)) * walls
        rise = np.float32(0.012) + walls * uneven * (np.float32(0.5) + np.float32(0.42) * hills)
        return np.maximum(rise, np.float32(0.012))


def valley(terrain: TerrainSpec, seed: int) -> Valley:
    """Draw the plan that belongs to the seed; the valley passes the origin."""
    rng = stream(seed, "river valley")
    bends = (float(rng.uniform(50, 170)), float(rng.uniform(900, 1700)), float(rng.uniform(0, 2 * np.pi)))
    turn, floor, side = float(rng.uniform(-0.7, 0.7)), float(rng.uniform(70, 150)), float(rng.uniform(-0.45, 0.45))
    return Valley(seed, terrain.size / DESIGN_SIDE, turn, bends, floor, side)


def river_terrain(terrain: TerrainSpec, water: WaterSpec, seed: int) -> Terrain:
    """Return the land that belongs to the spec and the seed, with `STREAM_MASKS` beside the usual ones."""
    dry = shaped(valley(terrain, seed), terrain, seed)
    line = river_course(dry.near, water, seed)
    return replace(dry, near=_carved(dry.near, line, terrain.shore_height, seed), far=_around(dry.far, line))


def river_course(near: Heightfield, water: WaterSpec, seed: int) -> Course:
    """Return the course of the river in the eroded square."""
    samples, square = len(near.heights), _square(near)
    start = (int(-square.y / near.cell), int(-square.x / near.cell))
    cells = trunk(near.heights, near.cell, start, max(2, samples // 9), seed)
    width = 7.0 * 5.0**water.extent
    meanders = float(stream(seed, "river", "meanders").uniform(0.35, 1.0))
    return course(cells, near.heights, square, width, meanders, seed)


def _square(field: Heightfield) -> Square:
    cell = field.cell
    return Square(field.origin[0] - cell / 2, field.origin[1] - cell / 2, cell * len(field.heights))


def _carved(near: Heightfield, line: Course, bank: float, seed: int) -> Heightfield:
    """Return the near land above the river's level, with its bed and banks and all masks."""
    square, heights, masks = _square(near), near.heights, dict(near.masks)
    while square.side / len(heights) > _FINE and 2 * len(heights) <= _MOST:
        heights, masks = refine(heights), {name: refine(values) for name, values in masks.items()}
    samples = len(heights)
    place = beside(line, square, samples)
    away = np.abs(place.across)
    off = np.maximum(away - place.width / 2, 0)
    spread = _smooth(30.0, 0.9 * REACH, away)
    level = place.level + spread * (level_around(line, *square.centres(samples)) - place.level)
    low = np.float32(max(0.6 * bank, 0.35)) + np.float32(0.012) * np.minimum(off, np.float32(REACH - 40))
    low += _smooth(8.0, 90.0, off) * _swales(square, samples, seed)
    over = heights - level - low
    above = low + np.float32(0.5) * (over + np.sqrt(over * over + np.float32(9)))
    profile, bar = bed_and_banks(place, bank)
    share = _smooth(5.0, 75.0, off)
    laid = np.where(place.near, profile + share * (above - profile), above).astype(np.float32)
    slope = hypot(*np.gradient(laid, np.float32(square.side / samples)))
    dry = _smooth(3.0, 40.0, off)
    masks |= {
        "slope": slope,
        "rock": masks["rock"] * dry,
        "deposit": masks["deposit"] * dry,
        "water": np.where(place.near, place.width / 2 - away, np.float32(-REACH)),
        "bar": bar * place.near,
        "along": place.along,
        "across": place.across,
    }
    return square.field(laid, {name: values.astype(np.float32) for name, values in masks.items()})


def _swales(square: Square, samples: int, seed: int) -> Floats:
    """Return the unevenness (N, N) m, 0 at least, that old channels and floods have left on the valley's floor."""
    key = subseed(seed, "swales")

    def block(x: Floats, y: Floats) -> tuple[Floats]:
        broad = fbm2(x / np.float32(210), y / np.float32(210), key, 2)
        small = fbm2(x / np.float32(55), y / np.float32(55), key + 9, 2)
        return (np.maximum(np.float32(1.6) * (1 + broad) + np.float32(0.5) * small, np.float32(0)),)

    return in_blocks(block, square.centres(samples), 1)[0]


def _around(far: Heightfield, line: Course) -> Heightfield:
    """Return the country around above the river's level."""
    x, y = far.grid()
    heights = np.maximum(far.heights - level_around(line, x, y), np.float32(_FLOOR))
    nothing = np.zeros_like(heights)
    masks = far.masks | {"water": nothing - np.float32(REACH), "bar": nothing, "along": nothing, "across": nothing + REACH}
    return replace(far, heights=heights.astype(np.float32), masks={k: v.astype(np.float32) for k, v in masks.items()})


def _smooth(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
