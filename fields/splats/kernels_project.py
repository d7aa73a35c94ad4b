"""The Warp kernel from splats in the world to ellipses on the picture. One source for CPU and CUDA.

A splat's covariance R S S^T R^T is carried into the picture by the Jacobian of the projection at its mean (EWA splatting,
Zwicker et al. 2001, equations 26 to 31, as in Kerbl et al. 2023), widened by a low-pass filter. Where the view compensates, its
opacity falls by the same factor as the ellipse grows, as in the 2D Mip filter of Mip-Splatting (Yu et al. 2024, equation 10).
An orthographic camera has a constant Jacobian, and one direction of view for all splats.

The extent is where opacity falls under 1/255, so faint splats touch fewer tiles. Colour is spherical harmonics of the
direction from the camera to the mean.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_harmonics import colour_of

wp.set_module_options({"enable_backward": False, "fast_math": True})

TILE = 16
"""Side of a square tile, in pixels; the raster kernels' inner loops are one tile row long."""
LOW_PASS = 0.3
"""Variance of the picture's low-pass filter, square pixels, as in the original."""
MIP_LOW_PASS = 0.1
"""The same where opacity compensates for it, as in Mip-Splatting."""
NEAREST = wp.constant(0.01)
"""Splats with a planar depth under this many metres are not drawn."""
MARGIN = wp.constant(1e-3)
"""By which the squared extent is larger than where opacity is 1/255, in variances: more than the kernels' roundings."""
SCREEN = 16
"""Columns of `screen`: u, v, half conic xx, conic xy, half conic yy, opacity, red, green, blue, planar depth, the share of
opacity that the low-pass filter leaves; then slope, crest, bulge and taper of the ellipse out of which the splat is not seen:
at dx from the middle it reaches from slope dx - h to slope dx + h down the picture, h^2 = bulge - taper dx^2, and its lowest
point is at dx = crest. The last column fills a line of the cache."""
ROW = 10
"""Columns of a gradient row: u, v, conic xx, conic xy, conic yy, opacity, red, green, blue, planar depth."""


@wp.struct
class View:
    """One camera: rotation and translation from world to camera, its centre, fl_x, fl_y, cx, cy, and its size.

    `orthographic` is 1 or 0, and focal lengths then pixels a metre; `low_pass` a variance in square pixels, for which
    opacity compensates where `compensate` is 1.
    """

    rotation: wp.mat33
    translation: wp.vec3
    centre: wp.vec3
    intrinsics: wp.vec4
    width: int
    height: int
    orthographic: int
    low_pass: float
    compensate: int


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
def slope_limit(view: View) -> wp.vec2:
    """Largest |x/z| and |y/z| at which the Jacobian is taken: 1.3 half fields of view, as in the original, or 0."""
    if view.orthographic == 1:
        return wp.vec2(0.0, 0.0)
    return wp.vec2(
        0.65 * float(view.width) / view.intrinsics[0],
        0.65 * float(view.height) / view.intrinsics[1],
    )


@wp.func
def magnification(view: View, z: float) -> float:
    """Factor of the focal lengths at planar depth `z`: 1 / z, or 1 of parallel rays."""
    if view.orthographic == 1:
        return 1.0
    return 1.0 / z


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
    """Fill `screen` (N, 16) and the half-open tile rectangle `tiles` (x0, x1, y0, y1), all 0 where nothing is seen."""
    i = first + wp.tid()
    tiles[i] = wp.vec4i(0, 0, 0, 0)
    mean = means[i]
    p = view.rotation * mean + view.translation
    opacity = opacities[i]
    if p[2] < NEAREST or opacity * 255.0 <= 1.0:
        return
    K = view.intrinsics
    inverse_z = magnification(view, p[2])
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
    a = wp.dot(u0, u0) + view.low_pass
    b = wp.dot(u0, u1)
    c = wp.dot(u1, u1) + view.low_pass
    determinant = a * c - b * b
    if determinant <= 0.0:
        return
    left = wp.float32(1.0)
    if view.compensate == 1:
        left = wp.length(wp.cross(u0, u1)) / wp.sqrt(determinant)
        opacity = opacity * left
        if opacity * 255.0 <= 1.0:
            return
    u = K[0] * p[0] * inverse_z + K[2]
    v = K[1] * p[1] * inverse_z + K[3]
    reach = wp.sqrt(2.0 * wp.log(opacity * 255.0) + MARGIN)
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
    direction = wp.normalize(mean - view.centre)
    if view.orthographic == 1:
        direction = wp.vec3(R[2, 0], R[2, 1], R[2, 2])
    colour = colour_of(i, direction, degree, base, rest)
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
    screen[i, 10] = left
    screen[i, 11] = b / a
    screen[i, 12] = b * reach / wp.sqrt(c)
    screen[i, 13] = reach * reach * determinant / a
    screen[i, 14] = determinant / (a * a)
