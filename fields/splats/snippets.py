"""What happens in one pixel when a splat is blended into it, forward and backward: source for Warp, for CPU and CUDA alike.

The backward pass walks as the forward pass does, front to back: with the picture known, what lies behind a splat is the whole
minus what has been blended so far, so nothing but the picture has to be kept.

`AT(name)` is a pixel's value: of an array on the CPU, where a thread owns a tile of 16 x 16 pixels, and of a register on CUDA,
where it owns a pixel. `SURFACE` is 1 where the picture has median depth and normals as well. Where T, the transmittance,
falls from above 0.5 to 0.5 or less, there lies the median of the weights along the ray.

exp(-s) is the fourth-order Taylor polynomial of exp(-s/16) raised to the 16th power, relative error under 1e-3 where a
splat is visible (s < 5.6), and vectorises on any processor.
"""

from __future__ import annotations


def settings(surface: bool, layers: int, row: int) -> str:
    """Return the lines that a snippet starts with: whether there is a surface, columns of the picture and of `rows`."""
    return f"""
#define SURFACE {int(surface)}
#define LAYERS {layers}
#define ROW {row}
#if defined(__CUDA_ARCH__)
#define AT(name) name
#else
#define AT(name) name[y][x]
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
float A = s[2], B = s[3], C = s[4], opacity = s[5], red = s[6], green = s[7], blue = s[8], depth = s[9];
#if SURFACE
float nx = n[0], ny = n[1], nz = n[2];
#endif
"""
LINE = "float dy = oy + (float)y, Cyy = C * dy * dy, By = B * dy;"
ALPHA = r"""
float dx = ox + (float)x;
float e = (A * dx + By) * dx + Cyy;
e = e < 8.f ? e : 8.f;
float h = e * -.0625f;
float falloff = 1.f + h * (1.f + h * (.5f + h * (0.16666667f + h * 0.041666667f)));
falloff *= falloff; falloff *= falloff; falloff *= falloff; falloff *= falloff;
float full = opacity * falloff;
float a = full < .999f ? full : .999f;
float through = AT(T);
bool drawn = (a >= 0.00392156862f) & (through > 1e-4f);
a = drawn ? a : 0.f;
float w = a * through, after = through - w;
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
out[0] = AT(R); out[1] = AT(G); out[2] = AT(B_); out[3] = 1.f - AT(T); out[4] = AT(D);
#if SURFACE
out[5] = AT(M); out[6] = AT(NX); out[7] = AT(NY); out[8] = AT(NZ);
#endif
"""
READ = r"""
int p = LAYERS * ((tile_y * 16 + y) * width + tile_x * 16 + x);
const float *out = picture.data + p, *g = gradient.data + p;
AT(T) = 1.f;
AT(gr) = g[0]; AT(gg) = g[1]; AT(gb) = g[2]; AT(gd) = g[4];
AT(rest) = g[0] * out[0] + g[1] * out[1] + g[2] * out[2] + g[4] * out[4] - g[3] * (1.f - out[3]);
#if SURFACE
AT(gm) = g[5]; AT(gx) = g[6]; AT(gy) = g[7]; AT(gz) = g[8];
AT(rest) += g[6] * out[6] + g[7] * out[7] + g[8] * out[8];
#endif
"""
SUMS = r"""
float su = 0, sv = 0, sxx = 0, sxy = 0, syy = 0, so = 0, sr = 0, sg = 0, sb = 0, sd = 0;
#if SURFACE
float snx = 0, sny = 0, snz = 0;
#endif
"""
CHANGE = r"""
float own = AT(gr) * red + AT(gg) * green + AT(gb) * blue + AT(gd) * depth;
#if SURFACE
own += AT(gx) * nx + AT(gy) * ny + AT(gz) * nz;
#endif
float behind = AT(rest) - w * own;
float da = through * own - behind / (1.f - a);
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
float de = -a * da;
m0 += de; m1 += de * dx; m2 += de * dx * dx;
"""
)
LINE_SUMS = r"""
su -= 2.f * A * m1 + By * m0; sv -= B * m1 + 2.f * C * dy * m0;
sxx += .5f * m2; sxy += dy * m1; syy += .5f * dy * dy * m0;
"""
SUMS_IN_ORDER = r"""
su, sv, sxx, sxy, syy, so, sr, sg, sb, sd
#if SURFACE
, snx, sny, snz
#endif
"""
