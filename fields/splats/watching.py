"""A launcher that watches the backward pass and keeps, for each splat, how strongly pixels want to move it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import warp as wp

from .kernels_absolute import absolute_gradients
from .kernels_raster import CHANNELS, blend_backward
from .kernels_surface import blend_surface_backward
from .launch import Launcher, as_warp

BORROWED = ("turn", "columns", "width", "height", "starts", "ids", "screen", "picture", "ends", "gradient")
"""Inputs of `blend_backward` that `absolute_gradients` takes as well."""


class WatchingLauncher(Launcher):
    """While `watching`, sums absolute gradients of positions over views: Ye et al. 2024 (AbsGS).

    A step moves the whole width of the picture by 2, as in the original, so that no threshold depends on the resolution.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.watching = False
        self.sums, self.times = np.zeros(0), np.zeros(0)

    def begin(self, count: int) -> None:
        """Forget what was seen; there are `count` splats now."""
        self.sums, self.times = np.zeros(count), np.zeros(count)

    def mean(self) -> np.ndarray:
        """Return the mean over the views that drew each splat (count,) float64; 0 where none did."""
        return self.sums / np.maximum(self.times, 1)

    def __call__(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None:
        """Run the kernel as `Launcher` does, and look on where it is the backward pass of the picture."""
        super().__call__(kernel, count, *inputs)
        if self.watching and kernel in (blend_backward, blend_surface_backward):
            named = dict(zip((argument.label for argument in kernel.adj.args[1:]), inputs, strict=True))
            self._see(count, named)

    def _see(self, tiles: int, named: dict[str, Any]) -> None:
        ids = named["ids"].numpy()[: int(named["starts"].numpy()[tiles])]
        # What normals want is left out: they turn splats and do not ask for more of them.
        kept = {name: torch.from_numpy(named[name].numpy()[:, :CHANNELS]).contiguous() for name in ("picture", "gradient")}
        named |= {name: as_warp(tensor) for name, tensor in kept.items()}
        rows = torch.empty(max(len(ids), 1), 2)
        super().__call__(absolute_gradients, tiles, *(named[name] for name in BORROWED), as_warp(rows))
        across, down = rows[: len(ids)].numpy().T.astype(np.float64)
        size = len(self.sums)
        u = np.bincount(ids, across, size) * named["width"] / 2
        v = np.bincount(ids, down, size) * named["height"] / 2
        self.sums += np.hypot(u, v)
        self.times += np.bincount(ids, minlength=size) > 0
