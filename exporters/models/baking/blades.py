"""A blade in its own coordinates, and textures made of parts of it: closed-form means instead of samples.

A texel covers a parallelogram on the blade. Its mean is taken over the upright rectangle of the same variance along and across
(the same parallelogram where a face lies along the blade), by the running sums of Crow, "Summed-area tables for texture
mapping" (SIGGRAPH 1984). Of normals the mean is that of the slopes, as Olano and Baker take it in "LEAN mapping" (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .patches import Patches

Floats = NDArray[np.float64]
_BLOCK = 1 << 16
"""About as many texels at a time."""


@dataclass(frozen=True)
class Blade:
    """What a thin sheet sends back: `plain` + `tinted` * tint, each (S, S, 3) linear; rows from the foot of the blade to its
    tip, columns from its left margin to the right. `numbers` (3,) are its roughness, metallic share and opacity.

    A `height` (S, S) of 1 is a swelling by `distance` in m, of which `strength` (0..1) is how much of its normal is seen.
    """

    plain: NDArray[np.float32]
    tinted: NDArray[np.float32]
    numbers: NDArray[np.float32]
    height: NDArray[np.float32] | None = None
    distance: float = 0.0
    strength: float = 0.0


def spread(blade: Blade, patches: Patches) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return the colours (S, S, 3) of the patches' texels and their normals in tangent space as 0..1, or None without height.

    The upper row is first; free texels take the mean of the others.
    """
    size, side = len(patches.painted), len(blade.plain)
    layers = [blade.plain, blade.tinted]
    if blade.height is not None:
        up, right = np.gradient(blade.height.astype(np.float64))
        layers.append(np.stack([right * (0.5 * side), up * side], -1))
    sums = np.pad(np.concatenate(layers, -1).astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0), (0, 0)))
    leaf, tint, points, normals = (
        _inner(values, patches, size)
        for values in (patches.attributes["leaf"][..., :2], patches.attributes["tint"], patches.corners, patches.normals)
    )
    steps = _steps(leaf)
    texel = steps / np.maximum(_rectangles(patches.uv, size)[1] - 1, 1)[:, None, :, None]
    reach = np.sqrt((texel * texel).sum(2))
    bends = _bends(points, normals, steps)
    colour = np.zeros((size * size, 3), np.float32)
    slope = np.zeros((size * size, 2), np.float32)
    for place, tile, s, t in _texels(patches.uv, size):
        weights, half = _weights(s, t), (s < t).astype(np.int64)
        found = _mean(sums, _between(weights, leaf[tile]), reach[tile, half])
        colour[place] = found[:, :3] + found[:, 3:6] * _between(weights, tint[tile])
        if blade.height is not None:
            slope[place] = (bends[tile, half] @ found[:, 6:, None])[..., 0]

    def upright(values: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = values.reshape(size, size, 3)[::-1]
        return np.where(patches.painted[..., None], rows, rows[patches.painted].mean(0, dtype=np.float64).astype(np.float32))

    return upright(colour), None if blade.height is None else upright(_normals(slope, blade))


def _normals(slope: NDArray[np.float32], blade: Blade) -> NDArray[np.float32]:
    """Normals (N, 3) as 0..1 of slopes (N, 2) of the height in 1/m."""
    bent = np.concatenate([-blade.distance * slope, np.ones_like(slope[:, :1])], -1)
    seen = blade.strength * bent / np.linalg.norm(bent, axis=1, keepdims=True)
    seen[:, 2] += 1 - blade.strength
    return 0.5 + 0.5 * seen / np.linalg.norm(seen, axis=1, keepdims=True)


def _rectangles(uv: Floats, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lower left texels (T, 2) of tiles with corners `uv` (T, 4, 2), and their widths and heights (T, 2) in texels."""
    corners = np.rint(uv * size).astype(np.int64)
    return corners[:, 0], corners[:, 2] - corners[:, 0]


def _inner(values: Floats, patches: Patches, size: int) -> Floats:
    """Values (T, 4, C) at the corners of the faces, from those half a texel outside, where patches end."""
    _, extent = _rectangles(patches.uv, size)
    s, t = np.where(extent > 1, 0.5 / extent, 0.0).T[..., None, None]
    aside = (1 - s) * values + s * values[:, [1, 0, 3, 2]]
    return (1 - t) * aside + t * aside[:, [3, 2, 1, 0]]


def _texels(uv: Floats, size: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]]:
    """Yield blocks of N texels of tiles with corners `uv` (T, 4, 2): their numbers from the lower left, row by row; their
    tiles; and where on their faces their middles are, s and t in 0..1.
    """
    low, extent = _rectangles(uv, size)
    ends = extent.prod(1).cumsum()
    for start, stop in _blocks(ends):
        tile = np.repeat(np.arange(start, stop), extent[start:stop].prod(1))
        own = np.arange(len(tile)) + (ends[start] - extent[start].prod()) - (ends - extent.prod(1))[tile]
        row, column = np.divmod(own, extent[tile, 0])
        s, t = (
            np.where(count > 1, number / np.maximum(count - 1, 1), 0.5)
            for number, count in zip((column, row), extent[tile].T, strict=True)
        )
        yield (low[tile, 1] + row) * size + low[tile, 0] + column, tile, s, t


def _blocks(ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of tiles of about `_BLOCK` texels together, whose running sum is `ends`."""
    start = 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, before + _BLOCK, "right")), start + 1)
        yield start, stop
        start = stop


def _weights(s: Floats, t: Floats) -> Floats:
    """Shares (N, 4) of a quad's corners in a point of it, which is cut into triangles from its first corner."""
    high, low = np.maximum(s, t), np.minimum(s, t)
    return np.stack([1 - high, np.maximum(s - t, 0), low, np.maximum(t - s, 0)], -1)


def _steps(corners: Floats) -> Floats:
    """How values (T, 4, C) change along s and t, first in the triangle to the right, then in that above: (T, 2, 2, C)."""
    first, second, third, fourth = np.moveaxis(corners, 1, 0)
    return np.stack([np.stack([second - first, third - second], 1), np.stack([third - fourth, fourth - first], 1)], 1)


def _between(weights: Floats, corners: Floats) -> Floats:
    return (weights[:, None] @ corners)[:, 0]


def _bends(points: Floats, normals: Floats, steps: Floats) -> Floats:
    """Matrices (T, 2, 2, 2) from slopes across and along the blade to slopes in 1/m along s and across it, by triangle.

    After Mikkelsen, "Bump mapping unparametrized surfaces on the GPU" (2010), as Cycles has it.
    """
    along, up = np.moveaxis(_steps(points), 2, 0)
    normal = normals.mean(1)
    normal = (normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12))[:, None]
    gradients = np.stack([np.cross(up, normal), np.cross(normal, along)], 2)
    area = (along * gradients[:, :, 0]).sum(-1)
    flat = np.abs(area) <= 1e-9 * np.linalg.norm(along, axis=-1) * np.linalg.norm(up, axis=-1)
    tangent = along - normal * (along * normal).sum(-1, keepdims=True)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-12)
    frame = np.stack([tangent, np.sign(area)[..., None] * np.cross(normal, tangent)], 2)
    scale = np.where(flat, 0.0, 1 / np.where(flat, 1.0, area))[..., None, None]
    return scale * (frame @ gradients.swapaxes(-1, -2) @ steps)


def _mean(sums: Floats, place: Floats, spans: Floats) -> Floats:
    """Means (N, C) of layers, of which `sums` (S + 1, S + 1, C) run, around places (N, 2) on the blade, `spans` (N, 2) wide.

    What reaches over the margin is left out; less than a texel of the blade is a texel.
    """
    side = len(sums) - 1
    scale = np.array([0.5 * side, side])
    middle = np.clip(place * scale + [0.5 * side, 0.0], 0, side)
    half = np.maximum(0.5 * spans * scale, 0.5)
    low, high = np.clip(middle - half, 0, side), np.clip(middle + half, 0, side)

    def until(x: Floats, y: Floats) -> Floats:
        column, row = (np.minimum(values.astype(np.int64), side - 1) for values in (x, y))
        right, above = (x - column)[:, None], (y - row)[:, None]
        lower = sums[row, column] * (1 - right) + sums[row, column + 1] * right
        upper = sums[row + 1, column] * (1 - right) + sums[row + 1, column + 1] * right
        return lower * (1 - above) + upper * above

    (left, bottom), (right, top) = low.T, high.T
    total = until(right, top) - until(left, top) - until(right, bottom) + until(left, bottom)
    return total / (high - low).prod(1, keepdims=True)
