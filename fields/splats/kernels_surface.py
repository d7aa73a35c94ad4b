"""The kernels of `kernels_raster` again with what a surface is judged by: the depth of half transmittance and the normals.

A normal is an attribute of the splat, as its colour is, and is blended alike. The median depth of a pixel is the planar
depth of a single splat, and its gradient goes to that splat alone; which splat it is has no gradient.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_raster import Boxes, Floats2, Ints
from .snippets import GATHER, either, settings
from .snippets_cpu import BACKWARD_CPU, BLEND_CPU
from .snippets_cuda import BACKWARD_CUDA, BLEND_CUDA

wp.set_module_options({"enable_backward": False, "fast_math": True})

CHANNELS = 9
"""Columns of `picture`: those of `kernels_raster`, then median depth (0 where transmittance stays over 0.5) and normal
times alpha, x, y, z."""
ROW = 13
"""Columns of a gradient row: those of `kernels_project`, then normal x, y, z. Both depths share one."""

SETTINGS = settings(True, CHANNELS, ROW)


@wp.func_native(SETTINGS + either(BLEND_CPU, BLEND_CUDA))
def blend_native(
    index: int, turn: Ints, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, normals: Floats2,
    picture: Floats2, ends: Ints,
): ...  # fmt: skip


@wp.func_native(SETTINGS + either(BACKWARD_CPU, BACKWARD_CUDA))
def blend_backward_native(
    index: int, turn: Ints, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, normals: Floats2,
    picture: Floats2, ends: Ints, gradient: Floats2, rows: Floats2,
): ...  # fmt: skip


@wp.func_native(SETTINGS + GATHER)
def gather_native(
    index: int, order: Ints, box: wp.vec4i, offsets: Ints, places: Ints, columns: int, ends: Ints, rows: Floats2,
    totals: Floats2,
): ...  # fmt: skip


@wp.kernel
def blend_surface(
    first: int,
    turn: Ints,
    columns: int,
    width: int,
    height: int,
    starts: Ints,
    ids: Ints,
    screen: Floats2,
    normals: Floats2,
    picture: Floats2,
    ends: Ints,
):
    """Draw tiles `turn[first:...]` into `picture` (pixels, 9); `normals` (N, 3) are those of the splats."""
    blend_native(first + wp.tid(), turn, columns, width, height, starts, ids, screen, normals, picture, ends)


@wp.kernel
def blend_surface_backward(
    first: int,
    turn: Ints,
    columns: int,
    width: int,
    height: int,
    starts: Ints,
    ids: Ints,
    screen: Floats2,
    normals: Floats2,
    picture: Floats2,
    ends: Ints,
    gradient: Floats2,
    rows: Floats2,
):
    """Fill `rows` (pairs, 13) for tiles `turn[first:...]` from `gradient` (pixels, 9), the gradient of `picture`."""
    index = first + wp.tid()
    blend_backward_native(index, turn, columns, width, height, starts, ids, screen, normals, picture, ends, gradient, rows)


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
    """Sum the `rows` (pairs, 13) of splats `order[first:...]`, tile by tile, into `totals` (N, 13)."""
    index = first + wp.tid()
    gather_native(index, order, tiles[order[index]], offsets, places, columns, ends, rows, totals)
