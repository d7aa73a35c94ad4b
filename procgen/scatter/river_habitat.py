"""What a river's valley offers: willows and birches along the banks, reeds, meadows on the floor, woods up the sides."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..elementary import exp
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing
from .undergrowth import TEMPERATE


class RiverHabitat(Habitat):
    """The land about a river."""

    def bar(self, x: Any, y: Any) -> Floats:
        """How far a bar of gravel lies there."""
        return self.land.mask("bar", x, y)

    def bank(self, x: Any, y: Any) -> Floats:
        """Metres from the water's edge, negative in the water."""
        return -self.land.mask("water", x, y)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Bars bear little."""
        return super().turf(x, y, z, slope) * (1.0 - smoothstep(0.25, 0.7, self.bar(x, y)))

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Woods keep off the river: floods and cattle keep its meadows open."""
        return super().forest(x, y, z, slope) * smoothstep(18.0, 75.0, self.bank(x, y))

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        return super().cover(x, y, z, slope) | {"bar": self.bar(x, y)}


def bank_trees(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Willows close to the water, birches a little further off, in groups with open banks between."""
    home = cast(RiverHabitat, habitat)
    off = home.bank(x, y)
    first, last = (1.5, 16.0) if name == "willow" else (4.0, 45.0)
    strip = smoothstep(first, first + 2.5, off) * (1.0 - smoothstep(0.5 * last, last, off))
    groups = smoothstep(0.05, 0.55, home.clumps(name, x, y, 38.0))
    return habitat.scatter.trees * strip * (0.05 + 1.25 * groups) * (1.0 - home.bar(x, y)) * smoothstep(0.25, 0.6, z)


def bank_shrubs(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Hazel in thickets behind the banks."""
    home = cast(RiverHabitat, habitat)
    off = home.bank(x, y)
    groups = smoothstep(0.1, 0.7, home.clumps(name, x, y, 15.0))
    return habitat.scatter.undergrowth * 0.7 * groups * smoothstep(3.0, 6.0, off) * (1.0 - smoothstep(20.0, 50.0, off))


def bank_reeds(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Reeds in beds along slack banks, with their feet wet or nearly so."""
    home = cast(RiverHabitat, habitat)
    edge = exp(-(((home.bank(x, y) - 0.6) / 1.3) ** 2))
    beds = smoothstep(-0.05, 0.4, home.clumps(name, x, y, 24.0))
    return habitat.scatter.undergrowth * 1.7 * beds * edge * (1.0 - home.bar(x, y))


def bar_stones(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: all over the bars and in the shallows, in clusters, and a few on the floor."""
    home = cast(RiverHabitat, habitat)
    clumps = home.clumps("stones", x, y, 5.0)
    edge = exp(-(((home.bank(x, y) - 0.2) / 1.1) ** 2))
    bar = home.bar(x, y) * smoothstep(-0.75, -0.1, z)
    amount = (0.30 * edge + 0.75 * bar) * np.clip(0.45 + 0.8 * clumps, 0.05, 1.0)
    steep = 0.3 * habitat.land.mask("deposit", x, y) * smoothstep(0.25, 0.6, slope) + 0.1 * habitat.land.mask("rock", x, y)
    return (1.8 * habitat.scatter.rocks * (amount + steep)).astype(np.float32)


_OWN = {"hazel": bank_shrubs, "reed": bank_reeds}
_TREES = (0.035, 0.2)
BESIDE_RIVER = (
    *(row for row in TEMPERATE if row.generator not in _OWN),
    Sowing("hazel", 2.6, 420.0, 2, 0.08, 0.03, bank_shrubs, clearance=6.5),
    Sowing("reed", 0.62, 200.0, 4, 0.04, 0.12, bank_reeds, clearance=3.0, lowest=-0.35),
    Sowing("willow", 8.5, 900.0, 2, 0.05, 0.03, bank_trees, clearance=11.0, detail=_TREES),
    Sowing("birch", 6.0, 900.0, 2, 0.05, 0.03, bank_trees, clearance=9.0, detail=_TREES),
)
"""What is sown beside a river."""
