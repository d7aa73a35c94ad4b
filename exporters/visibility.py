"""Which surface points of one picture are still seen in another: occlusion from surface identity, and its boundaries.

A point X of a thing, seen at a pixel's centre, is at X' in the other picture's moment (`motion`). Whether it is seen there,
a ray from that camera says, cast against the things whose ids stand around the pixel where X' lands (`rays`).

Where no ray can tell, because what stands there is cut out or displaced by its material, the sample of that pixel decides.
It stands in front of X' if X' lies behind the tangent plane of the surface Y sampled there; ids say whether that is the same
surface. But Y was sampled at the centre of that pixel, not where X' is. Of the outline of Y two samples are known nearest to
X': that one, which Y covers, and X's own, which Y did not cover, as X was seen. Carried along with Y, the second lies as far
from X' as X and Y have moved against each other in the picture. The nearer one decides. Nothing is decided by whether flow
leads back, which fails where surfaces move alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .layout import ABSENT, HIDDEN, OUTSIDE, SEEN
from .motion import Moment, SurfacePoints, Topology, moved

if TYPE_CHECKING:
    from .rays import Occluders

_ROUNDING = 4e-7
"""Error of a float32 coordinate, relative to the largest one."""
_SAME, _OTHER = 1.0, 0.25
"""How far X' may lie behind the sampled plane, in sizes of a pixel at that depth, for a sample of the same and of another
surface: what curvature and edges need between two samples."""
_FINE = 2.0
"""How many times nearer than the sample that Y covers X's own must be: outlines are often finer than a pixel. Against rays to
X' in a lake's woods and meadow, 2 gives as many hidden points as there are; 1 gives half as many."""
_SKY_DISTANCE = 1e6
"""How far away, in metres, a ray to the sky ends: behind every land."""
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
whether (N,) they exist then, rounded to float32 as a dataset holds it."""


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


def land(view: View, other: View, carry: Carry, occluders: Occluders | None = None) -> Landing:
    """Carry every pixel's surface point to the moment of the other view, and look there whether it is seen.

    The sky is infinitely far, and hidden where something stands before it. Without `occluders`, samples decide alone.
    """
    lens = view.camera.intrinsics
    centres = lens.centres()
    flow, ahead = sky_flow(view.camera, other.camera)
    label = np.where(ahead, SEEN, OUTSIDE).astype(np.uint8)
    scene_flow = np.zeros((lens.height, lens.width, 3), np.float32)

    pixels = pixels_where(view.instance > 0)
    points = view.points(pixels)
    way, exists = carry(view, pixels, other)
    scene_flow[pixels] = np.where(exists[:, None], way, np.float32(0))
    there = points.where + way
    landed, depth = other.camera.project(there)
    placed = exists & (depth > 1e-6)
    flow[pixels] = np.where(placed[:, None], lens.step(centres[pixels], landed), 0.0)
    label[pixels] = np.where(exists, OUTSIDE, ABSENT)
    shown = (pixels[0][placed], pixels[1][placed])
    label[shown] = Sight(view, shown, carry, occluders).labels(points[placed], there[placed], landed[placed], other)
    sky = pixels_where((view.instance == 0) & ahead)
    far = other.camera.unproject((centres + flow)[sky], np.full(len(sky[0]), _SKY_DISTANCE))
    nothing = SurfacePoints(far, *(np.zeros(len(far), np.uint32) for _ in range(3)))
    label[sky] = Sight(view, sky, carry, occluders).labels(nothing, far, (centres + flow)[sky], other)
    return Landing(flow, scene_flow, label)


@dataclass(frozen=True)
class Sight:
    """What decides whether points are seen: the `view` that saw them at `pixels`, what carries points, and rays."""

    view: View
    pixels: Pixels
    carry: Carry
    occluders: Occluders | None

    def labels(
        self, points: SurfacePoints, there: NDArray[np.float64], landed: NDArray[np.float64], other: View
    ) -> NDArray[np.uint8]:
        """Return (N,) SEEN, HIDDEN or OUTSIDE of points that are at `there` (N, 3) and land at `landed` (N, 2)."""
        inside, met = _pixels(landed, other)
        label = np.where(inside, SEEN, OUTSIDE).astype(np.uint8)
        sure = np.zeros(len(label), bool)
        if self.occluders is not None:
            front = other.instance[met]
            sure = inside & ((front == 0) | self.occluders.knows(front))
            around = _things_around(points.thing[sure], (met[0][sure], met[1][sure]), other)
            hidden = self.occluders.hidden(other.camera, other.moment, there[sure], around)
            label[sure] = np.where(hidden, HIDDEN, SEEN)
        rest = np.flatnonzero(inside & ~sure)
        asked = (met[0][rest], met[1][rest])
        blocked = _behind(points[rest], there[rest], asked, other)
        rest = rest[blocked]
        label[rest[~self._uncovered(rest, landed[rest], (asked[0][blocked], asked[1][blocked]), other)]] = HIDDEN
        return label

    def _uncovered(self, rows: NDArray[np.intp], landed: NDArray[np.float64], met: Pixels, other: View) -> NDArray[np.bool_]:
        """Return (N,): what the other view shows there has moved too little against these points to have come before them."""
        way, exists = self.carry(other, met, self.view)
        before, depth = self.view.camera.project(other.points(met).where + way)
        own = np.stack([self.pixels[1][rows], self.pixels[0][rows]], -1) + 0.5
        now = other.camera.intrinsics.step(landed, np.stack([met[1], met[0]], -1) + 0.5)
        then = self.view.camera.intrinsics.step(own, before)
        return exists & (depth > 1e-6) & (_FINE * np.linalg.norm(now - then, axis=-1) <= np.linalg.norm(now, axis=-1))


def _behind(points: SurfacePoints, there: NDArray[np.float64], met: Pixels, other: View) -> NDArray[np.bool_]:
    """Return (N,): points that are at `there` (N, 3) lie behind the surface that the other view shows at the pixels `met`."""
    sampled = other.points(met)
    behind = -((there - sampled.where) * other.normal[met]).sum(-1)
    same = (sampled.thing == points.thing) & (sampled.piece == points.piece)
    pixel = other.camera.intrinsics.pixel_size(other.camera.project(there)[1])
    slack = np.where(same, _SAME, _OTHER) * pixel + _ROUNDING * np.abs(sampled.where).max(-1, initial=0)
    return (sampled.thing > 0) & ((behind > slack) | (points.thing == 0))


def plainly(
    points: SurfacePoints, there: NDArray[np.float64], landed: NDArray[np.float64], other: View
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where (N,) points are seen, and where they are hidden, beyond doubt: by what one picture shows alone.

    Around the pixel where the point lands, 3 x 3 pixels show one surface: the point's own, in whose plane it lies; or another
    one before it.
    """
    inside, (row, column) = _pixels(landed, other)
    height, width = other.instance.shape
    centre = (row, column)
    plain = inside & (other.instance[centre] > 0)
    in_plane, before = plain.copy(), plain.copy()
    pixel = other.camera.intrinsics.pixel_size(other.camera.project(there)[1])
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            met = (np.clip(row + down, 0, height - 1), np.clip(column + across, 0, width - 1))
            plain &= (other.instance[met] == other.instance[centre]) & (other.piece[met] == other.piece[centre])
            behind = -((there - other.points(met).where) * other.normal[met]).sum(-1)
            in_plane &= np.abs(behind) < 2 * pixel
            before &= behind > 8 * pixel
    own = (other.instance[centre] == points.thing) & (other.piece[centre] == points.piece)
    return plain & own & in_plane, plain & ~own & before


def _things_around(own: NDArray[np.uint32], met: Pixels, other: View) -> NDArray[np.uint32]:
    """Return (N, K) ids, 0 for none: the points' own and those that the other view shows in 5 x 5 pixels around `met`.

    Of pixels that show the same thing as the one before or above them, only the first of the square is looked at.
    """
    mode: Literal["wrap", "edge"] = "wrap" if other.camera.intrinsics.model == "equirectangular" else "edge"
    wide = np.pad(np.pad(other.instance, ((2, 2), (0, 0)), "edge"), ((0, 0), (2, 2)), mode)
    new = [np.ones(wide.shape, bool), np.ones(wide.shape, bool)]
    new[0][1:] = wide[1:] != wide[:-1]
    new[1][:, 1:] = wide[:, 1:] != wide[:, :-1]
    tells = {(False, False): wide > 0, (False, True): new[1] & (wide > 0), (True, False): new[0] & (wide > 0)}
    tells[True, True] = tells[True, False] & new[1]
    corner = met[0] * wide.shape[1] + met[1]
    things = np.zeros((len(own), 26), np.uint32)
    things[:, 0] = own
    count = np.ones(len(own), np.int8)
    for y in range(5):
        for x in range(5):
            at = corner + (y * wide.shape[1] + x)
            rows = np.flatnonzero(tells[y > 0, x > 0].ravel()[at])
            ids = wide.ravel()[at[rows]]
            unknown = np.ones(len(rows), bool)
            for column in range(int(count[rows].max(initial=0))):
                unknown &= things[rows, column] != ids
            rows, ids = rows[unknown], ids[unknown]
            things[rows, count[rows]] = ids
            count[rows] += 1
    return things[:, : int(count.max(initial=1))]


def pixels_where(mask: NDArray[np.bool_]) -> Pixels:
    """Return the pixels in which a mask (H, W) is set, along the rows."""
    rows, columns = np.nonzero(mask)
    return rows, columns


def _pixels(landed: NDArray[np.float64], other: View) -> tuple[NDArray[np.bool_], Pixels]:
    """Return whether places (N, 2) lie in the other picture, and the pixels that hold them."""
    height, width = other.instance.shape
    column, row = np.floor(landed[:, 0]), np.floor(landed[:, 1])
    if other.camera.intrinsics.model == "equirectangular":
        column, row = column % width, np.clip(row, 0, height - 1)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height) & other.camera.intrinsics.covers(landed)
    return inside, (np.where(inside, row, 0).astype(np.intp), np.where(inside, column, 0).astype(np.intp))


def sky_flow(camera: Camera, other: Camera) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how far a direction at infinity moves, (H, W, 2) pixels from the two rotations, and where (H, W) it stays ahead.

    It is 0 where it leaves to behind the camera, and in an orthographic picture, in which no place is infinitely far away.
    Beyond a fisheye's image circle there is no direction, so nothing is ahead.
    """
    lens = camera.intrinsics
    flow, ahead = np.zeros((lens.height, lens.width, 2)), lens.covered()
    if lens.model == "orthographic" or (np.array_equal(camera.rotation, other.rotation) and lens == other.intrinsics):
        return flow, ahead
    landed, depth = other.intrinsics.project(lens.directions() @ camera.rotation.T @ other.rotation)
    ahead &= depth > 1e-9
    return np.where(ahead[..., None], lens.step(lens.centres(), landed), 0.0), ahead


def boundary(view: View) -> NDArray[np.bool_]:
    """Return (H, W): the pixel belongs to a surface that hides what a neighbouring pixel (left, right, up, down) shows.

    Two pixels are of different surfaces where their things or pieces differ, and where one surface folds over itself: then
    neither point lies near the plane of the other. The rim of a fisheye's image circle is no boundary.
    """
    marked = np.zeros(view.instance.shape, bool)
    surface = view.camera.surface(view.depth)
    far = np.where(view.instance > 0, view.camera.distance(view.depth), np.inf)
    pixel = view.camera.intrinsics.pixel_size(view.depth)
    there = view.camera.intrinsics.covered()
    for axis in (0, 1):
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in (0, 1))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in (0, 1))
        differs = (view.instance[first] != view.instance[second]) | (view.piece[first] != view.piece[second])
        way = surface[second] - surface[first]
        off = np.minimum(*(np.abs((way * view.normal[side]).sum(-1)) for side in (first, second)))
        torn = (view.instance[first] > 0) & (off > _TORN * np.minimum(pixel[first], pixel[second]))
        edge = (differs | torn) & there[first] & there[second]
        marked[first] |= edge & (far[first] < far[second])
        marked[second] |= edge & (far[second] < far[first])
    return marked
