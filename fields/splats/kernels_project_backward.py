"""The Warp kernel from gradients of ellipses on the picture back to splats and, on request, to the camera's pose.

One source for CPU and CUDA. The gradient of a colour goes to the mean as well, through the direction of view.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_harmonics import colour_backward
from .kernels_project import View, magnification, rotation_of, slope_limit

wp.set_module_options({"enable_backward": False, "fast_math": True})


@wp.kernel
def project_backward(
    first: int,
    means: wp.array(dtype=wp.vec3),
    quaternions: wp.array(dtype=wp.vec4),
    scales: wp.array(dtype=wp.vec3),
    rest: wp.array2d(dtype=wp.vec3),
    degree: int,
    view: View,
    screen: wp.array2d(dtype=float),
    totals: wp.array2d(dtype=float),
    grad_means: wp.array(dtype=wp.vec3),
    grad_quaternions: wp.array(dtype=wp.vec4),
    grad_scales: wp.array(dtype=wp.vec3),
    grad_opacities: wp.array(dtype=float),
    grad_base: wp.array(dtype=wp.vec3),
    grad_rest: wp.array2d(dtype=wp.vec3),
    grad_pose: wp.array2d(dtype=float),
):
    """Carry each splat's gradient `totals` (N, 10 or more) to its parameters; gradients start out as zeros.

    Splats that no pixel asks anything of, unseen or hidden, are passed over. `grad_pose` (N, 6) takes each splat's share in the
    gradient of the camera's pose, the tangent (shift, turn) of exp(tangent) * world_to_camera; of no rows, it is left out.
    """
    i = first + wp.tid()
    g_u, g_v = totals[i, 0], totals[i, 1]
    g_xx, g_xy, g_yy = totals[i, 2], totals[i, 3], totals[i, 4]
    g_opacity = totals[i, 5]
    g_red, g_green, g_blue = totals[i, 6], totals[i, 7], totals[i, 8]
    g_depth = totals[i, 9]
    asked = wp.abs(g_u) + wp.abs(g_v) + wp.abs(g_xx) + wp.abs(g_xy) + wp.abs(g_yy) + wp.abs(g_opacity) + wp.abs(g_depth)
    if asked + wp.abs(g_red) + wp.abs(g_green) + wp.abs(g_blue) == 0.0:
        return
    left = screen[i, 10]
    grad_opacities[i] = left * g_opacity
    # Colour: the clamp at 0 stops the gradient.
    g_colour = wp.vec3(
        wp.where(screen[i, 6] > 0.0, g_red, 0.0),
        wp.where(screen[i, 7] > 0.0, g_green, 0.0),
        wp.where(screen[i, 8] > 0.0, g_blue, 0.0),
    )
    mean = means[i]
    W = view.rotation
    w0 = wp.vec3(W[0, 0], W[0, 1], W[0, 2])
    w1 = wp.vec3(W[1, 0], W[1, 1], W[1, 2])
    w2 = wp.vec3(W[2, 0], W[2, 1], W[2, 2])
    offset = mean - view.centre
    direction = wp.normalize(offset)
    if view.orthographic == 1:
        direction = w2
    g_direction = colour_backward(i, direction, degree, g_colour, rest, grad_base, grad_rest)
    g_direction = g_direction - direction * wp.dot(direction, g_direction)
    g_mean = wp.vec3()
    if view.orthographic == 0:
        g_mean = g_direction / wp.length(offset)
    # Covariance on the picture: Sigma' = Q^-1, so its gradient is -Q G Q with Q the conic.
    qa = 2.0 * screen[i, 2]
    qb = screen[i, 3]
    qc = 2.0 * screen[i, 4]
    half_xy = 0.5 * g_xy
    m00 = qa * g_xx + qb * half_xy
    m01 = qa * half_xy + qb * g_yy
    m10 = qb * g_xx + qc * half_xy
    m11 = qb * half_xy + qc * g_yy
    g00 = -(m00 * qa + m01 * qb)
    g01 = -(m00 * qb + m01 * qc)
    g11 = -(m10 * qb + m11 * qc)
    # Sigma' = U U^T with U = (J W) R S, two rows u0 = s * (R^T t0) and u1.
    K = view.intrinsics
    p = W * mean + view.translation
    inverse_z = magnification(view, p[2])
    limit = slope_limit(view)
    slope_x = p[0] * inverse_z
    slope_y = p[1] * inverse_z
    sx = wp.clamp(slope_x, -limit[0], limit[0])
    sy = wp.clamp(slope_y, -limit[1], limit[1])
    j0 = K[0] * inverse_z
    j1 = K[1] * inverse_z
    t0 = j0 * (w0 - sx * w2)
    t1 = j1 * (w1 - sy * w2)
    q = quaternions[i]
    norm = wp.length(q)
    unit = q / norm
    R = rotation_of(unit)
    RT = wp.transpose(R)
    v0 = RT * t0
    v1 = RT * t1
    s = scales[i]
    u0 = wp.cw_mul(v0, s)
    u1 = wp.cw_mul(v1, s)
    gu0 = 2.0 * (g00 * u0 + g01 * u1)
    gu1 = 2.0 * (g01 * u0 + g11 * u1)
    if view.compensate == 1:
        # The share left is |u0 x u1| / sqrt(det Sigma'); what follows is its logarithm's gradient.
        g_left = g_opacity * screen[i, 5]
        normal = wp.cross(u0, u1)
        area = wp.dot(normal, normal)
        gu0 += g_left * (wp.cross(u1, normal) / area - (qa * u0 + qb * u1))
        gu1 += g_left * (wp.cross(normal, u0) / area - (qb * u0 + qc * u1))
    grad_scales[i] = wp.cw_mul(gu0, v0) + wp.cw_mul(gu1, v1)
    gv0 = wp.cw_mul(gu0, s)
    gv1 = wp.cw_mul(gu1, s)
    g_R = wp.outer(t0, gv0) + wp.outer(t1, gv1)
    g_t0 = R * gv0
    g_t1 = R * gv1
    # Rotation matrix to quaternion, then through the normalisation.
    w, x, y, z = unit[0], unit[1], unit[2], unit[3]
    g_unit = 2.0 * wp.vec4(
        z * (g_R[1, 0] - g_R[0, 1]) + y * (g_R[0, 2] - g_R[2, 0]) + x * (g_R[2, 1] - g_R[1, 2]),
        y * (g_R[0, 1] + g_R[1, 0]) + z * (g_R[0, 2] + g_R[2, 0]) + w * (g_R[2, 1] - g_R[1, 2])
        - 2.0 * x * (g_R[1, 1] + g_R[2, 2]),
        x * (g_R[0, 1] + g_R[1, 0]) + z * (g_R[1, 2] + g_R[2, 1]) + w * (g_R[0, 2] - g_R[2, 0])
        - 2.0 * y * (g_R[0, 0] + g_R[2, 2]),
        x * (g_R[0, 2] + g_R[2, 0]) + y * (g_R[1, 2] + g_R[2, 1]) + w * (g_R[1, 0] - g_R[0, 1])
        - 2.0 * z * (g_R[0, 0] + g_R[1, 1]),
    )  # fmt: skip
    grad_quaternions[i] = (g_unit - unit * wp.dot(unit, g_unit)) / norm
    # Jacobian and centre to the camera-space mean.
    g_sx = -j0 * wp.dot(g_t0, w2)
    g_sy = -j1 * wp.dot(g_t1, w2)
    gx = g_u * j0
    gy = g_v * j1
    gz = g_depth
    if view.orthographic == 0:
        gz -= inverse_z * (gx * p[0] + gy * p[1] + wp.dot(g_t0, t0) + wp.dot(g_t1, t1))
        if sx == slope_x:
            gx += g_sx * inverse_z
            gz -= g_sx * slope_x * inverse_z
        if sy == slope_y:
            gy += g_sy * inverse_z
            gz -= g_sy * slope_y * inverse_z
    g_p = wp.vec3(gx, gy, gz)
    grad_means[i] = g_mean + wp.transpose(W) * g_p
    if grad_pose.shape[0] > 0:
        # A shift moves camera-space means and, against it, the centre. A turn moves means, the Jacobian's rows and the axis.
        shift = g_p + W * g_mean
        turn = wp.cross(p, g_p) - wp.cross(W * t0, W * g_t0) - wp.cross(W * t1, W * g_t1)
        if view.orthographic == 1:
            turn += wp.cross(W * g_direction, wp.vec3(0.0, 0.0, 1.0))
        for k in range(3):
            grad_pose[i, k] = shift[k]
            grad_pose[i, 3 + k] = turn[k]
