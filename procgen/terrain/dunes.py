"""Dunes in closed form: crescents and ridges across the wind, with sharp crests and slip faces at the angle of repose.

A dune climbs gently to windward and falls from its crest as steeply as dry sand lies, 33 degrees. Its crest is a line of equal
phase of a coordinate along the wind that noise bends. Low parts of a ridge lie further ahead than high ones, as they travel
faster (Bagnold 1941: the speed goes with 1 / height); where sand is scarce this leaves barchans with horns that point with the
wind. Smaller dunes ride on the windward sides of great ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .blocks import Floats
from .noise import fbm2, noise2

REPOSE = 0.65
"""Rise over run at which dry sand comes to rest, tan 33 degrees."""
_AHEAD = 0.42
"""Share of the wavelength by which the lowest parts of a ridge lie ahead of the highest."""
_STEP = 1.0


@dataclass(frozen=True)
class Dunes:
    """A field of dunes: wind (2,), the unit vector that it blows along; length, m from crest to crest; tall, m of the highest;
    share 0..1, how unbroken the ridges are; seed of the noises."""

    wind: tuple[float, float]
    length: float
    tall: float
    share: float
    seed: int

    @property
    def riders(self) -> Dunes:
        """The small dunes on the great ones."""
        length = 0.17 * self.length
        return Dunes(self.wind, length, min(0.16 * self.tall, 0.045 * length), 0.55, self.seed + 40)

    def along(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return metres along the wind, bent as the crests are, and how tall the dunes are there, 0..1."""
        wx, wy = (np.float32(part) for part in self.wind)
        with_wind, across = x * wx + y * wy, y * wx - x * wy
        k = np.float32(1 / self.length)
        size = noise2(across * k * np.float32(0.62), with_wind * k * np.float32(0.8), self.seed)
        size = np.clip(size * np.float32(0.8) + np.float32(0.75 * self.share - 0.05), 0, 1)
        size = size * (2 - size)
        bend = fbm2(across * k * np.float32(0.35), with_wind * k * np.float32(0.22), self.seed + 10, 2)
        # Slow drifts of the phase let ridges crowd here and stand apart there.
        drift = noise2(across * k * np.float32(0.13), with_wind * k * np.float32(0.17), self.seed + 20)
        ahead = np.float32(0.42) * bend + np.float32(1.1) * drift + np.float32(_AHEAD) * size
        return with_wind + np.float32(self.length) * ahead, size

    def block(self, x: Floats, y: Floats, sand: Floats) -> tuple[Floats, Floats, Floats]:
        """Return height in m, slip face (0..1) and metres along the wind at one flat block, where `sand` 0..1 lies."""
        height, windward, along = self._profile(x, y, sand)
        riders = self.riders
        if riders.tall > 0.1:
            extra, _, _ = riders._profile(x, y, sand)
            height += extra * windward
        return height, 1 - windward, along

    def _profile(self, x: Floats, y: Floats, sand: Floats) -> tuple[Floats, Floats, Floats]:
        """Return height in m, 1 on windward sides to 0 on slip faces, and metres along the wind."""
        along, size = self.along(x, y)
        east, _ = self.along(x + np.float32(_STEP), y)
        north, _ = self.along(x, y + np.float32(_STEP))
        steep = np.sqrt((east - along) ** 2 + (north - along) ** 2) * np.float32(1 / _STEP)
        phase = along * np.float32(1 / self.length)
        phase -= np.floor(phase)
        tall = np.float32(self.tall) * size * sand
        # What the slip face takes of the wavelength, so that it ends where the next dune begins.
        lee = np.minimum(tall * steep * np.float32(1 / (REPOSE * self.length)), np.float32(0.8))
        up = np.clip(phase / (1 - lee), 0, 1)
        rise = up * up * (np.float32(2.3) - np.float32(1.3) * up)
        fall = np.clip((1 - phase) / np.maximum(lee, np.float32(1e-6)), 0, 1)
        slip = phase > 1 - lee
        ease = np.clip((1 - up) * np.float32(5), 0, 1) * np.clip(up * np.float32(4), 0, 1)
        return np.where(slip, tall * fall, tall * rise), np.where(slip, 0, ease).astype(np.float32), along
