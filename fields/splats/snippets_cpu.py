"""Blending on a CPU: a thread owns a tile, which lives in the L1 cache while its splats pass over it, nearest first.

A row of 16 pixels is a vector instruction or two. Each (tile, splat) pair writes its own row of gradients, which
`project_backward` gathers in fixed order: no atomics, and the bits do not depend on the number of threads.
"""

from __future__ import annotations

from .snippets import ADD, ALPHA, CARRY, LINE, LINE_SUMS, READ, SPLAT, SUMS, SUMS_IN_ORDER, TILE_PLACE, WRITE

REACH = r"""
int y0 = (int)::ceilf(-oy - s[10]), y1 = (int)::floorf(-oy + s[10]) + 1;
if (y0 < 0) y0 = 0;
if (y1 > 16) y1 = 16;
"""
BLEND_CPU = (
    r"""
#pragma clang fp reassociate(on) contract(fast)
int tile = turn.data[index];
"""
    + TILE_PLACE
    + r"""
alignas(64) float T[16][16], R[16][16], G[16][16], B_[16][16], D[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) { T[y][x] = 1.f; R[y][x] = G[y][x] = B_[y][x] = D[y][x] = 0.f; }
#if SURFACE
alignas(64) float M[16][16], NX[16][16], NY[16][16], NZ[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) M[y][x] = NX[y][x] = NY[y][x] = NZ[y][x] = 0.f;
#endif
int k = starts.data[tile], end = starts.data[tile + 1];
while (k < end) {
    const float* s = screen.data + 12 * ids.data[k];
#if SURFACE
    const float* n = normals.data + 3 * ids.data[k];
#endif
"""
    + SPLAT
    + REACH
    + "for (int y = y0; y < y1; ++y) {"
    + LINE
    + r"""
        #pragma clang loop vectorize(enable) interleave(disable)
        for (int x = 0; x < 16; ++x) {
"""
    + ALPHA
    + ADD
    + r"""
        }
    }
    ++k;
    if ((k & 7) == 0) {
        float most = 0.f;
        for (int i = 0; i < 256; ++i) { float v = T[0][i]; most = v > most ? v : most; }
        if (most <= 1e-4f) break;
    }
}
ends.data[tile] = k;
for (int y = 0; y < high; ++y)
    for (int x = 0; x < wide; ++x) {
"""
    + WRITE
    + "}"
)

WALK_BACK = (
    TILE_PLACE
    + r"""
alignas(64) float T[16][16], rest[16][16], gr[16][16], gg[16][16], gb[16][16], gd[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) T[y][x] = rest[y][x] = gr[y][x] = gg[y][x] = gb[y][x] = gd[y][x] = 0.f;
#if SURFACE
alignas(64) float gm[16][16], gx[16][16], gy[16][16], gz[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) gm[y][x] = gx[y][x] = gy[y][x] = gz[y][x] = 0.f;
#endif
for (int y = 0; y < high; ++y)
    for (int x = 0; x < wide; ++x) {
"""
    + READ
    + r"""
    }
int k = starts.data[tile];
for (; k < ends.data[tile]; ++k) {
    const float* s = screen.data + 12 * ids.data[k];
#if SURFACE
    const float* n = normals.data + 3 * ids.data[k];
#endif
"""
    + SPLAT
    + REACH
)
"""Over a tile's splats again, from the picture and its gradient: up to where a splat is known, before its pixels."""
BACKWARD_CPU = (
    r"""
#pragma clang fp reassociate(on) contract(fast)
int tile = turn.data[index];
"""
    + WALK_BACK
    + SUMS
    + "for (int y = y0; y < y1; ++y) {"
    + LINE
    + r"""
        float m0 = 0, m1 = 0, m2 = 0;
        #pragma clang loop vectorize(enable) interleave(disable)
        for (int x = 0; x < 16; ++x) {
"""
    + ALPHA
    + CARRY
    + "}"
    + LINE_SUMS
    + r"""
    }
    float sums[ROW] = {
"""
    + SUMS_IN_ORDER
    + r"""
    };
    for (int c = 0; c < ROW; ++c) rows.data[ROW * k + c] = sums[c];
}
for (; k < starts.data[tile + 1]; ++k)
    for (int c = 0; c < ROW; ++c) rows.data[ROW * k + c] = 0.f;
"""
)
