"""Warp functions of a splat's colour along a direction, spherical harmonics up to degree 3, and back.

The order and signs are those of the original 3D Gaussian splatting.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

C0 = wp.constant(0.28209479177387814)
C1 = wp.constant(0.4886025119029199)
C20 = wp.constant(1.0925484305920792)
C22 = wp.constant(0.31539156525252005)
C24 = wp.constant(0.5462742152960396)
C30 = wp.constant(0.5900435899266435)
C31 = wp.constant(2.890611442640554)
C32 = wp.constant(0.4570457994644658)
C33 = wp.constant(0.3731763325901154)
C35 = wp.constant(1.445305721320277)


@wp.func
def colour_of(i: int, d: wp.vec3, degree: int, base: wp.array(dtype=wp.vec3), rest: wp.array2d(dtype=wp.vec3)) -> wp.vec3:
    """Colour of splat `i` seen along the unit direction `d`, before the clamp at 0."""
    x, y, z = d[0], d[1], d[2]
    colour = wp.vec3(0.5, 0.5, 0.5) + C0 * base[i]
    if degree > 0:
        colour += C1 * (z * rest[i, 1] - y * rest[i, 0] - x * rest[i, 2])
    if degree > 1:
        xx, yy, zz = x * x, y * y, z * z
        colour += C20 * (x * y * rest[i, 3] - y * z * rest[i, 4] - x * z * rest[i, 6])
        colour += C22 * (2.0 * zz - xx - yy) * rest[i, 5] + C24 * (xx - yy) * rest[i, 7]
        if degree > 2:
            colour += C31 * x * y * z * rest[i, 9] - C30 * y * (3.0 * xx - yy) * rest[i, 8]
            colour -= C32 * (4.0 * zz - xx - yy) * (y * rest[i, 10] + x * rest[i, 12])
            colour += C33 * z * (2.0 * zz - 3.0 * xx - 3.0 * yy) * rest[i, 11]
            colour += C35 * z * (xx - yy) * rest[i, 13] - C30 * x * (xx - 3.0 * yy) * rest[i, 14]
    return colour


@wp.func
def colour_backward(
    i: int,
    d: wp.vec3,
    degree: int,
    g: wp.vec3,
    rest: wp.array2d(dtype=wp.vec3),
    grad_base: wp.array(dtype=wp.vec3),
    grad_rest: wp.array2d(dtype=wp.vec3),
) -> wp.vec3:
    """Write the gradients of the coefficients for a colour gradient `g`; return the gradient of the direction."""
    x, y, z = d[0], d[1], d[2]
    grad_base[i] = C0 * g
    gx = wp.float32(0.0)
    gy = wp.float32(0.0)
    gz = wp.float32(0.0)
    if degree > 0:
        grad_rest[i, 0] = -C1 * y * g
        grad_rest[i, 1] = C1 * z * g
        grad_rest[i, 2] = -C1 * x * g
        gx -= C1 * wp.dot(rest[i, 2], g)
        gy -= C1 * wp.dot(rest[i, 0], g)
        gz += C1 * wp.dot(rest[i, 1], g)
    if degree > 1:
        xx, yy, zz = x * x, y * y, z * z
        grad_rest[i, 3] = C20 * x * y * g
        grad_rest[i, 4] = -C20 * y * z * g
        grad_rest[i, 5] = C22 * (2.0 * zz - xx - yy) * g
        grad_rest[i, 6] = -C20 * x * z * g
        grad_rest[i, 7] = C24 * (xx - yy) * g
        q3 = C20 * wp.dot(rest[i, 3], g)
        q4 = C20 * wp.dot(rest[i, 4], g)
        q5 = 2.0 * C22 * wp.dot(rest[i, 5], g)
        q6 = C20 * wp.dot(rest[i, 6], g)
        q7 = 2.0 * C24 * wp.dot(rest[i, 7], g)
        gx += y * q3 - x * q5 - z * q6 + x * q7
        gy += x * q3 - z * q4 - y * q5 - y * q7
        gz += 2.0 * z * q5 - y * q4 - x * q6
        if degree > 2:
            grad_rest[i, 8] = -C30 * y * (3.0 * xx - yy) * g
            grad_rest[i, 9] = C31 * x * y * z * g
            grad_rest[i, 10] = -C32 * y * (4.0 * zz - xx - yy) * g
            grad_rest[i, 11] = C33 * z * (2.0 * zz - 3.0 * xx - 3.0 * yy) * g
            grad_rest[i, 12] = -C32 * x * (4.0 * zz - xx - yy) * g
            grad_rest[i, 13] = C35 * z * (xx - yy) * g
            grad_rest[i, 14] = -C30 * x * (xx - 3.0 * yy) * g
            p8 = C30 * wp.dot(rest[i, 8], g)
            p9 = C31 * wp.dot(rest[i, 9], g)
            p10 = C32 * wp.dot(rest[i, 10], g)
            p11 = C33 * wp.dot(rest[i, 11], g)
            p12 = C32 * wp.dot(rest[i, 12], g)
            p13 = C35 * wp.dot(rest[i, 13], g)
            p14 = C30 * wp.dot(rest[i, 14], g)
            gx += y * z * p9 - 6.0 * x * y * p8 + 2.0 * x * y * p10 - 6.0 * x * z * p11
            gx += (3.0 * xx + yy - 4.0 * zz) * p12 + 2.0 * x * z * p13 - 3.0 * (xx - yy) * p14
            gy += x * z * p9 - 3.0 * (xx - yy) * p8 + (xx + 3.0 * yy - 4.0 * zz) * p10 - 6.0 * y * z * p11
            gy += 2.0 * x * y * p12 - 2.0 * y * z * p13 + 6.0 * x * y * p14
            gz += x * y * p9 - 8.0 * y * z * p10 + (6.0 * zz - 3.0 * xx - 3.0 * yy) * p11 - 8.0 * x * z * p12
            gz += (xx - yy) * p13
    return wp.vec3(gx, gy, gz)
