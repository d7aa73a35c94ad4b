"""Blending on CUDA: a block of 256 threads owns a tile, a thread a pixel.

Splats come through shared memory in batches. A pair's gradients are summed by shuffles within each warp of 32 pixels, then
over the 8 warps in order, so that here, too, no atomics are needed and a run repeats to the bit.
"""

from __future__ import annotations

from .snippets import ADD, ALPHA, CARRY, COLUMN_SUMS, READ, SPLAT, SUMS, SUMS_IN_ORDER, TILE_PLACE, WRITE

BLOCK_THREADS = 256
"""Threads of a block; kernels are launched with so many indices for each tile."""

PLACE = "float dx = ox + (float)x, dy = oy + (float)y;"
BATCH = (
    r"""
    if (rank < held) {
        int i = ids.data[from + rank];
        for (int c = 0; c < 10; ++c) batch[rank][c] = screen.data[SCREEN * i + c];
#if SURFACE
        for (int c = 0; c < 3; ++c) batch[rank][10 + c] = normals.data[3 * i + c];
#endif
    }
    __syncthreads();
    for (int j = 0; j < held; ++j) {
        const float *s = batch[j];
#if SURFACE
        const float *n = s + 10;
#endif
"""
    + SPLAT
)
"""Up to 32 or 256 splats of the tile, `held` of them from `from` on, into shared memory; then a loop over them begins."""

BLEND_CUDA = (
    r"""
__shared__ float batch[256][13];
int rank = index & 255, tile = turn.data[index >> 8];
int x = rank & 15, y = rank >> 4;
"""
    + TILE_PLACE
    + r"""
float T = 1.f, R = 0.f, G = 0.f, B_ = 0.f, D = 0.f;
#if SURFACE
float M = 0.f, NX = 0.f, NY = 0.f, NZ = 0.f;
#endif
int k = starts.data[tile], end = starts.data[tile + 1];
while (k < end) {
    if (__syncthreads_count(T > 1e-4f) == 0) break;
    int held = end - k < 256 ? end - k : 256;
    int from = k;
"""
    + BATCH
    + PLACE
    + ALPHA
    + ADD
    + r"""
    }
    k += held;
}
if (rank == 0) ends.data[tile] = k;
if ((x < wide) & (y < high)) {
"""
    + WRITE
    + "}"
)

BACKWARD_CUDA = (
    r"""
__shared__ float batch[32][13], partial[32][8][ROW];
int rank = index & 255, lane = rank & 31, team = rank >> 5, tile = turn.data[index >> 8];
int x = rank & 15, y = rank >> 4;
"""
    + TILE_PLACE
    + r"""
float T = 0.f, rest = 0.f, gr = 0.f, gg = 0.f, gb = 0.f, gd = 0.f;
#if SURFACE
float gm = 0.f, gx = 0.f, gy = 0.f, gz = 0.f;
#endif
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
    + SUMS
    + PLACE
    + "float m0 = 0, m1 = 0, m2 = 0;"
    + ALPHA
    + CARRY
    + COLUMN_SUMS
    + r"""
        if (!__any_sync(0xffffffffu, drawn)) {
            if (lane < ROW) partial[j][team][lane] = 0.f;
            continue;
        }
        float sums[ROW] = {
"""
    + SUMS_IN_ORDER
    + r"""
        };
        for (int c = 0; c < ROW; ++c) {
            float v = sums[c];
            for (int step = 16; step > 0; step >>= 1) v += __shfl_down_sync(0xffffffffu, v, step);
            if (lane == 0) partial[j][team][c] = v;
        }
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
