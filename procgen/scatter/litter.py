"""What lies under trees: fallen leaves of the species that stand there, needles, twigs and cones, one piece beside the other.

Pieces lie on the lattice of the world and follow the ground's slope; their number falls with the distance, and far ones are
plainer. They are one mesh, as the meadow is: ten thousand leaves that overlap render three times as fast in one mesh as in as
many instances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import registry
from ..cameras.view import View
from ..elementary import cos, sin
from ..meshes import MeshData, merge
from ..plants.anatomy.blades import Template, frames, joined, needle
from ..plants.anatomy.cones import cone, hang
from ..plants.anatomy.outlines import coarse_leaf, leaf, moved, plain_leaf
from ..plants.anatomy.parts import BRANCH, LEAF, NEEDLE, blades, wood
from ..plants.anatomy.tubes import sweep
from ..plants.growth.colour import Ramp, mixed, shades
from ..plants.trees.broadleaf_colours import PALETTES
from ..rng import subseed
from .forest import Woods
from .habitat import Floats, Habitat, smoothstep
from .lattice import Lattice, lattice

_SHED = {"spring": 0.55, "summer": 0.5, "autumn": 1.0, "winter": 0.95, "dry": 0.75}
"""By season: how many leaves lie, against autumn."""
_FRESH = {"spring": 0.0, "summer": 0.08, "autumn": 0.6, "winter": 0.05, "dry": 0.3}
"""By season: the share of them that have not browned."""
_BROWN: Ramp = ((0.060, 0.038, 0.022), (0.115, 0.070, 0.036), (0.175, 0.110, 0.058), (0.230, 0.155, 0.090))
_NEEDLES: Ramp = ((0.080, 0.046, 0.022), (0.150, 0.085, 0.038), (0.230, 0.135, 0.060))
_TWIGS: Ramp = ((0.050, 0.040, 0.032), (0.095, 0.078, 0.062), (0.160, 0.140, 0.115))
_CONES: Ramp = ((0.085, 0.050, 0.030), (0.140, 0.085, 0.048))
_CLEAR = 0.5
"""Metres that pieces keep from the eye."""
_FINE, _SHAPED = 0.0025, 0.006
"""Metres a pixel up to which leaves have their whole outline, and its main lobes."""


@dataclass(frozen=True)
class Pieces:
    """N places of one layer: `origin` (N, 3) m, `up` (N, 3) the ground's normal, `along` (N, 3) a direction on it, `luck`
    (N, 4) random numbers, `footprint` (N,) metres a pixel there."""

    origin: NDArray[np.float32]
    up: NDArray[np.float32]
    along: NDArray[np.float32]
    luck: NDArray[np.float32]
    footprint: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.origin)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Pieces:
        return Pieces(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def tilted(self, most: float) -> NDArray[np.float32]:
        """Return frames (N, 3, 3) along the pieces that lie askew by up to `most`, the tangent of an angle."""
        aside = np.cross(self.up, self.along)
        lean, roll = (most * (2 * self.luck[:, column, None] - 1) for column in (1, 2))
        return frames(self.along + lean * self.up, self.up + roll * aside)


def litter(woods: Woods, habitat: Habitat, view: View) -> MeshData | None:
    """Return what the woods shed as far as the view may see it, or None where nothing lies."""
    conifers, others = woods.species(habitat.seed)
    # Palms drop no leaves that lie about by the thousand.
    broadleaf = [name for name in others if registry.generators()[name].family == "broadleaf"]
    season = habitat.scatter.season
    found = []
    for number, name in enumerate(broadleaf):
        share = _SHED[season] / len(broadleaf)
        under = _under(habitat, number, len(broadleaf), True)
        found.append(_leaves(name, season, _laid(habitat, view, f"leaves {name}", 0.068, 0.085, share, under)))
    needles = _under(habitat, 0, 1, False)
    if conifers:
        found.append(_needles(_laid(habitat, view, "needles", 0.06, 0.06, 0.9, needles)))
        found.append(_cones(conifers[0], _laid(habitat, view, "cones", 0.7, 0.11, 0.45, needles)))
    found.append(_twigs(_laid(habitat, view, "twigs", 0.3, 0.16, 0.5, lambda x, y, z: habitat.canopy(x, y, z))))
    whole = [mesh for mesh in found if mesh is not None]
    return merge(whole) if whole else None


Under = Callable[[Floats, Floats, Floats], Floats]


def _under(habitat: Habitat, number: int, count: int, broadleaf: bool) -> Under:
    """Return how much falls at x, y, z from broadleaf trees, or from conifers: of one of `count` species, which drift apart."""

    def falls(x: Floats, y: Floats, z: Floats) -> Floats:
        share = habitat.broadleaf(x, y, z)
        drift = habitat.clumps(f"litter {number}", x, y, 9.0) if count > 1 else np.zeros_like(z)
        own = share if broadleaf else 1.0 - share
        return habitat.canopy(x, y, z) * smoothstep(0.02, 0.6, own) * np.clip(1.0 + 1.3 * drift, 0.15, 2.0)

    return falls


def _laid(habitat: Habitat, view: View, name: str, spacing: float, size: float, most: float, under: Under) -> Pieces:
    """Return where pieces of about `size` m lie, at `most` on that share of the places `spacing` m apart."""
    reach = min(17.0, max(3.0, 0.4 * size / view.pixel_angle))
    places = lattice(spacing, view.box(reach), subseed(habitat.seed, "litter", name))
    x, y = places.x.ravel(), places.y.ravel()
    distance = view.distance(x, y)
    luck = places.random(0).ravel()
    thinned = most * habitat.scatter.litter / 0.6 * (1.0 - smoothstep(0.1, 1.0, distance / np.float32(reach)))
    kept = np.flatnonzero((luck < 2.0 * thinned) & (distance > _CLEAR) & view.sees(x, y, 0.3))
    x, y, distance = x[kept], y[kept], distance[kept]
    z = habitat.height(x, y)
    stays = (luck[kept] < thinned[kept] * under(x, y, z)) & (z > 0.1)
    chosen = kept[stays]
    return _placed(habitat, places, chosen, z[stays], distance[stays] * np.float32(view.pixel_angle))


def _placed(habitat: Habitat, places: Lattice, chosen: NDArray[np.intp], z: Floats, footprint: NDArray[np.floating]) -> Pieces:
    x, y = places.x.ravel()[chosen], places.y.ravel()[chosen]
    up = habitat.land.normal(x, y, 0.12)
    luck = np.stack([places.random(number).ravel()[chosen] for number in range(1, 5)], 1)
    turn = 2 * np.pi * luck[:, 0]
    along = np.stack([cos(turn), sin(turn), np.zeros_like(turn)], 1)
    along -= up * (along * up).sum(1, keepdims=True)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    origin = np.stack([x, y, z], 1)
    return Pieces(*(values.astype(np.float32) for values in (origin, up, along, luck, footprint)))


def _leaves(species: str, season: str, pieces: Pieces) -> MeshData | None:
    """Leaves of a species, fallen: brown, curled and askew, a few with the colours of autumn."""
    if not len(pieces):
        return None
    ranges = registry.generators()[species].ranges
    length = 0.5 * sum(ranges["leaf_length"])
    ramp = mixed(_BROWN, PALETTES[ranges["autumn"]].autumn, 0.15)
    fresh = pieces.luck[:, 3] < _FRESH[season]
    own = pieces.luck[:, 1] * 0.999
    tint = np.where(fresh[:, None], shades(PALETTES[ranges["autumn"]].autumn, own), shades(ramp, own))
    size = length * (0.6 + 0.7 * pieces.luck[:, 2])
    turned = pieces.tilted(0.4)
    origin = pieces.origin + pieces.up * (0.10 * size + 0.012 * pieces.luck[:, 3])[:, None]
    tiers = np.digitize(pieces.footprint, (_FINE, _SHAPED))
    shapes = (leaf, coarse_leaf, plain_leaf)
    outline = ranges["leaf"]
    material = "leaf_palmate" if outline == "palmate" else "leaf"
    parts = [
        blades(shape(outline), origin[here], turned[here], size[here], material, LEAF, tint[here], pieces.luck[here, 0])
        for tier, shape in enumerate(shapes)
        if (here := tiers == tier).any()
    ]
    return merge(parts)


def _needles(pieces: Pieces) -> MeshData | None:
    """Needles in loose bundles of eight, as one sees them on the ground."""
    if not len(pieces):
        return None
    tint = shades(_NEEDLES, pieces.luck[:, 3])
    size = (0.045 + 0.03 * pieces.luck[:, 2]).astype(np.float32)
    origin = pieces.origin + pieces.up * np.float32(0.004)
    return blades(_bundle(), origin, pieces.tilted(0.12), size, "needle", NEEDLE, tint, pieces.luck[:, 0])


def _bundle() -> Template:
    """Eight needles that lie across each other, half a unit around the origin."""
    turns = np.array([0.0, 0.5, 1.1, 1.4, 2.1, 2.5, 2.9, 3.6])
    aside = (0.31, -0.42, 0.1, 0.5, -0.2, 0.44, -0.48, 0.0)
    single = needle(0.045, 0.6)
    return joined(
        [moved(single, turn, 0.75, off, 0.02 * number) for number, (turn, off) in enumerate(zip(turns, aside, strict=True))]
    )


def _twigs(pieces: Pieces) -> MeshData | None:
    """Dead twigs, crooked, lying on the ground, a few with a fork."""
    if not len(pieces):
        return None
    length = 0.10 + 0.42 * pieces.luck[:, 2] ** 3
    radius = 0.0018 + 0.008 * length
    share = np.linspace(-0.5, 0.5, 5, dtype=np.float32)
    aside = np.cross(pieces.up, pieces.along)
    bend = (pieces.luck[:, 3] - 0.5) * 0.5
    swing = bend[:, None] * (share**2 * 2 + 0.3 * sin(9 * share)[None, :] * (pieces.luck[:, 1, None] - 0.5))
    path = pieces.along[:, None] * share[:, None] + aside[:, None] * swing[..., None]
    path = pieces.origin[:, None] + path * length[:, None, None] + pieces.up[:, None] * (1.2 * radius)[:, None, None]
    radii = radius[:, None] * (1.0 - 0.5 * (share + 0.5))
    tubes = sweep(path.astype(np.float32), radii.astype(np.float32), 4)
    tint = np.repeat(shades(_TWIGS, pieces.luck[:, 1]), len(tubes.faces) // len(pieces), axis=0)
    return wood(tubes, "bark_smooth", BRANCH, tint)


def _cones(conifer: str, pieces: Pieces) -> MeshData | None:
    """Fallen cones, open, lying on their sides."""
    if not len(pieces):
        return None
    length, slender = {"spruce": (0.115, 0.34), "pine": (0.055, 0.7)}.get(conifer, (0.04, 0.75))
    size = (length * (0.8 + 0.4 * pieces.luck[:, 2])).astype(np.float32)
    rise = (0.34 * slender * size)[:, None]
    origin = pieces.origin + pieces.up * rise - pieces.along * (0.5 * size)[:, None]
    tint = shades(_CONES, pieces.luck[:, 3])
    return hang(cone(slender, 30, 0.55, "near"), origin, pieces.along, size, tint, pieces.luck[:, 0])
