"""A boxwood: an evergreen dome, so dense with tiny glossy leaves that its wood does not show.

How it grows. Stems fork from the ground and fill a lumpy dome (space colonisation); from the wood shoots reach its surface
and carry leaves in pairs, each across the last. The dome is no clipped ball: shoots end a little before and behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, simple_leaf
from ..anatomy.outlines import leaf, plain_leaf
from ..anatomy.skeleton import UP, Floats, Ints, pipe_radii, smoothed, squared, unit
from ..growth.colonise import Growth, colonise
from ..growth.crown import crown_wood
from ..growth.mantle import Mantle, clothe, gradient, mantle, sheared
from ..growth.season import Palette, evergreen
from ..growth.shoots import twig_wood
from ..growth.species import Seasonal, family, species

_GREEN = Palette(
    ((0.075, 0.125, 0.022), (0.120, 0.175, 0.030), (0.160, 0.215, 0.040)),
    ((0.022, 0.048, 0.009), (0.038, 0.076, 0.012), (0.066, 0.110, 0.018)),
    ((0.060, 0.070, 0.018), (0.100, 0.080, 0.022)),
)
_BARK = (0.190, 0.165, 0.125)
_MOST_FACES = {"near": 112_000, "middle": 19_000, "far": 6_200}
_MOST_LEAVES = {"near": 24_000, "middle": 17_000, "far": 5_400}


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.9, "height of the shrub when it is grown", unit="m", low=0.2, high=2.5)
    width: float = parameter(1.15, "width, as a share of the height", low=0.5, high=2)
    stems: int = parameter(7, "stems from the ground", low=2, high=16)
    lumps: int = parameter(22, "swellings of the dome", low=0, high=60)
    relief: float = parameter(0.09, "height of these, as a share of the dome's", low=0, high=0.3)
    leaf_length: float = parameter(0.021, "length of a leaf", unit="m", low=0.008, high=0.05)
    leaf_width: float = parameter(0.52, "width of a leaf, as a share of its length", low=0.25, high=0.9)
    density: float = parameter(3.4, "area of the leaves over that of the dome", low=1, high=6)


SPECIES = (
    species(
        "boxwood", "a boxwood: a dense evergreen dome of tiny glossy leaves", height=(0.6, 1.2), width=(0.95, 1.35),
        stems=(5, 9), lumps=(14, 34), relief=(0.05, 0.13), leaf_length=(0.018, 0.024), leaf_width=(0.46, 0.58),
        density=(3.2, 4.0),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Dome:
    """A lumpy ellipsoid on z = 0, its widest part low: `axes` (3,) m, swellings at `lumps` (K, 3) unit. A `mantle.Form`."""

    axes: Floats
    lumps: Floats
    relief: float

    def distance(self, points: Floats) -> Floats:
        """About the signed distance (N,) m of points (N, 3) m: exact on the surface, true to first order near it."""
        scaled = (points - self._middle) / self.axes
        reach = np.sqrt(squared(scaled))
        radius = self._radius(scaled / np.maximum(reach, 1e-9)[:, None])
        size = np.sqrt(squared(points - self._middle))
        return size * (1 - radius / np.maximum(reach, 1e-9))

    def surface(self, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Points and normals (count, 3), evenly over the dome above the ground."""
        way = unit(rng.normal(size=(4 * count, 3)))
        stretch = np.sqrt(squared(way / self.axes))
        even = rng.random(4 * count) * float(stretch.max()) < stretch
        points = way * self.axes * self._radius(way)[:, None] + self._middle
        points = points[even & (points[:, 2] > 0.04 * self.axes[2])][:count].astype(np.float32)
        return points, gradient(self.distance, points)

    @property
    def _middle(self) -> Floats:
        return np.array([0, 0, 0.72 * self.axes[2]])

    def _radius(self, way: Floats) -> Floats:
        if len(self.lumps) == 0:
            return np.ones(len(way))
        nearness = np.zeros(len(way))
        x, y, z = np.ascontiguousarray(way.T)
        for lump in self.lumps:
            nearness = np.maximum(nearness, x * lump[0] + y * lump[1] + z * lump[2])
        return 1 - self.relief * np.clip(6.0 * (1 - nearness), 0, 1)


@family("boxwood", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the shrub, standing on z = 0. About 110,000 faces near, 18,000 middle, 6,000 far."""
    wood_rng, leaf_rng = rng.spawn(2)
    grown = 0.2 + 0.8 * (1 - (1 - params.age) ** 2)
    dome = _dome(params, grown, wood_rng)
    points, parents = _skeleton(params, dome, wood_rng)
    radii = pipe_radii(parents, 0.0012, 2.3)
    a, _, c = dome.axes
    wanted = params.density * 3.4 * np.pi * a * c / (0.62 * params.leaf_width * params.leaf_length**2)
    total = float(np.clip(wanted, 1_500, 60_000))
    ends, normals = dome.surface(max(150, round(total / 11)), wood_rng)
    depth = 0.006 + sheared(len(ends), min(0.11, 0.4 * float(a)), 0.6 * float(min(a, c)), wood_rng)
    ends = ends - normals * depth[:, None].astype(np.float32)
    weak = wood_rng.random(len(ends)) < 0.5 * max(0.0, 0.6 - params.vigour)
    shoots = mantle(points, ends[~weak], normals[~weak])

    parts = [
        crown_wood(points, parents, radii, "bark_scaly", detail, _BARK),
        twig_wood(shoots, 0.0007, "bark_smooth", (0.056, 0.070, 0.026), detail),
    ]
    leafage = evergreen(_GREEN, params.season, params.vigour)
    full, plain = leaf("blunt", params.leaf_width / 0.52), plain_leaf("blunt", params.leaf_width / 0.52)
    pair = (full, simple_leaf(params.leaf_width, 0.3, 0.1, 0.48)) if detail == "near" else (plain, plain)
    how = Mantle(params.leaf_length * leafage.size, 7, 0.085, False, 0.014, 0.25)
    room = _MOST_FACES[detail] - sum(len(part.faces) for part in parts)
    parts.append(clothe(shoots, dome, how, leafage.share, leafage.ramp, pair, _MOST_LEAVES[detail], room, leaf_rng))
    return merge(parts)


def _dome(params: Params, grown: float, rng: np.random.Generator) -> Dome:
    height = params.height * grown
    axes = np.array([0.5 * params.width, 0.5 * params.width * rng.uniform(0.86, 1.0), 1 / 1.72]) * height
    return Dome(axes, unit(rng.normal(size=(params.lumps, 3)) + 0.35 * UP), params.relief)


def _skeleton(params: Params, dome: Dome, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Stems from the ground, then the colonised dome: nodes (N, 3) m and parents (N,)."""
    a, b, c = dome.axes
    step, nodes = 0.075 * float(c), 5
    azimuth = np.arange(params.stems) * GOLDEN_ANGLE + rng.uniform(0, 6.3)
    lean = rng.uniform(0.15, 0.7, params.stems)
    u = np.linspace(-0.04 * c, nodes * step, nodes)
    out = 0.05 * a + np.maximum(u, 0) * np.sin(lean)[:, None]
    level = np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None] * out[..., None]
    stems = np.concatenate([level, (u * np.cos(lean)[:, None])[..., None]], -1).astype(np.float32)
    place = np.arange(params.stems * nodes, dtype=np.int32)
    parents: Ints = np.where(place % nodes == 0, -1, place - 1).astype(np.int32)
    inside = rng.uniform(-1, 1, (2600, 3)) * [a, b, 0.86 * c] + [0, 0, 0.86 * c]
    inside = inside[dome.distance(inside) < -0.06 * a]
    way = Growth(step=step, influence=7 * step, reach=1.5 * step, tropism=(0, 0, 0.15), wander=0.2, nodes=3000)
    points, parents = colonise(stems.reshape(-1, 3), parents, inside.astype(np.float32), way, rng)
    return smoothed(points, parents, 1), parents
