"""Agave: a rosette of stiff, glaucous leaves with a dark spine at the tip and teeth along the margins.

Some individuals are of the garden form with yellow margins. An old one flowers once, on a scape like a candelabrum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, frames, kite
from ..anatomy.parts import FLOWER, STEM, blades, wood
from ..anatomy.skeleton import Floats, along
from ..anatomy.tubes import sweep
from ..growth.colour import Ramp, shades
from ..growth.species import Living, family, species
from .rosette import Form, Rosette, beyond, leaves, margin, rosette, surface
from .spines import spines

FLOWERING_AGE = 0.75
"""The age from which an agave that is to flower does."""


@dataclass(frozen=True)
class Params(Living):
    length: float = parameter(1.1, "length of full-grown leaves", unit="m", low=0.2, high=2.2)
    leaf_width: float = parameter(0.16, "breadth of a leaf, as a share of its length", low=0.06, high=0.35)
    leaves: int = parameter(36, "leaves of a full-grown rosette", low=12, high=70)
    recurve: float = parameter(0.35, "how far leaves bend outward", unit="rad", low=0, high=1.4)
    teeth: int = parameter(20, "teeth along each margin", low=0, high=40)
    variegation: float = parameter(0.0, "share of the leaf that its yellow margins take", low=0, high=0.5)
    scape: float = parameter(0.0, "height of the flower stalk of an old one, 0 for none", unit="m", low=0, high=9)


_GLAUCOUS: Ramp = ((0.092, 0.138, 0.118), (0.132, 0.182, 0.160), (0.165, 0.215, 0.192))
_YELLOW: Ramp = ((0.36, 0.30, 0.085), (0.47, 0.40, 0.15))
_WITHERED = np.array((0.22, 0.15, 0.07))
_HORN: Ramp = ((0.030, 0.014, 0.009), (0.075, 0.036, 0.020))
_STALK: Ramp = ((0.095, 0.120, 0.055), (0.150, 0.155, 0.075))
_BLOSSOM: Ramp = ((0.22, 0.24, 0.05), (0.56, 0.43, 0.06))
_FORM = Form(
    ((0, 0.72), (0.07, 0.62), (0.2, 0.66), (0.4, 0.92), (0.55, 1.0), (0.7, 0.88), (0.85, 0.55), (0.95, 0.2), (1, 0.05)),
    0.26,
    (0.28, 0.8),
)
SPECIES = (
    species(
        "agave",
        "an agave, with yellow margins or in flower now and then",
        length=(0.75, 1.4),
        leaf_width=(0.14, 0.22),
        leaves=(28, 46),
        recurve=(0.05, 0.75),
        teeth=(14, 26),
        variegation=[0.0, 0.0, 0.0, 0.2, 0.3],
        scape=[0.0, 0.0, 0.0, 0.0, 5.5],
    ),
)


@family("agave", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 8,000 faces near, 3,000 middle, 1,000 far."""
    leaf_rng, spine_rng, flower_rng = rng.spawn(3)
    plant = skeleton(params, leaf_rng)
    rings, across = surface(plant, _FORM, detail)
    parts = [leaves(plant, rings, across, _tint(params, plant, rings.shape[1], across, leaf_rng))]
    parts += _spines(params, plant, rings, spine_rng, detail)
    if params.scape > 0 and params.age >= FLOWERING_AGE:
        parts += _candelabrum(params, flower_rng, detail)
    return merge(parts)


def skeleton(params: Params, rng: np.random.Generator) -> Rosette:
    """Return the leaves by place and size, without their surface."""
    count = max(9, round(params.leaves * (0.4 + 0.6 * params.age)))
    length = params.length * (0.14 + 0.86 * params.age**0.8)
    return rosette(count, length, length * params.leaf_width, (1.28, 0.05), params.recurve, rng)


def _tint(params: Params, plant: Rosette, rows: int, across: Floats, rng: np.random.Generator) -> Floats:
    """Colours (n, R - 1, S, 3): darker below, withered from the tip on old leaves of weak plants."""
    own = rng.random()
    t = (np.arange(rows - 1) + 0.5) / (rows - 1)
    place = 0.35 * own + 0.45 * rng.random(len(plant.young))[:, None] + 0.25 * (1 - t)
    green = shades(_GLAUCOUS, np.repeat(place[:, :, None], len(across), 2))
    lower = (np.arange(len(across)) < len(across) // 2)[:, None]
    green = green * np.where(lower, 0.86, 1.0)
    pale = shades(_YELLOW, np.array(own))
    colour = green + (pale - green) * (beyond(across, 1 - params.variegation) if params.variegation else 0 * across)[:, None]
    dying = np.clip(1.25 - params.vigour - 2.2 * plant.young + 0.5 * (rng.random(len(plant.young)) - 0.5), 0, 1)
    withered = np.clip(3 * (t - 1.15 + dying[:, None]), 0, 1)[:, :, None, None]
    return colour + (_WITHERED - colour) * withered


def _spines(params: Params, plant: Rosette, rings: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """The spine at every tip, and the teeth along the margins."""
    count = len(plant.foot)
    tip = rings[:, -1].mean(1)
    behind = rings[:, -2].mean(1)
    base = behind + (tip - behind) * 0.8
    size = plant.width * 0.26 * rng.uniform(0.8, 1.2, count)
    horn = shades(_HORN, rng.random(count))
    parts = []
    if detail != "far":
        parts.append(spines(base, tip - behind, size, 0.036 * float(plant.width.mean()), horn, "near"))
    if params.teeth and detail != "far":
        shape = (count, params.teeth, 2)
        body, order, right = (axis.ravel() for axis in np.indices(shape))
        share = 0.1 + 0.82 * (order + 0.5 + rng.uniform(-0.25, 0.25, len(order))) / params.teeth
        edge = margin(rings, body, share, right == 1)
        heading = edge.normal + edge.forward * np.where(rng.random(len(order)) < 0.7, 0.45, -0.5)[:, None]
        length = plant.width[body] * 0.065 * rng.uniform(0.7, 1.3, len(order))
        foot = edge.point - edge.normal * (0.12 * length)[:, None]
        parts.append(spines(foot, heading, length, 0.017 * float(plant.width.mean()), horn[body], detail))
    return parts


def _candelabrum(params: Params, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """A tapering scape with bracts, and in its upper half branches that turn up and bear tufts of yellow flowers."""
    sides, each = {"near": (10, 34), "middle": (6, 16), "far": (4, 6)}[detail]
    top = params.scape * (0.6 + 0.4 * params.age)
    u = np.linspace(0, 1, 9)
    sway = rng.normal(0, 0.012, 2) * top
    stalk = np.stack([sway[0] * u**2, sway[1] * u**2, top * u], -1)[None]
    thickness = 0.011 * top + 0.008
    parts = [wood(sweep(stalk, (thickness * (1 - 0.75 * u))[None], sides), "stem", STEM, shades(_STALK, np.array(0.4)))]

    count = 22
    share = np.linspace(0, 1, count)
    origin, _ = along(stalk, np.zeros(count, np.int32), 0.52 + 0.46 * share)
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 0.15, count)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), 0 * azimuth], -1)
    reach = top * (0.155 * np.sin(np.pi * (0.18 + 0.72 * share)) + 0.012) * rng.uniform(0.85, 1.1, count)
    v = np.linspace(0, 1, 6)
    rise = (0.12 * v + 0.42 * v**2.5)[:, None] * np.array([0.0, 0.0, 1.0])
    limbs = origin[:, None] + reach[:, None, None] * (outward[:, None] * (v - 0.12 * v**3)[:, None] + rise)
    thin = thickness * 0.28 * (1 - 0.45 * v)
    parts.append(
        wood(sweep(limbs, np.broadcast_to(thin, (count, 6)), max(4, sides // 2)), "stem", STEM, shades(_STALK, np.array(0.8)))
    )

    row = np.repeat(np.arange(count), each)
    number = rng.random(len(row))
    turn = np.tile(np.arange(each) * GOLDEN_ANGLE, count) + azimuth[row]
    level = np.tile(np.sqrt((np.arange(each) + 0.5) / each), count)
    heading = np.stack([np.cos(turn) * level, np.sin(turn) * level, 1.15 - 0.9 * level], -1)
    size = 0.34 * reach[row] * rng.uniform(0.8, 1.15, len(row)) + 0.03
    foot = limbs[row, -1] - np.array([0, 0, 0.12]) * size[:, None]
    turned = frames(heading, outward[row] + 0.1)
    template = kite(0.2 * (34 / each) ** 0.5, -0.05, 0.75)
    parts.append(blades(template, foot, turned, size, "petal", FLOWER, shades(_BLOSSOM, number), number, limbs[row, -1]))

    bracts = 16 if detail != "far" else 5
    foot, _ = along(stalk, np.zeros(bracts, np.int32), np.linspace(0.08, 0.55, bracts))
    turn = np.arange(bracts) * GOLDEN_ANGLE
    outward = np.stack([np.cos(turn), np.sin(turn), 0.9 + 0 * turn], -1)
    long = np.full(bracts, 0.05 * top)
    number = rng.random(bracts)
    turned = frames(outward, -outward + np.array([0, 0, 2.5]))
    parts.append(blades(kite(0.4, 0.2, 0.3), foot, turned, long, "petal", STEM, shades(_STALK, number), number))
    return parts
