"""What a kind of world says of its land before erosion shapes it.

A plan is smooth and has no ridges of its own: those are left to erosion. Its lengths are true metres. The eye will stand near
the origin. `shaping.shaped` makes a `Terrain` of a plan.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats
from .land import Relief

DESIGN_SIDE = 2600.0
"""Metres: the side of land that lengths of plans are given for; they grow with `TerrainSpec.size`."""
NO_WATER = -1e4
"""Metres inside the shoreline, as `Plan.water` has it, of a land without water."""
DRY_LEVEL = 2.0
"""Metres above z = 0 of the lowest ground of a land without water."""


class Plan(ABC):
    """A plan of land. `seed` is the scene's, `scale` multiplies lengths of the design. Blocks are flat float32 arrays."""

    seed: int
    scale: float

    relief: ClassVar[Relief] = Relief()
    """Relief finer than the eroded map."""
    heights: ClassVar[tuple[float, float]] = (40.0, 900.0)
    """Metres from the lowest to the highest ground with the least and with the most `TerrainSpec.relief`."""
    hardness: ClassVar[tuple[float, float]] = (0.5, 0.35)
    """How much great beds of rock and thin layers differ in what they withstand, as shares of the mean."""

    @abstractmethod
    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up, 0 to about 1, in blocks."""

    def water(self, x: Floats, y: Floats) -> Floats:
        """Return about how many metres inside the shoreline a point lies, negative on land, in blocks."""
        return np.full_like(x, NO_WATER)

    def lowland(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Return what the coarse map of the country around keeps at the water's level, (N, N) as x and y."""
        return np.zeros(x.shape, bool)

    def gain(self, x: Floats, y: Floats, heights: Floats, relief: float) -> float:
        """Return what eroded heights (N, N) m are multiplied by for the wanted `relief` (0..1)."""
        low, high = np.percentile(heights, [1.0, 99.8])
        least, most = self.heights
        return float(least * (most / least) ** relief / max(float(high - low), 1e-3))

    def finished(self, heights: Floats, inside: Floats, lowest: float) -> Floats:
        """Return the land (N, N) m with its shores laid in; `inside` is `water` there, `lowest` the eroded near land's lowest
        height."""
        return heights - np.float32(lowest - DRY_LEVEL)
