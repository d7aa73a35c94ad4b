"""The lake's edge as points, and what one sees from them: places to put a camera, a jetty or a boat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .blocks import Floats

if TYPE_CHECKING:
    from .land import Terrain


@dataclass(frozen=True)
class Shoreline:
    """Points where the land meets z = 0, in no order.

    points (N, 2): x, y in metres; outward (N, 2): unit vectors from land to water, across the shore; open_water (N,): metres of
    water straight ahead along `outward`; ahead (N,): metres of water along +Y, 0 where land lies there.
    """

    points: Floats
    outward: Floats
    open_water: Floats
    ahead: Floats


def trace_shoreline(terrain: Terrain, step: float) -> Shoreline:
    """Return the shoreline of `terrain`, thinned to one point in every square of `step` metres."""
    field = terrain.near
    x, y = field.axes()
    columns = slice(*np.searchsorted(x, terrain.water_bounds()[:, 0]))
    rows = slice(*np.searchsorted(y, terrain.water_bounds()[:, 1]))
    xs, ys = np.meshgrid(x[columns], y[rows])
    z = terrain.height(xs, ys)
    found = []
    for dy, dx in ((0, 1), (1, 0)):
        here = (slice(0, z.shape[0] - dy), slice(0, z.shape[1] - dx))
        there = (slice(dy, None), slice(dx, None))
        cross = (z[here] > 0) != (z[there] > 0)
        t = z[here][cross] / (z[here][cross] - z[there][cross])
        found.append(
            np.stack(
                [
                    xs[here][cross] + t * (xs[there][cross] - xs[here][cross]),
                    ys[here][cross] + t * (ys[there][cross] - ys[here][cross]),
                ],
                axis=1,
            )
        )
    points = np.concatenate(found).astype(np.float32)
    _, first = np.unique(np.floor(points / step).astype(np.int64), axis=0, return_index=True)
    points = points[np.sort(first)]
    reach = np.float32(3 * field.cell)
    px, py = points.T
    east = terrain.mask("water", px + reach, py) - terrain.mask("water", px - reach, py)
    north = terrain.mask("water", px, py + reach) - terrain.mask("water", px, py - reach)
    outward = np.stack([east, north], axis=1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), np.float32(1e-9))
    view = np.broadcast_to(np.array([0, 1], np.float32), outward.shape)
    return Shoreline(points, outward, _open_water(terrain, points, outward), _open_water(terrain, points, view))


def _open_water(terrain: Terrain, points: Floats, direction: Floats) -> Floats:
    """Return how far water goes on from each point, to the nearest tenth of the distance or so."""
    distances = np.geomspace(3, terrain.near.side, 60).astype(np.float32)
    places = points[:, None] + direction[:, None] * distances[:, None]
    wet = terrain.mask("water", places[..., 0], places[..., 1]) > 0
    dry = np.where(wet.all(1), len(distances) - 1, np.argmin(wet, axis=1))
    return np.where(wet[:, 0], distances[dry], np.float32(0))
