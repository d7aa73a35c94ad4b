"""The rasteriser again, as one readable function in plain torch: slow, any dtype, differentiated by autograd.

The oracle that tests compare the Warp kernels with, in float64. Same definitions: extents end where opacity falls under
1/255, a pixel is closed when its transmittance reaches 1e-4, alpha is at most 0.999.
"""

from __future__ import annotations

import torch

from ..cameras import Camera
from .rasterize import Picture, Splats

LOW_PASS, MIP_LOW_PASS, NEAREST, FAINTEST, CLOSED, SOLIDEST = 0.3, 0.1, 0.01, 1 / 255, 1e-4, 0.999


def harmonics(direction: torch.Tensor, degree: int) -> torch.Tensor:
    """Return the real spherical harmonics (N, (degree + 1)^2) of unit directions (N, 3)."""
    x, y, z = direction.unbind(-1)
    xx, yy, zz = x * x, y * y, z * z
    bands = [torch.full_like(x, 0.28209479177387814)]
    if degree > 0:
        bands += [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x]
    if degree > 1:
        bands += [
            1.0925484305920792 * x * y,
            -1.0925484305920792 * y * z,
            0.31539156525252005 * (2 * zz - xx - yy),
            -1.0925484305920792 * x * z,
            0.5462742152960396 * (xx - yy),
        ]
    if degree > 2:
        bands += [
            -0.5900435899266435 * y * (3 * xx - yy),
            2.890611442640554 * x * y * z,
            -0.4570457994644658 * y * (4 * zz - xx - yy),
            0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
            -0.4570457994644658 * x * (4 * zz - xx - yy),
            1.445305721320277 * z * (xx - yy),
            -0.5900435899266435 * x * (xx - 3 * yy),
        ]
    return torch.stack(bands, -1)


def rotations(quaternions: torch.Tensor) -> torch.Tensor:
    """Return rotation matrices (N, 3, 3) of quaternions (w, x, y, z) (N, 4) of any length but zero."""
    w, x, y, z = torch.nn.functional.normalize(quaternions, dim=-1).unbind(-1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(rows, -1).view(-1, 3, 3)


def exponential(tangent: torch.Tensor) -> torch.Tensor:
    """Return the rigid motion (4, 4) of a shift and a turn (6,)."""
    x, y, z, a, b, c = tangent
    zero = torch.zeros_like(x)
    return torch.linalg.matrix_exp(torch.stack([zero, -c, b, x, c, zero, -a, y, -b, a, zero, z, *[zero] * 4]).view(4, 4))


def rasterize_reference(
    splats: Splats,
    degree: int,
    camera: Camera,
    surface: bool = False,
    antialias: bool = False,
    pose: torch.Tensor | None = None,
) -> Picture:
    """Return what `rasterize` returns, computed pixel by pixel over all splats: (H * W, N) memory."""
    means, quaternions, scales, opacities, base, rest = splats
    width, height = camera.width, camera.height
    matrix = torch.from_numpy(camera.world_to_camera).to(means)
    if pose is not None:
        matrix = exponential(pose) @ matrix
    turn = matrix[:3, :3]
    x, y, z = (means @ turn.T + matrix[:3, 3]).unbind(-1)

    limit_x, limit_y = 0.65 * width / camera.fl_x, 0.65 * height / camera.fl_y
    slope_x, slope_y = (x / z).clamp(-limit_x, limit_x), (y / z).clamp(-limit_y, limit_y)
    zero, far = torch.zeros_like(z), z
    if camera.orthographic:
        slope_x, slope_y, far = zero, zero, torch.ones_like(z)
    jacobian = torch.stack(
        [camera.fl_x / far, zero, -camera.fl_x * slope_x / far, zero, camera.fl_y / far, -camera.fl_y * slope_y / far], -1
    ).view(-1, 2, 3)
    axes = jacobian @ turn @ (rotations(quaternions) * scales[:, None, :])
    exact = axes @ axes.transpose(1, 2)
    covariance = exact + (MIP_LOW_PASS if antialias else LOW_PASS) * torch.eye(2).to(means)
    if antialias:
        opacities = opacities * (torch.linalg.det(exact) / torch.linalg.det(covariance)).clamp_min(1e-12).sqrt()
    conic = torch.linalg.inv(covariance)
    centre = torch.stack([camera.fl_x * x / far + camera.cx, camera.fl_y * y / far + camera.cy], -1)

    direction = torch.nn.functional.normalize(means + matrix[:3, 3] @ turn, dim=-1)
    if camera.orthographic:
        direction = turn[2].expand_as(means)
    bands = torch.cat([base[:, None], rest], 1)[:, : (degree + 1) ** 2]
    colour = torch.relu((harmonics(direction, degree)[..., None] * bands).sum(1) + 0.5)

    order = torch.argsort(z.detach(), stable=True)
    order = order[(z > NEAREST)[order]]
    columns, lines = (torch.arange(size).to(means) + 0.5 for size in (width, height))
    pixels = torch.stack(torch.meshgrid(columns, lines, indexing="xy"), -1).view(-1, 1, 2)
    offset = pixels - centre[order]
    exponent = 0.5 * torch.einsum("pni,nij,pnj->pn", offset, conic[order], offset)
    alpha = (opacities[order] * torch.exp(-exponent)).clamp(max=SOLIDEST)
    alpha = torch.where(alpha >= FAINTEST, alpha, torch.zeros_like(alpha))
    before = torch.cat([torch.ones(len(alpha), 1).to(means), torch.cumprod(1 - alpha, 1)[:, :-1]], 1)
    open_ = before > CLOSED
    weight = torch.where(open_, alpha * before, torch.zeros_like(alpha))
    picture = Picture(
        (weight @ colour[order]).view(height, width, 3),
        weight.sum(1).view(height, width),
        (weight @ z[order]).view(height, width),
    )
    if not surface:
        return picture
    half = (before > 0.5) & (before - weight <= 0.5)
    normal = rotations(quaternions)[torch.arange(len(means), device=means.device), :, scales.argmin(1)]
    normal = torch.where((normal * direction).sum(1, keepdim=True) > 0, -normal, normal)
    return picture._replace(
        median_depth=(half * z[order]).sum(1).view(height, width),
        normal_sum=(weight @ normal[order]).view(height, width, 3),
    )
