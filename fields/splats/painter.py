"""Draws the splats of a file for `drawing.Drawer`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ...errors import UserError
from ..cameras import Camera
from ..kinds import SEEN
from ..launch import launcher, torch_device
from ..settings import physical_cores
from .formats import read_any
from .gsplat_raster import rasterizer as named
from .model import Model
from .rasterize import view_of


class SplatPainter:
    """The splats of `file` in memory, with the threads that draw them, through Mip filters where `antialias`."""

    def __init__(self, file: Path, antialias: bool, rasterizer: str, device: str) -> None:
        self._rasterize, self._antialias = named(rasterizer), antialias
        self.cloud = read_any(file)
        if not len(self.cloud):
            raise UserError(f"{file}: holds no splats; train the field again")
        self._launch = launcher(torch_device(device), physical_cores())
        self._splats = Model.from_cloud(self.cloud).to(self._launch.device).splats()

    def draw(self, camera: Camera, median: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return what `Drawer.draw` returns."""
        picture = self._rasterize(self._splats, 3, view_of(camera, self._antialias), self._launch, surface=median)
        layers = torch.cat([picture.colour, picture.alpha[..., None]], -1).cpu().numpy()
        if picture.median_depth is not None:
            return layers, picture.median_depth.cpu().numpy()
        depth = np.where(layers[..., 3] >= SEEN, picture.depth.cpu().numpy(), 0).astype(np.float32)
        return layers, depth

    def close(self) -> None:
        """End the threads."""
        self._launch.close()
