"""How things move rigidly: closed forms of continuous time, in float64, of which Blender's node trees show the float32 values.

Seconds are the scene's time: frame / frame rate. A body's axes are the columns of its rotation, its origin is that of its mesh.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Motion(ABC):
    """The motion of N things with the ids `ids` (N,)."""

    ids: NDArray[np.int32]

    @abstractmethod
    def pose(self, rows: NDArray[np.integer], seconds: Floats) -> tuple[Floats, Floats]:
        """Return origins (K, T, 3) m and rotations (K, T, 3, 3), body to world, of `rows` (K,) at `seconds` (T,)."""

    def exists(self, rows: NDArray[np.integer], seconds: Floats) -> NDArray[np.bool_]:
        """Return whether the things of `rows` (K,) are there at `seconds` (T,), (K, T)."""
        return np.ones((len(rows), len(seconds)), bool)


@dataclass(frozen=True)
class Leaning(Motion):
    """N plants that lean in the wind about their feet, as `nodes.objects.add_instances` poses them.

    `position` (N, 3) m, `rotation` (N, 3) Euler XYZ rad of what stands upright, `sway` (N,) and `phase` (N,) rad, `direction` a
    unit (x, y), `frequency` in Hz.
    """

    ids: NDArray[np.int32]
    position: NDArray[np.float32]
    rotation: NDArray[np.float32]
    sway: NDArray[np.float32]
    phase: NDArray[np.float32]
    direction: tuple[float, float]
    frequency: float

    def pose(self, rows: NDArray[np.integer], seconds: Floats) -> tuple[Floats, Floats]:
        sway, phase = (values[rows, None].astype(np.float64) for values in (self.sway, self.phase))
        turn = 2 * np.pi * self.frequency * seconds
        along = sway * (0.6 + 0.4 * np.sin(turn + phase))
        across = sway * 0.33 * np.sin(1.37 * turn + 2.3 * phase)
        x, y = self.direction
        lean = from_euler(np.stack([across * x - along * y, along * x + across * y, np.zeros_like(along)], -1))
        upright = from_euler(self.rotation[rows].astype(np.float64))
        origins = self.position[rows, None].astype(np.float64)
        return np.broadcast_to(origins, (*along.shape, 3)), lean @ upright[:, None]


def from_euler(angles: Floats) -> Floats:
    """Return the rotations (..., 3, 3) of Blender's XYZ Euler angles (..., 3) rad: about x first, then y, then z."""
    (a, b, c), (d, e, f) = np.moveaxis(np.cos(angles), -1, 0), np.moveaxis(np.sin(angles), -1, 0)
    rows = [[b * c, d * e * c - a * f, a * e * c + d * f], [b * f, d * e * f + a * c, a * e * f - d * c], [-e, d * b, a * b]]
    return np.stack([np.stack(row, -1) for row in rows], -2)
