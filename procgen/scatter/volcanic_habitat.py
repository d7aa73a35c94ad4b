"""What volcanic ground offers: nothing on new lava, moss and lichen on old, heather and grass on ash, trees in islands that the
flows have gone round, and those that the last ash fall has killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..elementary import hypot
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing
from .stones import Stones


@dataclass(frozen=True)
class VolcanicHabitat(Habitat):
    """Habits of pioneers."""

    def settled(self, x: Any, y: Any) -> Floats:
        """How far life has come, 0 on hot or new lava to 1 on old ground."""
        return smoothstep(0.2, 0.9, self.land.mask("age", x, y))

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Small woods on old ground, not on lava, cinders or slopes."""
        seed = self.noise_seed("forest")
        groups, ragged = self._noise(x, y, ((60.0, seed, 3), (80.0, seed + 20, 3)))
        below = 1.0 - smoothstep(self.tree_line - 30, self.tree_line + 10, z + 25.0 * ragged)
        gx, gy = (np.float32(part) for part in self.glade)
        away = smoothstep(14.0, 40.0, hypot(np.asarray(x) - gx, np.asarray(y) - gy))
        ground = (1.0 - self.land.mask("lava", x, y)) * (1.0 - self.land.mask("cinder", x, y)) * (slope < 0.6)
        wanted = np.clip(2.2 * self.scatter.trees - 0.85 + 1.0 * groups, 0, 0.9) * (self.scatter.trees > 0)
        return (wanted * below * away * ground).astype(np.float32)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Thin grass in patches, where ash holds water."""
        seed = self.noise_seed("turf")
        edge, patches = self._noise(x, y, ((2.4, seed, 3), (21.0, seed + 10, 4)))
        damp = 0.4 * self.land.mask("flow", x, y) - 0.5 * self.land.mask("cinder", x, y)
        wanted = patches + 0.4 * edge + damp + 1.6 * self.scatter.grass - 0.85
        bare = self.land.mask("lava", x, y)
        return (smoothstep(0.0, 0.35, wanted) * (1.0 - bare) * (1.0 - smoothstep(0.45, 0.7, slope))).astype(np.float32)

    def moss(self, x: Any, y: Any) -> Floats:
        """How thickly moss and lichen cover lava, by its age, thickest in hollows of the older flows."""
        seed = self.noise_seed("moss")
        patches, edge = self._noise(x, y, ((17.0, seed, 3), (2.1, seed + 10, 3)))
        old = self.land.mask("lava", x, y) * self.settled(x, y)
        return (old * smoothstep(-0.35, 0.45, patches + 0.4 * edge + 1.2 * self.scatter.undergrowth - 0.6)).astype(np.float32)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks of volcanic ground: turf, forest, snow, moss, and those of the volcano."""
        own = {name: self.land.mask(name, x, y) for name in ("lava", "rubble", "age", "cinder", "burnt", "heat")}
        return super().cover(x, y, z, slope) | own | {"moss": self.moss(x, y)}


def on_old_lava(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Cushions of moss and lichen, in the shelter of old flows and at their feet."""
    assert isinstance(habitat, VolcanicHabitat)
    groups = smoothstep(-0.05, 0.6, habitat.clumps(name, x, y, 3.0))
    return habitat.scatter.undergrowth * groups * (0.9 * habitat.moss(x, y) + 0.02 * habitat.settled(x, y))


def heath(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Bushes in wide patches on ash, and singly on old lava."""
    lava = habitat.land.mask("lava", x, y)
    patches = smoothstep(0.0, 0.5, habitat.clumps(name, x, y, 16.0))
    old = smoothstep(0.45, 1.0, habitat.land.mask("age", x, y))
    flat = 1.0 - smoothstep(0.5, 0.6, habitat.slope(x, y, z))
    return habitat.scatter.undergrowth * old * (patches * (1.0 - 0.75 * lava) + 0.012) * flat


def tussocks(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Stiff tufts in the turf, and a few alone on the ash."""
    groups = smoothstep(-0.2, 0.6, habitat.clumps(name, x, y, 3.0))
    alone = 0.02 * (1.0 - habitat.land.mask("lava", x, y)) * (1.0 - habitat.land.mask("cinder", x, y))
    return habitat.scatter.grass * (groups * habitat.turf(x, y, z, habitat.slope(x, y, z)) + alone)


def killed(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Dead wood: along the edges of flows and in groups on the ash."""
    lava = habitat.land.mask("lava", x, y)
    edge = 4.0 * lava * (1.0 - lava)
    groups = smoothstep(0.15, 0.6, habitat.clumps("dead wood", x, y, 40.0))
    bare = (1.0 - lava) * (1.0 - habitat.land.mask("cinder", x, y)) * (habitat.slope(x, y, z) < 0.5)
    return (0.06 + 0.6 * habitat.scatter.undergrowth) * (0.35 * edge + 0.4 * groups * bare)


def thrown_out(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: blocks on rubble and before its front, bombs on cinders, few elsewhere."""
    clumps = habitat.clumps("stones", x, y, 8.0)
    lava, rubble = habitat.land.mask("lava", x, y), habitat.land.mask("rubble", x, y)
    blocks = 0.7 * lava * rubble * np.clip(0.5 + 0.8 * clumps, 0.05, 1)
    front = 2.4 * lava * (1.0 - lava)
    bombs = 0.05 * habitat.land.mask("cinder", x, y) + 0.10 * smoothstep(0.0, 0.7, clumps)
    return (1.7 * habitat.scatter.rocks * (blocks + 0.5 * front + bombs * (1.0 - lava) + 0.03)).astype(np.float32)


PIONEERS = (
    Sowing("moss", 0.42, 32.0, 5, 0.15, 0.0, on_old_lava),
    Sowing("lichen", 0.46, 22.0, 5, 0.15, 0.0, on_old_lava),
    Sowing("heather", 0.8, 150.0, 5, 0.1, 0.03, heath, clearance=2.2),
    Sowing("grass", 0.42, 45.0, 6, 0.12, 0.12, tussocks, clearance=2.2),
    Sowing("dead_tree", 13.0, 500.0, 4, 0.10, 0.0, killed, clearance=9.0, size=lambda z: np.full_like(z, 0.6)),
    Sowing("fallen_log", 10.0, 160.0, 3, 0.03, 0.0, killed, clearance=7.0, size=lambda z: np.full_like(z, 0.7)),
)
VOLCANIC_STONES = (
    Stones("pebbles", 0.32, 20.0, 0.03, 0.10, thrown_out),
    Stones("cobbles", 0.75, 70.0, 0.08, 0.45, thrown_out),
    Stones("boulders", 4.5, 500.0, 0.35, 2.2, thrown_out),
)
