"""Which polygons can stand in lines of sight, and the strips of the picture that they lie in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .motion import Topology

_SMALL = 64.0
"""Small is what reaches over at most that many pixels."""
_MARGIN = 1 / 32
"""So many pixels, everything is taken wider: more than float32 loses of a place in a picture 16384 pixels wide."""
_NEARER = 1e-6
"""That part nearer, everything is taken: more than float32 loses of a depth."""
_STEEPEST = 8.0
"""Strips lean at most by so many pixels a row: it bounds their rounding."""
_BLOCK = 1 << 15
"""Polygons, or twice as many vertices, that are looked at at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class Blockers:
    """Polygons that lines of sight may meet: numbers of `large` ones (L,) and of `small` ones (S,).

    Of a small one, its box in the picture from `low` to `high` (S, 2), as (down, right) in pixels; the depth `nearest` (S,) at
    which it begins; and the strip that holds it: from `left` to `right` (S,) in the row `low`, `lean` (S,) more a row below.
    All float32.
    """

    large: NDArray[np.intp]
    small: NDArray[np.intp]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    nearest: NDArray[np.float32]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    lean: NDArray[np.float32]


def in_the_way(
    camera: Camera, vertices: NDArray[np.floating[Any]], topology: Topology, points: NDArray[np.float64]
) -> Blockers:
    """Return those polygons, with world vertices (V, 3), that the ways from the camera to some of the points (N, 3) may meet.

    They are those that begin before the farthest point that lands near their box in the picture: none that is met is missing.
    """
    camera = camera.chart
    lens = camera.intrinsics
    size = np.array([lens.height, lens.width])
    places = _places(camera, vertices)
    low, high = _boxes(places, topology)
    landed, reached = camera.project(points)
    landed = landed[:, ::-1]
    nearest, farthest = low[2] * np.float32(1 - _NEARER), high[2]
    everywhere = np.zeros(len(nearest), bool)
    if lens.model == "equirectangular":  # a straight edge bows towards a pole there, by less than it reaches around
        reach = high[1] - low[1]
        low[0] -= reach
        high[0] += reach
        nearest, everywhere = nearest * 0, reach >= 0.5 * lens.width
    elif lens.model == "pinhole":
        everywhere = (nearest <= 1e-9) & (farthest > 0)
        across = np.flatnonzero(everywhere)
        everywhere[across] = _seen_past_the_plane(camera, vertices, topology, across, landed)
    low[:2] -= np.float32(_MARGIN)
    high[:2] += np.float32(_MARGIN)
    near = (farthest > 0) & (nearest < reached.max(initial=0.0)) & ~everywhere
    for axis in (0, 1):
        near &= (high[axis] >= landed[:, axis].min(initial=np.inf)) & (low[axis] <= landed[:, axis].max(initial=-np.inf))
    some = np.flatnonzero(near)
    first, last = cells(low[:2, some].T, size), cells(high[:2, some].T, size)
    deepest = np.zeros(size, np.float64)
    np.maximum.at(deepest, tuple(cells(landed, size).T), reached)
    some = some[nearest[some] < _deepest_within(deepest, first, last)]
    large = (high[:2, some] - low[:2, some]).max(0) > _SMALL
    small, large = some[~large], np.concatenate([np.flatnonzero(everywhere), some[large]])
    box = low[:2, small].T, high[:2, small].T
    if lens.model == "equirectangular":
        strips = (np.zeros(len(small), np.float32), box[1][:, 1] - box[0][:, 1], np.zeros(len(small), np.float32))
    else:
        strips = _strips(places, topology, small, box[0])
    return Blockers(large, small, *box, nearest[small], *strips)


def cells(places: NDArray[np.floating[Any]], size: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return the rows and columns (N, 2) that hold places (N, 2), as (down, right); what lies beside counts to the edge."""
    return np.clip(np.floor(places), 0, size - 1).astype(np.int32)


def counted(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return 0, 1, .. below each of the counts, one after the other."""
    return np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)


def triangles_of(topology: Topology, polygons: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers (M,) of the polygons' triangles, one polygon after the other, and how many each has."""
    count = topology.first[polygons + 1] - topology.first[polygons]
    return np.repeat(topology.first[polygons], count) + counted(count), count


def _places(camera: Camera, vertices: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return (3, V): down and right in pixels, and depth."""
    found = np.empty((3, len(vertices)), np.float32)
    for start in range(0, len(vertices), 2 * _BLOCK):
        block = slice(start, start + 2 * _BLOCK)
        pixels, found[2, block] = camera.project(vertices[block])
        found[0, block], found[1, block] = pixels[:, 1], pixels[:, 0]
    return found


def _boxes(places: NDArray[np.float32], topology: Topology) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the least and the greatest (3, P) of the places (3, V) of each polygon's corners."""
    count = len(topology.first) - 1
    low, high = np.empty((3, count), np.float32), np.empty((3, count), np.float32)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        first = topology.first[start : end + 1]
        corners = topology.triangles[first[0] : first[-1]].ravel()
        starts = 3 * (first[:-1] - first[0])
        for axis in range(3):
            values = places[axis][corners]
            low[axis, start:end] = np.minimum.reduceat(values, starts)
            high[axis, start:end] = np.maximum.reduceat(values, starts)
    return low, high


def _seen_past_the_plane(
    camera: Camera,
    vertices: NDArray[np.floating[Any]],
    topology: Topology,
    polygons: NDArray[np.intp],
    landed: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which of the polygons (M,) that a pinhole's own plane cuts have a part, farther than its clip distance, whose box
    in the picture reaches the places `landed` (N, 2), as (down, right).
    """
    triangles, count = triangles_of(topology, polygons)
    corners = camera.to_camera(vertices[topology.triangles[triangles]])
    ends, plane = np.roll(corners, -1, 1), camera.intrinsics.near * (1 - _NEARER)
    rise = ends[..., 2] - corners[..., 2]
    share = np.divide(plane - corners[..., 2], rise, out=np.full_like(rise, -1.0), where=rise != 0)
    cut = corners + share[..., None] * (ends - corners)
    seen = np.concatenate([corners[..., 2] >= plane, (share >= 0) & (share <= 1)], 1)
    pixels = camera.intrinsics.project(np.concatenate([corners, cut], 1))[0][..., ::-1]
    low = np.where(seen[..., None], pixels, np.inf).min(1) - _MARGIN
    high = np.where(seen[..., None], pixels, -np.inf).max(1) + _MARGIN
    reached = ((high >= landed.min(0, initial=np.inf)) & (low <= landed.max(0, initial=-np.inf))).all(1)
    return np.bincount(np.repeat(np.arange(len(count)), count), reached, len(count)) > 0


def _deepest_within(deepest: NDArray[np.float64], first: NDArray[np.int32], last: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the greatest (M,) of the values (H, W) in squares of cells that hold those from `first` to `last` (M, 2)."""
    level = np.ceil(np.log2((last - first).max(1) + 1)).astype(np.int8)
    found = np.zeros(len(first))
    for power in range(int(level.max(initial=-1)) + 1):  # now deepest[i, j] is that of the 2^power cells from i and from j
        some = np.flatnonzero(level == power)
        found[some] = deepest[tuple(first[some].T)]
        for axis in (0, 1):
            deepest = np.maximum(deepest, _shifted(deepest, 1 << power, axis))
    return found


def _shifted(values: NDArray[np.float64], step: int, axis: int) -> NDArray[np.float64]:
    """Return the values that stand `step` further along an axis, 0 beyond the end."""
    moved = np.zeros_like(values)
    if step < values.shape[axis]:
        here, there = [slice(None)] * 2, [slice(None)] * 2
        here[axis], there[axis] = slice(None, -step), slice(step, None)
        moved[tuple(here)] = values[tuple(there)]
    return moved


def _strips(
    places: NDArray[np.float32], topology: Topology, polygons: NDArray[np.intp], low: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return left, right and lean of polygons (M,), seen from the corners `low` (M, 2) of their boxes.

    They lean as the line through the corners that fits best: a blade's strip is as narrow as the blade.
    """
    left, right, lean = (np.empty(len(polygons), np.float32) for _ in range(3))
    for start in range(0, len(polygons), _BLOCK):
        block = slice(start, start + _BLOCK)
        triangles, count = triangles_of(topology, polygons[block])
        corners = topology.triangles[triangles].ravel()
        count = 3 * count
        starts = count.cumsum() - count
        down = places[0][corners] - np.repeat(low[block, 0], count)
        across = places[1][corners] - np.repeat(low[block, 1], count)
        centred = down - np.repeat(np.add.reduceat(down, starts) / count.astype(np.float32), count)
        spread = np.maximum(np.add.reduceat(centred * centred, starts), np.float32(1e-6))
        lean[block] = np.clip(np.add.reduceat(centred * across, starts) / spread, -_STEEPEST, _STEEPEST)
        offset = across - np.repeat(lean[block], count) * down
        left[block] = np.minimum.reduceat(offset, starts) - np.float32(_MARGIN)
        right[block] = np.maximum.reduceat(offset, starts) + np.float32(_MARGIN)
    return left, right, lean
