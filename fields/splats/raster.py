"""The rasteriser as a torch operation, on CPU or CUDA: project, bin, blend; and back: blend_backward, project_backward.

Everybody calls `rasterize`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
import warp as wp

from ..launch import as_warp
from . import kernels_raster, kernels_surface
from .binning import binned
from .kernels_pairs import gather_columns
from .kernels_project import SCREEN, TILE, project
from .kernels_project_backward import project_backward
from .watching import Watching


@lru_cache(maxsize=64)
def tile_turns(count: int, device: torch.device) -> torch.Tensor:
    """Return a fixed shuffle of the tiles (count,) int32, so that each thread gets busy and empty ones alike."""
    return torch.from_numpy(np.random.default_rng(0).permutation(count).astype(np.int32)).to(device)


class Raster(torch.autograd.Function):
    """The torch operation; without `normals` by `kernels_raster`, with them by `kernels_surface`."""

    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> torch.Tensor:
        """Take the six tensors of `Splats`, normals (N, 3) or None, pose (6,) or None, degree, View and Launcher.

        Returns (H * W, 5) float32, or (H * W, 9) with normals: the `CHANNELS` of the kernels.
        """
        *tensors, normals, _, degree, view, launch = arguments
        means, quaternions, scales, opacities, base, rest = (tensor.detach().contiguous() for tensor in tensors)
        count = len(means)
        columns, lines = (view.width + TILE - 1) // TILE, (view.height + TILE - 1) // TILE
        splats = (as_warp(means, wp.vec3), as_warp(quaternions, wp.vec4), as_warp(scales, wp.vec3))
        rest_ = as_warp(rest, wp.vec3)
        device = means.device
        screen = torch.empty(count, SCREEN, device=device)
        tiles = torch.empty(count, 4, dtype=torch.int32, device=device)
        screen_, tiles_ = as_warp(screen), as_warp(tiles, wp.vec4i)
        launch(project, count, *splats, as_warp(opacities), as_warp(base, wp.vec3), rest_, degree, view, screen_, tiles_)
        lists = binned(launch, tiles, screen, columns, lines)
        starts_, ids_ = as_warp(lists.starts), as_warp(lists.ids)
        channels = kernels_raster.CHANNELS if normals is None else kernels_surface.CHANNELS
        picture = torch.empty(view.height * view.width, channels, device=device)
        ends = torch.empty(columns * lines, dtype=torch.int32, device=device)
        frame = (as_warp(tile_turns(columns * lines, device)), columns, view.width, view.height, starts_, ids_, screen_)
        if normals is None:
            launch.tiles(kernels_raster.blend, columns * lines, *frame, as_warp(picture), as_warp(ends))
        else:
            normals = normals.detach().contiguous()
            both = (as_warp(picture), as_warp(ends))
            launch.tiles(kernels_surface.blend_surface, columns * lines, *frame, as_warp(normals), *both)
        ctx.save_for_backward(
            means, quaternions, scales, rest, normals, screen, tiles, *lists, ends, picture
        )  # fmt: skip
        ctx.fixed = (degree, view, launch, columns, lines)
        return picture

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of the tensors for the gradient of the picture."""
        means, quaternions, scales, rest, normals, screen, tiles, order, offsets, places, starts, ids, ends, picture = (
            ctx.saved_tensors
        )
        degree, view, launch, columns, lines = ctx.fixed
        device = means.device
        kernels = kernels_raster if normals is None else kernels_surface
        row = kernels.ROW
        rows, totals = torch.empty(len(ids), row, device=device), torch.zeros(len(means), row, device=device)
        rows_, totals_, screen_ = as_warp(rows), as_warp(totals), as_warp(screen)
        gradient, turn, ends_ = gradients[0].contiguous(), tile_turns(columns * lines, device), as_warp(ends)
        frame = (as_warp(turn), columns, view.width, view.height, as_warp(starts), as_warp(ids), screen_)
        drawn = (as_warp(picture), ends_, as_warp(gradient), rows_)
        if normals is None:
            launch.tiles(kernels_raster.blend_backward, columns * lines, *frame, *drawn)
        else:
            launch.tiles(kernels_surface.blend_surface_backward, columns * lines, *frame, as_warp(normals), *drawn)
        pairs = (as_warp(order), as_warp(tiles, wp.vec4i), as_warp(offsets), as_warp(places))
        if device.type == "cuda":
            launch(gather_columns, totals.numel(), row, *pairs[1:], columns, ends_, as_warp(rows), totals_)
        else:
            launch(kernels.gather, len(order), *pairs, columns, ends_, rows_, totals_)
        grad_normals = None if normals is None else totals[:, kernels_raster.ROW :]
        if isinstance(launch, Watching):
            seen = {"turn": turn, "starts": starts, "ids": ids, "screen": screen, "picture": picture, "ends": ends}
            launch.see(columns, lines, (view.width, view.height), seen | {"gradient": gradient})
        count = len(means)
        grads = [torch.zeros_like(tensor) for tensor in (means, quaternions, scales)]
        grad_opacities, grad_base = torch.zeros(count, device=device), torch.zeros(count, 3, device=device)
        shares = torch.zeros(count if ctx.needs_input_grad[7] else 0, 6, device=device)
        # At degree 0 nothing reads the higher bands: no gradient rather than a large array of zeros.
        grad_rest = torch.zeros_like(rest) if degree > 0 else rest
        launch(
            project_backward,
            count,
            as_warp(means, wp.vec3), as_warp(quaternions, wp.vec4), as_warp(scales, wp.vec3), as_warp(rest, wp.vec3),
            degree, view, screen_, totals_,
            as_warp(grads[0], wp.vec3), as_warp(grads[1], wp.vec4), as_warp(grads[2], wp.vec3),
            as_warp(grad_opacities), as_warp(grad_base, wp.vec3), as_warp(grad_rest, wp.vec3), as_warp(shares),
        )  # fmt: skip
        grad_pose = None
        if ctx.needs_input_grad[7]:
            # NumPy adds in one order, whatever the number of threads.
            grad_pose = torch.from_numpy(shares.cpu().numpy().sum(0, np.float64)).to(means)
        return *grads, grad_opacities, grad_base, grad_rest if degree > 0 else None, grad_normals, grad_pose, None, None, None
