"""What grows low in temperate country: ferns under trees and on damp ground, flowers in drifts, shrubs at the woods' edge,
tufts of tall grass and reeds by the water, dead wood and mushrooms in the woods.
"""

from __future__ import annotations

import numpy as np

from ..elementary import exp
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing


def ferns(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    slope = habitat.slope(x, y, z)
    shade = habitat.forest(x, y, z, slope)
    damp = exp(-((z - 0.9) ** 2) / 0.8)
    drifts = smoothstep(-0.05, 0.6, habitat.clumps(name, x, y, 5.0))
    return habitat.scatter.undergrowth * 2.2 * drifts * (0.25 + 0.5 * damp + 0.6 * shade) * smoothstep(0.25, 0.6, z)


def flowers(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    drifts = smoothstep(0.0, 0.75, habitat.clumps(name, x, y, 4.0))
    sprinkled = 0.015 + 0.8 * drifts
    return habitat.scatter.undergrowth * 1.3 * sprinkled * habitat.grass(x, y, z)


def shrubs(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    slope = habitat.slope(x, y, z)
    trees = habitat.forest(x, y, z, slope)
    edge = np.clip(4.0 * trees * (1.0 - trees), 0, 1)
    groups = smoothstep(0.1, 0.8, habitat.clumps(name, x, y, 11.0))
    return habitat.scatter.undergrowth * groups * (0.015 + 0.75 * edge) * smoothstep(0.45, 0.9, z) * (slope < 0.9)


def tufts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    waterside = exp(-(((z - 0.3) / 0.22) ** 2))
    groups = smoothstep(-0.05, 0.7, habitat.clumps(name, x, y, 3.0))
    return habitat.scatter.grass * groups * (1.3 * waterside + 0.35 * habitat.grass(x, y, z))


def reeds(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Beds of reed along the water's edge."""
    edge = exp(-(((z - 0.2) / 0.14) ** 2))
    beds = smoothstep(0.15, 0.55, habitat.clumps(name, x, y, 14.0))
    return habitat.scatter.undergrowth * 1.5 * beds * edge


def under_trees(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """What lives on the floor of the woods: dead wood, and what grows of it."""
    woods = habitat.forest(x, y, z, habitat.slope(x, y, z))
    groups = smoothstep(0.1, 0.7, habitat.clumps(name, x, y, 6.0))
    return habitat.scatter.undergrowth * (0.05 + 0.6 * groups) * smoothstep(0.1, 0.5, woods)


def sedge(z: Floats) -> Floats:
    """Return the size of tufts at a height: sedge by the water grows taller than the tufts of the meadow."""
    return 1.0 + 1.1 * exp(-(((z - 0.25) / 0.3) ** 2))


TEMPERATE = (
    Sowing("fern", 0.62, 45.0, 5, 0.06, 0.16, ferns, clearance=2.4),
    Sowing("daisy", 0.34, 38.0, 4, 0.08, 0.14, flowers),
    Sowing("buttercup", 0.38, 38.0, 3, 0.08, 0.14, flowers),
    Sowing("poppy", 0.5, 38.0, 3, 0.08, 0.14, flowers),
    Sowing("bellflower", 0.42, 38.0, 3, 0.08, 0.14, flowers),
    Sowing("hazel", 2.6, 420.0, 3, 0.08, 0.03, shrubs, clearance=6.5),
    Sowing("dog_rose", 2.9, 300.0, 3, 0.08, 0.03, shrubs, clearance=6.5),
    Sowing("grass", 0.33, 42.0, 6, 0.08, 0.12, tufts, clearance=2.2, size=sedge),
    Sowing("reed", 0.8, 160.0, 4, 0.04, 0.12, reeds, clearance=4.0),
    Sowing("dandelion", 0.5, 30.0, 3, 0.05, 0.08, flowers),
    Sowing("mushroom", 0.9, 22.0, 3, 0.05, 0.0, under_trees),
    Sowing("fallen_log", 9.0, 160.0, 3, 0.02, 0.0, under_trees, clearance=7.0),
)
"""What is sown around a lake."""
