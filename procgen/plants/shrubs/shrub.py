"""A shrub of canes: many from one stock, straight as those of hazels or arching as those of roses.

How it grows. Canes leave the stock around it, those at the outside lean most; each bears side branches, which turn up, or bow
down with it. All thin wood puts out leafy shoots, of which the shaded ones die. Age makes canes longer, thicker and more.
The wood is drawn before leaves, flowers and fruit, so the year changes only these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.outlines import OUTLINES
from ..anatomy.skeleton import Floats
from ..growth.canes import Canes, Sides, branched, canes
from ..growth.crown import crown_wood
from ..growth.leaves import ARRANGEMENTS, Leaves, foliage
from ..growth.season import Palette, deciduous
from ..growth.shoots import Shooting, twig_wood, twigs
from ..growth.species import Seasonal, family, species
from .bearing import BEARS, borne, prickles

_SPRING = ((0.060, 0.115, 0.020), (0.110, 0.185, 0.028), (0.155, 0.230, 0.038))
_PALETTES = {
    "yellow": Palette(
        _SPRING,
        ((0.036, 0.074, 0.009), (0.062, 0.112, 0.012), (0.100, 0.150, 0.018)),
        ((0.150, 0.160, 0.026), (0.400, 0.290, 0.028), (0.440, 0.260, 0.026), (0.280, 0.150, 0.030)),
    ),
    "bronze": Palette(
        _SPRING,
        ((0.034, 0.068, 0.011), (0.058, 0.102, 0.015), (0.090, 0.134, 0.022)),
        ((0.080, 0.095, 0.024), (0.230, 0.150, 0.026), (0.320, 0.140, 0.028), (0.240, 0.070, 0.026)),
    ),
}
_MOST_FACES = {"near": 90_000, "middle": 19_000, "far": 6_200}


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(3.0, "height of the shrub when it is grown", unit="m", low=0.4, high=7)
    canes: int = parameter(18, "canes from the stock of a grown shrub", low=3, high=40)
    lean: float = parameter(0.4, "how far the outer canes lean at their foot", unit="rad", low=0.05, high=1.1)
    arch: float = parameter(0.3, "how far canes bow over to their tips", unit="rad", low=0, high=2.8)
    girth: float = parameter(0.006, "radius of a cane at its foot, as a share of the height", low=0.002, high=0.02)
    branches: int = parameter(9, "side branches on a cane", low=2, high=20)
    branch_length: float = parameter(0.36, "length of a side branch, as a share of the height", low=0.05, high=0.8)
    branch_angle: float = parameter(42.0, "angle between a cane and its branches", unit="degrees", low=15, high=90)
    upturn: float = parameter(0.3, "where branches turn: -1 down, 1 up", low=-1, high=1)
    shoots: int = parameter(1500, "shoots near by", low=100, high=4000)
    shoot_length: float = parameter(0.24, "length of a shoot", unit="m", low=0.03, high=0.8)
    arrangement: str = parameter("two-ranked", "order of the leaves on a shoot", choices=ARRANGEMENTS)
    leaf: str = parameter("rounded", "outline of the leaves", choices=OUTLINES)
    leaf_length: float = parameter(0.1, "length of a leaf with its petiole", unit="m", low=0.01, high=0.25)
    leaf_area_index: float = parameter(4.0, "area of the leaves over the ground that the shrub covers", low=0.5, high=8)
    leaf_droop: float = parameter(0.25, "how far leaves hang", low=0, high=1)
    autumn: str = parameter("yellow", "colours, by those in autumn", choices=tuple(_PALETTES))
    prickles: int = parameter(0, "prickles on a metre of a cane", low=0, high=60)
    bears: str = parameter("nothing", "what it bears in its season", choices=BEARS)
    bunches: int = parameter(60, "bunches of it on a grown shrub", low=0, high=400)


SPECIES = (
    species(
        "hazel", "a hazel: many straight rods from one stock, with large round leaves, catkins and nuts", height=(2.6, 4.2),
        canes=(16, 26), lean=(0.28, 0.48), arch=(0.1, 0.35), girth=(0.0055, 0.0075), branches=(8, 11),
        branch_length=(0.26, 0.36), branch_angle=(34.0, 48.0), upturn=(0.2, 0.45), shoots=(1700, 2100),
        shoot_length=(0.22, 0.3), arrangement="two-ranked", leaf="rounded", leaf_length=(0.09, 0.115),
        leaf_area_index=(5.6, 6.8), leaf_droop=(0.15, 0.35), autumn="yellow", bears="hazelnuts", bunches=(130, 200),
    ),
    species(
        "dog_rose", "a dog rose: arching prickly canes, pale pink flowers, red hips in winter", height=(1.5, 2.4),
        canes=(26, 34), lean=(0.4, 0.54), arch=(2.3, 2.8), girth=(0.0042, 0.0056), branches=(7, 10),
        branch_length=(0.3, 0.42), branch_angle=(46.0, 66.0), upturn=(-0.25, 0.1), shoots=(1900, 2300),
        shoot_length=(0.13, 0.2), arrangement="alternate", leaf="pinnate", leaf_length=(0.085, 0.105),
        leaf_area_index=(3.4, 4.4), leaf_droop=(0.2, 0.4), autumn="bronze", prickles=(14, 24), bears="roses",
        bunches=(180, 260),
    ),
)  # fmt: skip
_BARKS = {"hazel": ("bark_smooth", (0.150, 0.115, 0.084)), "rose": ("bark_smooth", (0.085, 0.082, 0.040))}
_TWIGS = {"hazel": (0.115, 0.082, 0.055), "rose": (0.070, 0.082, 0.032)}


@family("shrub", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the shrub, standing on z = 0. About 80,000 faces near, 16,000 middle, 6,000 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    grown = 0.15 + 0.85 * (1 - (1 - params.age) ** 2.0)
    height = params.height * grown
    how = Canes(
        number=max(3, round(params.canes * (0.3 + 0.7 * grown))), height=height, lean=(0.06, params.lean),
        arch=(0.36 * params.arch, params.arch), late=1.2, wander=0.03 + 0.02 * params.arch,
        girth=params.girth * params.height * (0.35 + 0.65 * grown), stock=0.055 * height,
    )  # fmt: skip
    paths, thickness = canes(how, wood_rng)
    sides = Sides(
        each=max(2, round(params.branches * (0.4 + 0.6 * grown))), low=0.22, high=0.94,
        length=params.branch_length * height, angle=float(np.radians(params.branch_angle)), upturn=params.upturn,
    )  # fmt: skip
    rods = branched(paths, thickness, sides, wood_rng)
    least = float(rods.radii.min())
    shooting = Shooting(
        number=max(60, round(params.shoots * grown**0.8 * (0.45 + 0.7 * params.vigour))),
        length=params.shoot_length * min(1.0, 0.35 + 0.65 * grown),
        nodes=4, pendulous=0.06, flat=0.0, clearance=0.04, shade=0.4,
    )  # fmt: skip
    alive = np.ones(len(rods.points), bool)
    shoots = twigs(rods.points, rods.parents, rods.radii, alive, 0.62 * float(thickness.max()), shooting, wood_rng)

    look = "rose" if params.bears == "roses" else "hazel"
    bark, tint = _BARKS[look]
    parts = [
        crown_wood(rods.points, rods.parents, rods.radii, bark, detail, tint),
        twig_wood(shoots, min(0.0022, 0.8 * least + 0.0006), bark, _TWIGS[look], detail),
    ]
    if params.prickles and detail == "near":
        metres = float(np.sqrt(((paths[:, 1:] - paths[:, :-1]) ** 2).sum(-1)).sum())
        parts.append(prickles(paths, thickness, max(1, round(params.prickles * metres)), wood_rng))
    if params.age > 0.25 and params.bunches:
        number = max(1, round(params.bunches * grown * params.vigour))
        parts += borne(params.bears, params.season, number, shoots, detail, leaf_rng)
    leafage = deciduous(_PALETTES[params.autumn], params.season, params.vigour)
    if leafage.share > 0:
        kind = Leaves(
            params.leaf, 1.0, params.leaf_length * (0.7 + 0.3 * grown), params.leaf_area_index * _covered(shoots.paths),
            params.arrangement, params.leaf_droop, 0.05 + 0.1 * (1 - params.vigour),
        )  # fmt: skip
        limb = ((shoots.paths[:, 1, None] - paths[None, :, 10]) ** 2).sum(-1).argmin(1)
        room = _MOST_FACES[detail] - sum(len(part.faces) for part in parts)
        parts.append(foliage(kind, leafage, shoots, limb, room, detail, leaf_rng))
    return merge(parts)


def _covered(paths: Floats) -> float:
    """Return the area m2 of the ground under shoots (n, L, 3) m, as that of an ellipse, and half their height's share."""
    ends = paths[:, -1]
    half = np.quantile(np.abs(ends - ends.mean(0)), 0.92, axis=0)
    return float(np.pi * half[0] * half[1] + 1.2 * half[2] * (half[0] + half[1]))
