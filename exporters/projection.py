"""Shapes in the picture: pixel coordinates of a thing's points and triangles, cut off at the camera's near plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .shapes import Shape

_BATCH = 1 << 16
"""How many points or triangles are worked on at once: it bounds the memory, and what fits the cache is faster."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Triangles:
    """Triangles in the picture: `instance` (T,) says whose they are, `x` and `y` are the three corners' pixels, (T,) each."""

    instance: NDArray[np.int64]
    x: tuple[Floats, Floats, Floats]
    y: tuple[Floats, Floats, Floats]


def bounds(camera: Camera, shape: Shape, matrices: Floats) -> Floats:
    """Return the boxes (I, 4) of instances of a shape, [x0, y0, x1, y1] in pixels; NaN for what is all behind the near plane.

    `matrices` (I, 4, 4) are local to world. What the near plane cuts is bounded by the triangles' parts before it.
    """
    outline = shape.points[shape.outline]
    boxes = np.empty((len(matrices), 4))
    cut = np.zeros(len(matrices), bool)
    step = max(1, _BATCH // len(outline))
    for start in range(0, len(matrices), step):
        batch = slice(start, start + step)
        pixels, depth = camera.project(_in_world(outline, matrices[batch]))
        boxes[batch] = np.concatenate([pixels.min(1), pixels.max(1)], -1)
        cut[batch] = depth.min(1) < camera.intrinsics.near
    boxes[cut] = np.nan
    for found in triangles(camera, shape, matrices[cut]):
        for instance in np.unique(found.instance):
            x, y = (np.stack(axis)[:, found.instance == instance] for axis in (found.x, found.y))
            low, high = boxes[np.flatnonzero(cut)[instance]].reshape(2, 2)
            low[:], high[:] = np.fmin(low, (x.min(), y.min())), np.fmax(high, (x.max(), y.max()))
    return boxes


def triangles(camera: Camera, shape: Shape, matrices: Floats) -> Iterator[Triangles]:
    """Yield the triangles of instances of a shape, those that the near plane cuts as their parts before it, in batches."""
    step = max(1, _BATCH // max(len(shape.points), len(shape.triangles)))
    for start in range(0, len(matrices), step):
        world = _in_world(shape.points, matrices[start : start + step])
        pixels, depth = camera.project(world)
        before = depth >= camera.intrinsics.near
        everything = bool(before.all())
        x, y = (np.ascontiguousarray(pixels[..., axis]) for axis in (0, 1))
        for corner in range(0, len(shape.triangles), _BATCH):
            faces = shape.triangles[corner : corner + _BATCH].T
            instance = np.repeat(np.arange(start, start + len(world)), faces.shape[1])
            if everything:
                yield _gathered(instance, x, y, faces)
                continue
            count = sum(before[:, face].astype(np.int8) for face in faces).ravel()
            whole = count == 3
            found = _gathered(instance, x, y, faces)
            yield Triangles(instance[whole], *(tuple(c[whole] for c in axis) for axis in (found.x, found.y)))
            one, face = np.divmod(np.flatnonzero((count > 0) & ~whole), faces.shape[1])
            parts, owner = _before(world[one[:, None], faces.T[face]], depth[one[:, None], faces.T[face]], camera.intrinsics.near)
            pixels_cut, _ = camera.project(parts)
            yield Triangles(one[owner] + start, *(tuple(pixels_cut[:, c, axis] for c in range(3)) for axis in (0, 1)))


def _in_world(points: NDArray[np.float32], matrices: Floats) -> Floats:
    """Return world points (I, V, 3) of local points (V, 3) under matrices (I, 4, 4)."""
    return points.astype(np.float64) @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]


def _gathered(instance: NDArray[np.int64], x: Floats, y: Floats, faces: NDArray[np.int32]) -> Triangles:
    corners: Any = (tuple(np.take(axis, face, axis=1).ravel() for face in faces) for axis in (x, y))
    return Triangles(instance, *corners)


def _before(corners: Floats, depth: Floats, near: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return the parts (P, 3, 3) before the near plane of triangles (T, 3, 3) that cross it, and whose (P,) each is.

    `depth` (T, 3) is linear in the world: where an edge crosses the plane, the point is interpolated. One corner before the
    plane leaves a triangle, two leave a quad.
    """
    front = depth >= near
    single = front.sum(1) == 1
    # The corner that is alone on its side comes first.
    alone = np.where(single, front.argmax(1), (~front).argmax(1))
    order = (alone[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(corners, order[..., None], 1).transpose(1, 0, 2)
    da, db, dc = np.take_along_axis(depth, order, 1).T[..., None]
    ab, ac = a + (b - a) * ((near - da) / (db - da)), a + (c - a) * ((near - da) / (dc - da))
    tips = np.stack([a, ab, ac], 1)[single]
    quads = [np.stack(part, 1)[~single] for part in ((ab, b, c), (ab, c, ac))]
    owners = (np.flatnonzero(single), np.flatnonzero(~single), np.flatnonzero(~single))
    return np.concatenate([tips, *quads]), np.concatenate(owners)
