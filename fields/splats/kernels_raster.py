"""Warp kernels that blend splats into pixels, tile by tile, and carry pixel gradients back to splats (CPU).

A tile of 16 x 16 pixels lives in the L1 cache while its splats pass over it, nearest first, one row of 16 pixels a vector
instruction. The backward pass walks the same way, front to back: with the picture known, what lies behind a splat is the
whole minus what has been blended so far, so nothing but the picture has to be kept. Each (tile, splat) pair writes its
own row of gradients; `project_backward` gathers them in fixed order, so there are no atomics and the bits do not depend
on the number of threads.

The snippets have a part for `SURFACE`, the depth of half transmittance and the normals: `kernels_surface` compiles them
with it, and trainings that do not look at surfaces pay nothing for it. Where T, the transmittance, falls from above 0.5
to 0.5 or less, there lies the median of the distribution of weights along the ray.

exp(-s) is the fourth-order Taylor polynomial of exp(-s/16) raised to the 16th power, relative error under 1e-3 where a
splat is visible (s < 5.6), and vectorises on any processor.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_project import ROW

wp.set_module_options({"enable_backward": False, "fast_math": True})

CHANNELS = 5
"""Columns of `picture`: red, green, blue (premultiplied), alpha, planar depth times alpha."""

Ints = wp.array(dtype=int)
Floats2 = wp.array2d(dtype=float)

LOAD = r"""
const float* s = screen.data + 12 * ids.data[k];
float ox = left - s[0], oy = top - s[1];
float A = s[2], B = s[3], C = s[4], opacity = s[5], red = s[6], green = s[7], blue = s[8], depth = s[9], reach = s[10];
#if SURFACE
const float* n = normals.data + 3 * ids.data[k];
float nx = n[0], ny = n[1], nz = n[2];
#endif
int y0 = (int)::ceilf(-oy - reach), y1 = (int)::floorf(-oy + reach) + 1;
if (y0 < 0) y0 = 0;
if (y1 > 16) y1 = 16;
"""
ALPHA = r"""
float dx = ox + (float)x;
float e = (A * dx + By) * dx + Cyy;
e = e < 8.f ? e : 8.f;
float h = e * -.0625f;
float falloff = 1.f + h * (1.f + h * (.5f + h * (0.16666667f + h * 0.041666667f)));
falloff *= falloff; falloff *= falloff; falloff *= falloff; falloff *= falloff;
float full = opacity * falloff;
float a = full < .999f ? full : .999f;
float through = Ty[x];
bool drawn = (a >= 0.00392156862f) & (through > 1e-4f);
a = drawn ? a : 0.f;
float w = a * through, after = through - w;
"""
BLEND = (
    r"""
#pragma clang fp reassociate(on) contract(fast)
alignas(64) float T[16][16], R[16][16], G[16][16], B_[16][16], D[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) { T[y][x] = 1.f; R[y][x] = G[y][x] = B_[y][x] = D[y][x] = 0.f; }
#if SURFACE
alignas(64) float M[16][16], NX[16][16], NY[16][16], NZ[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) M[y][x] = NX[y][x] = NY[y][x] = NZ[y][x] = 0.f;
#endif
int tile_y = tile / columns, tile_x = tile - tile_y * columns;
float left = tile_x * 16 + .5f, top = tile_y * 16 + .5f;
int k = starts.data[tile], end = starts.data[tile + 1];
while (k < end) {
"""
    + LOAD
    + r"""
    for (int y = y0; y < y1; ++y) {
        float dy = oy + (float)y, Cyy = C * dy * dy, By = B * dy;
        float *Ty = T[y], *Ry = R[y], *Gy = G[y], *By_ = B_[y], *Dy = D[y];
        #pragma clang loop vectorize(enable) interleave(disable)
        for (int x = 0; x < 16; ++x) {
"""
    + ALPHA
    + r"""
            Ry[x] += w * red; Gy[x] += w * green; By_[x] += w * blue; Dy[x] += w * depth;
            Ty[x] = after;
#if SURFACE
            M[y][x] = ((through > .5f) & (after <= .5f)) ? depth : M[y][x];
            NX[y][x] += w * nx; NY[y][x] += w * ny; NZ[y][x] += w * nz;
#endif
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
int wide = width - tile_x * 16, high = height - tile_y * 16;
if (wide > 16) wide = 16;
if (high > 16) high = 16;
for (int y = 0; y < high; ++y)
    for (int x = 0; x < wide; ++x) {
        float* out = picture.data + LAYERS * ((tile_y * 16 + y) * width + tile_x * 16 + x);
        out[0] = R[y][x]; out[1] = G[y][x]; out[2] = B_[y][x]; out[3] = 1.f - T[y][x]; out[4] = D[y][x];
#if SURFACE
        out[5] = M[y][x]; out[6] = NX[y][x]; out[7] = NY[y][x]; out[8] = NZ[y][x];
#endif
    }
"""
)

BLEND_BACKWARD = (
    r"""
#pragma clang fp reassociate(on) contract(fast)
alignas(64) float T[16][16], rest[16][16], gr[16][16], gg[16][16], gb[16][16], gd[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) T[y][x] = rest[y][x] = gr[y][x] = gg[y][x] = gb[y][x] = gd[y][x] = 0.f;
#if SURFACE
alignas(64) float gm[16][16], gx[16][16], gy[16][16], gz[16][16];
for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) gm[y][x] = gx[y][x] = gy[y][x] = gz[y][x] = 0.f;
#endif
int tile_y = tile / columns, tile_x = tile - tile_y * columns;
int wide = width - tile_x * 16, high = height - tile_y * 16;
if (wide > 16) wide = 16;
if (high > 16) high = 16;
for (int y = 0; y < high; ++y)
    for (int x = 0; x < wide; ++x) {
        int p = LAYERS * ((tile_y * 16 + y) * width + tile_x * 16 + x);
        const float *out = picture.data + p, *g = gradient.data + p;
        T[y][x] = 1.f;
        gr[y][x] = g[0]; gg[y][x] = g[1]; gb[y][x] = g[2]; gd[y][x] = g[4];
        rest[y][x] = g[0] * out[0] + g[1] * out[1] + g[2] * out[2] + g[4] * out[4] - g[3] * (1.f - out[3]);
#if SURFACE
        gm[y][x] = g[5]; gx[y][x] = g[6]; gy[y][x] = g[7]; gz[y][x] = g[8];
        rest[y][x] += g[6] * out[6] + g[7] * out[7] + g[8] * out[8];
#endif
    }
float left = tile_x * 16 + .5f, top = tile_y * 16 + .5f;
int k = starts.data[tile];
for (; k < ends.data[tile]; ++k) {
"""
    + LOAD
    + r"""
    float su = 0, sv = 0, sxx = 0, sxy = 0, syy = 0, so = 0, sr = 0, sg = 0, sb = 0, sd = 0;
#if SURFACE
    float snx = 0, sny = 0, snz = 0;
#endif
    for (int y = y0; y < y1; ++y) {
        float dy = oy + (float)y, Cyy = C * dy * dy, By = B * dy, m0 = 0, m1 = 0, m2 = 0;
        float *Ty = T[y], *Ly = rest[y], *r_ = gr[y], *g_ = gg[y], *b_ = gb[y], *d_ = gd[y];
        #pragma clang loop vectorize(enable) interleave(disable)
        for (int x = 0; x < 16; ++x) {
"""
    + ALPHA
    + r"""
            float own = r_[x] * red + g_[x] * green + b_[x] * blue + d_[x] * depth;
            sr += w * r_[x]; sg += w * g_[x]; sb += w * b_[x]; sd += w * d_[x];
#if SURFACE
            own += gx[y][x] * nx + gy[y][x] * ny + gz[y][x] * nz;
            snx += w * gx[y][x]; sny += w * gy[y][x]; snz += w * gz[y][x];
            sd += ((through > .5f) & (after <= .5f)) ? gm[y][x] : 0.f;
#endif
            float behind = Ly[x] - w * own;
            float da = through * own - behind / (1.f - a);
            da = (drawn & (full < .999f)) ? da : 0.f;
            Ly[x] = behind;
            Ty[x] = after;
            so += falloff * da;
            float de = -a * da;
            m0 += de; m1 += de * dx; m2 += de * dx * dx;
        }
        su -= 2.f * A * m1 + By * m0; sv -= B * m1 + 2.f * C * dy * m0;
        sxx += .5f * m2; sxy += dy * m1; syy += .5f * dy * dy * m0;
    }
    float* row = rows.data + ROW * k;
    row[0] = su; row[1] = sv; row[2] = sxx; row[3] = sxy; row[4] = syy;
    row[5] = so; row[6] = sr; row[7] = sg; row[8] = sb; row[9] = sd;
#if SURFACE
    row[10] = snx; row[11] = sny; row[12] = snz;
#endif
}
for (; k < starts.data[tile + 1]; ++k)
    for (int j = 0; j < ROW; ++j) rows.data[ROW * k + j] = 0.f;
"""
)


PLAIN = f"""
#define SURFACE 0
#define LAYERS {CHANNELS}
#define ROW {ROW}
"""


@wp.func_native(PLAIN + BLEND)
def blend_native(
    tile: int, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, picture: Floats2,
    ends: Ints,
): ...  # fmt: skip


@wp.func_native(PLAIN + BLEND_BACKWARD)
def blend_backward_native(
    tile: int, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, picture: Floats2,
    ends: Ints, gradient: Floats2, rows: Floats2,
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
    blend_native(turn[first + wp.tid()], columns, width, height, starts, ids, screen, picture, ends)


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
    tile = turn[first + wp.tid()]
    blend_backward_native(tile, columns, width, height, starts, ids, screen, picture, ends, gradient, rows)
