"""Spruce, pine and larch: one leader, whorls of branches, needles on the shoots, and cones.

The wood grows in `growth.whorls`, and age changes it: a young tree is a cone of whorls down to the ground; an old pine has shed
them, its stem is bare and orange above, its crown a few crooked limbs under a flat top. Needles stand singly around a spruce's
shoots, in tufts at the ends of a pine's, in rosettes along a larch's, which sheds them. Low vigour thins them and leaves dead
branches below. All details are the same branches: `middle` and `far` keep a share of the needles and draw them larger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import frames, needle
from ..anatomy.cones import cone, hang
from ..anatomy.parts import BRANCH, TRUNK, blades, wood
from ..anatomy.skeleton import UP, Floats, Ints, unit
from ..anatomy.stems import clad
from ..anatomy.tubes import Tubes, flared, sweep
from ..growth.colour import Rgb, shades
from ..growth.needles import Arrangement, Look, needles
from ..growth.season import Palette, deciduous, evergreen
from ..growth.species import Seasonal, family, species
from ..growth.whorls import Branches, Habit, Shoots, leader, shoots_on, whorled_branches


@dataclass(frozen=True)
class Params(Seasonal):
    genus: str = parameter("spruce", "whose needles, cones and bark it has", choices=("spruce", "pine", "larch"))
    height: float = parameter(16.0, "height of the full-grown tree", unit="m", low=2, high=40)
    crown_base: float = parameter(0.06, "share of an old tree's trunk below the lowest branches", low=0, high=0.7)
    spread: float = parameter(0.2, "longest branch, as a share of the height", low=0.08, high=0.4)
    profile: float = parameter(0.85, "how the crown narrows to the top: 1 is a cone, less is rounder", low=0.5, high=1.4)
    whorls: int = parameter(30, "whorls of branches when full-grown", low=8, high=60)
    branches: int = parameter(5, "branches in a whorl", low=3, high=8)
    sag: float = parameter(0.5, "how far low branches sink under their weight", low=0, high=1)
    weeping: float = parameter(0.35, "how far twigs hang from their branch", low=0, high=1)
    openness: float = parameter(0.0, "how far the leader gives way with age: 1 is an open, flat crown", low=0, high=1)
    needle_length: float = parameter(0.1, "length of a drawn needle at 14 m of height", unit="m", low=0.04, high=0.2)
    density: float = parameter(1.0, "needles on a shoot, against a healthy tree's", low=0.2, high=1.3)
    irregularity: float = parameter(0.5, "how far age, storms and shade have bent the outline", low=0, high=1)
    cones: int = parameter(60, "cones of a full-grown tree", low=0, high=400)


@dataclass(frozen=True)
class _Genus:
    """What a genus has of its own: bark, twigs, colours, needles, and cones (length m, slenderness, scales, direction)."""

    bark: tuple[str, str]
    foot: Rgb
    stem: Rgb
    limb: Rgb
    girth: float
    flat: float
    inner: float
    gap: float
    twig: float
    palette: Palette
    arrangement: Arrangement
    cone: tuple[float, float, int, float]
    ripe: Rgb


_GENERA = {
    "spruce": _Genus(
        ("bark_scaly", "bark_scaly"), (0.075, 0.056, 0.044), (0.085, 0.058, 0.042), (0.056, 0.043, 0.032),
        0.0125, 1.0, 0.1, 0.125, 0.4,
        Palette(
            ((0.085, 0.150, 0.030), (0.130, 0.200, 0.045)),
            ((0.018, 0.038, 0.018), (0.026, 0.052, 0.020), (0.042, 0.062, 0.019)),
            ((0.018, 0.038, 0.018), (0.042, 0.062, 0.019)),
        ),
        Arrangement(87000, 1, 0.0, 0.72, 0.0, 1.0, 1.15, 0.22, 1.06),
        (0.16, 0.27, 34, -1.0), (0.20, 0.105, 0.050),
    ),
    "pine": _Genus(
        ("bark_plated", "bark_scaly"), (0.095, 0.070, 0.056), (0.330, 0.135, 0.055), (0.160, 0.088, 0.052),
        0.0155, 0.2, 0.34, 0.16, 0.34,
        Palette(
            ((0.080, 0.130, 0.045), (0.120, 0.170, 0.060)),
            ((0.026, 0.050, 0.026), (0.040, 0.070, 0.036), (0.066, 0.092, 0.038)),
            ((0.026, 0.050, 0.026), (0.066, 0.092, 0.038)),
        ),
        Arrangement(12000, 7, 0.75, 0.25, 0.45, 1.8, 1.4, 0.105),
        (0.075, 0.62, 24, -0.4), (0.150, 0.095, 0.060),
    ),
    "larch": _Genus(
        ("bark_plated", "bark_scaly"), (0.110, 0.082, 0.064), (0.120, 0.085, 0.062), (0.105, 0.076, 0.048),
        0.0125, 0.7, 0.08, 0.12, 0.38,
        Palette(
            ((0.120, 0.210, 0.040), (0.170, 0.260, 0.060)),
            ((0.052, 0.100, 0.028), (0.080, 0.140, 0.038), (0.120, 0.175, 0.050)),
            ((0.280, 0.180, 0.030), (0.440, 0.270, 0.034), (0.400, 0.190, 0.028)),
        ),
        Arrangement(15000, 6, 1.15, 1.0, 0.0, 1.0, 0.86, 0.145, 1.14),
        (0.055, 0.72, 22, 1.0), (0.135, 0.085, 0.052),
    ),
}  # fmt: skip
_MOST_FACES = {"near": 118_000, "middle": 19_500, "far": 6_400}
_DEAD = np.array([0.17, 0.155, 0.14])
SPECIES = (
    species(
        "spruce", "a Norway spruce: one leader, whorls of branches, hanging sprays and cones", height=(13.0, 26.0),
        crown_base=(0.02, 0.22), spread=(0.17, 0.28), profile=(0.6, 1.2), whorls=(22, 32), branches=(4, 6), sag=(0.25, 0.9),
        weeping=(0.1, 0.9), irregularity=(0.35, 0.9), cones=(20, 100), density=(0.8, 1.05),
    ),
    species(
        "pine", "a Scots pine: an orange stem, bare below, and an open crown that is flat when old", genus="pine",
        height=(12.0, 22.0), crown_base=(0.42, 0.62), spread=(0.24, 0.36), profile=(0.6, 0.9), whorls=(14, 20), branches=(3, 5),
        sag=(0.05, 0.35), weeping=(0.0, 0.15), openness=(0.65, 1.0), irregularity=(0.5, 1.0), cones=(30, 120),
        density=(0.8, 1.1),
    ),
    species(
        "larch", "a European larch: slender and airy, soft pale green, golden in autumn, bare in winter", genus="larch",
        height=(14.0, 26.0), crown_base=(0.1, 0.28), spread=(0.18, 0.26), profile=(0.65, 1.0), whorls=(22, 28), branches=(4, 5),
        sag=(0.3, 0.7), weeping=(0.5, 1.0), openness=(0.0, 0.25), irregularity=(0.4, 0.9), cones=(60, 160), density=(0.8, 1.1),
    ),
)  # fmt: skip


@family("conifer", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tree, standing on z = 0. About 110,000 faces near, 17,000 middle, 5,500 far."""
    wood_rng, leaf_rng, cone_rng = rng.spawn(3)
    genus, habit = _GENERA[params.genus], _habit(params)
    if wood_rng.random() < 0.35 * params.irregularity * params.age:  # a storm has taken the leader
        habit = replace(habit, top=float(wood_rng.uniform(0.84, 0.95)))
    trunk, trunk_radii = leader(habit, wood_rng)
    branches = whorled_branches(habit, trunk, trunk_radii, wood_rng)
    shoots = shoots_on(habit, branches, wood_rng)
    parts = [_stem(habit, genus, trunk, trunk_radii, detail, wood_rng), *_limbs(habit, genus, branches, shoots, detail)]
    cones = _cones(params, habit, branches, shoots, detail, cone_rng)
    room = _MOST_FACES[detail] - sum(len(part.faces) for part in (*parts, cones) if part is not None)
    foliage = _foliage(params, habit, branches, shoots, room, detail, leaf_rng)
    return merge([part for part in (*parts, foliage, cones) if part is not None])


def _grown(age: float) -> float:
    """Height at an age, as a share of the full-grown tree's: the curve of Chapman and Richards."""
    return 0.03 + 0.97 * float(((1 - np.exp(-3 * age)) / (1 - np.exp(-3))) ** 1.3)


def _habit(params: Params) -> Habit:
    """What age and vigour make of the parameters: young trees are dense cones down to the ground, old ones open."""
    genus, grown = _GENERA[params.genus], _grown(params.age)
    old = float(np.clip((params.age - 0.2) / 0.7, 0, 1)) ** 1.3
    return Habit(
        height=params.height * grown,
        crown_base=0.02 + (params.crown_base - 0.02) * old**0.6,
        spread=params.spread * (1 + 0.35 * (1 - grown)),
        profile=params.profile,
        whorls=max(4, round(params.whorls * grown**0.6)),
        branches=params.branches,
        sag=params.sag * (0.3 + 0.7 * grown),
        weeping=params.weeping * grown,
        irregularity=params.irregularity * (0.4 + 0.6 * grown),
        openness=params.openness * old,
        girth=genus.girth * (0.85 + 0.3 * old),
        flat=genus.flat,
        inner=genus.inner,
        gap=genus.gap,
        twig=genus.twig,
        frail=float(np.clip(0.06 + 0.1 * old + 1.5 * (0.6 - params.vigour), 0.03, 0.9)),
    )


def _stem(habit: Habit, genus: _Genus, trunk: Floats, radii: Floats, detail: Detail, rng: np.random.Generator) -> MeshData:
    """The trunk, flared into its roots: thick bark at its foot, thin and of another colour further up."""
    stem = sweep(trunk, radii, {"near": 20, "middle": 8, "far": 4}[detail])
    turn, ridges = float(rng.uniform(0, 2 * np.pi)), int(rng.integers(4, 7))
    base = flared(stem.points, 0.02 * habit.height, 0.7, ridges, turn)
    rise = stem.points[stem.faces].mean(1)[:, 2] / habit.height
    angle = stem.bark[stem.faces].mean(1)
    tongue = 0.06 * np.sin(3 * np.arctan2(angle[:, 1], angle[:, 0]) + turn)
    thin = np.clip((rise + tongue - 0.3) / 0.16, 0, 1)[:, None]
    tint = np.array(genus.foot) * (1 - thin) + np.array(genus.stem) * thin
    return clad(Tubes(base, stem.faces, stem.bark), genus.bark, thin[:, 0] > 0.4, TRUNK, tint)


def _limbs(habit: Habit, genus: _Genus, branches: Branches, shoots: Shoots, detail: Detail) -> list[MeshData]:
    """Tubes for branches and twigs; sprays, and further off the twigs too, are one narrow quad each."""
    colour = np.where(branches.alive[:, None], np.array(genus.limb), _DEAD)
    every, sides = {"near": (1, 4), "middle": (2, 3), "far": (4, 3)}[detail]
    paths, radii = branches.paths[:, ::every], branches.radii[:, ::every]
    limbs = sweep(paths, radii, sides)
    made = [wood(limbs, genus.bark[1], BRANCH, np.repeat(colour, len(limbs.faces) // len(colour), axis=0))]
    twigs = np.stack([shoots.start, shoots.end], 1)[: shoots.twigs]
    twig_colour = colour[shoots.branch[: shoots.twigs]]
    if detail == "near":
        thin = 0.0004 * habit.height * np.array([1.0, 0.5], np.float32)
        tubes = sweep(twigs, np.broadcast_to(thin, twigs.shape[:2]), 3)
        made.append(wood(tubes, genus.bark[1], BRANCH, np.repeat(twig_colour, 3, axis=0)))
        made.append(_ribbons(habit, shoots, np.arange(shoots.twigs, shoots.twigs + shoots.sprays), colour, 1.0))
    elif genus.flat < 1:
        step = 2 if detail == "middle" else 5
        made.append(_ribbons(habit, shoots, np.arange(0, shoots.twigs, step), colour, 1.3 * step))
    return made


def _ribbons(habit: Habit, shoots: Shoots, rows: Ints, colour: Floats, wider: float) -> MeshData:
    start = shoots.start[rows]
    axis = shoots.end[rows] - start
    length = np.sqrt((axis * axis).sum(1))
    zero = np.zeros_like(length)
    scales = np.stack([np.full_like(length, 0.0008 * wider * habit.height), length, length], -1)
    turned = frames(axis, np.broadcast_to(UP, axis.shape))
    return blades(needle(1.0), start, turned, scales, "needle", BRANCH, colour[shoots.branch[rows]], zero)


def _foliage(
    params: Params, habit: Habit, branches: Branches, shoots: Shoots, room: int, detail: Detail, rng: np.random.Generator
) -> MeshData | None:
    genus = _GENERA[params.genus]
    sheds = deciduous if params.genus == "larch" else evergreen
    leafage = sheds(genus.palette, params.season, params.vigour)
    size = (habit.height / 14) ** 0.75  # a young tree's needles are not as small as it is, but fewer
    number = genus.arrangement.groups * params.density * leafage.share * min(1.0, (habit.height / 9) ** 0.5)
    arrangement = replace(
        genus.arrangement,
        groups=int(number),
        length=genus.arrangement.length * params.needle_length * size * leafage.size,
    )
    tips = 0.3 if params.season == "spring" and sheds is evergreen else 0.0
    return needles(arrangement, Look(leafage.ramp, genus.palette.spring, tips), branches, shoots, room, detail, rng)


def _cones(
    params: Params, habit: Habit, branches: Branches, shoots: Shoots, detail: Detail, rng: np.random.Generator
) -> MeshData | None:
    """Cones on living twigs near the light: at their ends, in the upper crown of spruces; along them on larches."""
    genus = _GENERA[params.genus]
    number = round(params.cones * float(np.clip((params.age - 0.25) / 0.35, 0, 1)))
    end, start = shoots.end[: shoots.twigs], shoots.start[: shoots.twigs]
    low = habit.height * (0.62 if params.genus == "spruce" else habit.crown_base)
    bearing = np.flatnonzero(branches.alive[shoots.branch[: shoots.twigs]] & (end[:, 2] > low))
    row = rng.permutation(bearing)[:number]
    if detail == "far" or len(row) == 0:
        return None
    length, slender, scales, upward = genus.cone
    place = 0.97 if params.genus == "spruce" else rng.uniform(0.3, 0.95, (len(row), 1))
    origin = start[row] + (end[row] - start[row]) * place
    heading = unit(rng.uniform(-0.38, 0.38, (len(row), 3)) + upward * UP)
    size = length * habit.height**0.5 / 14**0.5 * rng.uniform(0.7, 1.15, len(row))
    random = rng.random(len(row))
    green = 0.55 if params.season in ("spring", "summer") else 0.0
    tint = shades((genus.ripe, (0.075, 0.085, 0.035)), green * random)
    return hang(cone(slender, scales, 0.5 if green == 0 else 0.25, detail), origin, heading, size, tint, random)
