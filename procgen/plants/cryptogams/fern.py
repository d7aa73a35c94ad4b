"""A fern: a shuttlecock of arching fronds, each twice divided: rachis, pinnae to both sides, pinnules to both sides of these.

Fronds leave the crown of the rhizome steeply and bow outward under their weight; what they carry is `growth.fronds`. They turn
in autumn, and the brown ones of winter lie till spring. `middle` draws a pinna as one folded blade, `far` as one quad for two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE
from ..growth.fronds import Fronds, arching, laminae, pinnae_of, stalks
from ..growth.season import Palette, deciduous
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    fronds: int = parameter(16, "fronds in the crown", low=3, high=30)
    length: float = parameter(0.8, "length of a frond", unit="m", low=0.1, high=2.5)
    width: float = parameter(0.34, "width of a frond, as a share of its length", low=0.1, high=0.6)
    pinnae: int = parameter(24, "pairs of pinnae on a frond", low=6, high=40)
    pinnules: int = parameter(9, "pairs of pinnules on a pinna", low=3, high=20)
    arch: float = parameter(0.55, "how far fronds bow over", low=0, high=1)
    opening: float = parameter(28.0, "angle at which fronds leave the crown, from upright", unit="degrees", low=5, high=70)


_STALK = np.array([0.065, 0.080, 0.030])
_DRY = np.array([0.150, 0.085, 0.040])
_GREEN = Palette(
    spring=((0.070, 0.140, 0.022), (0.130, 0.200, 0.035)),
    summer=((0.036, 0.085, 0.016), (0.066, 0.130, 0.022), (0.120, 0.155, 0.028)),
    autumn=((0.120, 0.130, 0.024), (0.280, 0.190, 0.045), (0.210, 0.110, 0.040)),
)
SPECIES = (
    species(
        "fern", "a male fern: a shuttlecock of twice divided fronds", length=(0.55, 1.05), fronds=(14, 20), width=(0.31, 0.38)
    ),
)


@family("fern", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the fern, standing on z = 0: about 17,000 faces near, 1,700 middle, 450 far."""
    grown = 0.25 + 0.75 * params.age**0.6
    leafage = deciduous(_GREEN, params.season, params.vigour, kept=0.55)
    fronds = _crown(params, grown, rng)
    kept = np.arange(0, len(fronds.length), 1 if leafage.share > 0.6 else 2)  # half of them lie rotten by winter
    fronds = Fronds(fronds.paths[kept], fronds.across[kept], fronds.length[kept])
    dead = 0.6 if params.season == "winter" else 0.0
    parts = [stalks(fronds, 0.0065 * fronds.length, "stem", _STALK * (1 - dead) + _DRY * dead, detail)]
    pinnae = pinnae_of(fronds, params.pinnae, params.width * leafage.size, rng)
    parts.append(laminae(pinnae, params.pinnules, leafage.ramp, detail, rng))
    return merge(parts)


def _crown(params: Params, grown: float, rng: np.random.Generator) -> Fronds:
    """Fronds round the crown of the rhizome, the older ones longer, lower and outside."""
    count = max(3, round(params.fronds * grown))
    azimuth = np.arange(count) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.18, count)
    age = np.linspace(0, 1, count)
    length = params.length * grown * (0.72 + 0.33 * age) * rng.uniform(0.85, 1.1, count)
    opening = np.radians(params.opening) * (0.55 + 0.6 * age) + rng.normal(0, 0.07, count)
    bow = params.arch * (1.0 + 0.75 * age) * rng.uniform(0.8, 1.2, count) * 1.2
    foot = 0.02 * params.length * grown * np.stack([np.cos(azimuth), np.sin(azimuth), 0 * azimuth], -1)
    veer, roll = rng.normal(0, 0.22, (2, count))
    return arching(foot, azimuth, length, opening, bow, veer, roll, 0.004 * params.length)
