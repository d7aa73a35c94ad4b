"""Low plants and other small things, one `Sowing` a species: candidates on a lattice that stand where their wish comes true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cameras.view import Skyline, View
from ..rng import subseed
from .growth import Growth, detail_of, standing
from .habitat import Floats, Habitat, smoothstep
from .lattice import lattice

Wanted = Callable[[Habitat, str, Floats, Floats, Floats], Floats]
"""How likely a candidate stands, 0..1: of the habitat, the species' name, and x, y, z in metres, all of one shape."""


def anywhere(z: Floats) -> Floats:
    """Return the size that things have at a height: 1."""
    return np.ones_like(z)


@dataclass(frozen=True)
class Sowing:
    """How one generator is sown: metres between candidates, reach in metres, number of individuals, tilt in rad, sway in rad in
    a full wind, where it is `wanted`, metres that a full-sized one keeps from the eye, how its size goes with height, the
    lowest ground that it stands on, in metres, and the metres a pixel up to which it is drawn `near` and `middle`.
    """

    generator: str
    spacing: float
    reach: float
    variants: int
    tilt: float
    sway: float
    wanted: Wanted
    clearance: float = 1.8
    size: Callable[[Floats], Floats] = anywhere
    lowest: float = 0.12
    detail: tuple[float, float] = (0.012, 0.045)


def sow(row: Sowing, habitat: Habitat, view: View, land: Skyline, wind: float) -> Growth:
    """Return what the view may see of one sowing; `wind` 0..1."""
    name = row.generator
    # What is smaller than a few pixels is left to the ground's colour.
    reach = min(row.reach, max(8.0, 0.0012 * row.reach / view.pixel_angle))
    places = lattice(row.spacing, view.box(reach), subseed(habitat.seed, "undergrowth", name))
    x, y = places.x, places.y
    distance = view.distance(x, y)
    alive = view.sees(x, y, 1.0) & (distance < reach)
    z, wanted = np.zeros(x.shape, np.float32), np.zeros(x.shape, np.float32)
    z[alive] = habitat.height(x[alive], y[alive])
    alive &= z > row.lowest
    alive[alive] = ~land.hides(x[alive], y[alive], z[alive] + 2.0)
    wanted[alive] = row.wanted(habitat, name, x[alive], y[alive], z[alive])
    alive &= places.random(0) < wanted * (1.0 - smoothstep(0.7, 1.0, distance / np.float32(reach)))
    size = (0.65 + 0.6 * places.random(1) * (0.5 + 0.5 * wanted)) * row.size(z)
    alive &= distance > row.clearance * size
    alive = places.spaced(alive, places.random(2), 0.8 * row.spacing * size)
    detail = detail_of(distance, view.pixel_angle, *row.detail)
    return standing(
        f"{name} undergrowth", name, places, alive, z - 0.015, size, detail, row.variants, row.tilt, row.sway * wind
    )
