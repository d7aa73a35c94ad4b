"""Point tracks: surface points of one camera's pictures, followed through all its frames, with visibility in each.

The definition is TAP-Vid's (Doersch et al., "TAP-Vid: A Benchmark for Tracking Any Point in a Video", NeurIPS 2022): a query
is a pixel of some frame; its track is where that surface point is in every frame, before and after, and whether it is seen
there. A point that is hidden or out of the picture still has its place; one whose thing does not exist has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.rng import stream
from .layout import SEEN
from .motion import Anchored, SurfacePoints, Topology, anchored, joined
from .spool import Spool
from .visibility import sight

Tracks = dict[str, NDArray[Any]]
"""`query_frame` (N,) int32, `query_xy` (N, 2) float32 px, `xy` (N, T, 2) float32 px, `visible` (N, T) bool, `position`
(N, T, 3) float32 m in the world, `instance` (N,) uint32, `frames` (T,) int32. `xy` and `position` are 0 where nothing is."""


def follow(
    spool: Spool, camera: str, frames: Sequence[int], topologies: Mapping[int, Topology], count: int, seed: int
) -> Tracks:
    """Return the tracks of `count` random surface pixels of a camera, spread evenly over its frames."""
    rng = stream(seed, "tracks", camera)
    parts: list[Anchored] = []
    points: list[SurfacePoints] = []
    pixels: list[NDArray[np.float64]] = []
    asked: list[NDArray[np.int32]] = []
    for index, frame in enumerate(frames):
        wanted = count * (index + 1) // len(frames) - count * index // len(frames)
        view = spool.view(camera, frame)
        seen = view.points()
        chosen = np.sort(rng.permutation(len(seen.thing))[:wanted])
        points.append(seen[chosen])
        parts.append(anchored(points[-1], view.moment, topologies))
        pixels.append(view.camera.intrinsics.centres()[view.instance > 0][chosen])
        asked.append(np.full(len(chosen), frame, np.int32))
    every = joined(parts)
    what = SurfacePoints(
        *(np.concatenate([getattr(part, name) for part in points]) for name in ("where", "thing", "piece", "face"))
    )
    size = (len(what.thing), len(frames))
    xy, position, visible = np.zeros((*size, 2), np.float32), np.zeros((*size, 3), np.float32), np.zeros(size, bool)
    for index, frame in enumerate(frames):
        view = spool.view(camera, frame)
        there, exists = every.at(view.moment)
        landed, depth = view.camera.project(there)
        placed = exists & (depth > 1e-6)
        visible[:, index] = placed & (sight(what, there, landed, view) == SEEN)
        xy[:, index] = np.where(placed[:, None], landed, 0.0)
        position[:, index] = np.where(exists[:, None], there, 0.0)
    return {
        "query_frame": np.concatenate(asked),
        "query_xy": np.concatenate(pixels).astype(np.float32),
        "xy": xy,
        "visible": visible,
        "position": position,
        "instance": what.thing.astype(np.uint32),
        "frames": np.asarray(frames, np.int32),
    }
