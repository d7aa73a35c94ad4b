"""Land of bare rock and sand: a `Terrain` whose rock is stepped by flat beds, and on which dunes lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .beds import Beds
from .blocks import Floats, in_blocks
from .dunes import Dunes
from .land import Terrain


@dataclass(frozen=True)
class DryLand(Terrain):
    """Land with the mask `sand` (0..1, how deep sand lies) beside `land.MASKS`. Steps and dunes are functions of the place, so
    they are as sharp as any mesh asks; the maps hold what carries them."""

    beds: Beds | None = None
    dunes: Dunes | None = None

    def blown(self, x: ArrayLike, y: ArrayLike) -> list[Floats]:
        """Return the dunes' height in m, slip face (0..1) and metres along the wind at any points; without dunes zeros."""
        return in_blocks(self._blown, (x, y), 3)

    def _blown(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        if self.dunes is None:
            return np.zeros_like(x), np.zeros_like(x), x
        return self.dunes.block(x, y, self._mask("sand", x, y))

    def _relief(self, x: Floats, y: Floats, z: Floats) -> Floats:
        total = super()._relief(x, y, z)
        if self.beds is not None:
            high = z > np.float32(self.beds.smooth[0] - 4)
            total[high] += self.beds.rise(x[high], y[high], z[high]) * np.minimum(self._mask("rock", x[high], y[high]) * 2, 1)
        if self.dunes is not None:
            sand = self._mask("sand", x, y)
            there = sand > 0.001
            depth, _, _ = self.dunes.block(x[there], y[there], sand[there])
            total[there] = total[there] * (1 - np.float32(0.75) * np.minimum(sand[there], 1)) + depth
        return total
