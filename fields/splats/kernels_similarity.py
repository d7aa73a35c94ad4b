"""Warp kernels of the structural similarity of two pictures and its gradient, three passes over the rows (CPU).

Pictures are rows of interleaved channels, so one blur of stride 3 serves all channels and vectorises along the row. The
window and constants are those of `losses`. Windows lie inside the picture: maps are 10 rows and 10 columns smaller.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import torch
import warp as wp

from ..losses import C1, C2, WINDOW, gaussian_window

wp.set_module_options({"enable_backward": False, "fast_math": True})

MARGIN = WINDOW - 1
"""Rows and columns that a map is smaller than its picture."""

Floats = wp.array(dtype=float)

WEIGHTS = f"""
#pragma clang fp reassociate(on) contract(fast)
const float weight[11] = {{{", ".join(f"{value:.9g}f" for value in gaussian_window(torch.float64).tolist())}}};
const float C1 = {C1:.9g}f, C2 = {C2:.9g}f;
"""
ACROSS = (
    WEIGHTS
    + r"""
const float *a = picture.data + row * width, *b = truth.data + row * width;
int wide = width - 30, plane = wide * height;
float* out = blurred.data + row * wide;
#pragma clang loop vectorize(assume_safety)
for (int i = 0; i < wide; ++i) {
    float sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    #pragma clang loop unroll(full)
    for (int k = 0; k < 11; ++k) {
        float p = a[i + 3 * k], q = b[i + 3 * k], w = weight[k];
        sa += w * p; sb += w * q; saa += w * p * p; sbb += w * q * q; sab += w * p * q;
    }
    out[i] = sa; out[plane + i] = sb; out[2 * plane + i] = saa; out[3 * plane + i] = sbb; out[4 * plane + i] = sab;
}
"""
)
DOWN = (
    WEIGHTS
    + r"""
int wide = width - 30, plane = wide * height, map = wide * (height + 10);
const float* in = blurred.data + row * wide;
float* out = slopes.data + (row + 10) * wide;
float total = 0;
#pragma clang loop vectorize(assume_safety)
for (int i = 0; i < wide; ++i) {
    float p = 0, q = 0, aa = 0, bb = 0, ab = 0;
    #pragma clang loop unroll(full)
    for (int k = 0; k < 11; ++k) {
        const float* at = in + k * wide + i;
        float w = weight[k];
        p += w * at[0]; q += w * at[plane]; aa += w * at[2 * plane]; bb += w * at[3 * plane]; ab += w * at[4 * plane];
    }
    float A1 = 2 * p * q + C1, A2 = 2 * (ab - p * q) + C2;
    float B1 = p * p + q * q + C1, B2 = aa + bb - p * p - q * q + C2;
    float inverse = 1.f / (B1 * B2), s = A1 * A2 * inverse;
    total += s;
    out[i] = 2 * (q * (A2 - A1) * inverse + s * p * (B1 - B2) * inverse);
    out[map + i] = -s * B1 * inverse;
    out[2 * map + i] = 2 * A1 * inverse;
}
sums.data[row] = total;
"""
)
BACK = (
    WEIGHTS
    + r"""
int wide = width - 30, padded = wide + 60, map = wide * (height + 10);
float* line = scratch.data + 3 * padded * row;
for (int part = 0; part < 3; ++part) {
    const float* in = slopes.data + part * map + row * wide;
    float* out = line + part * padded;
    for (int i = 0; i < 30; ++i) out[i] = out[padded - 1 - i] = 0;
    #pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < wide; ++i) {
        float sum = 0;
        #pragma clang loop unroll(full)
        for (int k = 0; k < 11; ++k) sum += weight[k] * in[k * wide + i];
        out[30 + i] = sum;
    }
}
const float *a = picture.data + row * width, *b = truth.data + row * width;
float* g = gradient.data + row * width;
#pragma clang loop vectorize(assume_safety)
for (int i = 0; i < width; ++i) {
    float mean = 0, square = 0, both = 0;
    #pragma clang loop unroll(full)
    for (int k = 0; k < 11; ++k) {
        const float* at = line + i + 3 * k;
        mean += weight[k] * at[0]; square += weight[k] * at[padded]; both += weight[k] * at[2 * padded];
    }
    g[i] = share * (mean + 2 * a[i] * square + b[i] * both);
}
"""
)


@wp.func_native(ACROSS)
def across_native(row: int, width: int, height: int, picture: Floats, truth: Floats, blurred: Floats): ...


@wp.func_native(DOWN)
def down_native(row: int, width: int, height: int, blurred: Floats, slopes: Floats, sums: Floats): ...


@wp.func_native(BACK)
def back_native(
    row: int, width: int, height: int, share: float, picture: Floats, truth: Floats, slopes: Floats, scratch: Floats,
    gradient: Floats,
): ...  # fmt: skip


@wp.kernel
def blur_across(first: int, width: int, height: int, picture: Floats, truth: Floats, blurred: Floats):
    """Blur one row of a, b, a^2, b^2 and a b along itself into `blurred` (5, height, width - 30).

    `width` counts numbers: 3 a pixel.
    """
    across_native(first + wp.tid(), width, height, picture, truth, blurred)


@wp.kernel
def compare_down(first: int, width: int, height: int, blurred: Floats, slopes: Floats, sums: Floats):
    """Blur down the columns; `sums` (height - 10) become the rows' sums of the similarity.

    `slopes` (3, height + 10, width - 30), zero in the first and last 10 rows, become its derivatives by the blurred a,
    a^2 and a b.
    """
    down_native(first + wp.tid(), width, height, blurred, slopes, sums)


@wp.kernel
def carry_back(
    first: int,
    width: int,
    height: int,
    share: float,
    picture: Floats,
    truth: Floats,
    slopes: Floats,
    scratch: Floats,
    gradient: Floats,
):
    """Blur `slopes` back both ways into one row of `gradient` (height, width), `share` times the sum's derivative.

    `scratch` is (height, 3, width + 30).
    """
    back_native(first + wp.tid(), width, height, share, picture, truth, slopes, scratch, gradient)
