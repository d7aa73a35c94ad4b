"""A trained field, opened to be drawn from any pinhole camera."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UserError
from .cameras import Camera
from .files import read_json
from .kinds import SEEN, kind_named, located
from .requirements import require_device, require_learning
from .train import FIELD_FORMAT, one_torch_thread

if TYPE_CHECKING:
    from .splats.cloud import SplatCloud

__all__ = ["SEEN", "Drawer", "open_field"]


def open_field(folder: Path) -> dict[str, Any]:
    """Return what field.json of a field folder holds. Raises UserError where there is none or of another format."""
    path = folder / "field.json"
    if not path.is_file():
        raise UserError(f"{folder}: is no field, it has no field.json; give the output folder of `wildfield train`")
    field = read_json(path)
    if field.get("format") != FIELD_FORMAT:
        raise UserError(f"{path}: format {field.get('format')!r}, this version reads {FIELD_FORMAT}; train the field again")
    kind_named(field.get("type"), str(path))
    return field


class Drawer:
    """The field in a folder or a file, in memory, with the threads that draw it; a context manager that ends them.

    `draw` may be called from any thread, one call at a time is at work.
    """

    def __init__(self, source: Path, rasterizer: str = "wildfield", device: str = "auto") -> None:
        require_learning()
        where = require_device(device)
        self.description = {} if source.is_file() else open_field(source)
        kind, path = located(source)
        with one_torch_thread():
            self._painter = kind.painter(path, self.description, rasterizer, where)
        self._turn = threading.Lock()

    @property
    def cloud(self) -> SplatCloud:
        """The field as splats: itself, or what looks like it."""
        with self._turn, one_torch_thread():
            return self._painter.cloud

    def __enter__(self) -> Drawer:
        return self

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._painter.close()

    def draw(self, camera: Camera, median: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Return what `camera` sees of the field.

        That is colour premultiplied by alpha, and alpha, (H, W, 4) float32, and planar depth (H, W) float32 in metres: the
        expected one, 0 where coverage is under `SEEN`; or the `median`, 0 where coverage is under a half.
        """
        import torch

        with self._turn, one_torch_thread(), torch.no_grad():
            return self._painter.draw(camera, median)
