"""Fields: the land in parcels with straight borders, as a Voronoi diagram of a jittered lattice that is turned and stretched.

A parcel's number comes from its cell alone, so fields are the same whichever part of the world is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..elementary import hypot
from ..rng import stream, subseed
from ..terrain.blocks import in_blocks
from .habitat import Floats
from .lattice import Box, cell_random

_JITTER = 0.6
"""Share of its cell that a parcel's middle may lie in: small enough that the nearest one is in the nine cells around."""


@dataclass(frozen=True)
class Borders:
    """N points on the borders of parcels: `place` (N, 2) m, `heading` (N,) rad of the border from +x, `luck` (N,) a number in
    0..1 of the whole border, `along` (N,) m from its middle, `number` (N,) a number in 0..1 of the point."""

    place: NDArray[np.float32]
    heading: NDArray[np.float32]
    luck: NDArray[np.float32]
    along: NDArray[np.float32]
    number: NDArray[np.float32]


@dataclass(frozen=True)
class Fields:
    """Parcels about `breadth` by `length` metres, `turn` rad from the axes."""

    seed: int
    breadth: float
    length: float
    turn: float

    def at(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Return the number in 0..1 of the parcel at each place, and the metres to its border, as x."""

        def block(x: Floats, y: Floats) -> tuple[Floats, Floats]:
            u, v = self._to_parcels(x, y)
            nearest, middle_u, middle_v, number = self._nearest(u, v)
            border = np.full_like(u, np.inf)
            for _, _, bu, bv in self._around(u, v):
                east, north = bu - middle_u, bv - middle_v
                apart = hypot(east, north)
                other = apart > np.float32(1e-6)
                apart = np.where(other, apart, np.float32(1))
                inside = (((u - bu) ** 2 + (v - bv) ** 2) - nearest) / (2 * apart)
                steep = hypot(east / np.float32(self.breadth), north / np.float32(self.length)) / apart
                border = np.minimum(border, np.where(other, inside / np.where(other, steep, 1), np.float32(np.inf)))
            return number, border

        number, border = in_blocks(block, (x, y), 2)
        return number, border

    def borders(self, box: Box, step: float) -> Borders:
        """Return points `step` metres apart on all borders that meet the box."""
        corners_u, corners_v = self._to_parcels(*np.array([[box[i], box[j]] for i in (0, 2) for j in (1, 3)], np.float32).T)
        columns = np.arange(np.floor(corners_u.min()) - 1, np.floor(corners_u.max()) + 2).astype(np.int64)
        rows = np.arange(np.floor(corners_v.min()) - 1, np.floor(corners_v.max()) + 2).astype(np.int64)
        column, row = (axis.ravel() for axis in np.meshgrid(columns, rows))
        au, av = self._middle(column, row)
        found = []
        most = int(1.2 * (self.breadth + self.length) / step)
        steps = np.arange(-most, most + 1)
        for number, (right, up) in enumerate((i, j) for i in range(3) for j in range(-2, 3) if (i, j) > (0, 0)):
            bu, bv = self._middle(column + right, row + up)
            heading_x, heading_y = self._to_land(-(bv - av), bu - au)
            size = hypot(heading_x, heading_y)
            move = np.float32(step) * steps[None, :].astype(np.float32)
            u = 0.5 * (au + bu)[:, None] - ((bv - av) / size)[:, None] * move
            v = 0.5 * (av + bv)[:, None] + ((bu - au) / size)[:, None] * move
            own = (u - au[:, None]) ** 2 + (v - av[:, None]) ** 2
            nearest = self._nearest(u.ravel(), v.ravel())[0].reshape(u.shape)
            on_border = own <= nearest + np.float32(1e-5)
            pair, at = np.nonzero(on_border)
            x, y = self._to_land(u[on_border], v[on_border])
            turn = np.arctan2(heading_y, heading_x, dtype=np.float64).astype(np.float32)[pair]
            luck = self._random(column, row, 31 * (number + 1))[pair]
            point = self._random(column[pair] * 64 + number, row[pair] * 4096 + at, 977)
            found.append((np.stack([x, y], 1), turn, luck, (steps[at] * step).astype(np.float32), point))
        return Borders(*(np.concatenate(values) for values in zip(*found, strict=True)))

    def _nearest(self, u: Floats, v: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the squared distance to the nearest middle, that middle, and its parcel's number."""
        nearest = np.full_like(u, np.inf)
        middle_u, middle_v, number = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
        for column, row, bu, bv in self._around(u, v):
            away = (u - bu) ** 2 + (v - bv) ** 2
            better = away < nearest
            np.copyto(nearest, away, where=better)
            np.copyto(middle_u, bu, where=better)
            np.copyto(middle_v, bv, where=better)
            np.copyto(number, self._random(column, row, 5), where=better)
        return nearest, middle_u, middle_v, number

    def _around(self, u: Floats, v: Floats) -> Iterator[tuple[Any, ...]]:
        """Go through the nine cells around each place: column, row, and the middle of its parcel."""
        column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
        for right in (-1, 0, 1):
            for up in (-1, 0, 1):
                yield column + right, row + up, *self._middle(column + right, row + up)

    def _middle(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> tuple[Floats, Floats]:
        u = column + (self._random(column, row, 0) - 0.5) * _JITTER + 0.5
        v = row + (self._random(column, row, 7919) - 0.5) * _JITTER + 0.5
        return u.astype(np.float32), v.astype(np.float32)

    def _random(self, column: NDArray[np.int64], row: NDArray[np.int64], name: int) -> NDArray[np.float32]:
        """Return a number in 0..1 for each cell."""
        return cell_random(column, row, self.seed + name)

    def _to_parcels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        return (c * x + s * y) * np.float32(1 / self.breadth), (c * y - s * x) * np.float32(1 / self.length)

    def _to_land(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        a, b = u * np.float32(self.breadth), v * np.float32(self.length)
        return c * a - s * b, s * a + c * b


def fields_of(seed: int) -> Fields:
    """Return the fields of the world of that seed."""
    rng = stream(seed, "fields")
    breadth = float(rng.uniform(85, 150))
    length, turn = breadth * float(rng.uniform(1.2, 1.9)), float(rng.uniform(0, np.pi))
    return Fields(subseed(seed, "fields", "lattice"), breadth, length, turn)
