"""Draws the tri-planes of a file for `drawing.Drawer`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from ..cameras import Camera
from ..kinds import SEEN
from ..launch import launcher, torch_device
from ..settings import physical_cores
from ..splats.cloud import SplatCloud
from .field_file import read_field
from .picture import drawn
from .surface_splats import surface_splats


class PlanePainter:
    """The tri-planes of `file` in memory, with the threads that draw them."""

    def __init__(self, file: Path, device: str) -> None:
        self._launch = launcher(torch_device(device), physical_cores())
        self.model = read_field(file, self._launch.device)

    @cached_property
    def cloud(self) -> SplatCloud:
        """Splats sampled from the surface, for viewers that draw nothing else."""
        return surface_splats(self.model, self._launch)

    def draw(self, camera: Camera, median: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return what `Drawer.draw` returns."""
        picture = drawn(self.model, camera, self._launch)
        layers = picture.layers.numpy()
        if median:
            return layers, picture.median.numpy()
        coverage = picture.coverage.numpy()
        depth = np.where(coverage >= SEEN, picture.depth_sum.numpy() / np.maximum(coverage, SEEN), 0)
        return layers, depth.astype(np.float32)

    def close(self) -> None:
        """End the threads."""
        self._launch.close()
