"""What no height map can hold: arches, overhangs and stacks of rock, as signed distances joined to the land.

A form is a function of the place, negative inside rock. It is joined to the land by a smooth union, which is exactly the land
from `FILLET` metres off the form on; of the joint skin only the part that differs from the land is kept, and its border is laid
on `Terrain.height`. So the rock grows out of the ground, and where the patch ends it is the ground.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, in_blocks
from .land import Terrain
from .noise import fbm3, noise2
from .surface_nets import surface_nets

Form: TypeAlias = Callable[[Floats, Floats, Floats], Floats]
FILLET = 0.9
"""Metres within which form and land flow into each other."""
_NEARLY = 0.004


@dataclass(frozen=True)
class Patch:
    """A skin of quads: points (N, 3) float32, faces (F, 4), and `own` (N,), 1 on the form to 0 on the land."""

    points: Floats
    faces: NDArray[np.int32]
    own: Floats


def patch(
    terrain: Terrain, form: Form, low: tuple[float, float, float], high: tuple[float, float, float], cell: float
) -> Patch:
    """Return the form in the box from `low` to `high` m as a patch of the land, with quads of about `cell` metres.

    The form must keep `FILLET` from the box's sides and top, and reach into the ground.
    """
    axes = [np.arange(a, b + cell, cell, dtype=np.float32) for a, b in zip(low, high, strict=True)]
    x, y = np.meshgrid(axes[0], axes[1], indexing="ij")
    ground, slope = terrain.height(x, y), terrain.slope(x, y, 0.5 * cell)
    z = axes[2][None, None, :]
    land = (z - ground[..., None]) / np.sqrt(1 + slope * slope)[..., None]
    solid = in_blocks(lambda *at: (form(*at),), (x[..., None], y[..., None], z), 1)[0]
    points, faces = surface_nets(smooth_union(land, solid), (low[0], low[1], low[2]), cell)
    away = in_blocks(lambda *at: (form(*at),), tuple(points.T), 1)[0]
    near = away < np.float32(FILLET + _NEARLY)
    faces = faces[near[faces].any(1)]
    used, renumbered = np.unique(faces, return_inverse=True)
    faces, points = renumbered.reshape(-1, 4).astype(np.int32), points[used]
    border = border_points(faces, len(points))
    points[border, 2] = terrain.height(points[border, 0], points[border, 1])
    own = np.clip(1 - away[used] / np.float32(FILLET), 0, 1)
    return Patch(points, faces, own.astype(np.float32))


def smooth_union(a: Floats, b: Floats) -> Floats:
    """Return the smaller of two distances, rounded where both are within `FILLET` of each other (Quilez 2013, quadratic)."""
    overlap = np.maximum(np.float32(FILLET) - np.abs(a - b), 0) * np.float32(1 / FILLET)
    return np.minimum(a, b) - overlap * overlap * np.float32(0.25 * FILLET)


def border_points(faces: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Return which of `count` points lie on an edge of only one of the faces (F, 4)."""
    edges = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2), 1)
    single, uses = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(count, bool)
    border[single[uses == 1].ravel()] = True
    return border


def bedded(x: Floats, y: Floats, z: Floats, seed: int, rough: float) -> Floats:
    """Return by how many metres weathered rock in flat beds stands out at a place: beds, hollows and grain."""
    bed = noise2(z * np.float32(0.55), (x + y) * np.float32(0.01), seed) + 0.5 * noise2(z * np.float32(1.9), x * 0, seed + 1)
    return np.float32(rough) * (
        np.float32(0.5) * bed + fbm3(x / np.float32(4.5), y / np.float32(4.5), z / np.float32(3), seed + 2, 4)
    )


@dataclass(frozen=True)
class Arch:
    """A fin of rock with an opening through it: middle x, y and the ground's z there in m; turn of its length in rad; length,
    thickness and height of the fin, span and rise of the opening in m; seed of its weathering."""

    x: float
    y: float
    z: float
    turn: float
    length: float
    thick: float
    height: float
    span: float
    rise: float
    seed: int

    def form(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return about how many metres outside the rock a place lies, negative inside, in blocks."""
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        dx, dy, up = x - np.float32(self.x), y - np.float32(self.y), z - np.float32(self.z)
        along, across = c * dx + s * dy, c * dy - s * dx
        # The fin's back sinks towards its ends, and it stands broader below.
        ends = (along / np.float32(0.5 * self.length)) ** 2
        top = np.float32(self.height) * (1 - np.float32(0.45) * ends)
        half = np.float32(0.5 * self.thick) * (np.float32(1.25) - np.float32(0.4) * np.clip(up / top, 0, 1))
        q = (np.abs(along) - np.float32(0.5 * self.length), np.abs(across) - half, up - top)
        outside = np.sqrt(sum(np.maximum(part + np.float32(1), 0) ** 2 for part in q)) - np.float32(1)
        fin = np.maximum(outside, np.float32(-12))
        hole = np.sqrt((along / np.float32(0.5 * self.span)) ** 2 + (np.maximum(up, 0) / np.float32(self.rise)) ** 2)
        opening = (1 - hole) * np.float32(min(0.5 * self.span, self.rise))
        return np.maximum(fin, opening) - bedded(x, y, z, self.seed, 0.55)

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return the lowest and the highest corner of a box with room around."""
        c, s, room = abs(np.cos(self.turn)), abs(np.sin(self.turn)), 3.0
        a, b = 0.5 * self.length, 0.7 * self.thick
        ex, ey = a * c + b * s + room, a * s + b * c + room
        return (self.x - ex, self.y - ey, self.z - 7.0), (self.x + ex, self.y + ey, self.z + self.height + room)
