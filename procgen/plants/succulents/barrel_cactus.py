"""Barrel cactus: a globe, later a short column, of deep ribs with rows of woolly, spiny areoles and a woolly crown.

In spring buds open in a ring round the crown, in summer it is in full flower; yellow fruits follow and stay for long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.parts import STEM
from ..anatomy.skeleton import Floats, unit
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Seasonal, family, species
from .blossoms import flowers, fruits
from .ribs import SAMPLES, areoles, ribbed
from .skin import Places, shells
from .spines import VEIL, clusters, felt, spines


@dataclass(frozen=True)
class Params(Seasonal):
    diameter: float = parameter(0.45, "breadth of an old one", unit="m", low=0.08, high=0.9)
    slenderness: float = parameter(1.2, "height of an old one, as a share of its breadth", low=0.6, high=3.0)
    ribs: int = parameter(20, "ribs", low=8, high=34)
    rib_depth: float = parameter(0.2, "depth of the furrows, as a share of the radius", low=0.05, high=0.4)
    twist: float = parameter(0.0, "how far ribs run round from foot to crown", unit="rad", low=-1.2, high=1.2)
    spine_length: float = parameter(0.045, "length of the central spines", unit="m", low=0.005, high=0.12)
    spine_colour: str = parameter("golden", "colour of the spines", choices=("golden", "red", "grey"))
    flower_size: float = parameter(0.055, "breadth of a flower", unit="m", low=0.02, high=0.1)
    blossoms: int = parameter(14, "flowers, later fruits, on the crown", low=0, high=40)


_GREEN: Ramp = ((0.040, 0.076, 0.030), (0.060, 0.104, 0.042), (0.084, 0.130, 0.058))
_STRAW: Ramp = ((0.17, 0.15, 0.06), (0.22, 0.19, 0.09))
_CORK = np.array((0.16, 0.115, 0.065))
_WOOL: Ramp = ((0.44, 0.37, 0.22), (0.58, 0.51, 0.34))
_SPINES: dict[str, Ramp] = {
    "golden": ((0.42, 0.29, 0.08), (0.60, 0.46, 0.16), (0.64, 0.53, 0.26)),
    "red": ((0.22, 0.045, 0.025), (0.36, 0.10, 0.05), (0.46, 0.24, 0.14)),
    "grey": ((0.20, 0.16, 0.12), (0.34, 0.29, 0.23), (0.46, 0.41, 0.34)),
}
_TEPALS: dict[str, Ramp] = {
    "golden": ((0.58, 0.38, 0.02), (0.72, 0.56, 0.05)),
    "red": ((0.55, 0.10, 0.015), (0.68, 0.28, 0.02)),
    "grey": ((0.60, 0.24, 0.02), (0.70, 0.42, 0.03)),
}
_STAMENS: Ramp = ((0.45, 0.20, 0.02), (0.62, 0.42, 0.05))
_FRUIT: Ramp = ((0.30, 0.36, 0.06), (0.60, 0.46, 0.05), (0.52, 0.36, 0.07))
_ROWS = {"near": 24, "middle": 16, "far": 9}
_BEARS = {"spring": 0.5, "summer": 1.0, "autumn": 1.0, "winter": 0.6, "dry": 0.2}
"""Share of the flowers, later fruits, that are there."""
SPECIES = (
    species(
        "barrel_cactus",
        "a barrel cactus, in flower in spring and summer",
        diameter=(0.32, 0.62),
        slenderness=(0.9, 1.7),
        ribs=(15, 27),
        rib_depth=(0.15, 0.25),
        twist=(-0.25, 0.25),
        spine_length=(0.03, 0.055),
        spine_colour=["golden", "red", "grey"],
        blossoms=(8, 22),
    ),
)


@family("barrel_cactus", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: at most 40,000 faces near, 12,000 middle, 3,500 far."""
    shape_rng, spine_rng, flower_rng = rng.spawn(3)
    rings = body(params, shape_rng, detail)
    spacing = max(0.075 * _radius(params) + 0.006, 0.24 * params.spine_length)
    places, share = areoles(rings, params.ribs, spacing, 0.14, 0.97)
    parts = [shells(rings, _skin(params, rings, shape_rng.random(), detail), STEM)]
    parts += _armour(params, places, share, spine_rng, detail)
    parts += _bearing(params, rings, flower_rng, detail)
    return merge(parts)


def _radius(params: Params) -> float:
    return 0.5 * params.diameter * (0.14 + 0.86 * params.age**0.85)


def body(params: Params, rng: np.random.Generator, detail: Detail) -> Floats:
    """Return the rings (1, R, S, 3) m of the globe, from its foot in the ground to its sunken crown."""
    radius = _radius(params)
    height = 2 * radius * (0.85 + (params.slenderness - 0.85) * params.age**1.5)
    lean = rng.normal(0, 0.04, 2) * height
    angle = np.linspace(-0.36, 0.5, _ROWS[detail]) * np.pi
    fullness = 0.78
    across = np.abs(np.cos(angle)) ** fullness
    rise = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** fullness
    low = rise[0]
    upward = (rise - low) / (1 - low)
    sunken = 0.1 * radius * np.clip((0.42 - across) / 0.42, 0, 1) ** 1.5
    z = height * upward - sunken - 0.02 * height
    path = np.stack([lean[0] * upward**2, lean[1] * upward**2, z], -1)[None]
    wide = radius * np.maximum(across, 0.03)[None] * (1 + 0.03 * np.sin(5 * upward + 6.3 * rng.random()))
    deep = params.rib_depth * np.minimum(1, 0.35 + 1.6 * upward)
    straight = np.stack([0 * z, 0 * z, np.arange(len(z)) * 1.0], -1)[None]
    return ribbed(straight, wide, deep, params.ribs, SAMPLES[detail], params.twist) - straight[:, :, None] + path[:, :, None]


def _skin(params: Params, rings: Floats, own: float, detail: Detail) -> Floats:
    """Colours (1, R - 1, S, 3): pale ridges, dark furrows, cork at the foot, wool on the crown."""
    rows, sides = rings.shape[1:3]
    strain = {"spring": 0.0, "summer": 0.05, "autumn": 0.1, "winter": 0.14, "dry": 0.45}[params.season]
    ramp = mixed(_GREEN, _STRAW, min(0.7, strain + max(0.0, 0.6 - params.vigour)))
    samples = SAMPLES[detail]
    middle = (np.arange(sides) % samples + 0.5) / samples
    ridge = np.abs(2 * middle - 1)
    up = (np.arange(rows - 1) / (rows - 2))[:, None]
    tint = shades(ramp, 0.3 * own + 0.45 * ridge + 0.25 * up)
    tint = tint + (shades(_SPINES[params.spine_colour], np.array(0.5)) - tint) * VEIL[detail]
    cork = 0.8 * params.age * np.clip(1 - up / 0.2, 0, 1)[..., None]
    tint = tint + (_CORK - tint) * cork
    reach = np.sqrt((rings[0, :, :, :2] ** 2).sum(-1)).mean(1)
    crown = ((reach[1:] < 0.3 * reach.max()) & (up[:, 0] > 0.5))[:, None, None]
    return np.where(crown, shades(_WOOL, np.array(own)), tint)[None]


def _armour(params: Params, places: Places, share: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Areoles with felt, spines that lie round them and stronger ones that stand out; young ones at the crown are brighter."""
    size = params.spine_length * (0.35 + 0.65 * params.age) * (0.72 + 0.28 * np.sin(np.pi * share))
    radial = 6 if len(places.point) < 550 else 4
    row, heading, part = clusters(places, radial, 2, 1.12, rng)
    place = np.clip(0.55 * share[row] ** 3 + 0.5 * rng.random(len(row)), 0, 1)
    tint = shades(_SPINES[params.spine_colour], place)
    foot = places.point[row] - places.normal[row] * 0.0006
    parts = [spines(foot, heading, size[row] * part, 0.022 * float(size.mean()), tint, detail)]
    if detail != "far":
        wool = shades(_WOOL, rng.random(len(share))) * (0.45 + 0.55 * share[:, None] ** 2)
        parts.append(felt(places, 0.015 * _radius(params) / 0.2 * (0.6 + 0.8 * share**4), wool, detail))
    return parts


def _bearing(params: Params, rings: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Flowers in spring and summer, fruits from autumn on, in one and a half rings round the crown."""
    places = max(params.blossoms, 1)
    luck = rng.random((3, places))
    count = round(params.blossoms * _BEARS[params.season] * min(1.0, 2.2 * max(0.0, params.age - 0.25)))
    if count == 0:
        return []
    slot = np.argsort(luck[0], kind="stable")[:count]
    turn = (slot + 0.25 * luck[1, :count]) * (2 * np.pi / places)
    reach = np.sqrt((rings[0, :, :, :2] ** 2).sum(-1)).max(1)
    top = np.arange(len(reach)) > 0.5 * len(reach)
    away = reach.max() * (0.33 + 0.15 * (slot % 2) + 0.03 * luck[1, :count])
    order = np.flatnonzero(top)[::-1]
    height = np.interp(away, reach[order], rings[0, :, :, 2].max(1)[order])
    outward = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    centre = rings[0, -1].mean(0) * np.array([1, 1, 0])
    place = centre + outward * away[:, None]
    place[:, 2] = height
    facing = unit(outward * 0.55 + np.array([0, 0, 1.0]))
    room = 1.1 * reach.max() * np.hypot(0.15, 0.405 * 2 * np.pi / places)
    size = min(params.flower_size * (0.55 + 0.45 * params.age), room) * (0.85 + 0.3 * luck[2, :count])
    if params.season in ("spring", "summer"):
        stalk = fruits(
            place - facing * (0.25 * size)[:, None], facing, 0.5 * size, 0.6, shades(_FRUIT, 0.2 * luck[2, :count]), detail
        )
        colours = (_TEPALS[params.spine_colour], _STAMENS)
        return [stalk, *flowers(place + facing * (0.15 * size)[:, None], facing, size, 16, colours, rng, detail)]
    ripe = {"autumn": 0.35, "winter": 0.7, "dry": 0.9}[params.season]
    tint = shades(_FRUIT, ripe + 0.3 * (luck[2, :count] - 0.5))
    return [fruits(place - facing * (0.2 * size)[:, None], facing, 0.85 * size, 0.62, tint, detail)]
