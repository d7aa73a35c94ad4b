"""Warp kernels around a radix sort, which lists the same pairs of tile and splat as `kernels_bin`, in parallel (CUDA).

Splats are sorted by depth, pairs are written in that order, and a stable sort by the few bits of a tile's number puts them
in place: a quarter of the traffic of one sort by tile and depth together.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False})

Ints = wp.array(dtype=int)
Boxes = wp.array(dtype=wp.vec4i)
FARTHEST = wp.constant(3.0e38)
"""The depth of what is not seen, so that it comes last."""


@wp.func
def area(box: wp.vec4i) -> int:
    """Tiles of a half-open rectangle (x0, x1, y0, y1)."""
    return (box[1] - box[0]) * (box[3] - box[2])


@wp.kernel
def depth_keys(first: int, tiles: Boxes, screen: wp.array2d(dtype=float), keys: wp.array(dtype=float), order: Ints):
    """Fill what is sorted: `keys` by depth and `order` by the splat's number."""
    i = first + wp.tid()
    keys[i] = wp.where(area(tiles[i]) > 0, screen[i, 9], FARTHEST)
    order[i] = i


@wp.kernel
def count_pairs(first: int, tiles: Boxes, order: Ints, counts: Ints):
    """Fill `counts` (N,) with the tiles that splat `order[k]` touches."""
    k = first + wp.tid()
    counts[k] = area(tiles[order[k]])


@wp.kernel
def list_pairs(
    first: int,
    tiles: Boxes,
    order: Ints,
    ends: wp.array(dtype=wp.int64),
    columns: int,
    offsets: Ints,
    owner: Ints,
    keys: Ints,
    numbers: Ints,
):
    """Write the pairs of splat `order[k]`, which end at `ends[k]`: the splat, the tile as the key, and the pair's number.

    `offsets` (N,) by splat becomes the first of its pairs.
    """
    k = first + wp.tid()
    i = order[k]
    box = tiles[i]
    pair = int(ends[k]) - area(box)
    offsets[i] = pair
    for y in range(box[2], box[3]):
        for x in range(box[0], box[1]):
            owner[pair] = i
            keys[pair] = y * columns + x
            numbers[pair] = pair
            pair += 1


@wp.kernel
def place_pairs(first: int, numbers: Ints, owner: Ints, ids: Ints, places: Ints):
    """Fill `ids` with the splat of each sorted pair and `places` with where each pair went."""
    k = first + wp.tid()
    pair = numbers[k]
    ids[k] = owner[pair]
    places[pair] = k


@wp.kernel
def gather_columns(
    first: int,
    row: int,
    tiles: Boxes,
    offsets: Ints,
    places: Ints,
    columns: int,
    ends: Ints,
    rows: wp.array2d(dtype=float),
    totals: wp.array2d(dtype=float),
):
    """Sum `rows` (pairs, row) of each splat, tile by tile, into `totals` (N, row): an index for each number of `totals`."""
    at = first + wp.tid()
    i = at / row
    column = at - i * row
    box = tiles[i]
    pair = offsets[i]
    total = wp.float32(0.0)
    for y in range(box[2], box[3]):
        for x in range(box[0], box[1]):
            place = places[pair]
            pair += 1
            if place < ends[y * columns + x]:
                total += rows[place, column]
    totals[i, column] = total
