"""What happens in one pixel when a splat is blended into it, forward and backward: source for Warp, for CPU and CUDA alike.

The backward pass walks as the forward pass does, front to back: with the picture known, what lies behind a splat is the whole
minus what has been blended so far, so nothing but the picture has to be kept.

A value of type `Lanes` is one of eight neighbouring pixels at once on the CPU, where a thread owns a tile of 16 x 16 pixels,
and of one pixel on CUDA, where a thread owns a pixel; clang's vectors take the same operators as numbers. `AT(name)` is such
a value of the tile, `PIXEL(name)` that of the one pixel x, y. `SURFACE` is 1 where the picture has median depth and normals
as well. Where T, the transmittance, falls from above 0.5 to 0.5 or less, there lies the median of the weights along the ray.

exp(-e) is a polynomial of fourth order for exp(-e/8) raised to the eighth power: with the value and slope of the exponential
at 0 and otherwise of least relative error, 5e-5, for the e < 5.6 where a splat is visible; without a branch or a table. It is
in t = `RATE` e, so that its highest coefficient is 1.
"""

from __future__ import annotations

from .kernels_project import SCREEN


def settings(surface: bool, layers: int, row: int) -> str:
    """Return the lines that a snippet starts with: whether there is a surface, columns of the picture and of `rows`."""
    return f"""
#define SURFACE {int(surface)}
#define LAYERS {layers}
#define ROW {row}
#define SCREEN {SCREEN}
#define RATE -0.0523703071f
#if defined(__CUDA_ARCH__)
#define AT(name) name
#define PIXEL(name) name
using Lanes = float;
#else
#pragma clang fp reassociate(on) contract(fast)
typedef float Lanes __attribute__((ext_vector_type(8)));
#define AT(name) eight[16 * strip + y].name
#define PIXEL(name) reinterpret_cast<float*>(&eight[16 * (x >> 3) + y].name)[x & 7]
#endif
"""


def either(cpu: str, cuda: str) -> str:
    """Return a snippet that is `cpu` on CPUs and `cuda` on CUDA."""
    return f"#if defined(__CUDA_ARCH__)\n{cuda}\n#else\n{cpu}\n#endif\n"


TILE_PLACE = r"""
int tile_y = tile / columns, tile_x = tile - tile_y * columns;
float left = tile_x * 16 + .5f, top = tile_y * 16 + .5f;
int wide = width - tile_x * 16, high = height - tile_y * 16;
if (wide > 16) wide = 16;
if (high > 16) high = 16;
"""
SPLAT = r"""
float ox = left - s[0], oy = top - s[1];
float A = s[2], B = s[3], C = s[4], At = A * RATE, Bt = B * RATE, Ct = C * RATE;
float opacity = s[5], red = s[6], green = s[7], blue = s[8], depth = s[9];
#if SURFACE
float nx = n[0], ny = n[1], nz = n[2];
#endif
"""
ALPHA = r"""
Lanes t = At * dx * dx + dy * (Bt * dx + Ct * dy);
t = t > -0.29327372f ? t : -0.29327372f;
Lanes falloff = 1.f + 2.38684871f * t + t * t * (2.84422276f + t * (2.19785848f + t));
falloff *= falloff; falloff *= falloff; falloff *= falloff;
Lanes full = opacity * falloff;
Lanes a = full < .999f ? full : .999f;
Lanes through = AT(T);
auto drawn = (a >= 0.00392156862f) & (through > 1e-4f);
a = drawn ? a : 0.f;
Lanes w = a * through, after = through - w;
"""
ADD = r"""
AT(R) += w * red; AT(G) += w * green; AT(B_) += w * blue; AT(D) += w * depth;
#if SURFACE
AT(M) = ((through > .5f) & (after <= .5f)) ? depth : AT(M);
AT(NX) += w * nx; AT(NY) += w * ny; AT(NZ) += w * nz;
#endif
AT(T) = after;
"""
WRITE = r"""
float* out = picture.data + LAYERS * ((tile_y * 16 + y) * width + tile_x * 16 + x);
out[0] = PIXEL(R); out[1] = PIXEL(G); out[2] = PIXEL(B_); out[3] = 1.f - PIXEL(T); out[4] = PIXEL(D);
#if SURFACE
out[5] = PIXEL(M); out[6] = PIXEL(NX); out[7] = PIXEL(NY); out[8] = PIXEL(NZ);
#endif
"""
READ = r"""
int p = LAYERS * ((tile_y * 16 + y) * width + tile_x * 16 + x);
const float *out = picture.data + p, *g = gradient.data + p;
PIXEL(T) = 1.f;
PIXEL(gr) = g[0]; PIXEL(gg) = g[1]; PIXEL(gb) = g[2]; PIXEL(gd) = g[4];
PIXEL(rest) = g[0] * out[0] + g[1] * out[1] + g[2] * out[2] + g[4] * out[4] - g[3] * (1.f - out[3]);
#if SURFACE
PIXEL(gm) = g[5]; PIXEL(gx) = g[6]; PIXEL(gy) = g[7]; PIXEL(gz) = g[8];
PIXEL(rest) += g[6] * out[6] + g[7] * out[7] + g[8] * out[8];
#endif
"""
SUMS = r"""
Lanes su = 0, sv = 0, sxx = 0, sxy = 0, syy = 0, so = 0, sr = 0, sg = 0, sb = 0, sd = 0;
#if SURFACE
Lanes snx = 0, sny = 0, snz = 0;
#endif
"""
CHANGE = r"""
Lanes own = AT(gr) * red + AT(gg) * green + AT(gb) * blue + AT(gd) * depth;
#if SURFACE
own += AT(gx) * nx + AT(gy) * ny + AT(gz) * nz;
#endif
Lanes behind = AT(rest) - w * own;
Lanes da = through * own - behind / (1.f - a);
da = (drawn & (full < .999f)) ? da : 0.f;
AT(rest) = behind;
AT(T) = after;
"""
CARRY = (
    CHANGE
    + r"""
sr += w * AT(gr); sg += w * AT(gg); sb += w * AT(gb); sd += w * AT(gd);
#if SURFACE
snx += w * AT(gx); sny += w * AT(gy); snz += w * AT(gz);
sd += ((through > .5f) & (after <= .5f)) ? AT(gm) : 0.f;
#endif
so += falloff * da;
Lanes de = -a * da;
m0 += de; m1 += de * dy; m2 += de * dy * dy;
"""
)
COLUMN_SUMS = r"""
su -= 2.f * A * dx * m0 + B * m1; sv -= B * dx * m0 + 2.f * C * m1;
sxx += .5f * dx * dx * m0; sxy += dx * m1; syy += .5f * m2;
"""
"""After a column of pixels, or a pixel: dx is one, and m0, m1, m2 are sums over all dy."""
SUMS_IN_ORDER = r"""
su, sv, sxx, sxy, syy, so, sr, sg, sb, sd
#if SURFACE
, snx, sny, snz
#endif
"""
GATHER = r"""
int splat = order.data[index];
const int* place = places.data + offsets.data[splat];
float sums[ROW] = {0};
for (int y = box[2]; y < box[3]; ++y)
    for (int x = box[0]; x < box[1]; ++x) {
        int k = *place++;
        if (k < ends.data[y * columns + x])
            for (int c = 0; c < ROW; ++c) sums[c] += rows.data[ROW * k + c];
    }
for (int c = 0; c < ROW; ++c) totals.data[ROW * splat + c] = sums[c];
"""
"""The sum of a splat's rows, tile by tile; what lies behind a tile's last drawn pair has none."""
