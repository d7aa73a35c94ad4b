"""A broadleaf tree: limbs after the habit of its species, a crown that competes for light, and leaves where it is lit.

How it grows. Age makes the tree: its height, girth, number of limbs and dead wood. Trunk and limbs rise to their places in
the crown (`scaffold`); around the limbs' ends masses of foliage mark the space, what is in the dark of it is given up, and
branches colonise the rest (Runions 2007). The wood thickens by the pipe model and flares into roots; some branches die. Thin
wood puts out shoots, which hang as their species' do; the shaded ones die (Palubicki 2009). Leaves stand on the living ones
by their phyllotaxis, on petioles, turned to the sky. The wood is drawn before the leaves, so the year changes only these.

`middle` and `far` grow the same skeleton, leave out thin wood and keep a share of the leaves, drawn larger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.outlines import OUTLINES
from ..anatomy.skeleton import smoothed
from ..growth.colonise import Growth, colonise
from ..growth.crown import crown_wood
from ..growth.leaves import ARRANGEMENTS, Leaves, foliage
from ..growth.scaffold import Habit, scaffold
from ..growth.season import Leafage, deciduous, evergreen
from ..growth.shoots import Shooting, twig_wood, twigs
from ..growth.species import Seasonal, family, species
from ..growth.timber import dying, thicken
from .broadleaf_colours import BARKS, PALETTES, TWIGS
from .ornaments import BEARS, ornaments

_MOST_FACES = {"near": 118_000, "middle": 19_000, "far": 6_200}


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(12.0, "height of the tree when it is grown", unit="m", low=2, high=40)
    crown_base: float = parameter(0.2, "share of the height below the foliage", low=0.03, high=0.8)
    crown_width: float = parameter(0.8, "width of the crown, as a share of the height", low=0.2, high=1.6)
    crown_widest: float = parameter(0.4, "where the crown is widest: 0 at its base, 1 at its top", low=0.05, high=0.95)
    crown_fullness: float = parameter(2.0, "1 is a cone, 2 an ellipsoid, 4 nearly a cylinder", low=0.8, high=5)
    fork: float = parameter(0.2, "share of the height where the lowest limb leaves", low=0.03, high=0.6)
    leader: float = parameter(0.6, "share of the height where the trunk has dissolved into limbs", low=0.1, high=1)
    limbs: int = parameter(12, "limbs of a grown tree", low=3, high=40)
    side_limbs: int = parameter(2, "side limbs on each limb", low=0, high=5)
    limb_angle: float = parameter(55.0, "angle between the trunk and its lowest limbs", unit="degrees", low=15, high=95)
    upturn: float = parameter(0.35, "where limbs end: -1 hanging, 1 upright", low=-1, high=1)
    gnarl: float = parameter(0.4, "how crooked limbs are", low=0, high=1.5)
    clumps: float = parameter(0.36, "radius of a mass of foliage, as a share of the crown's", low=0.1, high=0.7)
    layering: float = parameter(0.2, "how flat the masses of foliage are", low=0, high=1)
    girth: float = parameter(0.026, "radius of the trunk, as a share of the height", low=0.008, high=0.08)
    shoots: int = parameter(3600, "shoots near by", low=200, high=6000)
    shoot_length: float = parameter(0.045, "length of a shoot, as a share of the height", low=0.01, high=0.6)
    pendulous: float = parameter(0.05, "how soon shoots hang: 0 never, 1 from their start", low=0, high=1)
    arrangement: str = parameter("alternate", "order of the leaves on a shoot", choices=ARRANGEMENTS)
    leaf: str = parameter("elliptic", "outline of the leaves", choices=OUTLINES)
    leaf_length: float = parameter(0.09, "length of a leaf with its petiole", unit="m", low=0.02, high=0.4)
    leaf_width: float = parameter(1.0, "width of a leaf against its outline's", low=0.4, high=2)
    leaf_area_index: float = parameter(4.5, "area of the leaves over the ground that the crown covers", low=0.5, high=10)
    leaf_droop: float = parameter(0.3, "how far leaves hang", low=0, high=1)
    autumn: str = parameter("russet", "colours, by those in autumn", choices=tuple(PALETTES))
    evergreen: bool = parameter(False, "whether it keeps its leaves in winter")
    withered: float = parameter(0.0, "share of withered leaves that stay over winter", low=0, high=0.5)
    bark: str = parameter("furrowed", "look of the bark", choices=tuple(BARKS))
    twigs: str = parameter("brown", "colour of the shoots", choices=tuple(TWIGS))
    bears: str = parameter("nothing", "what it bears besides leaves, fruit in its season", choices=BEARS)


SPECIES = (
    species(
        "oak", "an English oak: broad and low-forking, with massive crooked limbs", height=(12.0, 18.0),
        crown_base=(0.18, 0.25), crown_width=(0.98, 1.25), crown_widest=(0.34, 0.46), crown_fullness=(2.1, 2.6),
        fork=(0.15, 0.2), leader=(0.34, 0.46), limbs=(13, 17), side_limbs=(2, 3), limb_angle=(70.0, 86.0),
        upturn=(0.3, 0.6), gnarl=(0.8, 1.15),
        clumps=(0.27, 0.33), layering=(0.1, 0.3), girth=(0.034, 0.042), leaf="lobed", leaf_length=(0.10, 0.12),
        leaf_area_index=(5.5, 6.5), leaf_droop=(0.35, 0.5),
        autumn="russet", withered=(0.02, 0.05), bark="furrowed", bears="acorns",
    ),
    species(
        "birch", "a silver birch: slender, with a white stem and fine hanging twigs", height=(14.0, 20.0),
        crown_base=(0.14, 0.24), crown_width=(0.36, 0.46), crown_widest=(0.2, 0.32), crown_fullness=(1.1, 1.4),
        fork=(0.16, 0.26), leader=(0.94, 0.98), limbs=(22, 30), side_limbs=1, limb_angle=(38.0, 50.0),
        upturn=(-0.1, 0.2), gnarl=(0.2, 0.4),
        clumps=(0.26, 0.34), layering=0.0, girth=(0.012, 0.016), shoots=3200, shoot_length=(0.06, 0.085), pendulous=(0.5, 0.75),
        leaf="ovate", leaf_length=(0.06, 0.075), leaf_area_index=(3.0, 4.0), leaf_droop=(0.5, 0.8), autumn="yellow",
        bark="papery", bears="catkins",
    ),
    species(
        "maple", "a maple: a dense rounded crown, branches two by two", height=(11.0, 17.0),
        crown_base=(0.17, 0.24), crown_width=(0.72, 0.88), crown_widest=(0.4, 0.52), crown_fullness=(2.1, 2.6),
        fork=(0.16, 0.22), leader=(0.6, 0.75), limbs=(16, 20), side_limbs=2, limb_angle=(44.0, 56.0),
        upturn=(0.5, 0.75), gnarl=(0.15, 0.3),
        clumps=(0.38, 0.46), layering=(0.0, 0.1), girth=(0.018, 0.023), arrangement="opposite", leaf="palmate",
        leaf_length=(0.15, 0.19), leaf_area_index=(6.5, 7.5), leaf_droop=(0.45, 0.65), autumn="red", bark="scaly",
    ),
    species(
        "willow", "a weeping willow: long shoots that hang to near the ground", height=(10.0, 15.0),
        crown_base=(0.36, 0.44), crown_width=(0.85, 1.05), crown_widest=(0.4, 0.55), crown_fullness=(2.0, 2.5),
        fork=(0.16, 0.22), leader=(0.4, 0.5), limbs=(12, 16), side_limbs=2, limb_angle=(48.0, 62.0),
        upturn=(-0.2, 0.15), gnarl=(0.4, 0.6),
        clumps=(0.3, 0.36), layering=(0.3, 0.5), girth=(0.028, 0.034), shoots=1700, shoot_length=(0.4, 0.5),
        pendulous=(0.85, 1.0), leaf="lanceolate", leaf_length=(0.11, 0.14), leaf_area_index=(3.5, 4.5), leaf_droop=(0.7, 0.9),
        autumn="pale", bark="furrowed", twigs="yellow",
    ),
    species(
        "acacia", "an umbrella thorn of the savanna: a flat top in layers", height=(6.0, 11.0),
        crown_base=(0.7, 0.77), crown_width=(1.15, 1.5), crown_widest=(0.5, 0.62), crown_fullness=(3.2, 4.2), fork=(0.14, 0.24),
        leader=(0.3, 0.42), limbs=(13, 18), side_limbs=3, limb_angle=(40.0, 52.0), upturn=(-0.05, 0.05), gnarl=(0.5, 0.8),
        clumps=(0.24, 0.3), layering=(0.93, 1.0), girth=(0.026, 0.034), shoot_length=(0.03, 0.04), pendulous=0.0,
        leaf="bipinnate", leaf_length=(0.06, 0.08), leaf_area_index=(0.8, 1.1), leaf_droop=0.0, autumn="dusty", evergreen=True,
        bark="fibrous", bears="thorns",
    ),
    species(
        "beech", "a beech: tall, with smooth grey bark and tiers of foliage", height=(17.0, 25.0),
        crown_base=(0.2, 0.3), crown_width=(0.58, 0.72), crown_widest=(0.3, 0.42), crown_fullness=(1.5, 1.8), fork=(0.2, 0.3),
        leader=(0.84, 0.94), limbs=(26, 32), side_limbs=2, limb_angle=(58.0, 70.0), upturn=(0.1, 0.3), gnarl=(0.15, 0.3),
        clumps=(0.34, 0.42), layering=(0.62, 0.8), girth=(0.018, 0.023), arrangement="two-ranked", leaf="wavy",
        leaf_length=(0.085, 0.1), leaf_area_index=(6.5, 7.5), leaf_droop=0.1, autumn="copper", withered=(0.03, 0.07),
        bark="smooth", twigs="grey",
    ),
    species(
        "apple", "an apple tree: small and spreading, with blossom and fruit", height=(4.0, 6.5),
        crown_base=(0.24, 0.32), crown_width=(1.05, 1.3), crown_widest=(0.4, 0.5), crown_fullness=(2.0, 2.6), fork=(0.18, 0.26),
        leader=(0.3, 0.42), limbs=(8, 11), side_limbs=3, limb_angle=(60.0, 75.0), upturn=(0.3, 0.6), gnarl=(0.7, 1.0),
        clumps=(0.28, 0.36), layering=(0.1, 0.25), girth=(0.026, 0.034), leaf="elliptic", leaf_length=(0.08, 0.1),
        leaf_area_index=(3.6, 4.4), leaf_droop=(0.35, 0.5), autumn="yellow", bark="scaly", bears="apples",
    ),
)  # fmt: skip


@family("broadleaf", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tree, standing on z = 0. About 100,000 faces near, 18,000 middle, 6,000 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    grown = 0.12 + 0.88 * (1 - (1 - params.age) ** 2.3)
    habit = _habit(params, grown)
    frame = scaffold(habit, wood_rng)
    attractors = frame.lobes.lit(frame.lobes.fill(int(900 + 4300 * grown), wood_rng), 0.72)
    way = Growth(
        step=habit.step, influence=7 * habit.step, reach=1.6 * habit.step,
        tropism=(0, 0, 0.06 + 0.14 * max(habit.upturn, 0.0)), wander=0.06 + 0.1 * params.gnarl, nodes=5200,
    )  # fmt: skip
    points, parents = colonise(frame.points, frame.parents, attractors, way, wood_rng)
    points = smoothed(points, parents, 2)
    girth = params.girth * habit.height * (0.5 + 0.8 * params.age)
    tip = min(0.0004 * habit.height, 0.2 * girth)
    radii = thicken(parents, tip, girth)
    dead_share = 0.012 + 0.22 * max(0.0, params.age - 0.7) + 0.7 * max(0.0, 0.6 - params.vigour)
    dead = dying(parents, radii, dead_share, frame.trunk, wood_rng)
    flare = (1.3 * girth, 0.3 + 0.6 * params.age, int(wood_rng.integers(4, 7)), float(wood_rng.uniform(0, 2 * np.pi)))
    how = Shooting(
        number=max(60, round(params.shoots * min(1.0, grown**1.2 * (0.4 + 0.75 * params.vigour)))),
        length=params.shoot_length * habit.height,
        nodes=7 if params.shoot_length > 0.2 else 5 if params.pendulous > 0.3 else 3,
        pendulous=params.pendulous,
        flat=0.85 * params.layering,
        clearance=min(0.3, 0.05 * habit.height),
        shade=0.45 if params.pendulous > 0.8 else 0.55,
    )
    shoots = twigs(points, parents, radii, ~dead, 7.0 * tip, how, wood_rng)
    bark, tint = f"bark_{params.bark}", BARKS[params.bark]
    parts = [
        crown_wood(points, parents, radii, bark, detail, tint, flare, params.bark, dead),
        twig_wood(shoots, 0.6 * tip, bark, TWIGS[params.twigs], detail),
    ]

    if params.age > 0.25 or params.bears == "thorns":
        size = max(1.0, (habit.height / 6) ** 0.7)
        parts += ornaments(params.bears, params.season, round(280 * grown * params.vigour), size, shoots, detail, leaf_rng)
    leafage = _leafage(params)
    if leafage.share > 0:
        crown = np.pi * habit.half_width * max(habit.half_width, 0.5 * (habit.height - habit.base))
        kind = Leaves(
            params.leaf, params.leaf_width, params.leaf_length, params.leaf_area_index * crown, params.arrangement,
            params.leaf_droop, 0.04 + 0.1 * (1 - params.vigour),
        )  # fmt: skip
        limb = frame.lobes.nearest(shoots.paths[:, 1])
        room = _MOST_FACES[detail] - sum(len(part.faces) for part in parts)
        parts.append(foliage(kind, leafage, shoots, limb, room, detail, leaf_rng))
    return merge(parts)


def _habit(params: Params, grown: float) -> Habit:
    """The habit at an age: young trees are slim, with a leader and few limbs that leave low; old ones are domed."""
    height = params.height * grown
    young = (1 - params.age) ** 3
    old = max(0.0, params.age - 0.6) / 0.4
    slim = 1 - 0.45 * young + 0.12 * old
    leader = params.leader + (0.92 - params.leader) * 0.75 * young - 0.1 * old * max(0.0, params.leader - 0.6)
    return Habit(
        height=height,
        base=height * params.crown_base * (1 - 0.3 * young),
        half_width=0.5 * params.crown_width * slim * height,
        widest=params.crown_widest,
        fullness=params.crown_fullness + 0.5 * old * max(0.0, 2.0 - params.crown_fullness),
        fork=height * min(params.fork * (1 - 0.2 * young), leader - 0.03),
        leader=height * leader,
        limbs=max(min(params.limbs, 6), round(params.limbs * (0.45 + 0.55 * grown))),
        angle=float(np.radians(params.limb_angle)) * (0.75 + 0.25 * grown),
        opposite=params.arrangement == "opposite",
        upturn=params.upturn,
        gnarl=params.gnarl * (0.5 + 0.6 * params.age),
        clump=params.clumps * (1 + 0.4 * young),
        layer=params.layering,
        side_limbs=params.side_limbs if params.age > 0.2 else min(params.side_limbs, 1),
        step=height / 54,
    )


def _leafage(params: Params) -> Leafage:
    palette = PALETTES[params.autumn]
    if params.evergreen:
        return evergreen(palette, params.season, params.vigour)
    leafage = deciduous(palette, params.season, params.vigour, params.withered)
    if params.bears == "apples" and params.season == "spring":  # blossom opens with the first leaves
        return replace(leafage, share=0.4 * leafage.share, size=0.8 * leafage.size)
    return leafage
