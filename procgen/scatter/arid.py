"""What dry country offers and what grows there: thorn trees along washes, cacti on gravel, tufts of dry grass, few on sand.

A desert is of the new world, with saguaros, barrel cacti, prickly pears and agaves, or of the old one, with umbrella thorns and
aloes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..rng import stream
from ..terrain.dry_land import DryLand
from .forest import Woods
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing
from .stones import Stones

OLD_WORLD = ("aloe",)


@dataclass(frozen=True)
class AridHabitat(Habitat):
    """Dry country: `DryLand` with its dunes and beds."""

    @property
    def dry_land(self) -> DryLand:
        """Return the land."""
        assert isinstance(self.land, DryLand)
        return self.land

    @property
    def old_world(self) -> bool:
        """Whether thorn trees and aloes grow, or else cacti and agaves."""
        return bool(stream(self.seed, "flora").random() < 0.4)

    def soil(self, x: Any, y: Any, slope: Floats) -> Floats:
        """How good the ground is for roots, 0..1: gravel and scree of no great slope; not rock, little on dunes."""
        depth, slip, _ = self.dry_land.blown(x, y)
        sand = smoothstep(0.3, 2.0, depth)
        bare = smoothstep(0.25, 0.7, self.land.mask("rock", x, y))
        return ((1 - bare) * (1 - 0.93 * sand) * (1 - slip * sand) * (1 - smoothstep(0.45, 0.85, slope))).astype(np.float32)

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely thorn trees stand: along washes, a few on plains."""
        if not self.old_world:
            return np.zeros_like(z)
        groups = self.clumps("thorn trees", x, y, 60.0)
        wash = self.land.mask("flow", x, y)
        return (self.scatter.trees * self.soil(x, y, slope) * (0.10 + 0.5 * smoothstep(0.2, 0.9, groups) + 0.7 * wash)).clip(
            0, 1
        )

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """All trees are broadleaf."""
        return np.ones_like(z)

    def grass(self, x: Any, y: Any, z: Floats) -> Floats:
        """No meadow stands: grass grows in tufts, which are sown."""
        return np.zeros_like(z)

    def snow(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """No snow lies."""
        return np.zeros_like(z)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks `sand` and `slip`, 0..1, and metres `along` and `across` the wind, bent as the crests are."""
        depth, slip, along = self.dry_land.blown(x, y)
        wx, wy = self.dry_land.dunes.wind if self.dry_land.dunes else (1.0, 0.0)
        across = y * np.float32(wx) - x * np.float32(wy)
        return {"sand": smoothstep(0.02, 0.5, depth), "slip": slip, "along": along, "across": across}


def succulents(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely cacti, agaves or aloes stand, in the world where they grow: in loose groups on gravel."""
    assert isinstance(habitat, AridHabitat)
    if (name in OLD_WORLD) != habitat.old_world:
        return np.zeros_like(z)
    groups = smoothstep(-0.25, 0.75, habitat.clumps(name, x, y, 28.0))
    common = 0.45 if name == "saguaro" else 0.7
    return common * 1.6 * habitat.scatter.undergrowth * (0.06 + groups) * habitat.soil(x, y, habitat.slope(x, y, z))


def dry_tufts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a tuft of grass stands: in drifts on gravel and beside washes."""
    assert isinstance(habitat, AridHabitat)
    drifts = smoothstep(-0.2, 0.7, habitat.clumps(name, x, y, 11.0)) * (
        0.4 + smoothstep(-0.4, 0.5, habitat.clumps("dry", x, y, 70.0))
    )
    return 0.7 * habitat.scatter.grass * (0.04 + drifts) * habitat.soil(x, y, habitat.slope(x, y, z))


def dead_wood(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how likely a dead tree or log lies: few, near washes."""
    assert isinstance(habitat, AridHabitat)
    wash = habitat.land.mask("flow", x, y)
    return habitat.scatter.undergrowth * (0.02 + 0.25 * wash) * habitat.soil(x, y, habitat.slope(x, y, z))


def on_gravel(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a stone lies: strewn over plains, many in washes and on scree, none on dunes."""
    assert isinstance(habitat, AridHabitat)
    sand = smoothstep(0.1, 0.6, habitat.dry_land.blown(x, y)[0])
    patches = smoothstep(-0.1, 0.8, habitat.clumps("stones", x, y, 9.0))
    scree, wash = habitat.land.mask("deposit", x, y), habitat.land.mask("flow", x, y)
    below = smoothstep(0.02, 0.3, habitat.land.mask("rock", x, y)) * smoothstep(1.2, 0.6, slope)
    return habitat.scatter.rocks * (0.06 + 0.5 * patches + 0.9 * scree + 0.5 * wash + 0.5 * below) * (1 - sand)


ARID = (
    Sowing("saguaro", 8.0, 700.0, 5, 0.03, 0.0, succulents, clearance=6.0),
    Sowing("barrel_cactus", 2.6, 90.0, 4, 0.06, 0.0, succulents, clearance=2.6),
    Sowing("prickly_pear", 3.4, 160.0, 4, 0.05, 0.01, succulents, clearance=3.0),
    Sowing("agave", 3.0, 130.0, 4, 0.05, 0.01, succulents, clearance=2.8),
    Sowing("aloe", 2.6, 130.0, 4, 0.05, 0.01, succulents, clearance=2.8),
    Sowing("grass", 0.55, 75.0, 6, 0.1, 0.12, dry_tufts, clearance=2.0),
    Sowing("dead_tree", 22.0, 260.0, 2, 0.05, 0.0, dead_wood, clearance=9.0),
    Sowing("fallen_log", 14.0, 120.0, 2, 0.03, 0.0, dead_wood, clearance=7.0),
)
THORN = Woods(
    conifers=(), of_conifers=0, broadleaf=("acacia",), of_broadleaf=1, spacing=8.5, reach=1500.0, tallest=12.0, framing=False
)
DESERT_STONES = (
    Stones("pebbles", 0.34, 18.0, 0.03, 0.11, on_gravel),
    Stones("cobbles", 1.1, 80.0, 0.09, 0.42, on_gravel),
    Stones("boulders", 6.5, 700.0, 0.4, 2.6, on_gravel),
)
