"""Which surface points of one picture are still seen in another: occlusion from surface identity, and its boundaries.

A point X of a thing, seen at a pixel's centre, is at X' in the other picture's moment (`motion`). What the other picture shows
at the pixel where X' lands stands in front of it if X' lies behind the tangent plane of the surface Y sampled there; ids say
whether that is the same surface. But Y was sampled at the centre of that pixel, not where X' is. Of the outline of Y two
samples are known nearest to X': that one, which Y covers, and X's own, which Y did not cover, as X was seen. Carried along with
Y, the second lies as far from X' as X and Y have moved against each other in the picture. The nearer one decides: so a needle
that has not moved against the one behind it does not hide it, however fine both are. Nothing is decided by whether flow leads
back, which fails where surfaces move alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
_FINE = 2.0
"""How many times nearer than the sample that Y covers X's own must be: outlines are often finer than a pixel. Against rays to
X' in a lake's woods and meadow, 2 gives as many hidden points as there are; 1 gives half as many."""
_TORN = 4.0
"""How far two neighbouring pixels of one surface lie from each other's planes where it hides a part of itself, in pixels."""


Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows (N,) and columns (N,)."""


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

    def points(self, pixels: Pixels) -> SurfacePoints:
        """Return the surface points of pixels that show a surface."""
        where = self.camera.unproject(self.camera.intrinsics.centres()[pixels], self.depth[pixels].astype(np.float64))
        return SurfacePoints(where, self.instance[pixels], self.piece[pixels], self.face[pixels])


Carry = Callable[[View, Pixels, View], tuple[NDArray[np.float32], NDArray[np.bool_]]]
"""carry(view, pixels, other) -> the way (N, 3), in metres, of the pixels' surface points to the other view's moment, and
whether (N,) they exist then. It is rounded to float32 as a dataset holds it: whoever reads one comes to the same labels."""


def by_geometry(topologies: Mapping[int, Topology]) -> Carry:
    """Return what carries points by the matrices and meshes of their things."""

    def carry(view: View, pixels: Pixels, other: View) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        points = view.points(pixels)
        there, exists = moved(points, view.moment, other.moment, topologies)
        return (there - points.where).astype(np.float32), exists

    return carry


@dataclass(frozen=True)
class Landing:
    """Where the surface points of one view are in another.

    `flow` (H, W, 2) float64 in pixels, `scene_flow` (H, W, 3) float32 in metres, and `label` (H, W) uint8 of `layout`. Flow
    is 0 where a point has no place in the other picture: behind the camera, or not there at all.
    """

    flow: NDArray[np.float64]
    scene_flow: NDArray[np.float32]
    label: NDArray[np.uint8]


def land(view: View, other: View, carry: Carry) -> Landing:
    """Carry every pixel's surface point to the moment of the other view, and look there whether it is seen.

    The sky is infinitely far, and hidden where something stands before it.
    """
    lens = view.camera.intrinsics
    centres = lens.centres()
    flow, ahead = sky_flow(view.camera, other.camera)
    label = np.where(ahead, SEEN, OUTSIDE).astype(np.uint8)
    scene_flow = np.zeros((lens.height, lens.width, 3), np.float32)

    pixels = _where(view.instance > 0)
    points = view.points(pixels)
    way, exists = carry(view, pixels, other)
    scene_flow[pixels] = np.where(exists[:, None], way, np.float32(0))
    there = points.where + way
    landed, depth = other.camera.project(there)
    placed = exists & (depth > 1e-6)
    flow[pixels] = np.where(placed[:, None], lens.step(centres[pixels], landed), 0.0)
    sights = sight(points, there, landed, other)
    label[pixels] = np.where(placed, sights, np.where(exists, OUTSIDE, ABSENT))
    sky = _where((view.instance == 0) & ahead)
    label[sky] = _sky_sight((centres + flow)[sky], other)

    doubtful = _where(label == HIDDEN)
    apart = uncovered(view, doubtful, centres[doubtful] + flow[doubtful], other, carry)
    label[doubtful] = np.where(apart, SEEN, HIDDEN)
    return Landing(flow, scene_flow, label)


def uncovered(view: View, pixels: Pixels, landed: NDArray[np.float64], other: View, carry: Carry) -> NDArray[np.bool_]:
    """Return (N,): what the other view shows where these pixels' points land has moved too little against them to hide them.

    `landed` (N, 2) are the places in the other picture.
    """
    _, met = _pixels(landed, other)
    way, exists = carry(other, met, view)
    before, depth = view.camera.project(other.points(met).where + way)
    now = other.camera.intrinsics.step(landed, np.stack([met[1], met[0]], -1) + 0.5)
    then = view.camera.intrinsics.step(np.stack([pixels[1], pixels[0]], -1) + 0.5, before)
    return exists & (depth > 1e-6) & (_FINE * np.linalg.norm(now - then, axis=-1) <= np.linalg.norm(now, axis=-1))


def sight(points: SurfacePoints, there: NDArray[np.float64], landed: NDArray[np.float64], other: View) -> NDArray[np.uint8]:
    """Return (N,) SEEN, HIDDEN or OUTSIDE of points at `there` (N, 3) that land at `landed` (N, 2), by the sample there."""
    inside, met = _pixels(landed, other)
    sampled = other.points(met)
    behind = -((there - sampled.where) * other.normal[met]).sum(-1)
    same = (sampled.thing == points.thing) & (sampled.piece == points.piece)
    pixel = other.camera.intrinsics.pixel_size(other.camera.project(there)[1])
    slack = np.where(same, _SAME, _OTHER) * pixel + _ROUNDING * np.abs(sampled.where).max(-1, initial=0)
    hidden = (sampled.thing > 0) & (behind > slack)
    return np.where(inside, np.where(hidden, HIDDEN, SEEN), OUTSIDE).astype(np.uint8)


def _sky_sight(landed: NDArray[np.float64], other: View) -> NDArray[np.uint8]:
    inside, met = _pixels(landed, other)
    return np.where(inside, np.where(other.instance[met] > 0, HIDDEN, SEEN), OUTSIDE).astype(np.uint8)


def _where(mask: NDArray[np.bool_]) -> Pixels:
    rows, columns = np.nonzero(mask)
    return rows, columns


def _pixels(landed: NDArray[np.float64], other: View) -> tuple[NDArray[np.bool_], Pixels]:
    """Return whether places (N, 2) lie in the other picture, and the pixels that hold them."""
    height, width = other.instance.shape
    column, row = np.floor(landed[:, 0]), np.floor(landed[:, 1])
    if other.camera.intrinsics.model == "equirectangular":
        column, row = column % width, np.clip(row, 0, height - 1)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return inside, (np.where(inside, row, 0).astype(np.intp), np.where(inside, column, 0).astype(np.intp))


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
