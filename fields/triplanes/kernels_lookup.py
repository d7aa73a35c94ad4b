"""Warp kernels of the lookup in feature planes and its gradient (CPU): bilinear, all levels and planes in one pass.

Features of a texel lie beside each other, so a texel is one or two vector instructions. A gradient is added by one index for
each plane of each level, over the samples in their order: no atomics, and the bits do not depend on the number of threads.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import warp as wp

BLOCK = 256
"""Samples that one index of the forward kernel looks up."""
PRODUCT, SUM, CONCAT = 0, 1, 2

Floats = wp.array(dtype=float)
Ints = wp.array(dtype=wp.int32)

CORNERS = r"""
    float x = .5f * (at[FIRST] + 1.f) * (N - 1), y = .5f * (at[SECOND] + 1.f) * (N - 1);
    x = x > 0.f ? (x < N - 1 ? x : N - 1) : 0.f;
    y = y > 0.f ? (y < N - 1 ? y : N - 1) : 0.f;
    int column = (int)x, row = (int)y;
    column = column < N - 2 ? column : N - 2;
    row = row < N - 2 ? row : N - 2;
    float right = x - column, down = y - row, left = 1.f - right, up = 1.f - down;
    float a = up * left, b = up * right, c = down * left, d = down * right;
    int place = (row * N + column) * C, next = N * C;
"""
LOOK_UP = r"""
int start = block * 256, end = start + 256;
if (end > samples) end = samples;
for (int s = start; s < end; ++s) {
    const float* at = points.data + 3 * s;
    for (int l = 0; l < levels; ++l) {
        float* out = features.data + s * width + l * (MODE == 2 ? 3 * C : C);
        int N = sizes.data[l];
        float gain = gains.data[l];
        float* own = kept.data + (s * levels + l) * 3 * C;
        if (gain == 0.f) {
            for (int k = 0; k < (MODE == 2 ? 3 * C : C); ++k) out[k] = 0.f;
            continue;
        }
        float found[3 * C];
        for (int p = 0; p < 3; ++p) {
            int FIRST = p == 2, SECOND = 1 + (p > 0);
            const float* plane = planes.data + starts.data[l] + p * N * N * C;
            CORNERS
            const float *A = plane + place, *B = A + C, *D = A + next, *E = D + C;
            for (int k = 0; k < C; ++k) found[p * C + k] = a * A[k] + b * B[k] + c * D[k] + d * E[k];
        }
        for (int k = 0; k < 3 * C; ++k) own[k] = found[k];
        if (MODE == 0)
            for (int k = 0; k < C; ++k) out[k] = gain * found[k] * found[C + k] * found[2 * C + k];
        else if (MODE == 1)
            for (int k = 0; k < C; ++k) out[k] = gain * (found[k] + found[C + k] + found[2 * C + k]);
        else
            for (int k = 0; k < 3 * C; ++k) out[k] = gain * found[k];
    }
}
"""
ADD_UP = r"""
int l = index / 3, p = index - 3 * l, N = sizes.data[l], FIRST = p == 2, SECOND = 1 + (p > 0);
float gain = gains.data[l];
if (gain == 0.f) return;
float* plane = gradient.data + starts.data[l] + p * N * N * C;
int q = p == 0 ? 1 : 0, r = p == 2 ? 1 : 2;
for (int s = 0; s < samples; ++s) {
    const float* at = points.data + 3 * s;
    const float* own = kept.data + (s * levels + l) * 3 * C;
    const float* g = slopes.data + s * width + (MODE == 2 ? (3 * l + p) * C : l * C);
    CORNERS
    float slope[C];
    if (MODE == 0)
        for (int k = 0; k < C; ++k) slope[k] = gain * g[k] * own[q * C + k] * own[r * C + k];
    else
        for (int k = 0; k < C; ++k) slope[k] = gain * g[k];
    float *A = plane + place, *D = A + next;
    for (int k = 0; k < C; ++k) A[k] += a * slope[k];
    for (int k = 0; k < C; ++k) A[C + k] += b * slope[k];
    for (int k = 0; k < C; ++k) D[k] += c * slope[k];
    for (int k = 0; k < C; ++k) D[C + k] += d * slope[k];
}
"""


class LookupKernels(NamedTuple):
    """The two kernels for one number of channels and one way to join planes."""

    look_up: wp.Kernel
    add_up: wp.Kernel


@lru_cache(maxsize=16)
def lookup_kernels(channels: int, mode: int) -> LookupKernels:
    """Return the kernels for texels of `channels` features; `mode` is `PRODUCT`, `SUM` or `CONCAT`."""
    known = f"\n#pragma clang fp reassociate(on) contract(fast)\nconst int C = {channels}, MODE = {mode};\n"

    @wp.func_native(known + LOOK_UP.replace("CORNERS", CORNERS))
    def look_up_native(
        block: int, samples: int, width: int, levels: int, points: Floats, planes: Floats, starts: Ints, sizes: Ints,
        gains: Floats, kept: Floats, features: Floats,
    ): ...  # fmt: skip

    @wp.func_native(known + ADD_UP.replace("CORNERS", CORNERS))
    def add_up_native(
        index: int, samples: int, width: int, levels: int, points: Floats, starts: Ints, sizes: Ints, gains: Floats,
        kept: Floats, slopes: Floats, gradient: Floats,
    ): ...  # fmt: skip

    options = {"enable_backward": False, "fast_math": True}

    @wp.kernel(module="unique", module_options=options)
    def look_up(
        first: int, samples: int, width: int, levels: int, points: Floats, planes: Floats, starts: Ints, sizes: Ints,
        gains: Floats, kept: Floats, features: Floats,
    ):  # fmt: skip
        """Look a `BLOCK` of samples up: `points` (samples, 3) of -1 to 1 into `features` (samples, width), planes in `kept`."""
        look_up_native(first + wp.tid(), samples, width, levels, points, planes, starts, sizes, gains, kept, features)

    @wp.kernel(module="unique", module_options=options)
    def add_up(
        first: int, samples: int, width: int, levels: int, points: Floats, starts: Ints, sizes: Ints, gains: Floats,
        kept: Floats, slopes: Floats, gradient: Floats,
    ):  # fmt: skip
        """Add the `slopes` (samples, width) of the features to the `gradient` of one plane of one level."""
        add_up_native(first + wp.tid(), samples, width, levels, points, starts, sizes, gains, kept, slopes, gradient)

    return LookupKernels(look_up, add_up)
