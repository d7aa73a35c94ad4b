"""A clipped hedge: a row of plants whose shoots all end at the faces of a box with rounded edges.

How it grows. Plants stand in a row, stems fork from the ground and fill the box (space colonisation), and from the wood shoots
reach the places on the box where the shears have stopped them; leaves stand on their last few centimetres, none beyond the
clipped face. Here and there a shoot has died and leaves a gap, more of them towards the foot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.outlines import leaf, plain_leaf
from ..anatomy.skeleton import Floats, Ints, pipe_radii, smoothed, squared, unit
from ..growth.colonise import Growth, colonise
from ..growth.crown import crown_wood
from ..growth.mantle import Mantle, clothe, mantle, sheared
from ..growth.season import Leafage, Palette, deciduous, evergreen
from ..growth.shoots import twig_wood
from ..growth.species import Seasonal, family, species

PLANTS = ("hornbeam", "privet")
"""Hornbeam turns yellow and keeps half of its withered leaves over winter; privet stays green."""
_HORNBEAM = Palette(
    ((0.075, 0.140, 0.020), (0.120, 0.200, 0.028), (0.165, 0.240, 0.038)),
    ((0.034, 0.074, 0.011), (0.056, 0.106, 0.014), (0.088, 0.136, 0.020)),
    ((0.200, 0.190, 0.030), (0.360, 0.260, 0.028), (0.300, 0.150, 0.030)),
)
_PRIVET = Palette(
    ((0.070, 0.130, 0.022), (0.110, 0.180, 0.030), (0.150, 0.215, 0.040)),
    ((0.026, 0.056, 0.012), (0.042, 0.082, 0.015), (0.068, 0.110, 0.021)),
    ((0.040, 0.070, 0.020), (0.070, 0.095, 0.026)),
)
_BARK = (0.135, 0.115, 0.092)
_MOST_FACES = {"near": 100_000, "middle": 19_000, "far": 6_200}
_MOST_LEAVES = {"near": 28_000, "middle": 16_000, "far": 5_200}


@dataclass(frozen=True)
class Params(Seasonal):
    length: float = parameter(2.0, "length of the clipped box, along x", unit="m", low=0.6, high=4)
    height: float = parameter(1.3, "height of it when the hedge is grown", unit="m", low=0.4, high=2.5)
    width: float = parameter(0.6, "width of it when the hedge is grown", unit="m", low=0.25, high=1.2)
    rounding: float = parameter(0.25, "radius of its edges, as a share of half its width", low=0.05, high=0.9)
    plant: str = parameter("hornbeam", "what it is planted with", choices=PLANTS)
    gaps: float = parameter(0.12, "share of the face where shoots have died", low=0, high=0.5)
    leaf_length: float = parameter(0.06, "length of a leaf with its petiole", unit="m", low=0.02, high=0.12)
    density: float = parameter(3.6, "area of the leaves over that of the clipped faces", low=1, high=6)


SPECIES = (
    species(
        "hedge", "a clipped hedge of hornbeam or privet", length=(1.4, 2.8), height=(1.0, 1.7), width=(0.45, 0.75),
        rounding=(0.15, 0.4), plant=["hornbeam", "privet"], gaps=(0.03, 0.12), leaf_length=(0.05, 0.066), density=(4.0, 5.0),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class RoundedBox:
    """A box on z = 0 whose edges are rounded by `radius` m; `half` (3,) m are half its sides. It is a `mantle.Form`."""

    half: Floats
    radius: float

    def distance(self, points: Floats) -> Floats:
        """Signed distance (N,) m of points (N, 3) m (Quilez, "3D SDFs")."""
        sunk = np.array([0, 0, 0.5 * self.radius])  # the sides go on straight into the ground
        away = np.abs(points - np.array([0, 0, self.half[2]]) + sunk) - (self.half + sunk - self.radius)
        outside = np.sqrt(squared(np.maximum(away, 0)))
        return outside + np.minimum(np.maximum(np.maximum(away[:, 0], away[:, 1]), away[:, 2]), 0) - self.radius

    def surface(self, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Points and normals (count, 3), evenly over the four sides and the top."""
        x, y, z = self.half
        sides = rng.choice(5, count, p=np.array([y * z, y * z, x * z, x * z, x * y]) / (2 * (y + x) * z + x * y))
        points = rng.uniform(-1, 1, (count, 3)) * self.half
        axis, sign = np.array([0, 0, 1, 1, 2])[sides], np.array([1, -1, 1, -1, 1])[sides]
        points[np.arange(count), axis] = sign * self.half[axis]
        core = np.clip(points, -(self.half - self.radius), self.half - self.radius)
        core[:, 2] = np.minimum(points[:, 2], z - self.radius)
        normals = unit(points - core)
        return (core + normals * self.radius + np.array([0, 0, z])).astype(np.float32), normals.astype(np.float32)


@family("hedge", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the hedge along x, standing on z = 0. About 100,000 faces near, 18,000 middle, 6,000 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    box = clipped_box(params)
    grown = float(box.half[2] * 2 / params.height)
    points, parents = _skeleton(box, wood_rng)
    radii = pipe_radii(parents, 0.0016, 2.4)
    length = params.leaf_length * (0.75 + 0.25 * grown)
    full, plain = leaf("oval", 1.0 if params.plant == "hornbeam" else 0.85), plain_leaf("oval")
    faces = 4 * (2 * (box.half[0] + box.half[1]) * box.half[2] + box.half[0] * box.half[1])
    wanted = params.density * faces / (0.5 * float(np.ptp(plain.points[:, 0])) * length**2)
    total = float(np.clip(wanted, 800, 40_000))
    number = max(100, round(total / 8))
    ends, normals = box.surface(number, wood_rng)
    depth = 0.01 + sheared(number, min(0.16, 0.6 * float(box.half[1])), 0.95 * float(min(box.half)), wood_rng)
    ends = ends - normals * depth[:, None].astype(np.float32)
    alive = _alive(params, ends, wood_rng) | (depth > 0.45 * box.half[1])
    shoots = mantle(points, ends[alive], normals[alive])

    bark = "bark_smooth"
    parts = [
        crown_wood(points, parents, radii, bark, detail, _BARK),
        twig_wood(shoots, 0.0013, bark, (0.110, 0.085, 0.055), detail),
    ]
    leafage = _leafage(params)
    how = Mantle(length * leafage.size, 4, 0.13, params.plant == "hornbeam", 0.02, 0.3)
    room = _MOST_FACES[detail] - sum(len(part.faces) for part in parts)
    pair = (full, plain) if detail == "near" else (plain, plain)
    parts.append(clothe(shoots, box, how, leafage.share, leafage.ramp, pair, _MOST_LEAVES[detail], room, leaf_rng))
    return merge(parts)


def clipped_box(params: Params) -> RoundedBox:
    """The box that the hedge of this age is clipped to: low and thin when young, as long as it was planted."""
    grown = 0.25 + 0.75 * (1 - (1 - params.age) ** 2)
    half = 0.5 * np.array([params.length, params.width * (0.4 + 0.6 * grown), params.height * grown])
    return RoundedBox(half, float(params.rounding * min(half)))


def _skeleton(box: RoundedBox, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Stems in a row, 0.25 m apart, that fill the box with branches: nodes (N, 3) m and parents (N,)."""
    x, y, z = box.half
    count = max(2, round(2 * x / 0.25))
    foot = np.stack([(np.arange(count) + 0.5) * (2 * x / count) - x, np.zeros(count), np.zeros(count)], 1)
    foot += rng.normal(0, 1, (count, 3)) * [0.03, 0.08 * y, 0]
    nodes, step = 5, max(0.03, 0.05 * z * 2)
    rise = np.stack([np.zeros(nodes), np.zeros(nodes), np.linspace(-0.03, 0.22 * z, nodes)], 1)
    sway = rng.normal(0, 0.12 * step, (count, nodes, 3)).cumsum(1) * [1, 1, 0]
    stems = (foot[:, None] + rise + sway).astype(np.float32)
    place = np.arange(count * nodes, dtype=np.int32)
    parents: Ints = np.where(place % nodes == 0, -1, place - 1).astype(np.int32)
    inside = rng.uniform(-1, 1, (1700, 3)) * box.half + [0, 0, z]
    inside = inside[(box.distance(inside) < -0.05 * y) & (inside[:, 2] > 0.12 * z)]
    way = Growth(step=step, influence=7 * step, reach=1.5 * step, tropism=(0, 0, 0.3), wander=0.2, nodes=3000)
    points, parents = colonise(stems.reshape(-1, 3), parents, inside.astype(np.float32), way, rng)
    return smoothed(points, parents, 1), parents


def _alive(params: Params, ends: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which shoots (n,) live: they die in patches, more of them low down and on plants without vigour."""
    count = 14
    middle = ends[rng.integers(0, len(ends), count)]
    reach = rng.uniform(0.05, 0.16, count)
    away = np.sqrt(((ends[:, None] - middle) ** 2).sum(-1))
    bare = np.clip(1.3 - away / reach, 0, 1).max(1)
    low = np.clip(1 - ends[:, 2] / (0.25 * params.height), 0, 1)
    thin = params.gaps + 0.35 * max(0.0, 0.7 - params.vigour)
    chance = np.minimum(0.8, 2.5 * thin * bare) + 0.3 * thin + 1.2 * thin * low
    alive = rng.random(len(ends)) > np.minimum(chance, 0.9)
    alive[:20] = True
    return alive


def _leafage(params: Params) -> Leafage:
    if params.plant == "privet":
        return evergreen(_PRIVET, params.season, params.vigour)
    return deciduous(_HORNBEAM, params.season, params.vigour, kept=0.45)
