"""What a wood offers: trees nearly everywhere, glades between, and a floor that is lit or dark by what stands above it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .habitat import Floats, Habitat, smoothstep


class ForestHabitat(Habitat):
    """The land of a closed wood."""

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely trees want to stand: nearly full, but for glades, thin places and steep rock."""
        seed = self.noise_seed("wood")
        glades, thin, ragged = self._noise(x, y, ((55.0, seed, 2), (17.0, seed + 10, 2), (75.0, seed + 20, 3)))
        closed = 1.0 - smoothstep(0.30, 0.62, glades + 0.25 * thin - 1.1 * (self.scatter.trees - 0.6))
        density = np.clip(closed * (0.35 + 0.85 * self.scatter.trees) + 0.22 * thin, 0, 1) * smoothstep(0.0, 0.1, closed)
        gentle = 1.0 - smoothstep(0.9, 1.5, slope)
        below_line = 1.0 - smoothstep(self.tree_line - 45, self.tree_line + 10, z + 46.0 * ragged)
        present = min(1.0, 8.0 * self.scatter.trees)
        return (density * gentle * below_line * present).astype(np.float32)

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """The chance that a tree there is a broadleaf: in stands of their own, where the wood is mixed."""
        (stands,) = self._noise(x, y, ((38.0, self.noise_seed("broadleaf"), 2),))
        share = np.float32(1.0 - self.scatter.conifers)
        mixed = np.float32(4.0) * share * (1 - share)
        return np.clip(share + mixed * np.float32(0.75) * stands, 0, 1).astype(np.float32)

    def light(self, x: Any, y: Any, z: Floats) -> Floats:
        """How much light comes down to the floor, 0 under a closed canopy to 1 in a glade."""
        return 1.0 - smoothstep(0.15, 0.65, self.forest(x, y, z, self.land.near.slope(x, y)))

    def grass(self, x: Any, y: Any, z: Floats) -> Floats:
        """How densely grass stands: in glades, and in thin tufts where some light comes through."""
        turf = super().turf(x, y, z, self.land.near.slope(x, y))
        tufts = smoothstep(0.15, 0.7, self.clumps("wood grass", x, y, 5.0))
        return (turf * np.clip(self.light(x, y, z) + 0.16 * tufts, 0, 1)).astype(np.float32)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How much of the floor is turf."""
        return (super().turf(x, y, z, slope) * self.light(x, y, z)).astype(np.float32)

    def moss(self, x: Any, y: Any, z: Floats) -> Floats:
        """How much of the floor is a carpet of moss: in drifts, mostly under conifers."""
        drifts = smoothstep(0.05, 0.65, self.clumps("moss", x, y, 4.0))
        damp = np.float32(0.35 if self.scatter.season == "dry" else 0.85)
        return (damp * drifts * self.canopy(x, y, z) * (0.35 + 0.65 * (1.0 - self.broadleaf(x, y, z)))).astype(np.float32)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks of the ground: those of all land, `needles` (against leaves) and `moss`."""
        more = {"needles": 1.0 - self.broadleaf(x, y, z), "moss": self.moss(x, y, z)}
        return super().cover(x, y, z, slope) | more
