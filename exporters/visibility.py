"""Which surface points of one picture are still seen in another: occlusion from surface identity, and its boundaries.

A point X of a thing is at X' in the other picture's moment (`motion`). X' is hidden if what the other picture shows at the
pixel where X' lands stands in front of it: if X' lies behind the tangent plane of the surface sampled there. Ids say whether
that is the same surface. A sample behind X' hides nothing: a blade of grass that slipped between the samples of the other
picture is not occluded. Nothing is decided by whether flow leads back, which fails where surfaces move alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .layout import ABSENT, HIDDEN, OUTSIDE, SEEN
from .motion import Moment, SurfacePoints, Topology, moved

_ROUNDING = 4e-7
"""Error of a float32 coordinate, relative to the largest one."""
_SAME, _OTHER = 1.0, 0.25
"""How far X' may lie behind the sampled plane, in sizes of a pixel at that depth, for a sample of the same and of another
surface: what curvature and edges need between two samples."""
_TORN = 4.0
"""How far two neighbouring pixels of one surface lie from each other's planes where it hides a part of itself, in pixels."""


@dataclass(frozen=True)
class View:
    """What a camera saw at a moment: `instance`, `piece` and `face` (H, W) uint32, planar `depth` (H, W) float32 in metres and
    the geometric `normal` (H, W, 3) float32 in the world.
    """

    camera: Camera
    moment: Moment
    instance: NDArray[np.uint32]
    piece: NDArray[np.uint32]
    face: NDArray[np.uint32]
    depth: NDArray[np.float32]
    normal: NDArray[np.float32]

    def points(self) -> SurfacePoints:
        """Return the surface points of the pixels that show a surface, row by row."""
        seen = self.instance > 0
        where = self.camera.unproject(self.camera.intrinsics.centres()[seen], self.depth[seen].astype(np.float64))
        return SurfacePoints(where, self.instance[seen], self.piece[seen], self.face[seen])


@dataclass(frozen=True)
class Landing:
    """Where the surface points of one view are in another.

    `flow` (H, W, 2) float64 in pixels, `scene_flow` (H, W, 3) float64 in metres, and `label` (H, W) uint8 of `layout`. Flow
    is 0 where a point has no place in the other picture: behind the camera, or not there at all.
    """

    flow: NDArray[np.float64]
    scene_flow: NDArray[np.float64]
    label: NDArray[np.uint8]


def land(view: View, other: View, topologies: Mapping[int, Topology]) -> Landing:
    """Carry every pixel's surface point to the moment of the other view, and look there whether it is seen.

    The sky is infinitely far, and hidden where something stands before it.
    """
    seen = view.instance > 0
    points = view.points()
    there, exists = moved(points, view.moment, other.moment, topologies)
    scene_flow = np.zeros((*seen.shape, 3))
    scene_flow[seen] = np.where(exists[:, None], there - points.where, 0.0)
    flow, ahead = sky_flow(view.camera, other.camera)
    landed, depth = other.camera.project(there)
    placed = exists & (depth > 1e-6)
    centres = view.camera.intrinsics.centres()
    flow[seen] = np.where(placed[:, None], view.camera.intrinsics.step(centres[seen], landed), 0.0)
    label = np.where(ahead, SEEN, OUTSIDE).astype(np.uint8)
    label[seen] = np.where(exists, np.where(placed, SEEN, OUTSIDE), ABSENT)
    label[seen] = np.where(label[seen] == SEEN, sight(points, there, landed, other), label[seen])
    sky = ~seen & ahead
    label[sky] = _sky_sight((centres + flow)[sky], other)
    return Landing(flow, scene_flow, label)


def sight(points: SurfacePoints, there: NDArray[np.float64], landed: NDArray[np.float64], other: View) -> NDArray[np.uint8]:
    """Return (N,) SEEN, HIDDEN or OUTSIDE of points that are at `there` (N, 3) and land at the pixels `landed` (N, 2)."""
    inside, row, column = _pixels(landed, other)
    met = other.instance[row, column]
    sampled = other.camera.unproject(np.stack([column, row], -1) + 0.5, other.depth[row, column].astype(np.float64))
    behind = -((there - sampled) * other.normal[row, column]).sum(-1)
    same = (met == points.thing) & (other.piece[row, column] == points.piece)
    pixel = other.camera.intrinsics.pixel_size(other.camera.project(there)[1])
    slack = np.where(same, _SAME, _OTHER) * pixel + _ROUNDING * np.abs(sampled).max(-1, initial=0)
    hidden = (met > 0) & (behind > slack)
    return np.where(inside, np.where(hidden, HIDDEN, SEEN), OUTSIDE).astype(np.uint8)


def _sky_sight(landed: NDArray[np.float64], other: View) -> NDArray[np.uint8]:
    inside, row, column = _pixels(landed, other)
    return np.where(inside, np.where(other.instance[row, column] > 0, HIDDEN, SEEN), OUTSIDE).astype(np.uint8)


def _pixels(landed: NDArray[np.float64], other: View) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
    """Return whether places (N, 2) lie in the other picture, and the row and column of the pixels that hold them."""
    height, width = other.instance.shape
    column, row = np.floor(landed[:, 0]), np.floor(landed[:, 1])
    if other.camera.intrinsics.model == "equirectangular":
        column, row = column % width, np.clip(row, 0, height - 1)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return inside, *(np.where(inside, axis, 0).astype(np.intp) for axis in (row, column))


def sky_flow(camera: Camera, other: Camera) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how far a direction at infinity moves, (H, W, 2) pixels from the two rotations, and where (H, W) it stays ahead.

    It is 0 where it leaves to behind the camera, and in an orthographic picture, in which no place is infinitely far away.
    """
    lens = camera.intrinsics
    flow, ahead = np.zeros((lens.height, lens.width, 2)), np.ones((lens.height, lens.width), bool)
    if lens.model == "orthographic" or (np.array_equal(camera.rotation, other.rotation) and lens == other.intrinsics):
        return flow, ahead
    landed, depth = other.intrinsics.project(lens.directions() @ camera.rotation.T @ other.rotation)
    ahead = depth > 1e-9
    return np.where(ahead[..., None], lens.step(lens.centres(), landed), 0.0), ahead


def boundary(view: View) -> NDArray[np.bool_]:
    """Return (H, W): the pixel belongs to a surface that hides what a neighbouring pixel (left, right, up, down) shows.

    Two pixels are of different surfaces where their things or pieces differ, and where one surface folds over itself: then
    neither point lies near the plane of the other.
    """
    marked = np.zeros(view.instance.shape, bool)
    surface = view.camera.surface(view.depth)
    far = np.where(view.instance > 0, view.camera.distance(view.depth), np.inf)
    pixel = view.camera.intrinsics.pixel_size(view.depth)
    for axis in (0, 1):
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in (0, 1))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in (0, 1))
        differs = (view.instance[first] != view.instance[second]) | (view.piece[first] != view.piece[second])
        way = surface[second] - surface[first]
        off = np.minimum(*(np.abs((way * view.normal[side]).sum(-1)) for side in (first, second)))
        torn = (view.instance[first] > 0) & (off > _TORN * np.minimum(pixel[first], pixel[second]))
        edge = differs | torn
        marked[first] |= edge & (far[first] < far[second])
        marked[second] |= edge & (far[second] < far[first])
    return marked
