"""A broadleaf tree: limbs that compete for light fill a lobed crown, and leaves sit on the shoots at its surface.

How it grows. A trunk rises to the crown's base. Above it the crown is a cloud of overlapping lobes, as limbs make them, with
gaps between; attraction points fill it, thinner where it is dark, and the branches colonise them (Runions 2007), drawn
upward by the light. The wood thickens by the pipe model and flares into roots. Every thin twig puts out leafy shoots, and
leaves stand around these by their phyllotaxis, turned towards the sky.

`middle` and `far` grow the same skeleton, leave out thin wood and keep a share of the leaves, drawn larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.skeleton import Floats, Ints, pipe_radii, smoothed
from ..growth.colonise import Growth, colonise
from ..growth.crown import Foliage, Lobes, crown_wood, leaf_template, leafy_shoots, leaves, shoot_wood
from ..growth.season import Palette, deciduous
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(10.0, "height of the tree", unit="m", low=2, high=35)
    crown_base: float = parameter(0.22, "share of the trunk below the crown", low=0.05, high=0.6)
    crown_width: float = parameter(0.75, "width of the crown, as a share of the height", low=0.25, high=1.4)
    lobes: int = parameter(12, "masses of foliage that the crown falls into", low=3, high=40)
    openness: float = parameter(0.45, "gaps between the lobes: 0 is a closed dome", low=0, high=1)
    light_seeking: float = parameter(0.35, "how strongly branches turn upward", low=0, high=1)
    gnarl: float = parameter(0.25, "how crooked branches are", low=0, high=1)
    girth: float = parameter(0.024, "radius of the trunk, as a share of the height", low=0.01, high=0.08)
    shoots: int = parameter(4700, "leafy shoots near by", low=200, high=12000)
    leaf_length: float = parameter(0.125, "length of a leaf at 10 m of height", unit="m", low=0.02, high=0.4)
    leaf_width: float = parameter(0.62, "width of a leaf, as a share of its length", low=0.1, high=1.2)
    leaf_droop: float = parameter(0.35, "how far leaves hang", low=0, high=1)
    phyllotaxis: float = parameter(137.5, "angle from leaf to leaf round the shoot", unit="degrees", low=60, high=180)
    bark: str = parameter("furrowed", "look of the bark", choices=("furrowed", "papery"))


_GREEN = Palette(
    spring=((0.06, 0.12, 0.02), (0.12, 0.20, 0.03)),
    summer=((0.034, 0.078, 0.018), (0.058, 0.110, 0.022), (0.100, 0.145, 0.026)),
    autumn=((0.170, 0.150, 0.024), (0.420, 0.230, 0.022), (0.400, 0.130, 0.018), (0.230, 0.040, 0.016)),
)
SPECIES = (
    species("oak", "an English oak: broad, with crooked limbs", height=(9.0, 15.0), crown_width=(0.68, 0.95), gnarl=(0.2, 0.5)),
    species(
        "birch", "a silver birch: slender, with a white stem", height=(8.0, 14.0), crown_width=(0.4, 0.55), bark="papery",
        girth=(0.014, 0.02), leaf_length=(0.085, 0.105), light_seeking=(0.4, 0.7),
    ),
)  # fmt: skip


@family("broadleaf", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tree, standing on z = 0. About 93,000 faces near, 15,000 middle, 4,500 far."""
    lobes = _crown(params, rng)
    points, parents = _skeleton(params, lobes, rng)
    radii = _thicken(params, parents)
    size = params.height / 10
    leafage = deciduous(_GREEN, params.season, params.vigour)
    foliage = Foliage(
        shoot=0.34 * size,
        leaves=7,
        leaf=params.leaf_length * size,
        width=params.leaf_width,
        divergence=float(np.radians(params.phyllotaxis)),
        droop=params.leaf_droop,
        shoulder=0.34,
        ramp=leafage.ramp,
    )
    flare = (0.036 * params.height, 0.9, int(rng.integers(4, 7)), float(rng.uniform(0, 2 * np.pi)))
    shoots = leafy_shoots(points, parents, radii, 3.2 * float(radii.min()), params.shoots, foliage.shoot, rng)
    keep = {"near": 1.0, "middle": 0.3, "far": 0.1}[detail]
    bark = f"bark_{params.bark}"
    tint = (0.36, 0.34, 0.31) if params.bark == "papery" else (0.094, 0.076, 0.060)
    parts = [crown_wood(points, parents, radii, bark, detail, tint, flare, params.bark)]
    if detail == "near":
        parts.append(shoot_wood(shoots, 0.55 * float(radii.min()), bark, tint))
    parts.append(leaves(shoots, foliage, lobes, keep, leaf_template(foliage, detail), rng))
    return merge(parts)


def _crown(params: Params, rng: np.random.Generator) -> Lobes:
    """Lobes around an egg that is widest below its middle, one leading lobe at the top, the others round about."""
    base, top = params.crown_base * params.height, params.height
    half_width, half_height = 0.5 * params.crown_width * params.height, 0.5 * (top - base)
    share = (np.arange(params.lobes) + 0.5) / params.lobes
    rise = -0.9 + 1.75 * share**0.9 + rng.normal(0, 0.08, params.lobes)
    azimuth = np.arange(params.lobes) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.35, params.lobes)
    egg = np.sqrt(np.clip(1 - rise**2, 0.02, 1)) * (1 - 0.22 * rise)
    size = (0.5 - 0.16 * params.openness) * rng.uniform(0.75, 1.2, params.lobes)
    out = np.maximum(egg - 0.75 * size, 0.05) * rng.uniform(0.75, 1.12, params.lobes)
    lean = rng.normal(0, 0.07, 2) * half_width
    centres = np.stack(
        [
            half_width * out * np.cos(azimuth) + lean[0] * (1 + rise),
            half_width * out * np.sin(azimuth) + lean[1] * (1 + rise),
            0.5 * (base + top) + half_height * rise * (1 - 0.8 * size),
        ],
        1,
    )
    axes = np.stack([half_width * size * 1.15, half_width * size * 1.15, half_height * size * 0.8], 1)
    axes[:, 2] = np.clip(axes[:, 2], 0.5 * axes[:, 0], 1.6 * axes[:, 0])
    centres[:, 2] = np.minimum(centres[:, 2], top - axes[:, 2])
    centres[:, 2] = np.maximum(centres[:, 2], 0.8 * base + 0.8 * axes[:, 2])
    return Lobes(centres.astype(np.float32), axes.astype(np.float32))


def _skeleton(params: Params, lobes: Lobes, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Nodes (N, 3) m and parents (N,): a trunk into the crown, then the colonised crown, smoothed."""
    step = params.height / 48
    number = max(6, int((params.crown_base + 0.14 + 0.35 * params.light_seeking) * params.height / step))
    z = np.append([-1.0, -0.35, 0, 0.25, 0.55, 0.95, 1.45, 2.1], np.arange(3, number)) * step  # finer where roots flare
    sway = rng.normal(0, 0.10 * (0.3 + params.gnarl) * step, (len(z), 2)).cumsum(0)
    sway = (sway - sway[2]) * np.linspace(0, 1, len(z))[:, None]
    trunk = np.column_stack([sway, z]).astype(np.float32)
    parents: Ints = np.arange(-1, len(z) - 1, dtype=np.int32)
    free = lobes.fill(3400, rng)
    growth = Growth(
        step=step,
        influence=7 * step,
        reach=1.6 * step,
        tropism=(0, 0, 0.05 + 0.3 * params.light_seeking),
        wander=0.06 + 0.3 * params.gnarl,
    )
    points, parents = colonise(trunk, parents, free, growth, rng)
    return smoothed(points, parents, 2), parents


def _thicken(params: Params, parents: Ints) -> Floats:
    """Radii (N,) m by the pipe model, scaled so that the trunk has the girth asked for."""
    tip = 0.0007 * params.height
    ends = int((np.bincount(parents[parents >= 0], minlength=len(parents)) == 0).sum())
    exponent = np.clip(np.log(max(ends, 2)) / np.log(params.girth * params.height / tip), 1.7, 3.2)
    return pipe_radii(parents, tip, float(exponent))
