"""Where a tri-plane field is: a box in the world, and around it, where pictures show a landscape, all the rest, bent inwards.

Unit coordinates of a plain space are -1 to 1 along each side of the box. In a bent space the box is the inner half, and what
is m times as far out as its sides (the greatest of the three axes counts) comes to 1 - 1 / (2 m): the contraction of Barron et
al. 2022 (mip-NeRF 360) with the maximum norm, as nerfstudio has it, so that infinity fills a cube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, eq=False)
class Space:
    """`low` and `high` (3,) float64 are corners of the box in metres; `bent` says whether all the rest is there as well."""

    low: np.ndarray
    high: np.ndarray
    bent: bool = False

    @property
    def centre(self) -> np.ndarray:
        """(3,) metres."""
        return (self.low + self.high) / 2

    @property
    def half(self) -> np.ndarray:
        """(3,) half the sides of the box, metres."""
        return (self.high - self.low) / 2

    def cells(self, most: int) -> tuple[int, int, int]:
        """Return how many voxels each axis has if the longest has `most`: cubes in a plain space, all alike in a bent one."""
        if self.bent:
            return most, most, most
        sides = self.high - self.low
        x, y, z = np.maximum(1, np.ceil(most * sides / sides.max() - 1e-6)).astype(int)
        return int(x), int(y), int(z)

    def voxel(self, most: int) -> float:
        """Return the side of a voxel inside the box in metres."""
        return float((self.high - self.low).max()) / most * (2 if self.bent else 1)

    def unit(self, points: np.ndarray) -> np.ndarray:
        """Return unit coordinates (N, 3) float64 of world points (N, 3), of which those outside a plain box are beyond 1."""
        place = (points - self.centre) / self.half
        if not self.bent:
            return place
        far = np.maximum(np.abs(place).max(1, keepdims=True), 1)
        return place * (2 - 1 / far) / (2 * far)

    def world(self, unit: np.ndarray) -> np.ndarray:
        """Return the world points (N, 3) of unit coordinates (N, 3), the inverse of `unit` where that is under 1."""
        if not self.bent:
            return self.centre + unit * self.half
        size = np.clip(np.abs(unit).max(1, keepdims=True), 1e-9, 1 - 1e-6)
        far = np.where(size > 0.5, 1 / (2 - 2 * size), 2 * size)
        return self.centre + unit / size * far * self.half

    def rays(self, origins: torch.Tensor, directions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return origins and directions (R, 3) float32 in the coordinates of the box, before anything is bent."""
        centre, half = (torch.from_numpy(values).to(origins.device) for values in (self.centre, self.half))
        return ((origins - centre) / half).float().contiguous(), (directions / half).float().contiguous()
