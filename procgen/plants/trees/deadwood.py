"""Dead wood: a snag with a broken top, a fallen log, and the hollow hulk of an old tree.

All three are thick stems (`anatomy.stems`) of bare grey wood on which bark holds on in patches and peels at their edges. The
snag keeps a few broken limbs. The log lies on the ground with one end cut or torn out with its roots, the other broken. The
hulk is a shell: its inside is a surface of its own, rotten and dark, and a gap in its side shows it. Moss comes from above on
what lies and from the ground on what stands. `middle` and `far` are the same stems with fewer points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...elementary import exp
from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.breaks import Breaks, broken_limbs, root_plate, splinters_round
from ..anatomy.parts import TRUNK
from ..anatomy.skeleton import Floats
from ..anatomy.stems import Stem, clad, end_cap, patches, stem, waves
from ..anatomy.tubes import Tubes, flared
from ..growth.species import Living, family, species

_GREY = np.array([0.235, 0.210, 0.180])
_WARM = np.array([0.170, 0.115, 0.070])
_FRESH = np.array([0.330, 0.220, 0.120])
_ROTTEN = np.array([0.085, 0.050, 0.030])
_BARK = np.array([0.082, 0.064, 0.050])
_MOSS = np.array([0.046, 0.060, 0.018])
_MATERIALS = ("wood_dead", "moss")
_RINGS: dict[Detail, tuple[int, int]] = {"near": (96, 60), "middle": (34, 22), "far": (14, 10)}
"""Rings along the stem and points round it, by detail."""


@dataclass(frozen=True)
class Params(Living):
    form: str = parameter("snag", "what is left of the tree", choices=("snag", "log", "hulk"))
    height: float = parameter(10.0, "length of the stem at full age", unit="m", low=1, high=25)
    girth: float = parameter(0.025, "radius of the stem, as a share of its length", low=0.012, high=0.16)
    limbs: int = parameter(8, "broken limbs, or their stubs", low=0, high=20)
    bark: float = parameter(0.4, "share of the wood that is still under bark", low=0, high=1)
    moss: float = parameter(0.3, "moss on its upper side, or at its foot", low=0, high=1)
    gnarl: float = parameter(0.4, "how crooked and ridged it is", low=0, high=1)
    opening: float = parameter(1.1, "width of the gap in a hulk's side", unit="rad", low=0.4, high=1.6)
    uprooted: bool = parameter(False, "a log with the plate of its roots, not a cut one")


SPECIES = (
    species(
        "dead_tree", "a snag: a bare grey stem with a broken top and few limbs", height=(7.0, 14.0), girth=(0.024, 0.038),
        limbs=(7, 15), bark=(0.1, 0.55), moss=(0.1, 0.5), gnarl=(0.4, 1.0), vigour=(0.1, 0.6),
    ),
    species(
        "fallen_log", "a log on the ground, cut or uprooted, with moss on its upper side", form="log", height=(3.0, 8.0),
        girth=(0.04, 0.075), limbs=(2, 7), bark=(0.2, 0.8), moss=(0.3, 0.9), gnarl=(0.2, 0.7), uprooted=[False, False, True],
        vigour=(0.1, 0.6),
    ),
    species(
        "hollow_tree", "the hulk of an old tree, open at its side and hollow", form="hulk", height=(4.0, 8.0),
        girth=(0.085, 0.13), limbs=(1, 4), bark=(0.3, 0.8), moss=(0.3, 0.8), gnarl=(0.5, 1.0), opening=(0.9, 1.4),
        vigour=(0.1, 0.6),
    ),
)  # fmt: skip


@family("deadwood", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return it, standing or lying on z = 0: 4,000 to 14,000 faces near, a fifth of that middle, a twentieth far.

    Vigour is how lately it died: long dead wood has lost bark and limbs.
    """
    grown = 0.25 + 0.75 * params.age**0.7
    now = replace(
        params,
        height=params.height * grown,
        bark=float(np.clip(params.bark * (0.6 + 0.8 * params.vigour), 0, 1)),
        limbs=round(params.limbs * (0.6 + 0.7 * params.vigour)),
    )
    return merge({"snag": _snag, "log": _log, "hulk": _hulk}[params.form](now, rng, detail))


def _snag(params: Params, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    height, rings, sides = params.height, *_RINGS[detail]
    path, u = _upright(params, rng, rings)
    radius = params.girth * height * (1 - (0.55 + 0.25 * rng.random()) * u**0.9)
    ridged = waves(rng, 5, 1.5 * height)
    splinters = splinters_round(rng, sides, 0.05 * height * rng.uniform(0.5, 1.3))
    angle = np.arange(sides) * (2 * np.pi / sides)
    bent = 1 + (0.04 + 0.1 * params.gnarl) * ridged.at(angle, path[:, 2:])
    made = _rooted(stem(path, radius[:, None] * bent, splinters=splinters), params, rng)
    parts = _dressed(made, params, TRUNK, rng, ground=True)
    parts.append(_broken(made, rng, detail))
    return parts + broken_limbs(Breaks(params.limbs, 0.3, 0.97, 0.28 * height, params.gnarl), path, radius, rng, detail)


def _log(params: Params, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    length, rings, sides = params.height, *_RINGS[detail]
    u = np.linspace(0, 1, rings)
    thick = params.girth * length * (1 - 0.3 * u + 0.7 * params.uprooted * np.exp(-9 * u))
    bend = np.sin(np.pi * u * rng.uniform(0.7, 1.3) + rng.uniform(0, 3)) * 0.03 * params.gnarl * length
    rest = 0.88 * params.girth * length * (1 - 0.3 * u)
    path = np.stack([(u - 0.5) * length, bend - bend.mean(), rest], 1)
    angle = np.arange(sides) * (2 * np.pi / sides)
    bent = 1 + (0.03 + 0.07 * params.gnarl) * waves(rng, 4, length).at(angle, path[:, :1])
    made = stem(path, thick[:, None] * bent, splinters=splinters_round(rng, sides, 0.03 * length * rng.uniform(0.6, 1.4)))
    parts = _dressed(made, params, TRUNK, rng, ground=False)
    parts.append(_broken(made, rng, detail))
    rough = waves(rng, 9, 0.3)
    foot = end_cap(made, 0.25 * thick[0] if params.uprooted else 0.0, rough, 5 if detail == "near" else 3, first=True)
    parts.append(clad(foot, ("wood_cut",), 0, TRUNK, _ROTTEN if params.uprooted else _FRESH))
    if params.uprooted:
        parts += root_plate(path[0], thick[0], rng, detail)
    return parts + broken_limbs(Breaks(params.limbs, 0.25, 0.9, 0.09 * length, params.gnarl), path, thick, rng, detail)


def _hulk(params: Params, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    height, rings, sides = params.height, *_RINGS[detail]
    path, u = _upright(params, rng, rings)
    radius = params.girth * height * (1 - 0.32 * u**0.8)
    facing = rng.uniform(0, 2 * np.pi)
    low, high = rng.uniform(0.02, 0.09), rng.uniform(0.5, 0.78)
    lens = np.clip((u - low) / (high - low), 0, 1)
    ragged = 1 + 0.16 * waves(rng, 1, 0.25 * height).at(np.zeros(1), path[:, 2:])[:, 0]
    gap = 0.5 * params.opening * (4 * lens * (1 - lens)) ** 0.55 * ragged
    share = np.linspace(0, 1, sides + 1)
    angle = facing + gap[:, None] + share * (2 * np.pi - 2 * gap[:, None])
    ridged = waves(rng, 6, 1.2 * height).at(angle, path[:, 2:])
    bent = 1 + (0.04 + 0.09 * params.gnarl) * ridged
    splinters = 0.13 * height * waves(rng, 4, 1.0, 5).at(angle[-1], np.zeros(1)) + splinters_round(
        rng, sides + 1, 0.03 * height
    )
    splinters += (splinters[0] - splinters[-1]) * (share - 0.5)
    outside = _rooted(stem(path, radius[:, None] * bent, angle, splinters), params, rng)
    wall = radius[:, None] * (0.2 + 0.05 * waves(rng, 5, 0.6 * height).at(angle, path[:, 2:]))
    inside = outside.moved(-wall - (outside.radii - radius[:, None] * bent))
    above = path[:, 2] > 0.004 * height
    first = int(np.flatnonzero(above)[0])
    inside = inside.above(first)
    hollow = inside.skin(inside_out=True)
    rise = np.clip(hollow.points[hollow.faces].mean(1)[:, 2:] / height, 0, 1)
    rot = _ROTTEN * (0.55 + rise) + (_WARM - _ROTTEN) * rise
    parts = _dressed(outside, params, TRUNK, rng, ground=True)
    parts.append(clad(hollow, ("wood_dead",), 0, TRUNK, rot))
    floor = end_cap(inside, -0.01 * height, waves(rng, 5, 0.3), 4, first=True)
    floor = Tubes(floor.points, floor.faces[:, ::-1], floor.bark)
    parts.append(clad(floor, ("wood_dead",), 0, TRUNK, 0.7 * _ROTTEN))
    parts.append(_rim(outside.above(first), inside))
    return parts + broken_limbs(Breaks(params.limbs, 0.72, 0.93, 0.16 * height, params.gnarl, 0.88), path, radius, rng, detail)


def _rim(outside: Stem, inside: Stem) -> MeshData:
    """The edge of the wall, round the gap and over the broken top."""
    around = [np.concatenate([s.points[:, 0], s.points[-1, 1:], s.points[-2::-1, -1]]) for s in (outside, inside)]
    points = np.concatenate(around)
    count = len(around[0])
    j = np.arange(count - 1)
    faces = np.stack([j, j + 1, count + j + 1, count + j], -1).astype(np.int32)
    bark = points * np.array([0.2, 0.2, 1])
    rim = Tubes(points.astype(np.float32), faces, bark.astype(np.float32))
    return clad(rim, ("wood_dead",), 0, TRUNK, 0.9 * _WARM)


def _upright(params: Params, rng: np.random.Generator, rings: int) -> tuple[Floats, Floats]:
    """The axis of a standing stem (L, 3) m and the place u (L,) of its rings, closer near the ground."""
    u = np.linspace(0, 1, rings) ** 1.3
    lean, turn = rng.normal(0, 0.035, 2), rng.uniform(0, 6.3, 2)
    sway = 0.03 * params.gnarl * np.sin(np.outer(u, rng.uniform(2, 6, 2)) + turn) - 0.03 * params.gnarl * np.sin(turn)
    level = (lean * u[:, None] + sway * np.minimum(1, 6 * u)[:, None]) * params.height
    return np.column_stack([level, (1.03 * u - 0.03) * params.height]), u


def _rooted(made: Stem, params: Params, rng: np.random.Generator) -> Stem:
    """A standing stem spread into its roots."""
    ridges, turn = int(rng.integers(4, 8)), float(rng.uniform(0, 6.3))
    spread = flared(made.points.reshape(-1, 3).astype(np.float32), 1.6 * params.girth * params.height, 0.75, ridges, turn)
    return replace(made, points=spread.reshape(made.points.shape).astype(np.float64))


def _dressed(made: Stem, params: Params, part: int, rng: np.random.Generator, ground: bool) -> list[MeshData]:
    """The wood with moss on it, and the bark that is left."""
    size = 6 * params.girth * params.height
    skin, along = made.skin(), made.along[:, None]
    blotch, fine = waves(rng, 5, 0.7 * size, 9).at(made.angle, along), waves(rng, 17, 0.1 * size, 11).at(made.angle, along)
    damp = exp(-made.points[..., 2] / (0.14 * params.height)) if ground else 0.8 * made.outward[..., 2]
    moss = 1.3 * params.moss * damp + 0.3 * blotch + 0.2 * fine - 0.55
    weathered = np.clip(0.5 + 0.3 * waves(rng, 9, 3 * size).at(made.angle, along), 0, 1)[..., None]
    colour = (_WARM * (1 - weathered) + _GREY * weathered).reshape(-1, 3)[skin.faces].mean(1)
    on_face, speck = moss.ravel()[skin.faces].mean(1), fine.ravel()[skin.faces].mean(1)[:, None]
    green = np.clip(1.6 * on_face + 0.45, 0, 0.8)[:, None]
    bare = clad(
        skin, _MATERIALS, on_face > 0.32, part, colour * (1 - green) + _MOSS * (1 + 0.4 * np.clip(speck, -1, 1)) * green
    )
    kept = waves(rng, 3, size, 9).at(made.angle, along) + 0.4 * waves(rng, 9, 0.3 * size).at(made.angle, along)
    ends = np.minimum(made.along, made.along[-1] - made.along)[:, None] / made.along[-1]
    kept = kept - 2.2 * (0.5 - params.bark) - 1.2 * exp(-ends / 0.03)
    peeling = waves(rng, 3, 0.8 * size).at(made.angle, along) - 0.7
    bark = patches(made, kept, peeling, 0.035 * params.girth * params.height, "bark_furrowed", part, _BARK)
    if bark is None:
        return [bare]
    above = np.clip(bark.points[bark.faces].mean(1)[:, 2:] / max(float(made.points[..., 2].max()), 1e-6), 0, 1)
    fade = params.moss * (0.8 * exp(-9 * above) if ground else 0.8 * np.clip(2.5 * above - 1.5, 0, 1))
    tint = bark.attributes["tint"]
    mossy = (np.asarray(tint.values, np.float32) * (1 - fade) + _MOSS * fade).astype(np.float32)
    return [bare, replace(bark, attributes={**bark.attributes, "tint": replace(tint, values=mossy)})]


def _broken(made: Stem, rng: np.random.Generator, detail: Detail) -> MeshData:
    """The torn wood of a stem's last end."""
    cap = end_cap(made, 0.5 * float(made.radii[-1].mean()), waves(rng, 9, 0.2), {"near": 6, "middle": 3, "far": 2}[detail])
    return clad(cap, ("wood_dead",), 0, TRUNK, 0.5 * (_WARM + _FRESH))
