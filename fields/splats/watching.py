"""Launchers that watch the backward pass and keep, for each splat, how strongly pixels want to move it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import warp as wp

from ..launch import CudaLauncher, Launcher, as_warp
from .kernels_absolute import absolute_gradients
from .kernels_raster import CHANNELS

if TYPE_CHECKING:

    class Base:
        """What a launcher has."""

        device: torch.device

        def tiles(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None: ...

else:
    Base = object


class Watching(Base):
    """A part of launchers: while `watching`, sums absolute gradients of positions over views: Ye et al. 2024 (AbsGS).

    A step moves the whole width of the picture by 2, as in the original, so that no threshold depends on the resolution.
    """

    watching = False
    sums = times = torch.zeros(0, dtype=torch.float64)

    def begin(self, count: int) -> None:
        """Forget what was seen; there are `count` splats now."""
        self.sums, self.times = (torch.zeros(count, dtype=torch.float64, device=self.device) for _ in range(2))

    def mean(self) -> torch.Tensor:
        """Return the mean over the views that drew each splat (count,) float64; 0 where none did."""
        return self.sums / self.times.clamp_min(1)

    def see(self, columns: int, lines: int, size: tuple[int, int], tensors: dict[str, torch.Tensor]) -> None:
        """Look on at the backward pass over tiles in `columns` and `lines` of a picture of `size` (width, height).

        `tensors` are inputs of `blend_backward` by name: turn, starts, ids, screen, picture, ends and gradient.
        """
        if not self.watching:
            return
        # What normals want is left out: they turn splats and do not ask for more of them.
        kept = {name: tensors[name][:, :CHANNELS].contiguous() for name in ("picture", "gradient")}
        seen = tensors | kept
        inputs = [as_warp(seen[name]) for name in ("starts", "ids", "screen", "picture", "ends", "gradient")]
        rows = torch.zeros(len(seen["ids"]), 2, device=self.device)
        self.tiles(absolute_gradients, columns * lines, as_warp(seen["turn"]), columns, *size, *inputs, as_warp(rows))
        pairs = int(seen["starts"][columns * lines])
        ids, (across, down) = seen["ids"][:pairs], rows[:pairs].double().T
        count = len(self.sums)
        u = torch.bincount(ids, across, count) * size[0] / 2
        v = torch.bincount(ids, down, count) * size[1] / 2
        self.sums += torch.hypot(u, v)
        self.times += torch.bincount(ids, minlength=count) > 0


class WatchingLauncher(Watching, Launcher):
    """On a CPU: the same bits for any number of threads."""


class WatchingCudaLauncher(Watching, CudaLauncher):
    """On CUDA, where rows are added up in any order, in float64: sums may differ in their last bits."""
