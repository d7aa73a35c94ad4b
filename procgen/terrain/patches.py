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
