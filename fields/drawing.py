"""A trained field, opened to be drawn from any pinhole camera."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from .cameras import Camera
from .files import read_json
from .requirements import require_device, require_learning
from .splats.formats import read_any, splat_file
from .train import FIELD_FORMAT, one_torch_thread

SEEN = 0.05
"""Coverage from which a pixel has a depth."""


def open_field(folder: Path) -> dict[str, Any]:
    """Return what field.json of a field folder holds. Raises UserError where there is none or of another format."""
    path = folder / "field.json"
    if not path.is_file():
        raise UserError(f"{folder}: is no field, it has no field.json; give the output folder of `wildfield train`")
    field = read_json(path)
    if field.get("format") != FIELD_FORMAT:
        raise UserError(f"{path}: format {field.get('format')!r}, this version reads {FIELD_FORMAT}; train the field again")
    if field.get("type") != "splats":
        raise UserError(f"{path}: type {field.get('type')!r}; this version draws splats")
    return field


class Drawer:
    """The field in a folder, or the splats of a file, in memory, with the threads that draw it; a context manager that ends
    them.

    `draw` may be called from any thread, one call at a time is at work.
    """

    def __init__(self, source: Path, rasterizer: str = "wildfield", device: str = "auto") -> None:
        require_learning()
        where = require_device(device)
        self.description = {} if source.is_file() else open_field(source)

        import torch

        from .settings import physical_cores
        from .splats.gsplat_raster import rasterizer as named
        from .splats.launch import launcher
        from .splats.model import Model

        self._rasterize = named(rasterizer)
        path = splat_file(source)
        self.cloud = read_any(path)
        if not len(self.cloud):
            raise UserError(f"{path}: holds no splats; train the field again")
        self._launch = launcher(torch.device(where, 0) if where == "cuda" else torch.device(where), physical_cores())
        self._splats = Model.from_cloud(self.cloud).to(self._launch.device).splats()
        self._turn = threading.Lock()

    def __enter__(self) -> Drawer:
        return self

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._launch.close()

    def draw(self, camera: Camera, median: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Return what `camera` sees of the field.

        That is colour premultiplied by alpha, and alpha, (H, W, 4) float32, and planar depth (H, W) float32 in metres: the
        expected one, 0 where coverage is under `SEEN`; or the `median`, 0 where coverage is under a half.
        """
        import torch

        from .splats.rasterize import view_of

        with self._turn, one_torch_thread(), torch.no_grad():
            view = view_of(camera, bool(self.description.get("antialias")))
            picture = self._rasterize(self._splats, 3, view, self._launch, surface=median)
            layers = torch.cat([picture.colour, picture.alpha[..., None]], -1).cpu().numpy()
            if picture.median_depth is not None:
                return layers, picture.median_depth.cpu().numpy()
            depth = np.where(layers[..., 3] >= SEEN, picture.depth.cpu().numpy(), 0).astype(np.float32)
        return layers, depth
