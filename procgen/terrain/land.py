"""The finished land: an eroded height map, the country around it, and fine relief, behind one set of look-ups.

`shaping.shaped` makes a `Terrain` of a plan. Everything that stands on the ground asks the same
`Terrain.height` that the mesh is made from, so nothing floats. World frame: metres, z up, the water's level is z = 0, the
view goes along +Y from near the origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..elementary import hypot
from ..rng import subseed
from .blocks import Floats, in_blocks
from .heightfield import Heightfield
from .noise import noise2
from .shore import Shoreline, trace_shoreline

MASKS = ("flow", "wear", "deposit", "slope", "rock", "water")
"""Maps of a terrain. flow: 0 on ridges to 1 in great streams (logarithmic); wear: 0..1, where water has cut; deposit:
0..1, scree; slope: rise over run, without fine relief; rock: 0..1, bare steep ground; water: metres to the shoreline, positive
inside the lake (a rough distance)."""

_DISTANT = ((4.6, 0.65), (2.0, 0.33), (0.92, 0.15))
"""Wavelength and height, in cells of the far map, of the octaves of crests that this map is too coarse for."""

Octaves = tuple[tuple[float, float], ...]
Forms = Callable[["Terrain", Floats, Floats], Floats]
"""Metres that forms too fine for the maps (crevasses, ropes of lava, snow dunes) stand up, of the land and a block of x, y."""


@dataclass(frozen=True)
class Relief:
    """Relief finer than the maps: wavelength and height in metres of its octaves on soil, on bare rock (`crags`) and of the
    rock's beds by level (`ledges`); and the share that `distant` crests have, 0..1."""

    soil: Octaves = ((7.3, 0.16), (2.6, 0.06), (1.1, 0.024), (0.42, 0.009))
    crags: Octaves = ((31.0, 7.0), (14.0, 3.6), (6.3, 1.6), (2.8, 0.55), (1.2, 0.16))
    ledges: Octaves = ((31.0, 4.5), (12.0, 2.0))
    distant: float = 1.0


@dataclass(frozen=True)
class Terrain:
    """Land without an edge. near: the eroded square, cells of a few metres; far: coarse, some 20 km a side, the same masks;
    dip: slope of the rock beds along x and y; forms: relief of the kind's own, in flat blocks.

    All look-ups take arrays of any one shape, x and y in metres, and return float32 of that shape.
    """

    near: Heightfield
    far: Heightfield
    dip: tuple[float, float]
    seed: int
    relief: Relief = Relief()
    forms: Forms | None = None

    @cached_property
    def wet(self) -> bool:
        """Whether there is open water."""
        return bool((self.near.masks["water"] > 0).any())

    def height(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the height of the surface in metres, fine relief included. The lake's bed lies below 0."""
        return in_blocks(lambda a, b: (self._height(a, b),), (x, y), 1)[0]

    def normal(self, x: ArrayLike, y: ArrayLike, reach: float = 0.3) -> Floats:
        """Return unit normals (..., 3), upward, of the surface averaged over `reach` metres either side."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
        dx, dy = self._gradient(x, y, reach)
        normal = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return normal

    def slope(self, x: ArrayLike, y: ArrayLike, reach: float = 1.0, z: Floats | None = None) -> Floats:
        """Return the steepness (rise over run) of the surface averaged over `reach` metres either side.

        Where the heights `z` at the points are known, it is averaged over `reach` metres towards +X and +Y, at half the cost.
        """
        x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
        if z is None:
            return hypot(*self._gradient(x, y, reach))
        r, scale = np.float32(reach), np.float32(1 / reach)
        return hypot((self.height(x + r, y) - z) * scale, (self.height(x, y + r) - z) * scale)

    def mask(self, name: str, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return one of `MASKS` at the points."""
        return in_blocks(lambda a, b: (self._mask(name, a, b),), (x, y), 1)[0]

    def shoreline(self, step: float = 2.0) -> Shoreline:
        """Return points along the lake's edge, about `step` metres apart, with the view over the water from each."""
        return trace_shoreline(self, step)

    def water_bounds(self) -> Floats:
        """Return the lake's bounding box, (2, 2): lowest and highest x, y in metres."""
        x, y = self.near.axes()
        wet = self.near.masks["water"] > -4 * self.near.cell
        columns, rows = np.flatnonzero(wet.any(0)), np.flatnonzero(wet.any(1))
        return np.array([[x[columns[0]], y[rows[0]]], [x[columns[-1]], y[rows[-1]]]], np.float32)

    def _gradient(self, x: Floats, y: Floats, reach: float) -> tuple[Floats, Floats]:
        r, scale = np.float32(reach), np.float32(0.5 / reach)
        return (self.height(x + r, y) - self.height(x - r, y)) * scale, (self.height(x, y + r) - self.height(x, y - r)) * scale

    def _nearness(self, x: Floats, y: Floats) -> Floats:
        """Return 1 well inside the near square and 0 outside it."""
        half = np.float32(self.near.side / 2)
        away = np.maximum(
            np.abs(x - np.float32(self.near.origin[0]) - half), np.abs(y - np.float32(self.near.origin[1]) - half)
        )
        t = np.clip((half - away) * np.float32(1 / (0.06 * self.near.side)), 0, 1)
        return t * t * (3 - 2 * t)

    def _height(self, x: Floats, y: Floats) -> Floats:
        share = self._nearness(x, y)
        inner, outer = share > 0, share < 1
        z = np.zeros_like(x)
        z[inner] = self.near.cubic_block(x[inner], y[inner])[0] * share[inner]
        if outer.any():
            z[outer] += self.far.cubic_block(x[outer], y[outer])[0] * (1 - share[outer])
            z[outer] += self._distant(x[outer], y[outer]) * (1 - share[outer])
        return z + self._relief(x, y, z)

    def _distant(self, x: Floats, y: Floats) -> Floats:
        """Return the crests and gullies that the far map is too coarse to hold, on its slopes."""
        steep = np.clip(self.far.mask_block("slope", x, y) * np.float32(2), 0, 1)
        total = np.zeros_like(x)
        for number, (length, amount) in enumerate(_DISTANT):
            k = np.float32(1 / (length * self.far.cell))
            value = noise2(x * k, y * k, _octave(self.seed, 32 + number))
            total += np.float32(amount * self.far.cell) * (np.float32(0.25) - np.abs(value))
        return total * steep * np.float32(self.relief.distant)

    def _mask(self, name: str, x: Floats, y: Floats) -> Floats:
        share = self._nearness(x, y)
        near, far = self.near.mask_block(name, x, y), self.far.mask_block(name, x, y)
        return far + share * (near - far)

    def _relief(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return the fine relief: soil is gently uneven, less so by the water; bare rock is craggy."""
        rock = self._mask("rock", x, y)
        shore = np.abs(self._mask("water", x, y))
        calm = np.float32(0.35) + np.float32(0.65) * np.clip(shore * np.float32(1 / 12), 0, 1)
        total = np.zeros_like(x)
        for number, (length, amount) in enumerate(self.relief.soil):
            k = np.float32(1 / length)
            total += np.float32(amount) * noise2(x * k, y * k, _octave(self.seed, number))
        total *= calm
        bare = rock > 0.02
        xb, yb, weight = x[bare], y[bare], rock[bare]
        crags = np.zeros_like(xb)
        for number, (length, amount) in enumerate(self.relief.crags):
            k = np.float32(1 / length)
            value = noise2(xb * k, yb * k, _octave(self.seed, 16 + number))
            crags += np.float32(amount) * (np.float32(0.3) - np.abs(value))
        level = z[bare] + np.float32(self.dip[0]) * xb + np.float32(self.dip[1]) * yb
        level += np.float32(9) * noise2(xb * np.float32(1 / 75), yb * np.float32(1 / 75), _octave(self.seed, 24))
        for number, (length, amount) in enumerate(self.relief.ledges):
            k = np.float32(1 / length)
            crags += np.float32(amount) * noise2(level * k, xb * np.float32(1 / 160), _octave(self.seed, 25 + number))
        total[bare] += crags * weight
        return total if self.forms is None else total + self.forms(self, x, y)

    def mask_block(self, name: str, x: Floats, y: Floats) -> Floats:
        """Return a mask at one flat block of points, for `forms`."""
        return self._mask(name, x, y)


def _octave(seed: int, number: int) -> int:
    """Return the lattice seed of one octave of fine relief."""
    return subseed(seed, "relief", number)
