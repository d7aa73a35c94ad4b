"""Blending on CUDA: a block of 256 threads owns a tile, a thread a pixel, a warp 8 x 4 pixels.

Splats come through shared memory in batches, and a warp that a splat does not touch goes on to the next at once. A pair's
gradients are summed within each warp by shuffles that halve the numbers as they halve the lanes (15 for 13 numbers, not 65),
then over the 8 warps in order, so that here, too, no atomics are needed and a run repeats to the bit.
"""

from __future__ import annotations

from .snippets import ADD, CARRY, CHANGE, COLUMN_SUMS, READ, SUMS, SUMS_IN_ORDER, TILE_PLACE, WRITE

THREAD = r"""
int rank = index & 255, lane = rank & 31, team = rank >> 5, tile = turn.data[index >> 8];
int x = (lane & 7) | (team & 1) << 3, y = lane >> 3 | (team >> 1) << 2;
"""
"""The thread's pixel in its tile: warps lie 2 beside and 4 below each other."""
BATCH = r"""
    if (rank < held) {
        int i = ids.data[from + rank];
        const float4* row = reinterpret_cast<const float4*>(screen.data) + SCREEN / 4 * i;
        for (int c = 0; c < 3; ++c) batch[rank][c] = row[c];
#if SURFACE
        for (int c = 0; c < 3; ++c) turned[rank][c] = normals.data[3 * i + c];
#endif
    }
    __syncthreads();
"""
"""Up to 32 or 256 splats of the tile, `held` of them from `from` on, into shared memory."""
TOUCH = r"""
        float4 first = batch[j][0], second = batch[j][1];
        float dx = left + (float)x - first.x, dy = top + (float)y - first.y;
        float A = first.z, B = first.w, C = second.x, opacity = second.y;
        float falloff = __expf(-((A * dx + B * dy) * dx + C * dy * dy));
        float full = opacity * falloff;
        float a = full < .999f ? full : .999f;
        bool drawn = (a >= 0.00392156862f) & (T > 1e-4f);
"""
"""Whether splat `j` of the batch is drawn into the thread's pixel, and how much of it."""
SHOWN = r"""
        float red = second.z, green = second.w, blue = batch[j][2].x, depth = batch[j][2].y;
#if SURFACE
        float nx = turned[j][0], ny = turned[j][1], nz = turned[j][2];
#endif
        a = drawn ? a : 0.f;
        float through = T, w = a * through, after = through - w;
"""

BLEND_CUDA = (
    r"""
__shared__ float4 batch[256][3];
__shared__ int lasts[8];
#if SURFACE
__shared__ float turned[256][3];
#endif
"""
    + THREAD
    + TILE_PLACE
    + r"""
float T = (x < wide) & (y < high) ? 1.f : 0.f, R = 0.f, G = 0.f, B_ = 0.f, D = 0.f;
#if SURFACE
float M = 0.f, NX = 0.f, NY = 0.f, NZ = 0.f;
#endif
int from = starts.data[tile], end = starts.data[tile + 1], last = from;
for (; from < end; from += 256) {
    if (__syncthreads_count(T > 1e-4f) == 0) break;
    int held = end - from < 256 ? end - from : 256;
"""
    + BATCH
    + "for (int j = 0; j < held; ++j) {"
    + TOUCH
    + r"""
        if (!__any_sync(0xffffffffu, drawn)) continue;
"""
    + SHOWN
    + ADD
    + r"""
        last = drawn ? from + j + 1 : last;
    }
}
for (int step = 16; step > 0; step >>= 1) {
    int other = __shfl_xor_sync(0xffffffffu, last, step);
    last = other > last ? other : last;
}
if (lane == 0) lasts[team] = last;
__syncthreads();
if (rank == 0) {
    for (int t = 0; t < 8; ++t) last = lasts[t] > last ? lasts[t] : last;
    ends.data[tile] = last;
}
if ((x < wide) & (y < high)) {
"""
    + WRITE
    + "}"
)


def halving(numbers: str) -> str:
    """Return lines that sum `numbers`, ROW of them, over the lanes of a warp, into `sums[0]` of the lane that has a `column`.

    Five exchanges: of two lanes, one keeps and adds up the first half of the numbers and the other the second half.
    """
    lines = f"float sums[ROW + 6] = {{ {numbers} }};\n"
    sizes = ("HALF1", "HALF2", "HALF3", "HALF4")
    for step, size in zip((16, 8, 4, 2), sizes, strict=True):
        lines += f"""
        for (int c = 0; c < {size}; ++c) {{
            float kept = lane & {step} ? sums[c + {size}] : sums[c], given = lane & {step} ? sums[c] : sums[c + {size}];
            sums[c] = kept + __shfl_xor_sync(0xffffffffu, given, {step});
        }}
        for (int c = {size}; c < {size} + 2; ++c) sums[c] = 0.f;
"""
    return lines + "sums[0] += __shfl_xor_sync(0xffffffffu, sums[0], 1);\n"


HALVES = r"""
constexpr int HALF1 = (ROW + 1) / 2, HALF2 = (HALF1 + 1) / 2, HALF3 = (HALF2 + 1) / 2, HALF4 = (HALF3 + 1) / 2;
int column = lane & 2 ? HALF4 : 0;
column = column < HALF3 ? column + (lane & 4 ? HALF3 : 0) : ROW;
column = column < HALF2 ? column + (lane & 8 ? HALF2 : 0) : ROW;
column = column < HALF1 ? column + (lane & 16 ? HALF1 : 0) : ROW;
column = lane & 1 ? ROW : column;
"""
"""Which of the numbers that `halving` sums ends in this lane; ROW or more for none."""


def backward_cuda(start: str, sums: str, carry: str, numbers: str) -> str:
    """Return the walk over a tile's splats again: `carry` makes `numbers` of a pixel and a splat, whose sums fill `rows`.

    `start` declares what a thread keeps; `sums` what it makes for each splat.
    """
    return (
        r"""
__shared__ float4 batch[32][3];
__shared__ float partial[32][8][ROW];
#if SURFACE
__shared__ float turned[32][3];
#endif
"""
        + THREAD
        + HALVES
        + TILE_PLACE
        + start
        + r"""
if ((x < wide) & (y < high)) {
"""
        + READ
        + r"""
}
int last = ends.data[tile];
for (int from = starts.data[tile]; from < last; from += 32) {
    int held = last - from < 32 ? last - from : 32;
    __syncthreads();
"""
        + BATCH
        + "for (int j = 0; j < held; ++j) {"
        + TOUCH
        + r"""
        if (!__any_sync(0xffffffffu, drawn)) {
            if (lane < ROW) partial[j][team][lane] = 0.f;
            continue;
        }
"""
        + SHOWN
        + sums
        + carry
        + halving(numbers)
        + r"""
        if (column < ROW) partial[j][team][column] = sums[0];
    }
    __syncthreads();
    for (int i = rank; i < held * ROW; i += 256) {
        int j = i / ROW, c = i - j * ROW;
        float v = 0.f;
        for (int t = 0; t < 8; ++t) v += partial[j][t][c];
        rows.data[ROW * (from + j) + c] = v;
    }
}
"""
    )


KEPT = r"""
float T = 0.f, rest = 0.f, gr = 0.f, gg = 0.f, gb = 0.f, gd = 0.f;
#if SURFACE
float gm = 0.f, gx = 0.f, gy = 0.f, gz = 0.f;
#endif
"""
BACKWARD_CUDA = backward_cuda(KEPT, SUMS + "float m0 = 0, m1 = 0, m2 = 0;", CARRY + COLUMN_SUMS, SUMS_IN_ORDER)
ABSOLUTE_CUDA = backward_cuda(
    KEPT,
    "",
    CHANGE,
    "\n::fabsf(a * da * (2.f * A * dx + B * dy)), ::fabsf(a * da * (B * dx + 2.f * C * dy))\n",
)
"""Sums of absolute gradients of the position on the picture, as `kernels_absolute` tells."""
