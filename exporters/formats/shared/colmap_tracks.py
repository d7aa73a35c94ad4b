"""Which picture sees which surface sample: the observations and tracks of a COLMAP model, from depth.

A sample is observed where it projects into the picture and the depth there is its own, to within the side of a pixel on
the surface. The depth "there" is that of the pixel it falls into, or the depth between the four pixel centres around it,
interpolated as 1/z, which is linear over a plane (Jim Blinn, "Hyperbolic Interpolation", IEEE CG&A 1992): without it a
floor at a grazing angle would be seen at pixel centres only.

What is kept is one bit a sample and picture, 12.5 kB a picture of 100,000 samples; a sample's place in a picture's list is
the number of set bits before it, so tracks are made block by block when they are written.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...cameras import Camera

_BLOCK = 256
"""Bytes of the bit rows that are unpacked at once: 2048 samples."""


class Tracks:
    """Gathers the observations of `points` (N, 3), metres, world, picture by picture."""

    def __init__(self, points: NDArray[np.float64], pictures: int) -> None:
        self.points = points
        self._seen = np.zeros((pictures, -(-len(points) // 8)), np.uint8)

    def observe(self, picture: int, camera: Camera, depth: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return where picture number `picture` sees what: pixels (M, 2) and the indices (M,) of the points, ascending."""
        pixels, indices = observed(self.points, camera, depth)
        seen = np.zeros(len(self.points), bool)
        seen[indices] = True
        self._seen[picture] = np.packbits(seen)
        return pixels, indices

    def __iter__(self) -> Iterator[NDArray[np.intp]]:
        """Yield for each point its track (L, 2): a picture, and the place of the point in that picture's list."""
        before = np.zeros((len(self._seen), 1), np.intp)
        for start in range(0, self._seen.shape[1], _BLOCK):
            count = min(8 * _BLOCK, len(self.points) - 8 * start)
            seen = np.unpackbits(self._seen[:, start : start + _BLOCK], axis=1, count=count).astype(bool)
            places = before + np.cumsum(seen, axis=1) - 1
            before = places[:, -1:] + 1
            point, picture = np.nonzero(seen.T)
            yield from np.split(np.stack([picture, places[picture, point]], -1), np.cumsum(seen.sum(0))[:-1])


def observed(
    points: NDArray[np.float64], camera: Camera, depth: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return pixels (M, 2) and indices (M,) of those points (N, 3), world, that a picture with `depth` (H, W) shows."""
    k = camera.intrinsics
    pixels, z = camera.project(points)
    inside = np.flatnonzero((z > 0) & k.covers(pixels) & (pixels >= 0).all(-1) & (pixels < (k.width, k.height)).all(-1))
    pixels, z = pixels[inside], z[inside]
    column, row = np.floor(pixels).astype(np.intp).T
    gap = np.minimum(np.abs(depth[row, column] - z), np.abs(_between(depth, pixels) - z))
    agrees = gap <= z / max(k.fl_x, k.fl_y)
    return pixels[agrees], inside[agrees]


def _between(depth: NDArray[np.float32], pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return depth (M,) at pixels (M, 2) between pixel centres, infinite where there is no surface."""
    inverse = np.divide(1.0, depth, out=np.zeros(depth.shape), where=depth > 0)
    last = np.array(depth.shape[::-1]) - 1
    place = np.clip(pixels - 0.5, 0, last)
    x, y = np.floor(place).astype(np.intp).T
    right, below = np.minimum(x + 1, last[0]), np.minimum(y + 1, last[1])
    u, v = (place - np.floor(place)).T
    upper = (1 - u) * inverse[y, x] + u * inverse[y, right]
    lower = (1 - u) * inverse[below, x] + u * inverse[below, right]
    value = (1 - v) * upper + v * lower
    return np.divide(1.0, value, out=np.full(value.shape, np.inf), where=value > 0)
