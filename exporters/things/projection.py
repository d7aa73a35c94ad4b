"""Shapes in the picture: pixel coordinates of a thing's points and triangles, cut off at the camera's near plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cameras import BENDING, Camera
from .refine import refined
from .shapes import Shape

_BATCH = 1 << 16
"""How many points or triangles are worked on at once: it bounds the memory, and what fits the cache is faster."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Triangles:
    """Triangles in the picture: `corners` (3, T) index the points `x` and `y` (P,) in pixels, `instance` (T,) says whose."""

    instance: NDArray[np.int64]
    corners: NDArray[np.int64]
    x: Floats
    y: Floats


def bounds(camera: Camera, shape: Shape, matrices: Floats) -> Floats:
    """Return the boxes (I, 4) of instances of a shape, [x0, y0, x1, y1] in pixels; NaN for what is all behind the near plane.

    `matrices` (I, 4, 4) are local to world. What the near plane cuts is bounded by the triangles' parts before it, and so is
    all that is seen through a lens that bends straight lines.
    """
    if camera.intrinsics.model in BENDING:
        return _bent_bounds(camera, shape, matrices)
    outline = shape.points[shape.outline]
    boxes = np.empty((len(matrices), 4))
    cut = np.zeros(len(matrices), bool)
    for batch in _batches(len(matrices), len(outline)):
        local = _in_camera(camera, outline, matrices[batch])
        x, y = _in_picture(camera, local)
        boxes[batch] = np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], -1)
        cut[batch] = local[:, 2].min(1) < camera.intrinsics.near
    boxes[cut] = np.nan
    for row in np.flatnonzero(cut):
        for found in triangles(camera, shape, matrices[row : row + 1]):
            if found.corners.size:
                x, y = found.x[found.corners], found.y[found.corners]
                boxes[row, :2] = np.fmin(boxes[row, :2], (x.min(), y.min()))
                boxes[row, 2:] = np.fmax(boxes[row, 2:], (x.max(), y.max()))
    return boxes


def triangles(camera: Camera, shape: Shape, matrices: Floats) -> Iterator[Triangles]:
    """Yield the triangles of instances of a shape, those that the near plane cuts as their parts before it, in batches."""
    if camera.intrinsics.model in BENDING:
        yield from _bent(camera, shape, matrices)
        return
    count = len(shape.points)
    for batch in _batches(len(matrices), max(count, len(shape.triangles))):
        local = _in_camera(camera, shape.points, matrices[batch])
        x, y = (axis.ravel() for axis in _in_picture(camera, local))
        before = local[:, 2].ravel() >= camera.intrinsics.near
        number = np.arange(len(local))
        for start in range(0, len(shape.triangles), _BATCH):
            faces = shape.triangles[start : start + _BATCH].T.astype(np.int64)
            instance = np.repeat(number, faces.shape[1])
            corners = (faces[:, None] + number[:, None] * count).reshape(3, -1)
            if before.all():
                yield Triangles(instance + batch.start, corners, x, y)
                continue
            front = before[corners].sum(0)
            yield Triangles(instance[front == 3] + batch.start, corners[:, front == 3], x, y)
            crossing = np.flatnonzero((front > 0) & (front < 3))
            one, vertex = np.divmod(corners[:, crossing].T, count)
            parts, owner = _before(local[one, :, vertex], camera.intrinsics.near)
            x_cut, y_cut = _in_picture(camera, parts.reshape(1, -1, 3).transpose(0, 2, 1))
            own = np.arange(len(parts) * 3).reshape(-1, 3).T
            yield Triangles(instance[crossing[owner]] + batch.start, own, x_cut.ravel(), y_cut.ravel())


def _bent_bounds(camera: Camera, shape: Shape, matrices: Floats) -> Floats:
    """Return what `bounds` says, from all triangles."""
    low, high = np.full((len(matrices), 2), np.inf), np.full((len(matrices), 2), -np.inf)
    for found in _bent(camera, shape, matrices):
        for corner in found.corners:
            place = np.stack([found.x[corner], found.y[corner]], -1)
            np.minimum.at(low, found.instance, place)
            np.maximum.at(high, found.instance, place)
    boxes = np.concatenate([low, high], 1)
    return np.where(np.isfinite(boxes), boxes, np.nan)


def _bent(camera: Camera, shape: Shape, matrices: Floats) -> Iterator[Triangles]:
    """Yield what `triangles` does through a lens that bends straight lines; a fisheye has no near plane."""
    lens = camera.intrinsics
    for batch in _batches(len(matrices), len(shape.triangles)):
        local = _in_camera(camera, shape.points, matrices[batch]).transpose(0, 2, 1)
        for start in range(0, len(shape.triangles), _BATCH):
            faces = shape.triangles[start : start + _BATCH]
            corners = local[:, faces].reshape(-1, 3, 3)
            owner = np.repeat(np.arange(len(local)), len(faces)) + batch.start
            if not lens.is_fisheye:
                front = (corners[..., 2] >= lens.near).sum(1)
                crossing = np.flatnonzero((front > 0) & (front < 3))
                parts, whose = _before(corners[crossing], lens.near)
                corners = np.concatenate([corners[front == 3], parts])
                owner = np.concatenate([owner[front == 3], owner[crossing[whose]]])
            parts, whose = refined(lens, corners)
            pixels, _ = lens.project(parts.reshape(-1, 3))
            yield Triangles(owner[whose], np.arange(len(pixels)).reshape(-1, 3).T, pixels[:, 0], pixels[:, 1])


def _batches(instances: int, size: int) -> Iterator[slice]:
    step = max(1, _BATCH // size)
    for start in range(0, instances, step):
        yield slice(start, start + step)


def _in_camera(camera: Camera, points: NDArray[np.float32], matrices: Floats) -> Floats:
    """Return local points (V, 3) under matrices (I, 4, 4) in camera axes, (I, 3, V): several times faster than (I, V, 3)."""
    homogeneous = np.concatenate([points.T.astype(np.float64), np.ones((1, len(points)))])
    place = matrices[:, :3].copy()
    place[..., 3] -= camera.origin
    return camera.rotation.T @ place @ homogeneous


def _in_picture(camera: Camera, local: Floats) -> tuple[Floats, Floats]:
    """Return pixels x and y (I, V) of camera-space points (I, 3, V), as `Camera.project`; at depth 0 they mean nothing."""
    k = camera.intrinsics
    x, y, z = local[:, 0], local[:, 1], local[:, 2]
    if k.model == "orthographic":
        return k.cx + k.fl_x * x, k.cy + k.fl_y * y
    inverse = 1.0 / np.where(z == 0, 1e-12, z)
    return k.cx + k.fl_x * (x * inverse), k.cy + k.fl_y * (y * inverse)


def _before(corners: Floats, near: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return the parts (P, 3, 3) before the near plane of camera-space triangles (T, 3, 3) that cross it, and whose (P,).

    One corner before the plane leaves a triangle, two leave a quad.
    """
    front = corners[..., 2] >= near
    single = front.sum(1) == 1
    alone = np.where(single, front.argmax(1), (~front).argmax(1))
    order = (alone[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(corners, order[..., None], 1).transpose(1, 0, 2)
    ab, ac = (a + (end - a) * ((near - a[:, 2:]) / (end[:, 2:] - a[:, 2:])) for end in (b, c))
    parts = [np.stack(part, 1) for part in ((a, ab, ac), (ab, b, c), (ab, c, ac))]
    owners = [np.flatnonzero(single), np.flatnonzero(~single), np.flatnonzero(~single)]
    return np.concatenate([part[owner] for part, owner in zip(parts, owners, strict=True)]), np.concatenate(owners)
