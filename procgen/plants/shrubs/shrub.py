"""A shrub: several stems from one stock, that fork low and fill a rounded, broken crown with small firm leaves.

Grows as a broadleaf tree does, without a trunk: stems leave the stock at an angle, and all of them colonise the same lobes
above the ground. Some shrubs carry berries at the ends of their shoots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames
from ..anatomy.parts import FRUIT, blades
from ..anatomy.skeleton import UP, Floats, Ints, pipe_radii, smoothed
from ..growth.colonise import Growth, colonise
from ..growth.crown import Foliage, Lobes, Shoots, crown_wood, leaf_template, leafy_shoots, leaves, shoot_wood
from ..growth.season import Palette, deciduous
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(1.4, "height of the shrub", unit="m", low=0.2, high=5)
    width: float = parameter(1.25, "width, as a share of the height", low=0.5, high=3)
    stems: int = parameter(6, "stems from the stock", low=2, high=16)
    lobes: int = parameter(9, "masses of foliage that the crown falls into", low=3, high=24)
    shoots: int = parameter(2500, "leafy shoots near by", low=100, high=8000)
    leaf_length: float = parameter(0.05, "length of a leaf at 1.4 m of height", unit="m", low=0.01, high=0.2)
    leaf_width: float = parameter(0.5, "width of a leaf, as a share of its length", low=0.08, high=1.2)
    upright: float = parameter(0.4, "how strongly branches turn upward", low=0, high=1)
    berries: int = parameter(0, "berries on the shrub", low=0, high=2000)


_GREEN = Palette(
    spring=((0.06, 0.12, 0.02), (0.12, 0.20, 0.03)),
    summer=((0.030, 0.062, 0.024), (0.052, 0.095, 0.030), (0.095, 0.125, 0.034)),
    autumn=((0.30, 0.24, 0.03), (0.36, 0.20, 0.02)),
)
_BARK = (0.094, 0.076, 0.060)
SPECIES = (
    species("hazel", "a hazel: many stems from one stock", height=(1.0, 2.6)),
    species("dog_rose", "a dog rose with hips", height=(0.8, 2.0), berries=(120, 360)),
)


@family("shrub", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the shrub, standing on z = 0. About 55,000 faces near, 14,000 middle, 4,500 far."""
    lobes = _crown(params, rng)
    points, parents = _skeleton(params, lobes, rng)
    radii = pipe_radii(parents, 0.0016 * params.height, 2.5)
    size = params.height / 1.4
    foliage = Foliage(
        shoot=0.17 * size,
        leaves=7,
        leaf=params.leaf_length * size,
        width=params.leaf_width,
        divergence=float(np.radians(137.5)),
        droop=0.1,
        shoulder=0.4,
        ramp=deciduous(_GREEN, params.season, params.vigour).ramp,
    )
    shoots = leafy_shoots(points, parents, radii, 2.6 * float(radii.min()), params.shoots, foliage.shoot, rng)
    keep = {"near": 1.0, "middle": 0.35, "far": 0.12}[detail]
    parts = [crown_wood(points, parents, radii, "bark_smooth", detail, _BARK)]
    if detail == "near":
        parts.append(shoot_wood(shoots, 0.6 * float(radii.min()), "bark_smooth", _BARK))
    parts.append(leaves(shoots, foliage, lobes, keep, leaf_template(foliage, detail), rng))
    if params.berries:
        parts.append(_berries(params, shoots, lobes, detail, rng))
    return merge(parts)


def _crown(params: Params, rng: np.random.Generator) -> Lobes:
    half = 0.5 * params.width * params.height
    azimuth = np.arange(params.lobes) * GOLDEN_ANGLE + rng.uniform(0, 6.3) + rng.normal(0, 0.4, params.lobes)
    share = (np.arange(params.lobes) + 0.5) / params.lobes
    size = rng.uniform(0.36, 0.56, params.lobes)
    out = np.maximum(np.sqrt(1 - 0.85 * share**1.5) - 0.8 * size, 0.05) * rng.uniform(0.8, 1.15, params.lobes)
    axes = np.stack([1.15 * half * size, 1.15 * half * size, 0.68 * params.height * size], 1)
    z = params.height * (0.2 + 0.66 * share**1.2 + rng.normal(0, 0.05, params.lobes))
    z = np.clip(z, 0.04 * params.height + 0.7 * axes[:, 2], params.height - axes[:, 2])
    centres = np.stack([half * out * np.cos(azimuth), half * out * np.sin(azimuth), z], 1)
    return Lobes(centres.astype(np.float32), axes.astype(np.float32))


def _skeleton(params: Params, lobes: Lobes, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Stems from the stock, then the colonised crown: nodes (N, 3) m and parents (N,)."""
    step = params.height / 30
    count, nodes = params.stems, 6
    azimuth = np.arange(count) * (2 * np.pi / count) + rng.normal(0, 0.3, count)
    lean = rng.uniform(0.15, 0.75, count) * min(params.width, 1.5)
    u = np.arange(-1, nodes - 1) * step
    out = 0.03 * params.height * rng.uniform(0.2, 1, count)[:, None] + np.maximum(u, 0) * np.sin(lean)[:, None]
    level = np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None] * out[..., None]
    stems = np.concatenate([level, (u * np.cos(lean)[:, None])[..., None]], -1).astype(np.float32)
    place = np.arange(count * nodes, dtype=np.int32)
    parents: Ints = np.where(place % nodes == 0, -1, place - 1).astype(np.int32)
    growth = Growth(
        step=step,
        influence=7 * step,
        reach=1.8 * step,
        tropism=(0, 0, 0.05 + 0.3 * params.upright),
        wander=0.2,
    )
    points, parents = colonise(stems.reshape(-1, 3), parents, lobes.fill(1600, rng), growth, rng)
    return smoothed(points, parents, 1), parents


def _berries(params: Params, shoots: Shoots, lobes: Lobes, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Round fruit at the ends of shoots in the light, two or three together."""
    bunches = max(1, params.berries // 3)
    outer = lobes.outerness(shoots.end)
    chosen = np.argsort(-(outer + 0.8 * rng.random(len(outer))), kind="stable")[:bunches]
    row = np.repeat(chosen, 3)
    size = 0.011 * (params.height / 1.4) * rng.uniform(0.75, 1.15, len(row))
    place = shoots.end[row] + (rng.normal(0, 0.9, (len(row), 3)) - UP * 0.6) * size[:, None]
    random = rng.random(len(row))
    step = {"near": 1, "middle": 4, "far": 12}[detail]
    turned = frames(rng.normal(size=(len(row), 3)), np.broadcast_to(UP, (len(row), 3)))[::step]
    scale = size[::step] * step**0.3
    return blades(_ball(), place[::step], turned, scale, "fruit", FRUIT, np.array([0.40, 0.040, 0.017]), random[::step])


def _ball() -> Template:
    """A ball of diameter 1 from a cube with four faces a side."""
    line = np.tan(np.array([-1, 0, 1]) * np.pi / 4)
    a, b = (grid.ravel() for grid in np.meshgrid(line, line, indexing="ij"))
    sides = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            face = np.empty((9, 3))
            face[:, axis] = sign
            face[:, (axis + 1) % 3] = a if sign > 0 else b
            face[:, (axis + 2) % 3] = b if sign > 0 else a
            sides.append(face)
    points = np.concatenate(sides)
    points *= 0.5 / np.sqrt((points * points).sum(1, keepdims=True))
    corners = np.array([[0, 3, 4, 1], [1, 4, 5, 2], [3, 6, 7, 4], [4, 7, 8, 5]], np.int32)
    faces = (9 * np.arange(6, dtype=np.int32)[:, None, None] + corners).reshape(-1, 4)
    return Template(points.astype(np.float32), faces, np.zeros((len(points), 2), np.float32))
