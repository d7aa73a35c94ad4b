"""Which surface points of one frame are still seen in another: exact occlusion, from ids and positions of both.

A point X of the thing i, seen at frame t, is at X' at the other frame, and its pixel there is known exactly (the flow). It is
seen there if what the other frame shows at that pixel is the same surface: the same id, and X' lies in the tangent plane
of the surface sampled at that pixel. No forward-backward check of flows is made, which fails where a surface is hidden by
a part of itself that moves alike.

Where X' is: a rigid thing moves by its two matrices. Where the flow disagrees with that, the thing deforms, and X' is taken
on the ray of its true pixel, nearest to the rigid guess; what that leaves unknown along the ray is of the size of the
sideways deformation, by which the tolerance is widened. `GROUND_TRUTH.md` gives the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .poses import Poses

_BLOCK_ROWS = 64
_RIGID_PIXELS = 0.02
"""The flow of a rigid thing agrees with its matrices to 2e-4 px; above this, the thing deforms."""
_FOOTPRINTS = 1.0
"""How far X' may lie off the sampled tangent plane, in sizes of a pixel at that depth: what curvature needs between samples."""
_RELATIVE = 4e-6
"""And relative to the coordinates, which are float32."""


@dataclass(frozen=True)
class View:
    """What a camera saw at a frame: `instance` (H, W) uint32, `position` and `normal` (H, W, 3) float32 in the world."""

    camera: Camera
    poses: Poses
    instance: NDArray[np.uint32]
    position: NDArray[np.float32]
    normal: NDArray[np.float32]


def occluded(view: View, flow: NDArray[np.float32], other: View) -> NDArray[np.bool_]:
    """Return (H, W): the surface point at this pixel is hidden, out of the picture or not there in the `other` frame.

    `flow` (H, W, 2) leads from `view` to `other`, pixels. The sky is occluded where something stands in front of it.
    """
    blocks = range(0, len(view.instance), _BLOCK_ROWS)
    return np.concatenate([_occluded_rows(view, flow, other, slice(row, row + _BLOCK_ROWS)) for row in blocks])


def moved_points(
    view: View, flow: NDArray[np.float32], other: View, rows: slice = slice(None)
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return where the surface points are at the other frame: (..., 3) world, the uncertainty (...) in metres, and
    whether (...) the thing is there at all.
    """
    instance = view.instance[rows]
    points = view.position[rows].astype(np.float64)
    ids, inverse = np.unique(instance, return_inverse=True)
    here, now = view.poses.find(ids)
    there, then = other.poses.find(ids)
    motion = (then @ np.linalg.inv(now))[inverse.reshape(instance.shape)]
    rigid = np.einsum("...ij,...j->...i", motion[..., :3, :3], points) + motion[..., :3, 3]
    target = _landing(view, flow, rows)
    projected, depth = other.camera.project(rigid)
    off = np.linalg.norm(projected - target, axis=-1)
    deforms = (off > _RIGID_PIXELS) & (depth > 0)
    ray = other.camera.unproject(target, np.ones(target.shape[:-1])) - other.camera.origin
    along = np.einsum("...i,...i", rigid - other.camera.origin, ray) / np.einsum("...i,...i", ray, ray)
    nearest = other.camera.origin + ray * along[..., None]
    moved = np.where(deforms[..., None], nearest, rigid)
    return moved, np.linalg.norm(moved - rigid, axis=-1), (here & there)[inverse.reshape(instance.shape)]


def _occluded_rows(view: View, flow: NDArray[np.float32], other: View, rows: slice) -> NDArray[np.bool_]:
    instance = view.instance[rows]
    height, width = other.instance.shape
    target = _landing(view, flow, rows)
    x, y = np.floor(target[..., 0]), np.floor(target[..., 1])
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    column, row = (np.where(inside, axis, 0).astype(np.intp) for axis in (x, y))
    same = inside & (other.instance[row, column] == instance)
    surface = instance > 0
    moved, unknown, exists = moved_points(view, flow, other, rows)
    depth = other.camera.to_camera(moved)[..., 2]
    sampled = other.position[row, column].astype(np.float64)
    distance = np.abs(np.einsum("...i,...i", moved - sampled, other.normal[row, column].astype(np.float64)))
    footprint = np.abs(depth) / min(other.camera.intrinsics.fl_x, other.camera.intrinsics.fl_y)
    tolerance = _FOOTPRINTS * footprint + unknown + _RELATIVE * np.abs(sampled).max(-1)
    seen = np.where(surface, exists & (depth > 0) & (distance <= tolerance), True) & same
    return ~seen


def _landing(view: View, flow: NDArray[np.float32], rows: slice) -> NDArray[np.float64]:
    """Return the pixel (..., 2) that each pixel's flow leads to."""
    y, x = np.mgrid[0 : view.instance.shape[0], 0 : view.instance.shape[1]][:, rows] + 0.5
    return np.stack([x, y], -1) + flow[rows]


def sky_flow(camera: Camera, other: Camera) -> NDArray[np.float64]:
    """Return (H, W, 2) pixels: how far a direction at infinity moves, from the two rotations; 0 where it leaves to behind."""
    pixels = np.stack(np.meshgrid(np.arange(camera.intrinsics.width), np.arange(camera.intrinsics.height)), -1) + 0.5
    local = camera.intrinsics.directions() @ camera.rotation.T @ other.rotation
    k, depth = other.intrinsics, local[..., 2]
    ahead = depth > 1e-9
    safe = np.where(ahead, depth, 1.0)
    landed: NDArray[Any] = np.stack([k.cx + k.fl_x * local[..., 0] / safe, k.cy + k.fl_y * local[..., 1] / safe], -1)
    return np.where(ahead[..., None], landed - pixels, 0.0)
