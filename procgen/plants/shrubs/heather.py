"""Heather: a low cushion of many fine upright shoots with scale leaves, and in late summer spikes of small purple bells.

How it grows. Wiry stems lie and fork close to the ground; from them shoots rise, those at the edge leaning outward, all to
about the cushion's surface. Leaves are scales in four ranks, pressed to the shoot; bells hang along its upper half and stay on
it, withered, through the winter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, kite, needle, radial
from ..anatomy.parts import BRANCH, FLOWER, LEAF, PETAL, TRUNK, blades, wood
from ..anatomy.skeleton import UP, Floats, along, unit
from ..anatomy.tubes import sweep
from ..anatomy.turned import hollow
from ..growth.colour import Ramp, mixed, shades
from ..growth.season import Palette, evergreen
from ..growth.species import Seasonal, family, species

_GREEN = Palette(
    ((0.070, 0.115, 0.026), (0.105, 0.155, 0.036)),
    ((0.036, 0.064, 0.022), (0.058, 0.092, 0.028), (0.084, 0.116, 0.036)),
    ((0.080, 0.066, 0.026), (0.105, 0.070, 0.030)),
)
_BELLS: Ramp = ((0.36, 0.095, 0.33), (0.46, 0.17, 0.43), (0.52, 0.27, 0.50))
_BUDS: Ramp = ((0.22, 0.16, 0.16), (0.34, 0.15, 0.28))
_WITHERED: Ramp = ((0.20, 0.115, 0.070), (0.28, 0.18, 0.115))
_STEM = (0.110, 0.075, 0.050)
_NODES = 5
_BARE = 0.2
"""Share of a shoot, from its foot, that has lost its scales in the dark."""
_SCALES = {"near": 46, "middle": 5, "far": 2}
_SPIKE = {"near": 13, "middle": 4, "far": 1}


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.4, "height of the cushion when it is grown", unit="m", low=0.1, high=0.9)
    width: float = parameter(1.7, "width, as a share of the height", low=0.8, high=3)
    shoots: int = parameter(1000, "shoots of a grown cushion", low=60, high=1300)
    upright: float = parameter(0.6, "how straight up shoots stand", low=0, high=1)
    flowering: float = parameter(0.75, "share of the shoots that flower", low=0, high=1)
    spike: float = parameter(0.38, "share of a shoot that bears bells", low=0.1, high=0.8)
    hue: float = parameter(0.5, "colour of the bells: 0 deep purple, 1 pale pink", low=0, high=1)


SPECIES = (
    species(
        "heather", "a heather: a cushion of fine shoots with purple bells in late summer", height=(0.28, 0.5),
        width=(1.4, 2.1), shoots=(920, 1120), upright=(0.5, 0.8), flowering=(0.6, 0.9), spike=(0.3, 0.46), hue=(0.1, 0.9),
    ),
)  # fmt: skip


@family("heather", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the cushion, standing on z = 0. About 85,000 faces near, 9,000 middle, 2,500 far."""
    wood_rng, leaf_rng, flower_rng = rng.spawn(3)
    grown = 0.25 + 0.75 * (1 - (1 - params.age) ** 1.7)
    stems = _stems(params, grown, wood_rng)
    shoots = _shoots(params, grown, stems, wood_rng)
    number = len(shoots)

    girth = 0.0055 * grown * np.linspace(1, 0.35, _NODES)
    every, sides = {"near": (1, 5), "middle": (2, 3), "far": (4, 3)}[detail]
    radii = np.broadcast_to(girth, stems.shape[:2])
    parts = [wood(sweep(stems[:, ::every], radii[:, ::every], sides), "bark_fibrous", TRUNK, np.array(_STEM))]
    if detail == "near":
        thin = np.broadcast_to(np.linspace(0.0009, 0.0004, _NODES), (number, _NODES))
        parts.append(wood(sweep(shoots, thin, 3), "bark_fibrous", BRANCH, np.array(_STEM)))
    parts.append(_scales(params, shoots, detail, leaf_rng))
    parts += _bells(params, shoots, detail, flower_rng)
    return merge(parts)


def _stems(params: Params, grown: float, rng: np.random.Generator) -> Floats:
    """Paths (n, 5, 3) m of the wiry stems: from the middle outward, close to the ground."""
    count = 26
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.normal(0, 0.3, count)
    reach = 0.46 * params.width * params.height * grown * np.sqrt((np.arange(count) + 0.6) / count)
    u = np.linspace(0, 1, _NODES)
    out = reach[:, None] * u
    rise = 0.09 * params.height * grown * u**0.8 * rng.uniform(0.6, 1.1, (count, 1)) - 0.012 * (1 - u)
    turn = azimuth[:, None] + rng.normal(0, 0.18, (count, _NODES)).cumsum(1)
    return np.stack([out * np.cos(turn), out * np.sin(turn), rise], -1).astype(np.float32)


def _shoots(params: Params, grown: float, stems: Floats, rng: np.random.Generator) -> Floats:
    """Paths (n, 5, 3) m of the shoots: out of the stems, bending up, to about the surface of the cushion."""
    number = max(40, round(params.shoots * grown * (0.4 + 0.6 * params.vigour)))
    row = np.arange(number, dtype=np.int32) % len(stems)
    start, forward = along(stems, row, (0.1 + 0.9 * rng.random(number) ** 0.42).astype(np.float32))
    half = 0.5 * params.width * params.height * grown
    level = start * [1, 1, 0]
    edge = np.sqrt((level * level).sum(1)) / half
    lean = (0.2 + 0.8 * (1 - params.upright)) * edge**1.5 + 0.06
    outward = unit(level + 1e-6) * lean[:, None] + 0.17 * radial(forward, rng.uniform(0, 2 * np.pi, number))
    top = params.height * grown * np.maximum(1 - 0.92 * edge**2.4, 0.16) ** 0.6 * rng.uniform(0.78, 1.02, number)
    length = np.maximum(top - start[:, 2], 0.5 * top)
    u = np.linspace(0, 1, _NODES)[:, None]
    sway = rng.normal(0, 0.035, (number, _NODES, 3)).cumsum(1) * u
    way = outward[:, None] * (1.35 * u - 0.35 * u**2) + UP * u
    return (start[:, None] + (way + sway) * length[:, None, None]).astype(np.float32)


def _scales(params: Params, shoots: Floats, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Leaves in four ranks along the shoots; further off each stands for the many around it."""
    each, number = _SCALES[detail], len(shoots)
    row = np.repeat(np.arange(number, dtype=np.int32), each)
    rank = np.tile(np.arange(each), number)
    place = _BARE + (0.98 - _BARE) * (rank + 0.25 + 0.5 * rng.random(len(row))) / each
    origin, forward = along(shoots, row, place.astype(np.float32))
    azimuth = rank * (np.pi / 2) + (rank // 2) * 0.4 + rng.normal(0, 0.25, len(row))
    outward = radial(forward, azimuth)
    length = (1 - _BARE) * np.sqrt(((shoots[:, -1] - shoots[:, 0]) ** 2).sum(1))[row]
    lit = np.clip(origin[:, 2] / (0.75 * float(shoots[..., 2].max())), 0, 1)
    if detail == "near":
        size = 0.0095 * rng.uniform(0.75, 1.2, len(row)) * (1.1 - 0.4 * place)
        heading, template = forward * 0.9 + outward * 0.6, kite(0.46, 0.1, 0.45)
        scales = np.repeat(size[:, None], 3, 1)
    else:
        reach = length / each * 1.12
        heading, template = forward, kite(1.0, 0.0, 0.5)
        width = {"middle": 0.0135, "far": 0.0175}[detail] * (1.15 - 0.4 * place)
        scales = np.stack([width, reach, reach], 1)
        origin = origin - forward * (0.5 * reach)[:, None]
    own, tone = rng.random(len(row)), rng.random(number)[row]
    leafage = evergreen(_GREEN, params.season, params.vigour)
    tint = shades(leafage.ramp, 0.3 * own + 0.3 * tone + 0.4 * lit) * (0.45 + 0.55 * lit)[:, None]
    alive = rng.random(len(row)) < leafage.share if detail == "near" else np.ones(len(row), bool)
    turn = frames(heading, outward)
    tint, scales = tint.astype(np.float32), scales.astype(np.float32)
    return blades(template, origin[alive], turn[alive], scales[alive], "leaf", LEAF, tint[alive], own[alive])


def _bells(params: Params, shoots: Floats, detail: Detail, rng: np.random.Generator) -> list[MeshData]:
    """Spikes of bells: in bud and opening from below in summer, full in autumn, withered in winter and drought."""
    share = {"spring": 0.0, "summer": 0.8, "autumn": 1.0, "winter": 0.55, "dry": 0.4}[params.season] * params.flowering
    luck = rng.random(len(shoots))
    blooming = np.flatnonzero(luck < share).astype(np.int32)
    if len(blooming) == 0 or params.age < 0.15:
        return []
    each = _SPIKE[detail]
    row = np.repeat(blooming, each)
    rank = np.tile((np.arange(each) + 0.5) / each, len(blooming))
    long = params.spike * rng.uniform(0.7, 1.15, len(shoots))[row]
    place = 1 - long * (1 - rank)
    origin, forward = along(shoots, row, np.minimum(place, 0.995).astype(np.float32))
    azimuth = np.arange(len(row)) * GOLDEN_ANGLE + rng.normal(0, 0.4, len(row))
    outward = radial(forward, azimuth)
    open_ = {"summer": 0.88, "autumn": 1.2, "winter": 1.2, "dry": 1.0}[params.season] + rng.normal(0, 0.15, len(row)) > rank
    heading = outward + 0.15 * forward - UP * 0.45
    own = rng.random(len(row))
    tone = 0.6 * params.hue + 0.25 * own + 0.15 * rng.random(len(shoots))[row]
    full = mixed(_BELLS, _WITHERED, {"winter": 1.0, "dry": 0.7}.get(params.season, 0.0))
    tint = np.where(open_[:, None], shades(full, tone), shades(_BUDS, tone)).astype(np.float32)
    if detail == "near":
        size = (0.0062 * rng.uniform(0.8, 1.15, len(row)) * np.where(open_, 1.0, 0.62)).astype(np.float32)
        return [blades(_bell(), origin, frames(heading, forward), size, "petal", PETAL, tint, own)]
    reach = np.sqrt(((shoots[:, -1] - shoots[:, 0]) ** 2).sum(1))[row] * long / each * 1.1
    width = {"middle": 0.0120, "far": 0.0250}[detail] * np.where(open_, 1.0, 0.7)
    scales = np.stack([width, reach, width], 1).astype(np.float32)
    part = PETAL if detail == "middle" else FLOWER
    template = kite(1.0, 0.0, 0.5)
    crossed = joined([template, _quarter(template)]) if detail == "middle" else template
    at = origin - forward * (0.5 * reach)[:, None]
    return [blades(crossed, at.astype(np.float32), frames(forward, outward), scales, "petal", part, tint, own)]


def _bell() -> Template:
    """A bell of four sides on a short stalk, open at its end."""
    return joined([needle(0.1, 1.0), hollow([0.2, 1.05], [0.2, 0.36], 4)])


def _quarter(template: Template) -> Template:
    """Turn a template a quarter about its own axis."""
    x, y, z = template.points.T
    return Template(np.stack([-z, y, x], 1), template.faces, template.places)
