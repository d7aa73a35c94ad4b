"""Point tracks: surface points of one camera's pictures, followed through all its frames, with visibility in each.

The definition is TAP-Vid's (Doersch et al., "TAP-Vid: A Benchmark for Tracking Any Point in a Video", NeurIPS 2022): a query
is a pixel of some frame; its track is where that surface point is in every frame, before and after, and whether it is seen
there. A point that is hidden or out of the picture still has its place; one whose thing does not exist has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.rng import stream
from .layout import SEEN
from .motion import Anchored, SurfacePoints, Topology, anchored, joined
from .rays import Occluders
from .spool import Spool
from .visibility import Pixels, Sight, View, by_geometry

Tracks = dict[str, NDArray[Any]]
"""`query_frame` (N,) int32, `query_xy` (N, 2) float32 px, `xy` (N, T, 2) float32 px, `visible` (N, T) bool, `position`
(N, T, 3) float32 m in the world, `instance` (N,) uint32, `frames` (T,) int32. `xy` and `position` are 0 where nothing is."""


@dataclass(frozen=True)
class _Query:
    """The pixels of one frame that are followed, and their surface points."""

    frame: int
    pixels: Pixels
    points: SurfacePoints
    anchored: Anchored

    @classmethod
    def drawn(cls, view: View, frame: int, count: int, rng: np.random.Generator, topologies: Mapping[int, Topology]) -> _Query:
        """Draw `count` different pixels that show a surface, fewer where there are fewer."""
        rows, columns = np.nonzero(view.instance)
        chosen = np.sort(rng.permutation(len(rows))[:count])
        pixels = (rows[chosen], columns[chosen])
        points = view.points(pixels)
        return cls(frame, pixels, points, anchored(points, view.moment, topologies))


def _shares(frames: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Return (frame, points) that spread `count` points evenly over the frames."""
    return [(frame, count * (index + 1) // len(frames) - count * index // len(frames)) for index, frame in enumerate(frames)]


def follow(
    spool: Spool,
    camera: str,
    frames: Sequence[int],
    topologies: Mapping[int, Topology],
    occluders: Occluders,
    count: int,
    seed: int,
) -> Tracks:
    """Return the tracks of `count` random surface pixels of a camera, spread evenly over its frames."""
    rng = stream(seed, "tracks", camera)
    queries = [
        _Query.drawn(spool.view(camera, frame), frame, wanted, rng, topologies) for frame, wanted in _shares(frames, count)
    ]
    every = joined([query.anchored for query in queries])
    points = SurfacePoints(
        *(np.concatenate([getattr(query.points, name) for query in queries]) for name in ("where", "thing", "piece", "face"))
    )
    starts = np.cumsum([0, *(len(query.points.thing) for query in queries)])
    size = (len(points.thing), len(frames))
    xy, position, visible = np.zeros((*size, 2), np.float32), np.zeros((*size, 3), np.float32), np.zeros(size, bool)
    for index, frame in enumerate(frames):
        view = spool.view(camera, frame)
        there, exists = every.at(view.moment)
        landed, depth = view.camera.project(there)
        placed = exists & (depth > 1e-6)
        for query, start in zip(queries, starts, strict=False):
            shown = np.flatnonzero(placed[start : start + len(query.points.thing)])
            own = start + shown
            pixels = (query.pixels[0][shown], query.pixels[1][shown])
            known = Sight(spool.station(camera, query.frame), pixels, by_geometry(topologies), occluders)
            visible[own, index] = known.labels(query.points[shown], there[own], landed[own], view) == SEEN
        xy[:, index] = np.where(placed[:, None], landed, 0.0)
        position[:, index] = np.where(exists[:, None], there, 0.0)
    return {
        "query_frame": np.concatenate([np.full(len(query.pixels[0]), query.frame, np.int32) for query in queries]),
        "query_xy": np.concatenate([np.stack(query.pixels[::-1], -1) + 0.5 for query in queries]).astype(np.float32),
        "xy": xy,
        "visible": visible,
        "position": position,
        "instance": points.thing.astype(np.uint32),
        "frames": np.asarray(frames, np.int32),
    }
