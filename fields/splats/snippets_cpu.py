"""Blending on a CPU: a thread owns a tile, which lives in the L1 cache while its splats pass over it, nearest first.

A tile is two strips of 8 columns. In each, a splat visits only the rows that its ellipse reaches, eight pixels at a time.
Going down a strip, its sums stay in registers. Each (tile, splat) pair writes its own row of gradients, which
`GATHER` sums in fixed order: no atomics, and the bits do not depend on the number of threads.
"""

from __future__ import annotations

from .snippets import ADD, ALPHA, CARRY, COLUMN_SUMS, READ, SPLAT, SUMS, SUMS_IN_ORDER, TILE_PLACE, WRITE

REACH = r"""
typedef float Four __attribute__((ext_vector_type(4)));
Four first = {ox, ox + 8, ox, ox + 8}, crest = {s[12], s[12], -s[12], -s[12]};
Four at = crest < first ? first : crest > first + 7.f ? first + 7.f : crest;
Four room = s[13] - s[14] * at * at, half;
for (int i = 0; i < 4; ++i) half[i] = ::sqrtf(room[i]);
half = room >= 0.f ? half : -1e6f;
Four edge = s[11] * at - oy + Four{1, 1, -1, -1} * half;
int y0[2], y1[2];
for (int i = 0; i < 2; ++i) {
    float upper = edge[2 + i] > 0.f ? edge[2 + i] : 0.f, lower = edge[i] < 15.f ? edge[i] : 15.f;
    y0[i] = (int)::ceilf(upper < 16.f ? upper : 16.f);
    y1[i] = (int)::floorf(lower > -1.f ? lower : -1.f) + 1;
}
"""
"""Half-open ranges of rows for both strips, from where `kernels_project.SCREEN` says that the ellipse ends: at its crest, or in
the column of the strip that is next to it; where that one misses the ellipse, all do. Ends of both strips down, then up."""
STRIP = r"""
for (int strip = 0; strip < 2; ++strip) {
    Lanes dx = ox + 8.f * strip + Lanes{0, 1, 2, 3, 4, 5, 6, 7}, row = (float)y0[strip];
"""
ROWS = r"""
for (int y = y0[strip]; y < y1[strip]; ++y, row += 1.f) {
    Lanes dy = oy + row;
"""
NEXT_SPLAT = (
    r"""
    const float* s = screen.data + SCREEN * ids.data[k];
    __builtin_prefetch(screen.data + SCREEN * ids.data[k + 4 < ahead ? k + 4 : k]);
#if SURFACE
    const float* n = normals.data + 3 * ids.data[k];
#endif
"""
    + SPLAT
    + REACH
)
BLEND_CPU = (
    "int tile = turn.data[index];"
    + TILE_PLACE
    + r"""
struct Eight {
    Lanes T, R, G, B_, D;
#if SURFACE
    Lanes M, NX, NY, NZ;
#endif
} eight[32] = {};
for (int i = 0; i < 32; ++i) eight[i].T = 1.f;
int k = starts.data[tile], end = starts.data[tile + 1], ahead = end;
while (k < end) {
"""
    + NEXT_SPLAT
    + STRIP
    + ROWS
    + ALPHA
    + ADD
    + r"""
        }
    }
    ++k;
    if ((k & 7) == 0) {
        Lanes most = 0;
        for (int i = 0; i < 32; ++i) most = eight[i].T > most ? eight[i].T : most;
        bool open = false;
        for (int i = 0; i < 8; ++i) open |= most[i] > 1e-4f;
        if (!open) break;
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
struct Eight {
    Lanes T, rest, gr, gg, gb, gd;
#if SURFACE
    Lanes gm, gx, gy, gz;
#endif
} eight[32] = {};
for (int y = 0; y < high; ++y)
    for (int x = 0; x < wide; ++x) {
"""
    + READ
    + r"""
    }
int k = starts.data[tile], ahead = ends.data[tile];
for (; k < ahead; ++k) {
"""
    + NEXT_SPLAT
)
"""Over a tile's splats again, from the picture and its gradient: up to where a splat is known, before its pixels."""
BACKWARD_CPU = (
    "int tile = turn.data[index];"
    + WALK_BACK
    + SUMS
    + STRIP
    + r"""
        Lanes m0 = 0, m1 = 0, m2 = 0;
"""
    + ROWS
    + ALPHA
    + CARRY
    + "}"
    + COLUMN_SUMS
    + r"""
    }
    Lanes sums[ROW] = {
"""
    + SUMS_IN_ORDER
    + r"""
    };
    for (int c = 0; c < ROW; ++c) {
        auto four = sums[c].lo + sums[c].hi;
        auto two = four.lo + four.hi;
        rows.data[ROW * k + c] = two.x + two.y;
    }
}
"""
)
