"""What grows and lies low in a wood: ferns in drifts, hazel where light comes in, ivy, moss, mushrooms, heather, dead wood."""

from __future__ import annotations

from typing import cast

import numpy as np

from .forest_habitat import ForestHabitat
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing


def _drift(habitat: Habitat, name: str, x: Floats, y: Floats, size: float, low: float, high: float) -> Floats:
    return smoothstep(low, high, habitat.clumps(name, x, y, size))


def ferns(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Ferns: great drifts in half shade."""
    drifts = _drift(habitat, name, x, y, 11.0, -0.1, 0.5)
    return habitat.scatter.undergrowth * (0.07 + 1.2 * drifts) * smoothstep(0.05, 0.4, habitat.canopy(x, y, z))


def thicket(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Hazel and other shrubs: where the canopy is thin and at the edges of glades."""
    light = cast(ForestHabitat, habitat).light(x, y, z)
    groups = _drift(habitat, name, x, y, 13.0, 0.05, 0.7)
    return habitat.scatter.undergrowth * groups * (0.4 + 0.6 * np.clip(3.0 * light * (1.15 - light), 0, 1))


def floor(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """What lives on the shaded floor, singly and in groups."""
    groups = _drift(habitat, name, x, y, 6.0, 0.1, 0.7)
    return habitat.scatter.undergrowth * (0.22 + 0.75 * groups) * habitat.canopy(x, y, z)


def mossy(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Cushions of moss, where the floor is mossy."""
    return habitat.scatter.undergrowth * 1.6 * cast(ForestHabitat, habitat).moss(x, y, z)


def glade(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Flowers and tall grass of the glades."""
    light = cast(ForestHabitat, habitat).light(x, y, z)
    return habitat.scatter.undergrowth * light * (0.06 + 0.9 * _drift(habitat, name, x, y, 5.0, 0.05, 0.7))


def heath(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Dwarf shrubs: in carpets under conifers, in two woods of five."""
    conifers = (1.0 - habitat.broadleaf(x, y, z)) * (habitat.noise_seed(name) % 5 < 2)
    return habitat.scatter.undergrowth * conifers * _drift(habitat, name, x, y, 12.0, 0.0, 0.55)


def tufts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Tufts of wood grass: many in glades, few in the shade."""
    light = cast(ForestHabitat, habitat).light(x, y, z)
    return habitat.scatter.grass * (0.08 + 0.6 * light) * _drift(habitat, name, x, y, 4.0, 0.0, 0.7)


UNDERSTORY = (
    Sowing("fern", 0.75, 90.0, 3, 0.06, 0.14, ferns, clearance=2.0),
    Sowing("hazel", 3.2, 260.0, 2, 0.08, 0.03, thicket, clearance=6.0),
    Sowing("ivy", 5.0, 70.0, 2, 0.03, 0.0, floor, clearance=4.0),
    Sowing("moss", 0.26, 14.0, 3, 0.05, 0.0, mossy, clearance=1.2),
    Sowing("mushroom", 0.9, 22.0, 2, 0.05, 0.0, floor, clearance=1.4),
    Sowing("fallen_log", 7.0, 200.0, 2, 0.02, 0.0, floor, clearance=4.5),
    Sowing("hollow_tree", 27.0, 200.0, 1, 0.03, 0.0, floor, clearance=8.0),
    Sowing("dead_tree", 15.0, 160.0, 2, 0.04, 0.0, floor, clearance=6.0),
    Sowing("grass", 0.36, 30.0, 4, 0.08, 0.12, tufts, clearance=1.8),
    Sowing("bellflower", 0.36, 26.0, 3, 0.08, 0.14, glade),
    Sowing("heather", 0.7, 60.0, 2, 0.05, 0.03, heath),
)
"""What is sown in a wood."""
