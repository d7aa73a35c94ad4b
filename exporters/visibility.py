"""Which surface points of one frame are still seen in another: exact occlusion, from ids and positions of both.

A point X of a thing, seen at frame t, is at X' at the other frame, and the pixel q where X' lies there is known exactly (the
flow). X' is hidden if what the other frame shows at q stands in front of it: if X' lies behind the tangent plane of the
surface sampled in that pixel. A sample behind X' hides nothing: a blade of grass that slipped between the samples
of the other frame is not occluded.

Where X' is: a rigid thing moves by its two matrices. A thing whose flow disagrees with its matrices deforms; then X' is
taken on the ray through q, nearest to the rigid guess, and what that leaves unknown along the ray is of the size of the
deformation seen sideways. A sample within that uncertainty decides by its own exact flow: it is the same surface if it
leads back, and else it hides. A forward-backward check alone, which fails where surfaces move alike, decides nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .poses import Poses

_RIGID_PIXELS = 0.02
"""The flow of a rigid thing agrees with its matrices to 2e-4 px; above this, the thing deforms."""
_ROUNDING = 4e-7
"""Error of a float32 coordinate, relative to the largest one."""
_SAME, _OTHER = 1.0, 0.25
"""How far X' may lie behind the sampled plane, in sizes of a pixel at that depth, for a sample of the same and of another
thing: what curvature and edges need between two samples."""
_RETURN_PIXELS = 1.0


@dataclass(frozen=True)
class View:
    """What a camera saw at a frame: `instance` (H, W) uint32, `position` and `normal` (H, W, 3) float32 in the world."""

    camera: Camera
    poses: Poses
    instance: NDArray[np.uint32]
    position: NDArray[np.float32]
    normal: NDArray[np.float32]


def occluded(view: View, flow: NDArray[np.float32], other: View, flow_back: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (H, W): the surface point at this pixel is hidden, out of the picture or not there in the `other` frame.

    `flow` (H, W, 2) leads from `view` to `other`, `flow_back` from `other` to `view`, in pixels. The sky is occluded where
    something stands before it.
    """
    landing = _pixel_centres(view) + flow
    height, width = other.instance.shape
    column, row = np.floor(landing[..., 0]), np.floor(landing[..., 1])
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = (np.where(inside, axis, 0).astype(np.intp) for axis in (column, row))
    met = other.instance[row, column]
    surface = view.instance > 0
    hidden = np.where(surface, False, met > 0)
    rows = np.nonzero(surface & inside)
    column, row = column[rows], row[rows]

    moved, unknown, exists = _moved(view, landing[rows], other, rows)
    depth = other.camera.to_camera(moved)[:, 2]
    sampled = other.position[row, column].astype(np.float64)
    behind = -np.einsum("ij,ij->i", moved - sampled, other.normal[row, column])
    same = met[rows] == view.instance[rows]
    pixel = np.abs(depth) / min(other.camera.intrinsics.fl_x, other.camera.intrinsics.fl_y)
    rounding = _ROUNDING * np.abs(sampled).max(-1)
    blocked = (met[rows] > 0) & (behind > np.where(same, _SAME, _OTHER) * pixel + rounding)
    returns = same & (np.linalg.norm(flow[rows] + flow_back[row, column], axis=-1) < _RETURN_PIXELS)
    unsure = (met[rows] > 0) & (unknown > 0) & (np.abs(behind) <= unknown + _SAME * pixel + rounding)
    hidden[rows] = ~exists | (depth <= 0) | np.where(unsure, ~returns, blocked)
    return hidden | ~inside


def _moved(
    view: View, landing: NDArray[np.float64], other: View, pixels: tuple[NDArray[np.intp], ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return where the surface points at N `pixels` are in the other frame: world (N, 3) in metres, the uncertainty along
    the ray (N,) in metres, 0 for rigid things, and whether (N,) the thing is there at all.
    """
    camera = other.camera
    points = view.position[pixels].astype(np.float64)
    ids, thing = np.unique(view.instance[pixels], return_inverse=True)
    here, now = view.poses.find(ids)
    there, then = other.poses.find(ids)
    motion = (then @ np.linalg.inv(now))[:, :3]
    rigid = np.empty_like(points)
    for axis in range(3):
        rigid[:, axis] = np.einsum("ij,ij->i", motion[thing, axis, :3], points) + motion[thing, axis, 3]
    projected, depth = camera.project(rigid)
    focal = max(camera.intrinsics.fl_x, camera.intrinsics.fl_y)
    slack = _RIGID_PIXELS + _ROUNDING * np.abs(points).max(-1, initial=0) * focal / np.maximum(depth, 1e-6)
    bends = (np.linalg.norm(projected - landing, axis=-1) > slack) & (depth > 0)
    ray = camera.unproject(landing, np.ones(len(landing))) - camera.origin
    along = np.einsum("ij,ij->i", rigid - camera.origin, ray) / np.einsum("ij,ij->i", ray, ray)
    nearest = camera.origin + ray * along[:, None]
    amplitude = np.zeros(len(ids))
    np.maximum.at(amplitude, thing[bends], np.linalg.norm(nearest - rigid, axis=-1)[bends])
    unknown = amplitude[thing]
    return np.where((unknown > 0)[:, None], nearest, rigid), unknown, (here & there)[thing]


def _pixel_centres(view: View) -> NDArray[np.float64]:
    height, width = view.instance.shape
    return np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), -1)


def sky_flow(camera: Camera, other: Camera) -> NDArray[np.float64]:
    """Return (H, W, 2) pixels: how far a direction at infinity moves, from the two rotations; 0 where it leaves to behind."""
    if np.array_equal(camera.rotation, other.rotation) and camera.intrinsics == other.intrinsics:
        return np.zeros((camera.intrinsics.height, camera.intrinsics.width, 2))
    pixels = np.stack(np.meshgrid(np.arange(camera.intrinsics.width), np.arange(camera.intrinsics.height)), -1) + 0.5
    local = camera.intrinsics.directions() @ camera.rotation.T @ other.rotation
    k, depth = other.intrinsics, local[..., 2]
    ahead = depth > 1e-9
    safe = np.where(ahead, depth, 1.0)
    landed: NDArray[Any] = np.stack([k.cx + k.fl_x * local[..., 0] / safe, k.cy + k.fl_y * local[..., 1] / safe], -1)
    return np.where(ahead[..., None], landed - pixels, 0.0)
