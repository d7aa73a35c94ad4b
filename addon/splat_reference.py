"""What `shaders/splat.*.glsl` and `composite.frag.glsl` say, in NumPy: slow, readable, and the oracle of their tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .splat_arrays import SplatArrays

Doubles = NDArray[np.float64]

LOW_PASS, FAINTEST, SOLIDEST = 0.3, 1 / 255, 0.999


def basis(directions: NDArray[np.floating], degree: int) -> Doubles:
    """Return the real spherical harmonics (N, (degree + 1)^2) of unit directions (N, 3), with 3DGS's signs and order."""
    x, y, z = np.asarray(directions, np.float64).T
    xx, yy, zz = x * x, y * y, z * z
    bands = [np.full_like(x, 0.28209479177387814)]
    if degree > 0:
        bands += [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x]
    if degree > 1:
        bands += [1.0925484305920792 * x * y, -1.0925484305920792 * y * z, 0.31539156525252005 * (2 * zz - xx - yy)]
        bands += [-1.0925484305920792 * x * z, 0.5462742152960396 * (xx - yy)]
    if degree > 2:
        bands += [-0.5900435899266435 * y * (3 * xx - yy), 2.890611442640554 * x * y * z]
        bands += [-0.4570457994644658 * y * (4 * zz - xx - yy), 0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy)]
        bands += [-0.4570457994644658 * x * (4 * zz - xx - yy), 1.445305721320277 * z * (xx - yy)]
        bands += [-0.5900435899266435 * x * (xx - 3 * yy)]
    return np.stack(bands, 1)


def draw(
    splats: SplatArrays,
    model_view: NDArray[np.floating],
    projection: NDArray[np.floating],
    size: tuple[int, int],
    opacity: float = 1.0,
    scale: float = 1.0,
    scene_depth: NDArray[np.floating] | None = None,
) -> Doubles:
    """Return the picture (height, width, 4), premultiplied sRGB, the lowest row first.

    `model_view` and `projection` (4, 4) are Blender's (the view looks along -Z); `scene_depth` (height, width) is window
    depth, 0 to 1, and hides what lies behind it.
    """
    width, height = size
    model_view, projection = np.asarray(model_view, np.float64), np.asarray(projection, np.float64)
    to_eye = model_view[:3, :3]
    eye = splats.means @ to_eye.T + model_view[:3, 3]
    clip = np.concatenate([eye, np.ones((len(eye), 1))], 1) @ projection.T
    device = clip[:, :3] / clip[:, 3:]
    centre = (0.5 * device[:, :2] + 0.5) * (width, height)
    parallel = projection[3, 3] > 0.5

    focal = 0.5 * np.array(size) * (projection[0, 0], projection[1, 1])
    inverse_depth = np.ones(len(eye)) if parallel else -1 / eye[:, 2]
    limit = 1.3 / np.array([projection[0, 0], projection[1, 1]])
    slope = np.zeros((len(eye), 2)) if parallel else np.clip(eye[:, :2] * inverse_depth[:, None], -limit, limit)
    jacobian = np.zeros((len(eye), 2, 3))
    jacobian[:, 0, 0], jacobian[:, 1, 1] = focal[0], focal[1]
    jacobian[:, :, 2] = focal * slope
    jacobian *= inverse_depth[:, None, None]
    covariance = splats.covariances[:, [[0, 1, 2], [1, 3, 4], [2, 4, 5]]].astype(np.float64)
    to_screen = jacobian @ to_eye
    on_screen = scale**2 * to_screen @ covariance @ to_screen.transpose(0, 2, 1) + LOW_PASS * np.eye(2)
    conic = np.linalg.inv(on_screen)

    here = np.linalg.inv(model_view)[:3, 3]
    towards = splats.means - here if not parallel else np.tile(-model_view[2, :3], (len(eye), 1))
    towards = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    colour = np.maximum(np.einsum("nk,nkc->nc", basis(towards, splats.degree), splats.harmonics) + 0.5, 0)

    picture = np.zeros((height, width, 4))
    pixels = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), -1)
    for index in np.argsort(eye[:, 2], kind="stable"):
        if abs(device[index, 2]) > 1 or clip[index, 3] <= 0:
            continue
        away = pixels - centre[index]
        falloff = np.exp(-0.5 * np.einsum("yxi,ij,yxj->yx", away, conic[index], away))
        alpha = np.minimum(opacity * splats.opacities[index] * falloff, SOLIDEST)
        alpha[alpha < FAINTEST] = 0
        if scene_depth is not None:
            alpha[0.5 * device[index, 2] + 0.5 > scene_depth] = 0
        picture *= 1 - alpha[..., None]
        picture += alpha[..., None] * np.append(colour[index], 1.0)
    return picture


def to_linear(colours: NDArray[np.floating]) -> Doubles:
    """Return sRGB-encoded values, clipped below at 0, as linear light (IEC 61966-2-1)."""
    c = np.maximum(np.asarray(colours, np.float64), 0)
    return np.where(c < 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
