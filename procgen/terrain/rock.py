"""A stone: a block that joints have cut, worn round or left sharp, layered or not, and roughened by frost.

The form is a function of the direction from the middle, so that all details share it. Joint planes with normals n and
distances d bound a convex block; the p-norm distance r(u) = (sum (max(n.u, 0) / d)^p)^(-1/p) rounds its edges, softly for
small p, sharply for large p. Bedding pushes layers in and out, and fractal noise wears the surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..meshes import MeshData
from ..registry import Detail, Generator, add_generator
from ..spec import parameter
from .blocks import in_blocks
from .noise import fbm3, noise3

Floats: TypeAlias = NDArray[np.floating[Any]]
_ICOSAHEDRON = """
0 11 5  0 5 1  0 1 7  0 7 10  0 10 11  1 5 9  5 11 4  11 10 2  10 7 6  7 1 8
3 9 4  3 4 2  3 2 6  3 6 8  3 8 9  4 9 5  2 4 11  6 2 10  8 6 7  9 8 1
"""
_EDGES = {"granite": 26.0, "limestone": 70.0, "slate": 60.0, "sandstone": 32.0, "basalt": 85.0}
"""How sharp the edges of a fresh block are: the exponent of its p-norm."""
_BEDS = {
    "granite": (0.0, 1.0),
    "limestone": (0.02, 0.34),
    "slate": (0.055, 0.12),
    "sandstone": (0.03, 0.2),
    "basalt": (0.0, 1.0),
}
"""How far beds stand out, and their thickness, of the half length."""
GEOLOGIES = ("granite", "limestone", "slate", "sandstone", "basalt")


@dataclass(frozen=True)
class Params:
    geology: str = parameter(
        "granite",
        "granite: worn round; limestone: angular blocks; slate: thin beds; sandstone: beds; basalt: rough blocks",
        choices=GEOLOGIES,
    )
    size: float = parameter(0.8, "longest extent", unit="m", low=0.03, high=12)
    flatness: float = parameter(0.3, "0 is as high as broad, 1 is a slab", low=0, high=1)
    joints: int = parameter(13, "planes that the block broke along", low=4, high=40)
    wear: float = parameter(0.5, "how far edges have been rounded", low=0, high=1)
    roughness: float = parameter(0.5, "how uneven the surface is", low=0, high=1)
    sunk: float = parameter(0.22, "share of the height that lies in the ground", low=0, high=0.7)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Params:
        geology = GEOLOGIES[int(rng.choice(3, p=[0.5, 0.3, 0.2]))]
        return cls(
            geology=geology,
            size=round(float(0.35 * np.exp(rng.normal(0.6, 0.55))), 9),
            flatness=float(rng.uniform(0.45, 0.75) if geology == "slate" else rng.uniform(0.1, 0.5)),
            joints=int(rng.integers(9, 18)),
            wear=float(rng.uniform(0.5, 0.95) if geology == "granite" else rng.uniform(0.1, 0.45)),
            roughness=float(rng.uniform(0.3, 0.8)),
            sunk=float(rng.uniform(0.12, 0.35)),
        )

    @classmethod
    def of_lava(cls, rng: np.random.Generator) -> Params:
        """Draw a block of lava: angular, uneven, hardly worn."""
        return cls(
            geology="basalt",
            size=round(float(0.35 * np.exp(rng.normal(0.4, 0.5))), 9),
            flatness=float(rng.uniform(0.05, 0.4)),
            joints=int(rng.integers(7, 15)),
            wear=float(rng.uniform(0.2, 0.6)),
            roughness=float(rng.uniform(0.7, 1.0)),
            sunk=float(rng.uniform(0.1, 0.3)),
        )


def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the stone, its lower part sunk under z = 0: 20,480 triangles near, 5,120 middle, 1,280 far."""
    directions, faces = icosphere({"near": 5, "middle": 4, "far": 3}[detail])
    block, extent, turn = _block(params, directions, rng)
    seed = int(rng.integers(0, 2**31 - 1))
    bedding = np.append(rng.normal(0, 0.22, 2), 1.0)
    points = _weathered(params, directions, block, extent, bedding, seed)
    x, y = points[:, 0].copy(), points[:, 1].copy()
    points[:, 0], points[:, 1] = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    points *= params.size / (2 * extent.max())
    low, high = points[:, 2].min(), points[:, 2].max()
    points[:, 2] -= low + params.sunk * (high - low)
    return MeshData(points.astype(np.float32), faces, np.zeros(len(faces), np.int32), (f"stone_{params.geology}",))


def icosphere(subdivisions: int) -> tuple[Floats, NDArray[np.int32]]:
    """Return unit vectors (10 * 4^s + 2, 3) and triangles (20 * 4^s, 3), counter-clockwise from outside."""
    g = (1 + 5**0.5) / 2
    across = np.array([[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0]])
    points = np.concatenate([np.roll(across, shift, 1) for shift in range(3)]) / np.sqrt(1 + g * g)
    faces = np.array(_ICOSAHEDRON.split(), np.int32).reshape(-1, 3)
    for _ in range(subdivisions):
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1).astype(np.int64)
        key, place = np.unique(edges[:, 0] * len(points) + edges[:, 1], return_inverse=True)
        middle = points[key // len(points)] + points[key % len(points)]
        middle /= np.sqrt((middle * middle).sum(1, keepdims=True))
        ab, bc, ca = (place.reshape(3, -1) + len(points)).astype(np.int32)
        a, b, c = faces.T
        faces = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], 1).reshape(-1, 3)
        points = np.concatenate([points, middle])
    return points, faces.astype(np.int32)


def _block(params: Params, directions: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Distances (N,) to the rounded block along unit directions, the half axes (3,) to stretch it by, and its turn in rad."""
    normals = rng.normal(size=(params.joints, 3))
    if params.geology != "granite":
        family = np.eye(3)[rng.integers(0, 3, params.joints)] * rng.choice([-1.0, 1.0], (params.joints, 1))
        normals = family + 0.32 * normals
    box = np.concatenate([np.eye(3), -np.eye(3)])
    normals = np.concatenate([normals, box])
    normals /= np.sqrt((normals * normals).sum(1, keepdims=True))
    distance = np.append(rng.uniform(0.72, 1.02, params.joints), np.full(6, 1.0))
    power = _EDGES[params.geology] ** (1.12 - 0.75 * params.wear)
    cosine = sum(np.multiply.outer(directions[:, axis], normals[:, axis]) for axis in range(3))
    facing = np.maximum(cosine, 0) / distance
    block = (np.maximum(facing, 1e-6) ** power).sum(1) ** (-1 / power)
    breadth = rng.uniform(0.62, 0.95)
    extent = np.array([1.0, breadth, max(0.16, 0.85 * (1 - params.flatness))])
    return block, extent, float(rng.uniform(0, 2 * np.pi))


def _weathered(params: Params, directions: Floats, block: Floats, extent: Floats, bedding: Floats, seed: int) -> Floats:
    """Points (N, 3) of the stone with half axes `extent`, moved along the directions by beds and noise."""
    shape = directions * block[:, None] * extent
    rough = params.roughness

    def swell(x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
        broad = fbm3(x * np.float32(1.3), y * np.float32(1.3), z * np.float32(1.3), seed, 2)
        fine = fbm3(x * np.float32(5), y * np.float32(5), z * np.float32(5), seed + 50, 4, 0.55)
        return broad, fine, noise3(x * np.float32(2), y * np.float32(2), z * np.float32(2), seed + 90)

    broad, fine, bend = in_blocks(swell, list(shape.T), 3, threads=1)
    amount, thickness = _BEDS[params.geology]
    height = (shape * bedding).sum(1) / thickness + 0.35 * bend
    phase = height - np.floor(height)
    ledge = np.minimum(1, 5 * phase) * np.minimum(1, 5 * (1 - phase))
    layer = np.sin(np.floor(height) * 12.9898 + seed % 97)
    upright = 1 - np.abs(directions[:, 2]) ** 2
    move = (0.05 + 0.10 * rough) * broad + (0.012 + 0.035 * rough) * fine
    move += amount * upright * (0.8 * layer + 0.6 * ledge)
    return shape * (1 + move)[:, None]


add_generator(
    Generator("rock", "rock", "a stone: granite, limestone, slate, sandstone or basalt", Params, Params.sample, build, "rock")
)
