"""Ferns under trees and on damp ground, flowers in drifts, shrubs at the woods' edge, tufts of tall grass by the water."""

from __future__ import annotations

import numpy as np

from ..cameras.view import Skyline, View
from ..elementary import exp
from ..rng import subseed
from .growth import Growth, detail_of, standing
from .habitat import Floats, Habitat, smoothstep
from .lattice import lattice

_CLASSES = (
    ("fern", 0.62, 45.0, 5, 0.06, 0.16),
    ("daisy", 0.34, 38.0, 4, 0.08, 0.14),
    ("buttercup", 0.38, 38.0, 3, 0.08, 0.14),
    ("poppy", 0.5, 38.0, 3, 0.08, 0.14),
    ("bellflower", 0.42, 38.0, 3, 0.08, 0.14),
    ("hazel", 2.6, 420.0, 3, 0.08, 0.03),
    ("dog_rose", 2.9, 300.0, 3, 0.08, 0.03),
    ("grass", 0.33, 42.0, 6, 0.08, 0.12),
    ("reed", 0.8, 160.0, 4, 0.04, 0.12),
    ("dandelion", 0.5, 30.0, 3, 0.05, 0.08),
    ("mushroom", 0.9, 22.0, 3, 0.05, 0.0),
    ("fallen_log", 9.0, 160.0, 3, 0.02, 0.0),
)
"""(generator, metres between candidates, reach in metres, variants, tilt in rad, sway in rad at full wind)."""


def undergrowth(habitat: Habitat, view: View, land: Skyline, wind: float) -> list[Growth]:
    """Return everything low that the view may see; `wind` 0..1."""
    return [_plants(habitat, view, land, wind, *entry) for entry in _CLASSES]


def _plants(
    habitat: Habitat,
    view: View,
    land: Skyline,
    wind: float,
    name: str,
    spacing: float,
    reach: float,
    variants: int,
    tilt: float,
    sway: float,
) -> Growth:
    # What is smaller than a few pixels is left to the ground's colour.
    reach = min(reach, max(8.0, 0.0012 * reach / view.pixel_angle))
    places = lattice(spacing, view.box(reach), subseed(habitat.seed, "undergrowth", name))
    x, y = places.x, places.y
    distance = view.distance(x, y)
    alive = view.sees(x, y, 1.0) & (distance < reach)
    z, wanted = np.zeros(x.shape, np.float32), np.zeros(x.shape, np.float32)
    z[alive] = habitat.height(x[alive], y[alive])
    alive &= z > 0.12
    alive[alive] = ~land.hides(x[alive], y[alive], z[alive] + 2.0)
    wanted[alive] = _WANTED.get(name, _flowers)(habitat, name, x[alive], y[alive], z[alive])
    alive &= places.random(0) < wanted * (1.0 - smoothstep(0.7, 1.0, distance / np.float32(reach)))
    size = 0.65 + 0.6 * places.random(1) * (0.5 + 0.5 * wanted)
    if name == "grass":
        # Sedge by the water grows taller than the tufts of the meadow.
        size *= 1.0 + 1.1 * exp(-(((z - 0.25) / 0.3) ** 2))
    alive &= distance > _CLEARANCE.get(name, 1.8) * size
    strength = places.random(2)
    alive = places.spaced(alive, strength, 0.8 * spacing * size)
    detail = detail_of(distance, view.pixel_angle, 0.012, 0.045)
    return standing(f"{name} undergrowth", name, places, alive, z - 0.015, size, detail, variants, tilt, sway * wind)


def _ferns(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    slope = habitat.slope(x, y)
    shade = habitat.forest(x, y, z, slope)
    damp = exp(-((z - 0.9) ** 2) / 0.8)
    drifts = smoothstep(-0.05, 0.6, habitat.clumps(name, x, y, 5.0))
    return habitat.scatter.undergrowth * 2.2 * drifts * (0.25 + 0.5 * damp + 0.6 * shade) * smoothstep(0.25, 0.6, z)


def _flowers(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    drifts = smoothstep(0.0, 0.75, habitat.clumps(name, x, y, 4.0))
    sprinkled = 0.015 + 0.8 * drifts
    return habitat.scatter.undergrowth * 1.3 * sprinkled * habitat.grass(x, y, z)


def _shrubs(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    slope = habitat.slope(x, y)
    trees = habitat.forest(x, y, z, slope)
    edge = np.clip(4.0 * trees * (1.0 - trees), 0, 1)
    groups = smoothstep(0.1, 0.8, habitat.clumps(name, x, y, 11.0))
    return habitat.scatter.undergrowth * groups * (0.015 + 0.75 * edge) * smoothstep(0.45, 0.9, z) * (slope < 0.9)


def _tufts(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    waterside = exp(-(((z - 0.3) / 0.22) ** 2))
    groups = smoothstep(-0.05, 0.7, habitat.clumps(name, x, y, 3.0))
    return habitat.scatter.grass * groups * (1.3 * waterside + 0.35 * habitat.grass(x, y, z))


def _reeds(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Beds of reed along the water's edge."""
    edge = exp(-(((z - 0.2) / 0.14) ** 2))
    beds = smoothstep(0.15, 0.55, habitat.clumps(name, x, y, 14.0))
    return habitat.scatter.undergrowth * 1.5 * beds * edge


def _under_trees(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """What lives on the floor of the woods: dead wood, and what grows of it."""
    woods = habitat.forest(x, y, z, habitat.slope(x, y))
    groups = smoothstep(0.1, 0.7, habitat.clumps(name, x, y, 6.0))
    return habitat.scatter.undergrowth * (0.05 + 0.6 * groups) * smoothstep(0.1, 0.5, woods)


_WANTED = {
    "fern": _ferns,
    "hazel": _shrubs,
    "dog_rose": _shrubs,
    "grass": _tufts,
    "reed": _reeds,
    "mushroom": _under_trees,
    "fallen_log": _under_trees,
}
"""Those that are not flowers."""
_CLEARANCE = {"fern": 2.4, "hazel": 6.5, "dog_rose": 6.5, "grass": 2.2, "reed": 4.0, "fallen_log": 7.0}
"""Metres that plants of full size keep from the eye."""
