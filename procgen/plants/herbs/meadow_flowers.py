"""Meadow flowers: a few stalks from one rosette of leaves, with heads after one of four looks.

`daisy` has rays around a domed disc, `buttercup` five broad glossy petals, `poppy` a cup of four large ones round a capsule,
and `bellflower` bells along the stalk. Heads turn up and a little to the light; each stalk flowers at its own stage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, blade, frames, kite, radial
from ..anatomy.parts import FLOWER, FRUIT, LEAF, PETAL, STEM, blades, wood
from ..anatomy.skeleton import UP, Floats, along, unit
from ..anatomy.tubes import sweep
from ..growth.colour import Ramp, shades
from ..growth.species import Living, family, species

LOOKS = ("daisy", "buttercup", "poppy", "bellflower")
_STATIONS = 7


@dataclass(frozen=True)
class Params(Living):
    look: str = parameter("daisy", "what flowers look like", choices=LOOKS)
    height: float = parameter(0.4, "height of the stalks", unit="m", low=0.05, high=1.5)
    stalks: int = parameter(6, "flowering stalks", low=1, high=30)
    flower_size: float = parameter(0.045, "breadth of a flower", unit="m", low=0.005, high=0.2)
    petals: int = parameter(16, "petals of a daisy's head", low=5, high=40)
    leaves: int = parameter(14, "leaves at the foot", low=0, high=60)
    spread: float = parameter(0.3, "how far stalks lean outward", low=0, high=1)


@dataclass(frozen=True)
class _Heads:
    """n flowers on as many `stalks` (n, 7, 3) m: `place` (n, 3) m, `facing` (n, 3) unit, `size` (n,) m, `stage` (n,) 0 in bud
    to 1 fully open.
    """

    stalks: Floats
    place: Floats
    facing: Floats
    size: Floats
    stage: Floats


_GREEN: Ramp = ((0.045, 0.078, 0.022), (0.090, 0.125, 0.036))
_COLOURS: dict[str, Ramp] = {
    "stem": _GREEN,
    "petals_white": ((0.70, 0.68, 0.50), (0.76, 0.76, 0.73)),
    "petals_yellow": ((0.55, 0.26, 0.012), (0.76, 0.49, 0.022)),
    "petals_violet": ((0.330, 0.250, 0.500), (0.215, 0.110, 0.480)),
    "petals_red": ((0.030, 0.008, 0.012), (0.560, 0.038, 0.020)),
}
SPECIES = (
    species("daisy", "an oxeye daisy", look="daisy", flower_size=(0.041, 0.057)),
    species("buttercup", "a meadow buttercup", look="buttercup", flower_size=(0.022, 0.031)),
    species("poppy", "a corn poppy", look="poppy", flower_size=(0.064, 0.09)),
    species("bellflower", "a bellflower", look="bellflower", flower_size=(0.022, 0.031)),
)


@family("flower", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 1,000 to 3,000 faces near, a fifth of it middle, fewer than 150 far."""
    stalks = _stalks(params, rng)
    heads = _heads(params, stalks, rng)
    every, sides = {"near": (1, 5), "middle": (3, 3), "far": (6, 3)}[detail]
    thickness = 0.0022 * (params.height / 0.4) * (1.25 if params.look == "poppy" else 1.0)
    radii = np.linspace(1.25, 0.75, _STATIONS)[::every] * thickness
    parts = [
        wood(
            sweep(stalks[:, ::every], np.broadcast_to(radii, (len(stalks), len(radii))), sides),
            "stem",
            STEM,
            np.array(_GREEN[0]),
        )
    ]
    parts += _leaves(params, stalks, rng, detail)
    parts += {"daisy": _daisy, "buttercup": _buttercup, "poppy": _poppy, "bellflower": _bells}[params.look](
        params, heads, rng, detail
    )
    return merge(parts)


def _stalks(params: Params, rng: np.random.Generator) -> Floats:
    """Paths (n, 7, 3) m from the ground up, leaning outward and swinging back to upright."""
    count = params.stalks
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.4, count)
    length = params.height * rng.uniform(0.6, 1.0, count)
    out = params.spread * length * rng.uniform(0.25, 1.0, count)
    u = np.linspace(0, 1, _STATIONS)
    level = (out[:, None] * (1.5 * u - 0.5 * u**2) + 0.012)[..., None]
    facing = np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None]
    wander = rng.normal(0, 0.02, (count, _STATIONS, 2)).cumsum(1) * u[:, None] * length[:, None, None]
    return np.concatenate([level * facing + wander, (length[:, None] * u)[..., None]], -1).astype(np.float32)


def _heads(params: Params, stalks: Floats, rng: np.random.Generator) -> _Heads:
    count = len(stalks)
    light = unit(np.append(rng.normal(0, 0.35, 2), 1.0))
    facing = unit(unit(stalks[:, -1] - stalks[:, -2]) + 0.7 * light + rng.normal(0, 0.2, (count, 3)))
    stage = np.clip(rng.uniform(0.45, 1.25, count), 0, 1)
    return _Heads(stalks, stalks[:, -1], facing, params.flower_size * rng.uniform(0.85, 1.12, count), stage)


def _leaves(params: Params, stalks: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """A rosette at the foot, and smaller leaves up the stalks."""
    low, high = params.leaves, 4 * params.stalks
    azimuth = np.concatenate([np.arange(low) * GOLDEN_ANGLE, rng.uniform(0, 2 * np.pi, high)])
    row = rng.integers(0, params.stalks, high).astype(np.int32)
    stem, _ = along(stalks, row, rng.uniform(0.08, 0.62, high))
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], -1)
    origin = np.concatenate([outward[:low] * 0.008 + np.array([0, 0, 0.004]), stem])
    rise = np.concatenate([rng.uniform(0.35, 1.3, low), rng.uniform(0.5, 1.6, high)])
    size = np.concatenate([rng.uniform(0.18, 0.36, low), rng.uniform(0.10, 0.2, high)]) * params.height
    turned = frames(outward + UP * rise[:, None], np.broadcast_to(UP, outward.shape) + rng.normal(0, 0.15, outward.shape))
    random = rng.random(low + high)
    keep = {"near": 1, "middle": 2, "far": 5}[detail]
    template = kite(0.22 * keep**0.5, 0.5)
    if detail == "near":
        template = blade(np.linspace(0, 1, 5), np.array([0.018, 0.085, 0.115, 0.075, 0.004]), 0.5, 0.45)
    pick = slice(None, None, keep)
    mesh = blades(template, origin[pick], turned[pick], size[pick], "leaf", LEAF, shades(_GREEN, random[pick]), random[pick])
    return [mesh]


def _ring(heads: _Heads, count: int, template: Template, rise: Floats, material: str, rng: np.random.Generator) -> MeshData:
    """Set `count` petals round every head; `rise` (n,) rad is how far they stand up from flat."""
    row = np.repeat(np.arange(len(heads.place)), count)
    azimuth = np.tile(np.arange(count) * (2 * np.pi / count), len(heads.place)) + rng.normal(0, 0.06, len(row))
    outward = radial(heads.facing[row], azimuth)
    lift = (rise[row] + rng.normal(0, 0.07, len(row)))[:, None]
    heading = outward * np.cos(lift) + heads.facing[row] * np.sin(lift)
    normal = heads.facing[row] * np.cos(lift) - outward * np.sin(lift)
    rows = len(template.faces) // 2 if len(template.faces) > 1 else 1
    run = (np.repeat(np.arange(rows), len(template.faces) // rows) + 0.5) / rows
    size = 0.5 * heads.size[row] * rng.uniform(0.92, 1.06, len(row))
    light = np.broadcast_to(run, (len(row), len(run))) if rows > 1 else np.ones(len(row))
    return blades(
        template,
        heads.place[row],
        frames(heading, normal),
        size,
        "petal",
        PETAL,
        shades(_COLOURS[material], light),
        rng.random(len(row)),
        heads.place[row],
    )


def _dome(heads: _Heads, radius: float, height: float, material: str, part: int, detail: Detail) -> MeshData:
    """A low dome on every head: a daisy's disc, a poppy's capsule. `radius` and `height` are shares of the flower's size."""
    sides = {"near": 10, "middle": 6, "far": 4}[detail]
    rings = 3 if detail == "near" else 1
    angle = np.linspace(0, 0.45 * np.pi, rings + 1)
    around = np.arange(sides) * (2 * np.pi / sides)
    shape = np.stack(
        [
            radius * np.cos(angle)[:, None] * np.cos(around),
            np.broadcast_to(height * np.sin(angle)[:, None], (rings + 1, sides)),
            radius * np.cos(angle)[:, None] * np.sin(around),
        ],
        -1,
    )
    j = np.arange(sides, dtype=np.int32)
    row = sides * np.arange(rings, dtype=np.int32)[:, None]
    faces = np.stack([row + j, row + sides + j, row + sides + (j + 1) % sides, row + (j + 1) % sides], -1).reshape(-1, 4)
    template = Template(
        shape.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), np.zeros((shape.size // 3, 2), np.float32)
    )
    turned = frames(heads.facing, np.broadcast_to(np.array([1, 0, 0], np.float32), heads.facing.shape))
    light = np.broadcast_to(np.repeat((np.arange(rings) + 0.5) / rings, sides), (len(heads.place), rings * sides))
    size = heads.size * (0.8 + 0.2 * heads.stage)
    return blades(template, heads.place, turned, size, "petal", part, shades(_COLOURS[material], light), heads.stage)


def _daisy(params: Params, heads: _Heads, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    count = {"near": params.petals, "middle": max(5, params.petals // 2), "far": 5}[detail]
    width = 4.2 / count
    template = kite(1.35 * width, 0.15, 0.6)
    if detail == "near":
        template = blade(np.array([0.25, 0.5, 0.8, 1.0]), width * np.array([0.17, 0.34, 0.36, 0.13]), 0.3, 0.12)
    rise = 0.75 - 0.8 * heads.stage
    rays = _ring(heads, count, template, rise, "petals_white", rng)
    return [rays, _dome(heads, 0.17, 0.085, "petals_yellow", FLOWER, detail)]


def _buttercup(params: Params, heads: _Heads, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    template = kite(1.0, -0.2, 0.65)
    if detail == "near":
        template = blade(np.array([0.02, 0.3, 0.6, 0.85, 1.0]), np.array([0.05, 0.3, 0.45, 0.42, 0.2]), 0.25, -0.22)
    petals = _ring(heads, 5, template, 0.95 - 0.6 * heads.stage, "petals_yellow", rng)
    return [petals, _dome(heads, 0.13, 0.12, "petals_yellow", FLOWER, detail)]


def _poppy(params: Params, heads: _Heads, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    template = kite(1.5, -0.25, 0.7)
    if detail == "near":
        shape = np.array([0.06, 0.36, 0.60, 0.68, 0.60, 0.34])
        template = blade(np.array([0.0, 0.25, 0.5, 0.72, 0.9, 1.0]), shape, 0.3, -0.22)
    petals = _ring(heads, 4, template, 1.15 - 0.75 * heads.stage, "petals_red", rng)
    return [petals, _dome(heads, 0.09, 0.2, "stem", FRUIT, detail)]


def _bells(params: Params, heads: _Heads, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Nodding bells along the upper half of every stalk, the youngest at the top."""
    each = {"near": 9, "middle": 7, "far": 4}[detail]
    count = len(heads.place) * each
    row = np.repeat(np.arange(len(heads.place)), each)
    down = np.tile(np.arange(each) / each, len(heads.place))
    azimuth = np.tile(np.arange(each) * GOLDEN_ANGLE, len(heads.place)) + rng.uniform(0, 0.6, count)
    outward = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros(count)], -1)
    axis, _ = along(heads.stalks, row, 1 - 0.45 * down)
    size = heads.size[row] * (0.55 + 0.6 * down) * (1.0 if detail == "near" else 1.2)
    heading = outward + np.array([0, 0, 0.35]) - UP * (1.0 * down)[:, None]
    turned = frames(heading, np.broadcast_to(UP, heading.shape))
    light = np.clip(0.4 + 0.6 * rng.random(count), 0, 1)
    if detail != "near":
        template = kite(0.9, 0.2, 0.6)
        return [
            blades(
                template, axis, turned, 1.3 * size, "petal", PETAL, shades(_COLOURS["petals_violet"], light), rng.random(count)
            )
        ]
    return [
        blades(
            _bell_template(),
            axis,
            turned,
            1.2 * size,
            "petal",
            PETAL,
            shades(_COLOURS["petals_violet"], light),
            rng.random(count),
        )
    ]


def _bell_template() -> Template:
    """A bell along +y whose mouth flares into five lobes."""
    sides = 10
    around = np.arange(sides) * (2 * np.pi / sides)
    lobes = np.where(np.arange(sides) % 2 == 0, 1.0, 0.0)
    y = np.stack([np.full(sides, 0.05), np.full(sides, 0.35), np.full(sides, 0.75), 0.86 + 0.22 * lobes])
    r = np.stack([np.full(sides, 0.04), np.full(sides, 0.27), np.full(sides, 0.33), 0.42 + 0.12 * lobes])
    points = np.stack([r * np.cos(around), y, -r * np.sin(around)], -1).reshape(-1, 3)
    j = np.arange(sides, dtype=np.int32)
    row = sides * np.arange(3, dtype=np.int32)[:, None]
    faces = np.stack([row + j, row + (j + 1) % sides, row + sides + (j + 1) % sides, row + sides + j], -1).reshape(-1, 4)
    return Template(points.astype(np.float32), faces.astype(np.int32), np.zeros((len(points), 2), np.float32))
