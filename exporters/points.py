"""Surface samples of the training views, thinned evenly: where a splat training starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.rng import stream
from .cameras import Camera

MOST_POINTS = 100_000
_SAMPLED = 4 * MOST_POINTS
"""How many pixels are looked at before thinning, over all views: it bounds the memory."""
_FINENESS = (1.0, 1.5, 2.25, 3.4, 5.1, 7.6, 11.4, 17.1, 25.6)


class SurfaceSamples:
    """Gathers pixels view by view; `thinned` keeps one in every cell of a grid whose cells grow with distance.

    The cell of a sample is a power of two times its pixel's size on the surface, so the near ground of a landscape keeps its
    detail and the far hills do not drown in samples, while an orbit, all at one distance, is thinned by a plain grid.
    """

    def __init__(self, seed: int, views: int) -> None:
        self.seed, self.per_view = seed, max(1, _SAMPLED // max(views, 1))
        self._parts: list[NDArray[np.float32]] = []

    def add(self, name: str, camera: Camera, maps: Mapping[str, NDArray[Any]], picture: NDArray[np.uint8]) -> None:
        """Take up to `per_view` random pixels of one view, of its truth `maps` and its 8-bit `picture` (H, W, 3 or 4)."""
        valid, depth = maps["valid"], maps["depth"]
        pixels = np.flatnonzero(valid if picture.shape[2] == 3 else valid & (picture[..., 3] == 255))
        if len(pixels) > self.per_view:
            pixels = np.sort(stream(self.seed, "points", name).choice(pixels, self.per_view, replace=False))
        away = depth.reshape(-1)[pixels].astype(np.float64)
        where = camera.unproject(camera.intrinsics.centres().reshape(-1, 2)[pixels], away)
        columns = [layer.reshape(-1, layer.shape[-1])[pixels][:, :3] for layer in (maps["normal"], picture)]
        ids = [maps[name].reshape(-1, 1)[pixels] for name in ("instance", "class")]
        size = camera.intrinsics.pixel_size(away)
        self._parts.append(np.hstack([where, *columns, *ids, size[:, None]]).astype(np.float32))

    def thinned(self) -> NDArray[np.float32]:
        """Return (N, 11) float32, N <= MOST_POINTS: position (m), normal, the cell's mean colour (0..255), instance, class."""
        samples = np.concatenate([np.empty((0, 12), np.float32), *self._parts])
        for fineness in _FINENESS:
            first, cell = _cells(samples, fineness)
            if len(first) <= MOST_POINTS:
                break
        count = np.bincount(cell, minlength=len(first))
        colour = [np.bincount(cell, samples[:, axis], len(first)) / np.maximum(count, 1) for axis in (6, 7, 8)]
        thin = np.hstack([samples[first, :6], np.stack(colour, -1).reshape(-1, 3), samples[first, 9:11]]).astype(np.float32)
        if len(thin) > MOST_POINTS:
            thin = thin[np.sort(stream(self.seed, "points").choice(len(thin), MOST_POINTS, replace=False))]
        return thin


def write_points(path: Path, points: NDArray[np.float32]) -> None:
    """Write (N, 11) position, normal, colour (0..255), instance and class as binary PLY."""
    from plyfile import PlyData, PlyElement

    fields: list[tuple[str, Any]] = [(name, "f4") for name in ("x", "y", "z", "nx", "ny", "nz")]
    fields += [(name, "u1") for name in ("red", "green", "blue")]
    fields += [("instance", "u4"), ("class", "u1")]
    table = np.empty(len(points), dtype=fields)
    for column, (name, kind) in enumerate(fields):
        table[name] = points[:, column] if kind == "f4" else np.rint(points[:, column])
    PlyData([PlyElement.describe(table, "vertex")], byte_order="<").write(str(path))


def _cells(samples: NDArray[np.float32], fineness: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first sample of every cell, ascending, and the cell of every sample."""
    if not len(samples):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    level = np.ceil(np.log2(samples[:, 11].astype(np.float64) * fineness))
    place = np.floor(samples[:, :3].astype(np.float64) / np.exp2(level)[:, None])
    keys = np.column_stack([level, place]).astype(np.int64)
    order = np.lexsort(keys.T[::-1])
    new = np.ones(len(keys), bool)
    new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(1)
    cell = np.empty(len(keys), np.intp)
    cell[order] = new.cumsum() - 1
    return order[new], cell
