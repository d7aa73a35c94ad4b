"""What a high valley offers: stunted trees low down, turf and cushions between stones, lichen on rock, nothing on ice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..elementary import hypot
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing
from .stones import Stones

TURF_ABOVE = 130.0
"""Metres above the tree line to which turf closes."""


@dataclass(frozen=True)
class AlpineHabitat(Habitat):
    """Habits of plants near and above the tree line."""

    def bare(self, x: Any, y: Any) -> Floats:
        """How much of the ground is ice or young rubble that nothing has settled on yet, 0..1."""
        return np.maximum(self.land.mask("ice", x, y), self.land.mask("moraine", x, y))

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Few trees, in groups on dry knolls, none on ice or young rubble."""
        seed = self.noise_seed("forest")
        groups, ragged = self._noise(x, y, ((38.0, seed, 3), (90.0, seed + 20, 3)))
        below = 1.0 - smoothstep(self.tree_line - 25, self.tree_line + 12, z + 25.0 * ragged)
        open_ground = (1.0 - smoothstep(0.6, 0.95, slope)) * (1.0 - self.bare(x, y))
        away = smoothstep(
            9.0, 30.0, hypot(np.asarray(x) - np.float32(self.glade[0]), np.asarray(y) - np.float32(self.glade[1]))
        )
        wanted = np.clip(1.5 * self.scatter.trees - 0.45 + 1.1 * groups, 0, 0.85)
        return (wanted * below * open_ground * away).astype(np.float32)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Turf closes low down and breaks into patches and cushions higher up."""
        seed = self.noise_seed("turf")
        edge, patches = self._noise(x, y, ((2.2, seed, 3), (13.0, seed + 10, 3)))
        high = smoothstep(self.tree_line - 30, self.tree_line + TURF_ABOVE, z + 22 * patches)
        gentle = 1.0 - smoothstep(0.5, 0.85, slope + 0.12 * edge)
        covered = smoothstep(-0.25, 0.2, patches + 0.45 * edge + 0.55 - 1.5 * high)
        return (gentle * covered * (1.0 - smoothstep(0.25, 0.6, self.bare(x, y) + 0.2 * edge))).astype(np.float32)

    def snow(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Snow lies above its line, lasts below it in gullies, and on the glacier from about that height as well."""
        seed = self.noise_seed("snow")
        drift, fine = self._noise(x, y, ((85.0, seed, 4), (9.0, seed + 10, 3)))
        gully = self.land.mask("flow", x, y)
        high = smoothstep(self.snow_line - 45, self.snow_line + 95, z + 55 * drift + 60 * (gully - 0.25) + 6 * fine)
        hold = 1.0 - smoothstep(0.6, 1.25, slope + 0.2 * drift - 0.4 * high + 0.1 * fine)
        ice = self.land.mask("ice", x, y)
        firn = ice * smoothstep(self.snow_line - 30, self.snow_line + 40, z + 40 * drift + 8 * fine)
        return np.maximum(high * hold, firn).astype(np.float32)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks of the alpine ground: turf, forest, snow, ice, moraine and the debris on ice."""
        glacial = {name: self.land.mask(name, x, y) for name in ("ice", "moraine", "debris")}
        return super().cover(x, y, z, slope) | glacial


def cushions(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Cushions: at the edges of turf, and singly far above it."""
    slope = habitat.slope(x, y, z)
    turf = habitat.turf(x, y, z, slope)
    edge = 0.12 + 3.2 * turf * (1.0 - turf)
    groups = smoothstep(-0.1, 0.6, habitat.clumps(name, x, y, 5.0))
    settled = 1.0 - smoothstep(0.2, 0.9, habitat.land.mask("moraine", x, y))
    living = (1.0 - habitat.land.mask("ice", x, y)) * (1.0 - habitat.snow(x, y, z, slope)) * (slope < 0.8)
    return habitat.scatter.undergrowth * groups * edge * settled * living


def on_turf(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Small flowers, sprinkled over the turf in drifts."""
    drifts = smoothstep(0.05, 0.7, habitat.clumps(name, x, y, 3.0))
    return habitat.scatter.undergrowth * (0.03 + 0.7 * drifts) * habitat.turf(x, y, z, habitat.slope(x, y, z))


def tussocks(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Tufts of stiff grass in the turf, thickest in hollows."""
    groups = smoothstep(-0.15, 0.6, habitat.clumps(name, x, y, 2.5))
    return habitat.scatter.grass * (0.15 + 0.75 * groups) * habitat.turf(x, y, z, habitat.slope(x, y, z))


def dwarf_shrubs(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Heaths in wide patches, on turf below the snow."""
    patches = smoothstep(0.1, 0.5, habitat.clumps(name, x, y, 14.0))
    return habitat.scatter.undergrowth * patches * habitat.turf(x, y, z, habitat.slope(x, y, z))


def crusts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Lichen on rock and old scree."""
    old = np.maximum(habitat.land.mask("rock", x, y), habitat.land.mask("deposit", x, y))
    ice = habitat.land.mask("ice", x, y)
    groups = smoothstep(-0.1, 0.5, habitat.clumps(name, x, y, 3.0))
    return habitat.scatter.undergrowth * groups * (0.12 + 0.6 * old) * (1.0 - ice)


def rubble(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: on moraines and scree, below rock, in trains over the turf, few on ice."""
    clumps = habitat.clumps("stones", x, y, 7.0)
    moraine = habitat.land.mask("moraine", x, y)
    scree = habitat.land.mask("deposit", x, y) * smoothstep(0.2, 0.5, slope)
    trains = 0.34 * smoothstep(0.0, 0.7, clumps)
    ice = habitat.land.mask("ice", x, y)
    riding = ice * habitat.land.mask("debris", x, y)
    land = (
        trains + 0.95 * moraine * np.clip(0.55 + 0.8 * clumps, 0.15, 1) + 0.45 * scree + 0.12 * habitat.land.mask("rock", x, y)
    )
    bare = 1.0 - 0.9 * habitat.snow(x, y, z, slope)
    return (1.9 * habitat.scatter.rocks * (land * (1.0 - ice) + 0.4 * riding) * bare).astype(np.float32)


ALPINE_SOWINGS = (
    Sowing("moss", 0.42, 30.0, 5, 0.1, 0.0, cushions),
    Sowing("heather", 0.75, 120.0, 5, 0.1, 0.03, dwarf_shrubs, clearance=2.2),
    Sowing("grass", 0.36, 45.0, 6, 0.12, 0.12, tussocks, clearance=2.2, size=lambda z: np.full_like(z, 0.7)),
    Sowing("daisy", 0.5, 30.0, 4, 0.08, 0.12, on_turf, size=lambda z: np.full_like(z, 0.6)),
    Sowing("bellflower", 0.45, 32.0, 3, 0.08, 0.12, on_turf, size=lambda z: np.full_like(z, 0.55)),
    Sowing("buttercup", 0.55, 32.0, 3, 0.08, 0.12, on_turf, size=lambda z: np.full_like(z, 0.6)),
    Sowing("lichen", 0.4, 18.0, 4, 0.1, 0.0, crusts),
)
ALPINE_STONES = (
    Stones("pebbles", 0.30, 22.0, 0.03, 0.11, rubble),
    Stones("cobbles", 0.62, 80.0, 0.08, 0.5, rubble),
    Stones("boulders", 3.4, 600.0, 0.4, 3.0, rubble),
)
