"""Aloe: an upright rosette of narrow fleshy leaves with white flecks and soft teeth, with offsets at its foot.

From winter to summer a raceme of hanging orange-red tubes stands above the leaves, opening from below; a dry stalk remains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, kite, radial
from ..anatomy.parts import FLOWER, LEAF, PETAL, STEM, blades, wood
from ..anatomy.skeleton import UP, Floats, along, unit
from ..anatomy.tubes import sweep
from ..anatomy.turned import hollow
from ..growth.colour import Ramp, mixed, shades
from ..growth.species import Seasonal, family, species
from .rosette import Form, Rosette, leaves, margin, rosette, surface
from .skin import on_skin
from .spines import spines


@dataclass(frozen=True)
class Params(Seasonal):
    length: float = parameter(0.45, "length of full-grown leaves", unit="m", low=0.08, high=1.0)
    leaf_width: float = parameter(0.15, "breadth of a leaf at its foot, as a share of its length", low=0.07, high=0.3)
    leaves: int = parameter(18, "leaves of a full-grown rosette", low=8, high=40)
    flecks: int = parameter(70, "white flecks on a leaf", low=0, high=160)
    teeth: int = parameter(18, "soft teeth along each margin", low=0, high=40)
    offsets: int = parameter(2, "young rosettes at its foot", low=0, high=6)
    racemes: int = parameter(1, "flower stalks in season", low=0, high=3)


_GREEN: Ramp = ((0.058, 0.098, 0.034), (0.085, 0.130, 0.052), (0.115, 0.158, 0.074))
_STRESSED: Ramp = ((0.110, 0.070, 0.036), (0.150, 0.105, 0.052))
_FLECK = np.array((0.215, 0.265, 0.165))
_TOOTH: Ramp = ((0.30, 0.30, 0.17), (0.42, 0.36, 0.22))
_TUBE: Ramp = ((0.50, 0.115, 0.020), (0.60, 0.17, 0.03), (0.62, 0.26, 0.05), (0.40, 0.32, 0.09))
_STALK: Ramp = ((0.070, 0.085, 0.040), (0.110, 0.085, 0.050))
_DRY: Ramp = ((0.13, 0.085, 0.045), (0.20, 0.14, 0.075))
_FORM = Form(((0, 0.9), (0.06, 1.0), (0.25, 0.93), (0.5, 0.72), (0.75, 0.43), (0.92, 0.16), (1, 0.04)), 0.3, (0.22, 0.5))
_OPEN = {"winter": 0.25, "spring": 0.75, "summer": 0.9, "autumn": 1.0}
"""Share of the raceme, from below, that has opened, in the seasons that have one."""
SPECIES = (
    species(
        "aloe",
        "an aloe with flecked leaves, in flower from winter to summer",
        length=(0.32, 0.58),
        leaf_width=(0.12, 0.18),
        leaves=(14, 24),
        flecks=(30, 120),
        teeth=(14, 24),
        offsets=(0, 4),
        racemes=(1, 2),
    ),
)


@dataclass(frozen=True)
class _Group:
    """The rosettes of one plant: where they stand (k, 3) m, and their leaves."""

    centre: Floats
    members: list[Rosette]


@family("aloe", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 12,000 faces near, 3,500 middle, 1,000 far."""
    leaf_rng, skin_rng, flower_rng = rng.spawn(3)
    group = skeleton(params, leaf_rng)
    parts = []
    for centre, plant in zip(group.centre, group.members, strict=True):
        moved = Rosette(plant.foot + centre, plant.azimuth, plant.lean, plant.length, plant.width, plant.young, plant.number)
        parts += _rosette(params, moved, skin_rng.spawn(1)[0], detail)
    if params.season in _OPEN and params.age > 0.35 and params.racemes:
        parts += _racemes(params, flower_rng, detail)
    return merge(parts)


def skeleton(params: Params, rng: np.random.Generator) -> _Group:
    """Return the rosettes, the mother first and then her offsets round her."""
    length = params.length * (0.2 + 0.8 * params.age**0.8)
    count = max(6, round(params.leaves * (0.45 + 0.55 * params.age)))
    young = round(params.offsets * min(1.0, 1.4 * params.age))
    share = np.concatenate([[1.0], rng.uniform(0.3, 0.55, params.offsets)])[: young + 1]
    turn = np.arange(young + 1) * GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi)
    away = np.concatenate([[0.0], length * (0.25 + 0.3 * share[1:])])
    centre = np.stack([away * np.cos(turn), away * np.sin(turn), 0 * turn], -1)
    members = [
        rosette(max(5, round(count * s**0.5)), length * s, length * s * params.leaf_width, (0.95, 0.06), -0.12, rng)
        for s in share
    ]
    return _Group(centre, members)


def _rosette(params: Params, plant: Rosette, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    rings, across = surface(plant, _FORM, detail)
    count, rows = rings.shape[:2]
    own = rng.random()
    t = (np.arange(rows - 1) + 0.5) / (rows - 1)
    strain = {"spring": 0.0, "summer": 0.08, "autumn": 0.16, "winter": 0.22, "dry": 0.7}[params.season]
    ramp = mixed(_GREEN, _STRESSED, min(1.0, strain + max(0.0, 0.6 - params.vigour)))
    place = 0.35 * own + 0.45 * rng.random(count)[:, None] + 0.25 * (1 - t)
    tint = shades(ramp, np.repeat(place[:, :, None], len(across), 2))
    reddened = 1 + (np.array([0.35, -0.08, -0.1]) * (0.3 + 1.5 * strain)) * np.clip(2.5 * t - 1.5, 0, 1)[:, None, None]
    lower = np.where(np.arange(len(across)) < len(across) // 2, 0.9, 1.0)[:, None]
    tint = tint * reddened * lower

    flecks = round(params.flecks * (1.25 - 0.7 * params.age))
    width = plant.width.mean()
    size, broad = 0.085 * width, 0.35
    covered = min(0.3, flecks * size**2 * broad * 0.5 * 3.2 / (plant.length.mean() * width))
    if detail == "far":
        tint = tint + (_FLECK - tint) * covered
    parts = [leaves(plant, rings, across, tint)]
    if detail == "far":
        return parts
    keep = 1 if detail == "near" else 3
    body, order = (axis.ravel() for axis in np.indices((count, flecks // keep)))
    if len(body):
        along_leaf = np.mod(order * keep * 0.618 + rng.random(len(body)), 1.0)
        ring = (0.04 + 0.88 * along_leaf**1.3) * (rows - 1)
        spot = on_skin(rings, body, ring, rng.random(len(body)) * len(across))
        long = size * rng.uniform(0.6, 1.4, len(body)) * (1.1 - 0.5 * along_leaf) * keep**0.5
        turned = frames(spot.forward, spot.normal)
        place_on = spot.point + spot.normal * (0.004 * width) - spot.forward * (0.5 * long)[:, None]
        number = rng.random(len(body))
        bright = _FLECK * (0.8 + 0.4 * number[:, None])
        parts.append(blades(kite(broad, 0.0, 0.5), place_on, turned, long, "succulent", LEAF, bright, number, plant.foot[body]))
    if params.teeth:
        body, order, right = (axis.ravel() for axis in np.indices((count, params.teeth, 2)))
        edge = margin(rings, body, 0.03 + 0.9 * (order + rng.random(len(order))) / params.teeth, right == 1)
        long = 0.055 * width * rng.uniform(0.7, 1.2, len(body))
        horn = shades(_TOOTH, rng.random(len(body)))
        heading = edge.normal + 0.5 * edge.forward
        parts.append(spines(edge.point - edge.normal * (0.1 * long)[:, None], heading, long, 0.017 * width, horn, detail))
    return parts


def _racemes(params: Params, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Stalks from among the young leaves, each with a cone of flowers: open ones hang below, buds point up above."""
    sides, each = {"near": (7, 70), "middle": (5, 36), "far": (4, 14)}[detail]
    count = params.racemes
    length = params.length * (0.2 + 0.8 * params.age**0.8)
    top = 1.65 * length * rng.uniform(0.9, 1.1, count)
    turn = rng.uniform(0, 2 * np.pi) + np.arange(count) * GOLDEN_ANGLE
    u = np.linspace(0, 1, 7)
    facing = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    out = (0.05 + 0.10 * u**0.8) * length
    stalk = facing[:, None] * out[:, None] + top[:, None, None] * u[:, None] * np.array([0.0, 0.0, 1.0])
    dry = params.season == "autumn"
    thick = 0.014 * length * (1 - 0.6 * u)
    green = shades(_DRY if dry else _STALK, np.array(0.5))
    parts = [wood(sweep(stalk, np.broadcast_to(thick, (count, 7)), sides), "stem", STEM, green)]

    row = np.repeat(np.arange(count), each)
    share = np.tile((np.arange(each) + 0.5) / each, count)
    origin, axis = along(stalk, row, 0.66 + 0.34 * share)
    azimuth = np.tile(np.arange(each) * GOLDEN_ANGLE * (70 / each), count) + rng.normal(0, 0.15, len(row))
    outward = radial(axis, azimuth)
    opened = np.clip((_OPEN[params.season] - share) * 5 + 0.5, 0, 1)
    hanging = (0.75 - 1.75 * opened + 0.5 * share)[:, None]
    size = length * 0.078 * (1.12 - 0.55 * share) * (0.75 + 0.25 * opened) * rng.uniform(0.9, 1.1, len(row))
    if dry:
        size = 0.55 * size
    number = rng.random(len(row))
    colour = shades(_DRY if dry else _TUBE, 0.45 * share + 0.2 * number + 0.25 * opened * (share < 0.3))
    turned = frames(unit(outward + UP * hanging), np.broadcast_to(UP, outward.shape))
    template = _tube(5) if detail == "near" else kite(0.26 * (70 / each) ** 0.6, 0.05, 0.5)
    roots = stalk[row, 0]
    part = FLOWER if dry else PETAL
    parts.append(blades(template, origin, turned, size, "petal", part, colour, number, roots))
    return parts


def _tube(sides: int) -> Template:
    """A slender tube along +y, a little swollen, whose mouth narrows and opens again."""
    return hollow([0.0, 0.3, 0.85, 1.0], [0.05, 0.115, 0.085, 0.12], sides)
