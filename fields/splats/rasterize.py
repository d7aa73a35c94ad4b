"""The differentiable rasteriser: splats and a camera in, colour, alpha and depth out, and normals where they are asked for.

`rasterize` is what everyone calls; `raster` is the torch operation under it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import warp as wp

from ...errors import UserError
from ..cameras import Camera
from ..launch import AnyLauncher
from .kernels_project import LOW_PASS, MIP_LOW_PASS, View
from .normals import splat_normals
from .raster import Raster


class Splats(NamedTuple):
    """N splats as the rasteriser takes them, float32, world coordinates in metres."""

    means: torch.Tensor
    """(N, 3) centres."""
    quaternions: torch.Tensor
    """(N, 4) rotations (w, x, y, z), of any length but zero."""
    scales: torch.Tensor
    """(N, 3) standard deviations along the splat's own axes, metres."""
    opacities: torch.Tensor
    """(N,) in 0 to 1."""
    base: torch.Tensor
    """(N, 3) spherical harmonics of degree 0: colour is 0.5 + 0.282 base + ..., in the pictures' own encoding."""
    rest: torch.Tensor
    """(N, 15, 3) spherical harmonics of degrees 1 to 3."""


class Picture(NamedTuple):
    """What one camera sees of the splats."""

    colour: torch.Tensor
    """(H, W, 3) premultiplied by alpha."""
    alpha: torch.Tensor
    """(H, W) coverage, 1 minus the transmittance behind the last splat."""
    depth_sum: torch.Tensor
    """(H, W) planar depth times weight, summed: `depth` times alpha, metres."""
    median_depth: torch.Tensor | None = None
    """(H, W) planar depth of the splat at which transmittance falls to 0.5 or less, metres; 0 where it never does."""
    normal_sum: torch.Tensor | None = None
    """(H, W, 3) the splats' normals (`splat_normals`, world axes) times weight, summed."""

    @property
    def depth(self) -> torch.Tensor:
        """(H, W) expected planar depth where there is anything, metres; 0 where there is nothing."""
        return self.depth_sum / self.alpha.clamp_min(1e-6)

    def over(self, background: torch.Tensor) -> torch.Tensor:
        """Return (H, W, 3) colour over a `background` that broadcasts to it."""
        return self.colour + (1 - self.alpha[..., None]) * background


def view_of(camera: Camera, antialias: bool = False) -> View:
    """Return the kernels' form of a camera; with `antialias` its low-pass filter is the 2D Mip filter."""
    matrix = camera.world_to_camera.astype(np.float32)
    view = View()
    view.rotation = wp.mat33(*matrix[:3, :3].ravel().tolist())
    view.translation = wp.vec3(*matrix[:3, 3].tolist())
    view.centre = wp.vec3(*camera.position.tolist())
    view.intrinsics = wp.vec4(camera.fl_x, camera.fl_y, camera.cx, camera.cy)
    view.width, view.height, view.orthographic = camera.width, camera.height, int(camera.orthographic)
    view.low_pass, view.compensate = (MIP_LOW_PASS if antialias else LOW_PASS), int(antialias)
    return view


def rasterize(
    splats: Splats,
    degree: int,
    camera: Camera | View,
    launch: AnyLauncher,
    surface: bool = False,
    pose: torch.Tensor | None = None,
) -> Picture:
    """Return what `camera` sees of `splats`, with spherical harmonics up to `degree` (0 to 3).

    With `surface` the picture has median depth and normals too. Differentiable in all six tensors, and in `pose` (6,): a
    shift in metres and a turn in radians, in camera axes, by which `Camera.moved` moves the camera. Its values are taken to be
    0. Deterministic: the same bits, gradients included, for any number of threads.
    """
    if splats.means.device.type != launch.device.type:
        raise UserError(f"splats on {splats.means.device}, kernels on {launch.device}: use one device")
    view = view_of(camera) if isinstance(camera, Camera) else camera
    normals = splat_normals(splats.means, splats.quaternions, splats.scales, view) if surface else None
    flat = Raster.apply(*splats, normals, pose, degree, view, launch)
    image = flat.view(view.height, view.width, -1)
    if not surface:
        return Picture(image[..., :3], image[..., 3], image[..., 4])
    return Picture(image[..., :3], image[..., 3], image[..., 4], image[..., 5], image[..., 6:])
