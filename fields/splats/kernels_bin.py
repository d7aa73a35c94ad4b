"""Warp kernels that list, for every tile of the picture, the splats that touch it, nearest first (CPU).

The splats are put in depth order once, by a radix sort of the bits of their planar depths (positive floats order as
integers do), and are then dealt to the tiles in that order by counting: no sort of (tile, splat) pairs, and the same
lists whatever the number of threads. Each kernel is one sequential pass and is launched with a single thread.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_project import SCREEN

wp.set_module_options({"enable_backward": False})

Ints = wp.array(dtype=int)
Boxes = wp.array(dtype=wp.vec4i)
Floats2 = wp.array2d(dtype=float)

SORT_AND_COUNT = (
    f"#define SCREEN {SCREEN}"
    + r"""
const int* box = reinterpret_cast<const int*>(tiles.data);
int* index = order.data;
int* other = index + count;
unsigned* key = reinterpret_cast<unsigned*>(keys.data);
unsigned* other_key = key + count;
int seen = 0;
for (int i = 0; i < count; ++i) {
    const int* b = box + 4 * i;
    if (b[1] <= b[0]) continue;
    float depth = screen.data[SCREEN * i + 9];
    memcpy(key + seen, &depth, 4);
    index[seen++] = i;
}
for (int shift = 0; shift < 33; shift += 11) {
    int histogram[2049] = {0};
    for (int i = 0; i < seen; ++i) histogram[((key[i] >> shift) & 2047) + 1]++;
    for (int d = 0; d < 2048; ++d) histogram[d + 1] += histogram[d];
    for (int i = 0; i < seen; ++i) {
        int place = histogram[(key[i] >> shift) & 2047]++;
        other_key[place] = key[i];
        other[place] = index[i];
    }
    unsigned* k = key; key = other_key; other_key = k;
    int* o = index; index = other; other = o;
}
// Three passes leave the result in the upper half.
int pairs = 0;
int tile_count = columns * lines;
for (int t = 0; t <= tile_count; ++t) starts.data[t] = 0;
for (int k = 0; k < seen; ++k) {
    int i = index[k];
    const int* b = box + 4 * i;
    offsets.data[i] = pairs;
    for (int y = b[2]; y < b[3]; ++y)
        for (int x = b[0]; x < b[1]; ++x) starts.data[y * columns + x + 1]++;
    pairs += (b[1] - b[0]) * (b[3] - b[2]);
}
for (int t = 0; t < tile_count; ++t) starts.data[t + 1] += starts.data[t];
totals.data[0] = seen;
totals.data[1] = pairs;
"""
)

DEAL = r"""
const int* box = reinterpret_cast<const int*>(tiles.data);
const int* index = order.data + count;
int tile_count = columns * lines;
for (int t = 0; t < tile_count; ++t) cursor.data[t] = starts.data[t];
int* place = places.data;
for (int k = 0; k < seen; ++k) {
    int i = index[k];
    const int* b = box + 4 * i;
    for (int y = b[2]; y < b[3]; ++y)
        for (int x = b[0]; x < b[1]; ++x) {
            int p = cursor.data[y * columns + x]++;
            ids.data[p] = i;
            *place++ = p;
        }
}
"""


@wp.func_native(SORT_AND_COUNT)
def sort_and_count_native(
    count: int, columns: int, lines: int, tiles: Boxes, screen: Floats2, keys: Ints, order: Ints, offsets: Ints,
    starts: Ints, totals: Ints,
): ...  # fmt: skip


@wp.func_native(DEAL)
def deal_native(
    count: int, seen: int, columns: int, lines: int, tiles: Boxes, order: Ints, starts: Ints, cursor: Ints, ids: Ints,
    places: Ints,
): ...  # fmt: skip


@wp.kernel
def sort_and_count(
    count: int,
    columns: int,
    lines: int,
    tiles: Boxes,
    screen: Floats2,
    keys: Ints,
    order: Ints,
    offsets: Ints,
    starts: Ints,
    totals: Ints,
):
    """Put the seen splats in depth order in the upper half of `order` (2N) and count what each tile will hold.

    `keys` (2N) is scratch; `starts` (tiles + 1) becomes the first pair of each tile, `offsets` (N) the first pair of each
    splat in splat order, `totals` the numbers of seen splats and of (tile, splat) pairs.
    """
    sort_and_count_native(count, columns, lines, tiles, screen, keys, order, offsets, starts, totals)


@wp.kernel
def deal(
    count: int,
    seen: int,
    columns: int,
    lines: int,
    tiles: Boxes,
    order: Ints,
    starts: Ints,
    cursor: Ints,
    ids: Ints,
    places: Ints,
):
    """Fill `ids` (pairs): the splats of each tile, nearest first; and `places` (pairs): where each splat's pairs went."""
    deal_native(count, seen, columns, lines, tiles, order, starts, cursor, ids, places)
