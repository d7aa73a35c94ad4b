"""The differentiable rasteriser: splats and a camera in, colour, alpha and expected depth out.

`rasterize` is what everyone calls. Under it `Raster` is the torch operation, in five steps of Warp kernels: project, sort
and count, deal to tiles, blend; and back: blend_backward, project_backward.

The kernels of projection run on CPU and CUDA alike; binning and blending are written for the CPU's caches and vectors. A
CUDA back end needs its own `kernels_bin` and `kernels_raster` with the same arrays, chosen in `rasterize`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
import warp as wp

from ...errors import UserError
from ..cameras import Camera
from .kernels_bin import deal, sort_and_count
from .kernels_project import ROW, SCREEN, TILE, View, project, project_backward
from .kernels_raster import CHANNELS, blend, blend_backward
from .launch import Launcher, as_warp


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

    @property
    def depth(self) -> torch.Tensor:
        """(H, W) expected planar depth where there is anything, metres; 0 where there is nothing."""
        return self.depth_sum / self.alpha.clamp_min(1e-6)

    def over(self, background: torch.Tensor) -> torch.Tensor:
        """Return (H, W, 3) colour over a `background` that broadcasts to it."""
        return self.colour + (1 - self.alpha[..., None]) * background


def view_of(camera: Camera) -> View:
    """Return the kernels' form of a camera."""
    matrix = camera.world_to_camera.astype(np.float32)
    view = View()
    view.rotation = wp.mat33(*matrix[:3, :3].ravel().tolist())
    view.translation = wp.vec3(*matrix[:3, 3].tolist())
    view.centre = wp.vec3(*camera.position.tolist())
    view.intrinsics = wp.vec4(camera.fl_x, camera.fl_y, camera.cx, camera.cy)
    view.width, view.height = camera.width, camera.height
    return view


@lru_cache(maxsize=64)
def tile_turns(count: int) -> torch.Tensor:
    """Return a fixed shuffle of the tiles (count,) int32, so that each thread gets busy and empty ones alike."""
    return torch.from_numpy(np.random.default_rng(0).permutation(count).astype(np.int32))


class Raster(torch.autograd.Function):
    """The torch operation on CPU tensors; use `rasterize`."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> torch.Tensor:
        """Take the six tensors of `Splats`, degree, View and Launcher; return (H * W, 5) float32 (`CHANNELS`)."""
        *tensors, degree, view, launch = arguments
        means, quaternions, scales, opacities, base, rest = (tensor.detach().contiguous() for tensor in tensors)
        count = len(means)
        columns, lines = (view.width + TILE - 1) // TILE, (view.height + TILE - 1) // TILE
        splats = (as_warp(means, wp.vec3), as_warp(quaternions, wp.vec4), as_warp(scales, wp.vec3))
        rest_ = as_warp(rest, wp.vec3)
        screen, tiles = torch.empty(count, SCREEN), torch.empty(count, 4, dtype=torch.int32)
        screen_, tiles_ = as_warp(screen), as_warp(tiles, wp.vec4i)
        launch(project, count, *splats, as_warp(opacities), as_warp(base, wp.vec3), rest_, degree, view, screen_, tiles_)

        def integers(*shape: int) -> torch.Tensor:
            return torch.empty(shape, dtype=torch.int32)

        order, keys, offsets = integers(2 * count), integers(2 * count), integers(count)
        starts, totals = integers(columns * lines + 1), integers(2)
        starts_, order_ = as_warp(starts), as_warp(order)
        size = (count, columns, lines)
        launch.once(sort_and_count, *size, tiles_, screen_, as_warp(keys), order_, as_warp(offsets), starts_, as_warp(totals))
        seen, pairs = totals.tolist()
        ids, places, cursor = integers(max(pairs, 1)), integers(max(pairs, 1)), integers(columns * lines)
        ids_ = as_warp(ids)
        launch.once(deal, count, seen, columns, lines, tiles_, order_, starts_, as_warp(cursor), ids_, as_warp(places))
        picture, ends = torch.empty(view.height * view.width, CHANNELS), integers(columns * lines)
        turns = tile_turns(columns * lines)
        frame = (as_warp(turns), columns, view.width, view.height, starts_, ids_, screen_, as_warp(picture), as_warp(ends))
        launch(blend, columns * lines, *frame)
        ctx.save_for_backward(means, quaternions, scales, rest, screen, tiles, offsets, places, starts, ids, ends, picture)
        ctx.fixed = (degree, view, launch, columns, lines)
        return picture

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of the six tensors for the (H * W, 5) gradient of the picture."""
        means, quaternions, scales, rest, screen, tiles, offsets, places, starts, ids, ends, picture = ctx.saved_tensors
        degree, view, launch, columns, lines = ctx.fixed
        rows = torch.empty(len(ids), ROW)
        rows_, screen_ = as_warp(rows), as_warp(screen)
        frame = (as_warp(tile_turns(columns * lines)), columns, view.width, view.height, as_warp(starts), as_warp(ids))
        gradient_ = as_warp(gradients[0].contiguous())
        launch(blend_backward, columns * lines, *frame, screen_, as_warp(picture), as_warp(ends), gradient_, rows_)
        count = len(means)
        grads = [torch.zeros_like(tensor) for tensor in (means, quaternions, scales)]
        grad_opacities, grad_base = torch.zeros(count), torch.zeros(count, 3)
        # At degree 0 nothing reads the higher bands: no gradient rather than a large array of zeros.
        grad_rest = torch.zeros_like(rest) if degree > 0 else rest
        launch(
            project_backward,
            count,
            as_warp(means, wp.vec3), as_warp(quaternions, wp.vec4), as_warp(scales, wp.vec3), as_warp(rest, wp.vec3),
            degree, view, screen_, as_warp(tiles, wp.vec4i), as_warp(offsets), as_warp(places), rows_,
            as_warp(grads[0], wp.vec3), as_warp(grads[1], wp.vec4), as_warp(grads[2], wp.vec3),
            as_warp(grad_opacities), as_warp(grad_base, wp.vec3), as_warp(grad_rest, wp.vec3),
        )  # fmt: skip
        return *grads, grad_opacities, grad_base, grad_rest if degree > 0 else None, None, None, None


def rasterize(splats: Splats, degree: int, camera: Camera | View, launch: Launcher) -> Picture:
    """Return what `camera` sees of `splats`, with spherical harmonics up to `degree` (0 to 3).

    Differentiable in all six tensors. Deterministic: the same bits, gradients included, for any number of threads.
    """
    device = splats.means.device
    if device.type != "cpu":
        raise UserError(f"splats on device {str(device)!r}: this version draws and trains splats on the CPU, use --device cpu")
    view = view_of(camera) if isinstance(camera, Camera) else camera
    flat = Raster.apply(*splats, degree, view, launch)
    image = flat.view(view.height, view.width, CHANNELS)
    return Picture(image[..., :3], image[..., 3], image[..., 4])
