"""Warp kernels of one optimiser step: Adam over a whole array in one pass, and the exploring noise of MCMC training."""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

BLOCK = 4096
"""Numbers that one index of `adam` updates on a CPU; on CUDA it is one number, so that neighbours lie side by side."""

Floats = wp.array(dtype=float)

ADAM = r"""
#if defined(__CUDA_ARCH__)
int start = block, end = block + 1;
#else
int start = block * 4096, end = start + 4096;
if (end > size) end = size;
#endif
float *p = values.data, *m = means.data, *v = squares.data;
const float* g = gradients.data;
#pragma clang loop vectorize(enable)
for (int i = start; i < end; ++i) {
    float m_ = .9f * m[i] + .1f * g[i];
    float v_ = .999f * v[i] + .001f * g[i] * g[i];
    m[i] = m_;
    v[i] = v_;
    p[i] -= rate * m_ / (::sqrtf(v_ * correction) + 1e-15f);
}
"""


@wp.func_native(ADAM)
def adam_native(
    block: int, size: int, rate: float, correction: float, values: Floats, gradients: Floats, means: Floats,
    squares: Floats,
): ...  # fmt: skip


@wp.kernel
def adam(
    first: int,
    size: int,
    rate: float,
    correction: float,
    values: Floats,
    gradients: Floats,
    means: Floats,
    squares: Floats,
):
    """Update one `BLOCK` of `values` an index, as Kingma and Ba 2015 with betas 0.9 and 0.999.

    `rate` is the learning rate over 1 - 0.9^t, `correction` 1 / (1 - 0.999^t) for step t.
    """
    adam_native(first + wp.tid(), size, rate, correction, values, gradients, means, squares)


@wp.kernel
def explore(
    first: int,
    seed: int,
    amount: float,
    quaternions: wp.array(dtype=wp.vec4),
    scales: wp.array(dtype=wp.vec3),
    opacities: wp.array(dtype=float),
    means: wp.array(dtype=wp.vec3),
):
    """Move faint splats at random within their own extent: Kheradmand et al. 2024, equation 9.

    The covariance times normal noise, gated by sigmoid(100 (0.005 - opacity)), times `amount` (1/m), but no further than
    three standard deviations of the splat times the noise. The noise of splat i depends on `seed` and i only.
    """
    i = first + wp.tid()
    if opacities[i] > 0.2:
        return
    gate = 1.0 / (1.0 + wp.exp(100.0 * (opacities[i] - 0.005)))
    state = wp.rand_init(seed, i)
    noise = wp.vec3(wp.randn(state), wp.randn(state), wp.randn(state))
    q = wp.normalize(quaternions[i])
    turn = wp.quat_to_matrix(wp.quat(q[1], q[2], q[3], q[0]))
    s = scales[i]
    own = wp.transpose(turn) * noise
    step = wp.vec3(s[0] * wp.min(amount * s[0], 3.0), s[1] * wp.min(amount * s[1], 3.0), s[2] * wp.min(amount * s[2], 3.0))
    means[i] = means[i] + gate * (turn * wp.cw_mul(step, own))
