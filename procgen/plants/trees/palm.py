"""A coconut palm: a slender curved trunk with the rings of its leaf scars, and a crown of feather leaves.

The trunk has no cambium: it is as thick above as below, but for its swollen foot, and often leans out and turns up again.
Fronds rise at the top in spirals, sink as they age, and hang brown below the others before they fall. Leaflets stand along
the rachis in two ranks, folded, longest in the middle; coconuts hang in a cluster under the crown. A young palm has hardly any
trunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, blade, frames, lay, simple_leaf
from ..anatomy.parts import FRUIT, LEAF, TRUNK, blades, body, wood
from ..anatomy.skeleton import UP, Floats, Ints, along, unit
from ..anatomy.tubes import Tubes, flared, sweep
from ..anatomy.turned import turned
from ..growth.colour import Ramp, shades
from ..growth.fronds import Fronds, arching, stalks
from ..growth.season import Palette, evergreen
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(9.0, "height of the trunk at full age", unit="m", low=1, high=25)
    girth: float = parameter(0.13, "radius of the trunk", unit="m", low=0.06, high=0.35)
    lean: float = parameter(0.2, "how far the top stands off the foot, as a share of the height", low=0, high=0.6)
    rings: int = parameter(9, "leaf scars on a metre of the trunk", low=3, high=20)
    fronds: int = parameter(26, "living fronds", low=6, high=45)
    length: float = parameter(3.6, "length of a frond", unit="m", low=1, high=7)
    leaflets: int = parameter(80, "pairs of leaflets on a frond", low=20, high=120)
    leaflet: float = parameter(0.21, "longest leaflet, as a share of its frond", low=0.08, high=0.35)
    droop: float = parameter(0.5, "how far fronds and leaflets hang", low=0, high=1)
    old: int = parameter(4, "dead fronds that hang under the crown", low=0, high=12)
    coconuts: int = parameter(10, "coconuts", low=0, high=30)


_TRUNK = np.array([0.190, 0.165, 0.140])
_RACHIS = np.array([0.140, 0.150, 0.040])
_DRY: Ramp = ((0.120, 0.080, 0.045), (0.230, 0.165, 0.095))
_NUTS: Ramp = ((0.070, 0.110, 0.020), (0.160, 0.150, 0.035), (0.160, 0.090, 0.040))
_GREEN = Palette(
    spring=((0.070, 0.135, 0.024), (0.110, 0.175, 0.034)),
    summer=((0.030, 0.072, 0.016), (0.052, 0.108, 0.022), (0.090, 0.140, 0.030)),
    autumn=((0.030, 0.072, 0.016), (0.090, 0.140, 0.030)),
)
SPECIES = (
    species(
        "palm", "a coconut palm: a ringed, curved trunk and a crown of feather leaves", height=(5.0, 13.0), girth=(0.1, 0.17),
        lean=(0.03, 0.38), fronds=(20, 30), length=(3.0, 4.4), droop=(0.3, 0.75), old=(1, 7), coconuts=(4, 18),
    ),
)  # fmt: skip


@family("palm", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the palm, standing on z = 0: about 25,000 faces near, 4,800 middle, 1,500 far."""
    wood_rng, leaf_rng, fruit_rng = rng.spawn(3)
    size = 0.35 + 0.65 * params.age**0.6
    axis = _axis(params, wood_rng)
    parts = [_trunk(params, axis, wood_rng, detail)]
    leafage = evergreen(_GREEN, params.season, params.vigour)
    living = max(4, round(params.fronds * size * leafage.share))
    old = round(params.old * (0.5 + 0.5 * (1 - params.vigour)) * min(1.0, axis[-1, 2] / params.length))
    for count, dead in ((living, False), (old, True)):
        if count > 0:
            fronds = _fronds(params, axis, size, count, dead, leaf_rng)
            parts.append(stalks(fronds, 0.011 * fronds.length, "stem", np.array(_DRY[1]) if dead else _RACHIS, detail))
            parts.append(_leaflets(params, fronds, _DRY if dead else leafage.ramp, dead, detail, leaf_rng))
    nuts = round(params.coconuts * float(np.clip((params.age - 0.3) / 0.3, 0, 1)))
    if nuts and detail != "far":
        parts.append(_coconuts(params, axis, nuts, detail, fruit_rng))
    return merge(parts)


def _axis(params: Params, rng: np.random.Generator) -> Floats:
    """The trunk's path (n, 3) m, with four stations a ring: it leans out near the ground and turns up."""
    tall = params.height * (0.02 + 0.98 * params.age**1.2)
    stations = max(12, int(4 * params.rings * tall))
    u = np.linspace(0, 1, min(stations, 480))
    facing = rng.uniform(0, 6.3)
    reach = params.lean * tall * (1 - (1 - u) ** rng.uniform(1.3, 2.0))
    sway = 0.01 * tall * np.sin(u * rng.uniform(3, 6) + facing) * u
    level = np.stack([reach * np.cos(facing) - sway * np.sin(facing), reach * np.sin(facing) + sway * np.cos(facing)], -1)
    return np.column_stack([level, (1.02 * u - 0.02) * tall])


def _trunk(params: Params, axis: Floats, rng: np.random.Generator, detail: Detail) -> MeshData:
    """Rings stand out as shallow steps: the trunk narrows under each scar."""
    z = axis[:, 2]
    young = 0.6 + 0.4 * params.age
    radius = params.girth * young * (1 + 0.75 * np.exp(-np.maximum(z, 0) / (2.2 * params.girth)) - 0.12 * z / z[-1])
    spacing = rng.uniform(0.9, 1.1, len(z)).cumsum() / 4
    scar = spacing % 1
    ringed = radius * (1 + 0.045 * np.where(scar < 0.3, 1, -0.4) * (z > 0.1 * params.girth))
    kept = np.unique(np.linspace(0, len(z) - 1, {"near": len(z), "middle": 24, "far": 7}[detail]).astype(int))
    sides = {"near": 16, "middle": 8, "far": 5}[detail]
    stem = sweep(axis[None, kept].astype(np.float32), ringed[None, kept].astype(np.float32), sides)
    points = flared(stem.points, 0.8 * params.girth, 0.3, 9, float(rng.uniform(0, 6)))
    dark = np.where(scar < 0.3, 0.7, 1.06)[kept[:-1]] if detail == "near" else np.ones(len(kept) - 1)
    tint = _TRUNK * np.repeat(dark, sides)[:, None]
    return wood(Tubes(points, stem.faces, stem.bark), "bark_fibrous", TRUNK, tint)


def _fronds(params: Params, axis: Floats, size: float, count: int, dead: bool, rng: np.random.Generator) -> Fronds:
    """Fronds from the top of the trunk: the youngest upright, the older ones lower, the dead ones hanging."""
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.1, count)
    age = np.linspace(0, 1, count)
    length = params.length * size * (0.72 + 0.4 * np.sin(np.pi * (0.15 + 0.6 * age))) * rng.uniform(0.9, 1.08, count)
    free = min(1.0, axis[-1, 2] / params.length)  # near the ground fronds cannot hang
    if dead:
        length = np.minimum(0.85 * length, 0.95 * axis[-1, 2])
        opening, bow = rng.uniform(2.0, 2.5, count), rng.uniform(0.3, 0.7, count)
    else:
        opening = 0.12 + (0.75 + 0.95 * free) * age**1.1 + rng.normal(0, 0.07, count)
        bow = (0.35 + 0.75 * params.droop) * (0.75 + 0.5 * age) * rng.uniform(0.85, 1.15, count)
    out = 0.5 * params.girth * (0.6 + 0.4 * params.age)
    foot = axis[-1] + np.stack([out * np.cos(azimuth), out * np.sin(azimuth), (0.6 - 1.1 * age) * params.girth], -1)
    foot[:, 2] = np.maximum(foot[:, 2], 0.02)
    veer, roll = rng.normal(0, 0.16, count), rng.normal(0, 0.35, count)
    return arching(foot, azimuth, length, opening, bow, veer, roll, 0.03)


def _leaflets(params: Params, fronds: Fronds, ramp: Ramp, dead: bool, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Two ranks of folded leaflets along each rachis; further off fewer, wider ones."""
    fewer, wider = {"near": (1, 1.0), "middle": (2, 2.0), "far": (6, 6.3)}[detail]
    pairs, count = max(8, params.leaflets // fewer), len(fronds.length)
    u = np.tile(np.repeat(0.13 + 0.86 * (np.arange(pairs) + 0.5) / pairs, 2), count)
    frond: Ints = np.repeat(np.arange(count, dtype=np.int32), 2 * pairs)
    side = np.tile([1.0, -1.0], pairs * count)
    start, forward = along(fronds.paths, frond, u + rng.normal(0, 0.002, len(u)))
    lamina = (u - 0.13) / 0.87
    outline = 0.22 + 0.78 * np.sin(np.pi * (0.08 + 0.84 * lamina**0.8))
    length = params.leaflet * fronds.length[frond] * outline * rng.uniform(0.88, 1.08, len(u)) * (0.75 if dead else 1.0)
    across = fronds.across[frond]
    sideways = unit(across - (across * forward).sum(1, keepdims=True) * forward) * side[:, None]
    normal = np.cross(forward, sideways) * side[:, None]
    angle = (1.15 - 0.6 * lamina + rng.normal(0, 0.07, len(u)))[:, None]
    hang = 0.9 if dead else 0.15 + 0.85 * params.droop * np.clip(frond / max(count - 1, 1), 0, 1)
    heading = sideways * np.sin(angle) + forward * np.cos(angle) + normal * rng.normal(0.16, 0.1, (len(u), 1))
    heading[:, 2] -= hang * rng.uniform(0.5, 1.2, len(u))
    width = 0.052 * params.leaflet * fronds.length[frond] * 1.15 * wider
    scale = np.stack([width, length, length], -1)
    random = np.clip(rng.random(count)[frond] * 0.6 + rng.uniform(0, 0.4, len(u)), 0, 1)
    return blades(_leaflet(detail), start, frames(heading, normal), scale, "leaf_parallel", LEAF, shades(ramp, random), random)


def _leaflet(detail: Detail) -> Template:
    """A leaflet one wide and one long."""
    if detail == "near":
        return blade(np.array([0, 0.3, 0.7, 1.0]), np.array([0.22, 0.5, 0.36, 0.02]), 0.012, 0.22)
    return simple_leaf(1.0, 0.02, 0.2, 0.4)


def _coconuts(params: Params, axis: Floats, count: int, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Nuts in clusters on the trunk, just under the fronds."""
    azimuth = rng.uniform(0, 6.3) + 2.1 * np.arange(count) + rng.normal(0, 0.35, count)
    layer = np.arange(count) // 6
    radius = rng.uniform(0.09, 0.125, count)
    out = 0.85 * params.girth + radius * (0.95 + 0.35 * (layer % 2))
    drop = params.girth * 1.6 + radius * (1.3 + 1.3 * layer) + rng.uniform(0, 0.06, count)
    centre = axis[-1] + np.stack([out * np.cos(azimuth), out * np.sin(azimuth), -drop], -1)
    heading = unit(np.stack([np.cos(azimuth), np.sin(azimuth), rng.uniform(-2.2, -1.0, count)], -1))
    nut = _nut(*((6, 8) if detail == "near" else (3, 6)))
    points, faces = lay(nut, centre.astype(np.float32), frames(heading, np.broadcast_to(UP, heading.shape)), radius)
    tint = shades(_NUTS, np.clip(rng.random() * 0.6 + 0.4 * rng.random(count), 0, 1))
    return body(points, faces, "fruit", FRUIT, np.repeat(tint, len(nut.faces), axis=0))


def _nut(rings: int, sides: int) -> Template:
    """A blunt three-sided egg of about unit radius along +y."""
    polar = np.linspace(np.pi - 0.06, 0.06, rings + 1)
    egg = turned(1.25 * np.cos(polar), np.sin(polar), sides)
    bulge = 1 + 0.07 * np.cos(3 * np.arange(sides) * (2 * np.pi / sides))
    egg.points.reshape(-1, sides, 3)[:, :, ::2] *= bulge[:, None].astype(np.float32)
    return egg
