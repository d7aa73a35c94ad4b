"""Stones: pebbles and cobbles along the water's edge, stones in the grass, boulders on scree and below cliffs.

Every stone sits in the ground by a share of its size and leans with the slope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cameras.view import Skyline, View
from ..elementary import exp, power
from ..rng import subseed
from .growth import Growth, detail_of, standing
from .habitat import Floats, Habitat, smoothstep
from .lattice import lattice

VARIANTS = 6


@dataclass(frozen=True)
class Stones:
    """One class of stones: metres between candidates, reach in metres, smallest and largest size in metres, and where they are
    `wanted`: of the habitat, and x, y, z in metres and the slope, all of one shape; what `generator` makes them;
    by how many rad they `tilt` at most."""

    name: str
    spacing: float
    reach: float
    small: float
    large: float
    wanted: Callable[[Habitat, Floats, Floats, Floats, Floats], Floats]
    lowest: float = -0.9
    generator: str = "rock"
    tilt: float = 0.35


def strew(row: Stones, habitat: Habitat, view: View, land: Skyline) -> Growth:
    """Return the stones of one class that the view may see."""
    name, reach, small, large = row.name, row.reach, row.small, row.large
    places = lattice(row.spacing, view.box(reach), subseed(habitat.seed, "stones", name))
    x, y = places.x, places.y
    distance = view.distance(x, y)
    alive = view.sees(x, y, 1.0 + large) & (distance < reach) & (distance > view.nearest_ground * 0.6)
    z, slope, wanted = (np.zeros(x.shape, np.float32) for _ in range(3))
    z[alive] = habitat.height(x[alive], y[alive])
    alive &= z > row.lowest
    alive[alive] = ~land.hides(x[alive], y[alive], z[alive] + large)
    slope[alive] = habitat.slope(x[alive], y[alive], z[alive])
    wanted[alive] = row.wanted(habitat, x[alive], y[alive], z[alive], slope[alive])
    alive &= places.random(0) < wanted
    # Many small stones and few large ones: a power law of sizes.
    size = small * power(large / small, power(places.random(1), 2.2))
    size *= 1.0 + 0.9 * smoothstep(60.0, 400.0, distance) * (name == "boulders")
    alive &= distance > 1.5 + 2.5 * size
    alive = places.spaced(alive, size, 1.25 * size)
    foot = z - size * (0.02 + 0.14 * places.random(2))
    detail = detail_of(distance / np.maximum(size, 0.02), view.pixel_angle, 0.012, 0.05)
    return standing(name, row.generator, places, alive, foot, size, detail, VARIANTS, row.tilt, 0.0)


def by_water(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone in a land with a shore, scree and cliffs."""
    clumps = habitat.clumps("stones", x, y, 6.0)
    shore = exp(-((np.maximum(z - 0.12, 0) / 0.35) ** 2) - (np.minimum(z, 0) / 0.5) ** 2)
    scree = habitat.land.mask("deposit", x, y) * smoothstep(0.25, 0.6, slope)
    below_rock = habitat.land.mask("rock", x, y)
    field = 0.10 * smoothstep(0.1, 0.8, clumps)
    amount = shore * np.clip(0.35 + 0.9 * clumps, 0.03, 0.85) + field + 0.3 * scree + 0.15 * below_rock
    return (2.6 * habitat.scatter.rocks * amount).astype(np.float32)


BY_WATER = (
    Stones("pebbles", 0.30, 20.0, 0.03, 0.10, by_water),
    Stones("cobbles", 0.95, 90.0, 0.09, 0.38, by_water),
    Stones("boulders", 5.5, 700.0, 0.35, 2.0, by_water),
)
