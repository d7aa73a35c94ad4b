"""Warp kernels that blend the samples of a ray front to back, and the gradient: each ray by itself, in their order.

Max 1995, "Optical models for direct volume rendering": of the light that reaches sample i, T_i, it keeps w_i = T_i (1 -
exp(-depth_i)), where depth_i is density times width; T falls by exp(-depth_i).
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

Floats = wp.array(dtype=float)
Ints = wp.array(dtype=wp.int32)

BLEND = r"""
float* sum = sums.data + ray * (channels + 1);
for (int c = 0; c <= channels; ++c) sum[c] = 0.f;
float through = 1.f;
for (int s = starts.data[ray]; s < starts.data[ray + 1]; ++s) {
    float after = through * ::expf(-thickness.data[s]), w = through - after;
    weights.data[s] = w;
    for (int c = 0; c < channels; ++c) sum[c] += w * values.data[s * channels + c];
    through = after;
}
sum[channels] = 1.f - through;
"""
BACK = r"""
const float* slope = slopes.data + ray * (channels + 1);
float behind = 0.f, through = 1.f - sums.data[ray * (channels + 1) + channels];
for (int s = starts.data[ray + 1] - 1; s >= starts.data[ray]; --s) {
    float w = weights.data[s], own = weight_slopes.data[s] + slope[channels];
    for (int c = 0; c < channels; ++c) {
        own += slope[c] * values.data[s * channels + c];
        value_slopes.data[s * channels + c] = w * slope[c];
    }
    thickness_slopes.data[s] = through * own - behind;
    behind += w * own;
    through += w;
}
"""


@wp.func_native(BLEND)
def blend_native(ray: int, channels: int, starts: Ints, thickness: Floats, values: Floats, weights: Floats, sums: Floats): ...


@wp.func_native(BACK)
def back_native(
    ray: int, channels: int, starts: Ints, values: Floats, weights: Floats, sums: Floats, slopes: Floats, weight_slopes: Floats,
    thickness_slopes: Floats, value_slopes: Floats,
): ...  # fmt: skip


@wp.kernel
def blend(first: int, channels: int, starts: Ints, thickness: Floats, values: Floats, weights: Floats, sums: Floats):
    """Write the `weights` (samples,) of one ray, and its `sums` (rays, channels + 1) of weight times values, and of weights."""
    blend_native(first + wp.tid(), channels, starts, thickness, values, weights, sums)


@wp.kernel
def blend_backward(
    first: int, channels: int, starts: Ints, values: Floats, weights: Floats, sums: Floats, slopes: Floats,
    weight_slopes: Floats, thickness_slopes: Floats, value_slopes: Floats,
):  # fmt: skip
    """Carry the `slopes` of one ray's sums, and those of its weights, back to thickness and values."""
    back_native(
        first + wp.tid(), channels, starts, values, weights, sums, slopes, weight_slopes, thickness_slopes, value_slopes
    )
