"""Where things might stand: one jittered candidate in every cell of a lattice that is fixed in the world.

A cell's candidate and its random numbers come from the cell's own coordinates, so they are the same whichever part of
the world is asked for: thinning by what a camera sees never changes what another one sees. Neighbours are the
neighbouring cells, so spacing and competition are shifts of arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Lowest x, lowest y, highest x, highest y in metres."""

_JITTER = 0.92
"""Share of the cell that the candidate may lie in."""


@dataclass(frozen=True)
class Lattice:
    """Candidates in a rectangle of cells: x, y (rows, columns) in metres; `cells` (rows, columns, 2) int64 and the seed."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    cells: NDArray[np.int64]
    seed: int

    def random(self, name: int) -> NDArray[np.float32]:
        """Return a uniform number in 0..1 for every cell, (rows, columns); independent for every small integer `name`."""
        return cell_random(self.cells[..., 0], self.cells[..., 1], self.seed + 0x9E37 * (name + 1))

    def spaced(
        self, alive: NDArray[np.bool_], strength: NDArray[np.floating], radius: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Return which of the `alive` candidates stand: those that no stronger living neighbour crowds.

        A candidate is crowded where a stronger one of the 24 cells around stands nearer than the mean of both radii
        (metres, (rows, columns)); a Matern II process with radii of its own.
        """
        stands = alive.copy()
        rows, columns = alive.shape
        padded: dict[str, NDArray[Any]] = {
            "alive": np.pad(alive, 2, constant_values=False),
            **{
                name: np.pad(values.astype(np.float32), 2)
                for name, values in (("x", self.x), ("y", self.y), ("strength", strength), ("radius", radius))
            },
        }
        for step_y in range(-2, 3):
            for step_x in range(-2, 3):
                if step_x == step_y == 0:
                    continue
                part = (slice(2 + step_y, 2 + step_y + rows), slice(2 + step_x, 2 + step_x + columns))
                near = 0.5 * (radius + padded["radius"][part])
                apart = (self.x - padded["x"][part]) ** 2 + (self.y - padded["y"][part]) ** 2
                stands &= ~(padded["alive"][part] & (padded["strength"][part] > strength) & (apart < near * near))
        return stands


def lattice(spacing: float, box: Box, seed: int) -> Lattice:
    """Return the candidates of all cells of `spacing` metres that meet the box."""
    columns = np.arange(np.floor(box[0] / spacing), np.floor(box[2] / spacing) + 1).astype(np.int64)
    rows = np.arange(np.floor(box[1] / spacing), np.floor(box[3] / spacing) + 1).astype(np.int64)
    cells = np.stack(np.meshgrid(columns, rows), -1)
    offset_x = (cell_random(cells[..., 0], cells[..., 1], seed) - 0.5) * _JITTER + 0.5
    offset_y = (cell_random(cells[..., 0], cells[..., 1], seed + 7919) - 0.5) * _JITTER + 0.5
    x = ((cells[..., 0] + offset_x) * spacing).astype(np.float32)
    y = ((cells[..., 1] + offset_y) * spacing).astype(np.float32)
    return Lattice(x, y, cells, seed)


def cell_random(column: NDArray[np.int64], row: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """Return a uniform number in 0..1 for each cell (the finaliser of SplitMix64, Steele et al. 2014)."""
    # Shifted, since a cell and the one on the other side of the origin would have the same product but for its sign.
    key = (column.astype(np.uint64) + np.uint64(2**31)) * np.uint64(0x9E3779B97F4A7C15)
    key ^= (row.astype(np.uint64) + np.uint64(2**31)) * np.uint64(0xC2B2AE3D27D4EB4F)
    key += np.uint64((seed * 0xD6E8FEB86659FD93) % 2**64)
    key ^= key >> np.uint64(30)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    key ^= key >> np.uint64(27)
    key *= np.uint64(0x94D049BB133111EB)
    key ^= key >> np.uint64(31)
    return ((key >> np.uint64(40)).astype(np.float32)) * np.float32(2.0**-24)
