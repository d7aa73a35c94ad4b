"""Draws the tri-planes of a file for `drawing.Drawer`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from ..cameras import Camera
from ..kinds import SEEN
from ..settings import physical_cores
from ..splats.cloud import SplatCloud
from ..splats.launch import Launcher
from .field_file import read_field
from .picture import drawn
from .surface_splats import surface_splats


class PlanePainter:
    """The tri-planes of `file` in memory, with the threads that draw them."""

    def __init__(self, file: Path) -> None:
        self.model = read_field(file, torch.device("cpu"))
        self._launch = Launcher(physical_cores())

    @cached_property
    def cloud(self) -> SplatCloud:
        """Splats sampled from the surface, for viewers that draw nothing else."""
        return surface_splats(self.model, self._launch)

    def draw(self, camera: Camera, median: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return what `Drawer.draw` returns."""
        picture = drawn(self.model, camera, self._launch)
        if median:
            return picture.layers.numpy(), picture.median.numpy()
        coverage = picture.coverage.numpy()
        depth = np.where(coverage >= SEEN, picture.depth_sum.numpy() / np.maximum(coverage, SEEN), 0)
        return picture.layers.numpy(), depth.astype(np.float32)

    def close(self) -> None:
        """End the threads."""
        self._launch.close()
