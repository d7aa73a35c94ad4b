"""Trees: woods on the far shores and up the slopes to a ragged line, groups in the middle, a few that frame the picture.

A tree's place and size follow from its cell alone; the view only decides which are left out (never seen) and keeps
the middle of the picture open near the camera.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Skyline, View
from ..rng import stream, subseed
from .growth import Growth, detail_of, standing
from .habitat import Floats, Habitat, smoothstep
from .lattice import lattice

Habits = Mapping[str, Mapping[str, Any]]
"""By generator: parameters whose ranges differ here from the species' own, as `plants.growth.species` has them."""
NO_HABITS: Habits = MappingProxyType({})


@dataclass(frozen=True)
class Woods:
    """Which trees make the woods: conifers, and how many species of them grow in one world; the same of the others
    (`broadleaf`).

    spacing: metres between candidates, the crowns of a dense wood; reach: metres within which trees are planted one by one;
    variants: individuals of a species, each at another height, turned and leaning its own way; tallest: metres that no tree
    exceeds, for the test whether land hides it; framing: whether some stand at the picture's edges; lowest: the lowest ground
    for a tree, m; clear: metres that a full-grown tree keeps from the eye, and half as much for small ones; stature: what sizes
    are multiplied by, below 1 where trees are stunted; habits: how species grow in these woods.
    """

    conifers: tuple[str, ...] = ("spruce", "pine", "larch")
    of_conifers: int = 2
    broadleaf: tuple[str, ...] = ("oak", "birch", "maple", "beech", "willow")
    of_broadleaf: int = 3
    spacing: float = 4.4
    reach: float = 1900.0
    variants: int = 3
    tallest: float = 26.0
    framing: bool = True
    lowest: float = 0.5
    clear: float = 10.0
    stature: float = 1.0
    habits: Habits = field(default_factory=dict)

    def species(self, seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the conifers and the others that grow in the world of that seed."""
        rng = stream(seed, "forest", "species")
        return _some(self.conifers, self.of_conifers, rng), _some(self.broadleaf, self.of_broadleaf, rng)


def forest(woods: Woods, habitat: Habitat, view: View, land: Skyline, wind: float) -> list[Growth]:
    """Return the trees that the view may see, one growth a species; `wind` 0..1."""
    reach = woods.reach
    places = lattice(woods.spacing, view.box(reach), subseed(habitat.seed, "forest"))
    x, y = places.x, places.y
    distance = view.distance(x, y)
    alive = view.sees(x, y, 14.0) & (distance < reach)
    z, slope, density = (np.zeros(x.shape, np.float32) for _ in range(3))
    z[alive] = habitat.height(x[alive], y[alive])
    alive &= z > woods.lowest
    alive[alive] = ~land.hides(x[alive], y[alive], z[alive] + woods.tallest)
    slope[alive] = habitat.slope(x[alive], y[alive], z[alive])
    density[alive] = habitat.forest(x[alive], y[alive], z[alive], slope[alive])
    if woods.framing:
        density = np.maximum(density, _framing(habitat, view, x, y, distance, z, slope))

    # Strong trees stand in the middle of their groups; the weak fill the edges and stay small.
    vigour = 0.55 * places.random(0) + 0.45 * density
    alive &= places.random(1) < density
    size = (0.34 + 0.82 * vigour) * (1.0 - 0.42 * np.clip((z - 0.35 * habitat.tree_line) / max(habitat.tree_line, 1.0), 0, 1))
    size *= woods.stature * (0.72 + 0.5 * places.random(2))
    clear = distance > woods.clear * (0.6 + 0.4 * size)
    alive = places.spaced(alive & clear, vigour, woods.spacing * (0.7 * size + 0.14))

    broad = np.zeros(x.shape, bool)
    broad[alive] = habitat.broadleaf(x[alive], y[alive], z[alive]) > places.random(3)[alive]
    detail = detail_of(distance, view.pixel_angle)
    foot = z - 0.06 * size
    growths = []
    conifers, broadleaf = woods.species(habitat.seed)
    for among, species, tilt, sway in ((alive & ~broad, conifers, 0.03, 0.028), (alive & broad, broadleaf, 0.06, 0.035)):
        kind = _stands(habitat, x, y, places.random(4), len(species))
        for number, name in enumerate(species):
            here = among & (kind == number)
            growths.append(standing(name, name, places, here, foot, size, detail, woods.variants, tilt, sway * wind))
    return growths


def _some(table: tuple[str, ...], count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Return so many of the species, in an order by chance."""
    return tuple(table[index] for index in rng.permutation(len(table))[:count])


def _stands(habitat: Habitat, x: Floats, y: Floats, luck: Floats, count: int) -> NDArray[np.int32]:
    """Return which of `count` species stands in each cell: some 40 m across one prevails, and others are mixed in."""
    drift = habitat.clumps("stands", x.ravel(), y.ravel(), 40.0).reshape(x.shape)
    return np.floor(count * ((0.5 + 0.9 * drift + 0.35 * luck) % 1.0)).astype(np.int32).clip(0, count - 1)


def _framing(habitat: Habitat, view: View, x: Floats, y: Floats, distance: Floats, z: Floats, slope: Floats) -> Floats:
    """Return the wish for trees in the glade where the camera stands: a few at one edge of the picture, fewer at the other."""
    side = 1.0 if stream(habitat.seed, "forest", "frame").random() < 0.5 else -1.0
    beside = view.beside(x, y) * np.float32(side)
    edge = smoothstep(0.66, 0.86, np.abs(beside)) * (1.0 - smoothstep(1.0, 1.3, np.abs(beside)))
    near = smoothstep(12.0, 17.0, distance) * (1.0 - smoothstep(32.0, 60.0, distance))
    share = np.where(beside > 0, 0.75, 0.22)
    return (habitat.scatter.trees * share * edge * near * ((z > 0.6) & (slope < 0.7))).astype(np.float32)
