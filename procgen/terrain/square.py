"""A square of land as a grid of cells whose heights lie at their centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .blocks import Floats
from .heightfield import Heightfield


@dataclass(frozen=True)
class Square:
    """A square of land: lowest corner and side in metres; samples lie at cell centres."""

    x: float
    y: float
    side: float

    def centres(self, samples: int) -> tuple[Floats, Floats]:
        """Return x, y (N, N) of the cells' centres."""
        steps = (np.arange(samples) + 0.5) * (self.side / samples)
        x, y = np.meshgrid((self.x + steps).astype(np.float32), (self.y + steps).astype(np.float32))
        return x, y

    def field(self, heights: Floats, masks: dict[str, Floats] | None = None) -> Heightfield:
        """Return the map of heights (and masks) at the cells' centres as a field."""
        cell = self.side / len(heights)
        return Heightfield(heights, (self.x + cell / 2, self.y + cell / 2), cell, masks or {})
