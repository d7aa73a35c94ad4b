"""Warp kernels between splats in the world and ellipses on the picture, forward and backward. One source, CPU and CUDA.

A splat's covariance R S S^T R^T is carried into the picture by the Jacobian of the projection at its mean (EWA splatting,
Zwicker et al. 2001, equations 26 to 31, as in Kerbl et al. 2023), widened by a low-pass filter of 0.3 square pixels.
Its extent is where its opacity falls under 1/255, so faint splats touch fewer tiles. Colour is spherical harmonics of
the direction from the camera to the mean; the backward kernel carries that direction's gradient into the mean as well.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

TILE = 16
"""Side of a square tile, in pixels; the raster kernels' inner loops are one tile row long."""
LOW_PASS = wp.constant(0.3)
"""Variance of the picture's low-pass filter, square pixels."""
NEAREST = wp.constant(0.01)
"""Splats with a planar depth under this many metres are not drawn."""
SCREEN = 12
"""Columns of `screen`: u, v, half conic xx, conic xy, half conic yy, opacity, red, green, blue, planar depth, half height
of the extent in pixels, unused."""
ROW = 10
"""Columns of a gradient row: u, v, conic xx, conic xy, conic yy, opacity, red, green, blue, planar depth."""

# Spherical harmonics up to degree 3 in the order and signs of the original 3D Gaussian splatting.
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


@wp.struct
class View:
    """One camera: rotation and translation from world to camera, its centre, fl_x, fl_y, cx, cy, and its size."""

    rotation: wp.mat33
    translation: wp.vec3
    centre: wp.vec3
    intrinsics: wp.vec4
    width: int
    height: int


@wp.func
def rotation_of(quaternion: wp.vec4) -> wp.mat33:
    """Rotation matrix of a unit quaternion (w, x, y, z)."""
    w, x, y, z = quaternion[0], quaternion[1], quaternion[2], quaternion[3]
    return wp.mat33(
        1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y),
        2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x),
        2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y),
    )  # fmt: skip


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


@wp.func
def slope_limit(view: View) -> wp.vec2:
    """Largest |x/z| and |y/z| at which the Jacobian is taken: 1.3 half fields of view, as in the original."""
    return wp.vec2(
        0.65 * float(view.width) / view.intrinsics[0],
        0.65 * float(view.height) / view.intrinsics[1],
    )


@wp.kernel
def project(
    first: int,
    means: wp.array(dtype=wp.vec3),
    quaternions: wp.array(dtype=wp.vec4),
    scales: wp.array(dtype=wp.vec3),
    opacities: wp.array(dtype=float),
    base: wp.array(dtype=wp.vec3),
    rest: wp.array2d(dtype=wp.vec3),
    degree: int,
    view: View,
    screen: wp.array2d(dtype=float),
    tiles: wp.array(dtype=wp.vec4i),
):
    """Fill `screen` (N, 12) and the half-open tile rectangle `tiles` (x0, x1, y0, y1), all 0 where nothing is seen."""
    i = first + wp.tid()
    tiles[i] = wp.vec4i(0, 0, 0, 0)
    mean = means[i]
    p = view.rotation * mean + view.translation
    opacity = opacities[i]
    if p[2] < NEAREST or opacity * 255.0 <= 1.0:
        return
    K = view.intrinsics
    inverse_z = 1.0 / p[2]
    limit = slope_limit(view)
    sx = wp.clamp(p[0] * inverse_z, -limit[0], limit[0])
    sy = wp.clamp(p[1] * inverse_z, -limit[1], limit[1])
    R = view.rotation
    # Rows of J W: the picture's change with a step in the world.
    t0 = K[0] * inverse_z * (wp.vec3(R[0, 0], R[0, 1], R[0, 2]) - sx * wp.vec3(R[2, 0], R[2, 1], R[2, 2]))
    t1 = K[1] * inverse_z * (wp.vec3(R[1, 0], R[1, 1], R[1, 2]) - sy * wp.vec3(R[2, 0], R[2, 1], R[2, 2]))
    Q = wp.transpose(rotation_of(wp.normalize(quaternions[i])))
    u0 = wp.cw_mul(Q * t0, scales[i])
    u1 = wp.cw_mul(Q * t1, scales[i])
    a = wp.dot(u0, u0) + LOW_PASS
    b = wp.dot(u0, u1)
    c = wp.dot(u1, u1) + LOW_PASS
    determinant = a * c - b * b
    if determinant <= 0.0:
        return
    u = K[0] * p[0] * inverse_z + K[2]
    v = K[1] * p[1] * inverse_z + K[3]
    reach = wp.sqrt(2.0 * wp.log(opacity * 255.0))
    half_width = reach * wp.sqrt(a)
    half_height = reach * wp.sqrt(c)
    # Where the extent misses the picture altogether, floating bounds are compared before they become integers.
    if u + half_width < 0.0 or v + half_height < 0.0:
        return
    if u - half_width > float(view.width) or v - half_height > float(view.height):
        return
    side = float(TILE)
    x0 = int(wp.max(wp.floor((u - half_width) / side), 0.0))
    y0 = int(wp.max(wp.floor((v - half_height) / side), 0.0))
    x1 = int(wp.min(wp.floor((u + half_width) / side), float((view.width - 1) / TILE))) + 1
    y1 = int(wp.min(wp.floor((v + half_height) / side), float((view.height - 1) / TILE))) + 1
    if x1 <= x0 or y1 <= y0:
        return
    tiles[i] = wp.vec4i(x0, x1, y0, y1)
    colour = colour_of(i, wp.normalize(mean - view.centre), degree, base, rest)
    inverse = 1.0 / determinant
    screen[i, 0] = u
    screen[i, 1] = v
    screen[i, 2] = 0.5 * c * inverse
    screen[i, 3] = -b * inverse
    screen[i, 4] = 0.5 * a * inverse
    screen[i, 5] = opacity
    screen[i, 6] = wp.max(colour[0], 0.0)
    screen[i, 7] = wp.max(colour[1], 0.0)
    screen[i, 8] = wp.max(colour[2], 0.0)
    screen[i, 9] = p[2]
    screen[i, 10] = half_height


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
    tiles: wp.array(dtype=wp.vec4i),
    offsets: wp.array(dtype=int),
    places: wp.array(dtype=int),
    rows: wp.array2d(dtype=float),
    grad_means: wp.array(dtype=wp.vec3),
    grad_quaternions: wp.array(dtype=wp.vec4),
    grad_scales: wp.array(dtype=wp.vec3),
    grad_opacities: wp.array(dtype=float),
    grad_base: wp.array(dtype=wp.vec3),
    grad_rest: wp.array2d(dtype=wp.vec3),
):
    """Sum a splat's gradient rows in tile order and carry them to its parameters; gradients start out as zeros.

    `places[offsets[i] + k]` is the row of splat i's k-th tile.
    """
    i = first + wp.tid()
    box = tiles[i]
    count = (box[1] - box[0]) * (box[3] - box[2])
    if count == 0:
        return
    g_u = wp.float32(0.0)
    g_v = wp.float32(0.0)
    g_xx = wp.float32(0.0)
    g_xy = wp.float32(0.0)
    g_yy = wp.float32(0.0)
    g_opacity = wp.float32(0.0)
    g_red = wp.float32(0.0)
    g_green = wp.float32(0.0)
    g_blue = wp.float32(0.0)
    g_depth = wp.float32(0.0)
    for k in range(count):
        row = places[offsets[i] + k]
        g_u += rows[row, 0]
        g_v += rows[row, 1]
        g_xx += rows[row, 2]
        g_xy += rows[row, 3]
        g_yy += rows[row, 4]
        g_opacity += rows[row, 5]
        g_red += rows[row, 6]
        g_green += rows[row, 7]
        g_blue += rows[row, 8]
        g_depth += rows[row, 9]
    grad_opacities[i] = g_opacity
    # Colour: the clamp at 0 stops the gradient.
    g_colour = wp.vec3(
        wp.where(screen[i, 6] > 0.0, g_red, 0.0),
        wp.where(screen[i, 7] > 0.0, g_green, 0.0),
        wp.where(screen[i, 8] > 0.0, g_blue, 0.0),
    )
    mean = means[i]
    offset = mean - view.centre
    direction = wp.normalize(offset)
    g_direction = colour_backward(i, direction, degree, g_colour, rest, grad_base, grad_rest)
    g_mean = (g_direction - direction * wp.dot(direction, g_direction)) / wp.length(offset)
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
    W = view.rotation
    p = W * mean + view.translation
    inverse_z = 1.0 / p[2]
    limit = slope_limit(view)
    slope_x = p[0] * inverse_z
    slope_y = p[1] * inverse_z
    sx = wp.clamp(slope_x, -limit[0], limit[0])
    sy = wp.clamp(slope_y, -limit[1], limit[1])
    w0 = wp.vec3(W[0, 0], W[0, 1], W[0, 2])
    w1 = wp.vec3(W[1, 0], W[1, 1], W[1, 2])
    w2 = wp.vec3(W[2, 0], W[2, 1], W[2, 2])
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
    gu0 = wp.cw_mul(2.0 * (g00 * v0 + g01 * v1), s)
    gu1 = wp.cw_mul(2.0 * (g01 * v0 + g11 * v1), s)
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
    gz = g_depth - inverse_z * (gx * p[0] + gy * p[1] + wp.dot(g_t0, t0) + wp.dot(g_t1, t1))
    if sx == slope_x:
        gx += g_sx * inverse_z
        gz -= g_sx * slope_x * inverse_z
    if sy == slope_y:
        gy += g_sy * inverse_z
        gz -= g_sy * slope_y * inverse_z
    grad_means[i] = g_mean + wp.transpose(W) * wp.vec3(gx, gy, gz)
