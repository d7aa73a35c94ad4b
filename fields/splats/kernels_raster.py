"""Warp kernels that blend splats into pixels, tile by tile, and carry pixel gradients back to splats.

Launched with an index for each tile on the CPU, and 256 for each on CUDA, in blocks of 256 (`snippets`).
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_project import ROW
from .snippets import GATHER, either, settings
from .snippets_cpu import BACKWARD_CPU, BLEND_CPU
from .snippets_cuda import BACKWARD_CUDA, BLEND_CUDA

wp.set_module_options({"enable_backward": False, "fast_math": True})

CHANNELS = 5
"""Columns of `picture`: red, green, blue (premultiplied), alpha, planar depth times alpha."""

Boxes = wp.array(dtype=wp.vec4i)
Ints = wp.array(dtype=int)
Floats2 = wp.array2d(dtype=float)

SETTINGS = settings(False, CHANNELS, ROW)


@wp.func_native(SETTINGS + either(BLEND_CPU, BLEND_CUDA))
def blend_native(
    index: int, turn: Ints, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, picture: Floats2,
    ends: Ints,
): ...  # fmt: skip


@wp.func_native(SETTINGS + either(BACKWARD_CPU, BACKWARD_CUDA))
def blend_backward_native(
    index: int, turn: Ints, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, picture: Floats2,
    ends: Ints, gradient: Floats2, rows: Floats2,
): ...  # fmt: skip


@wp.func_native(SETTINGS + GATHER)
def gather_native(
    index: int, order: Ints, box: wp.vec4i, offsets: Ints, places: Ints, columns: int, ends: Ints, rows: Floats2,
    totals: Floats2,
): ...  # fmt: skip


@wp.kernel
def blend(
    first: int,
    turn: Ints,
    columns: int,
    width: int,
    height: int,
    starts: Ints,
    ids: Ints,
    screen: Floats2,
    picture: Floats2,
    ends: Ints,
):
    """Draw tiles `turn[first:...]` into `picture` (pixels, 5); `ends` (tiles) becomes one past the last pair drawn."""
    blend_native(first + wp.tid(), turn, columns, width, height, starts, ids, screen, picture, ends)


@wp.kernel
def blend_backward(
    first: int,
    turn: Ints,
    columns: int,
    width: int,
    height: int,
    starts: Ints,
    ids: Ints,
    screen: Floats2,
    picture: Floats2,
    ends: Ints,
    gradient: Floats2,
    rows: Floats2,
):
    """Fill `rows` (pairs, 10) for tiles `turn[first:...]` from `gradient` (pixels, 5), the gradient of `picture`."""
    index = first + wp.tid()
    blend_backward_native(index, turn, columns, width, height, starts, ids, screen, picture, ends, gradient, rows)


@wp.kernel
def gather(
    first: int,
    order: Ints,
    tiles: Boxes,
    offsets: Ints,
    places: Ints,
    columns: int,
    ends: Ints,
    rows: Floats2,
    totals: Floats2,
):
    """Sum the `rows` (pairs, 10) of splats `order[first:...]`, tile by tile, into `totals` (N, 10)."""
    index = first + wp.tid()
    gather_native(index, order, tiles[order[index]], offsets, places, columns, ends, rows, totals)
