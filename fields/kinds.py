"""The kinds of fields: for each its file in a field folder, what trains it and what draws it. Torch comes when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import UserError, nearest
from .cameras import Camera
from .files import read_json
from .scene import Scene
from .settings import TrainSettings
from .training import Training

if TYPE_CHECKING:
    from .splats.cloud import SplatCloud

SEEN = 0.05
"""Coverage from which a pixel has a depth."""


class Painter(Protocol):
    """Draws one field that is in memory. One call at a time."""

    @property
    def cloud(self) -> SplatCloud:
        """The field as splats: itself, or what looks like it, for those who cannot draw it otherwise."""

    def draw(self, camera: Camera, median: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return what `drawing.Drawer.draw` returns."""

    def close(self) -> None:
        """End all threads."""


@dataclass(frozen=True)
class Kind:
    """One kind of field."""

    file: str
    """The file of a field folder that holds the field itself."""
    require_memory: Callable[[Scene, TrainSettings], None]
    """Raises UserError where a training would not fit into memory."""
    trainer: Callable[[Scene, TrainSettings], Training]
    painter: Callable[[Path, dict[str, Any], str, str], Painter]
    """Takes the field's file, what field.json says (nothing for a bare file), what rasterises splats, and "cpu" or "cuda"."""


def _splat_memory(scene: Scene, settings: TrainSettings) -> None:
    from .memory import require_memory, sizes_of

    require_memory(settings.cap, *sizes_of(scene, settings.cache), settings.device)


def _splat_trainer(scene: Scene, settings: TrainSettings) -> Training:
    from .splats.trainer import SplatTrainer

    return SplatTrainer(scene, settings)


def _splat_painter(file: Path, description: dict[str, Any], rasterizer: str, device: str) -> Painter:
    from .splats.painter import SplatPainter

    return SplatPainter(file, bool(description.get("antialias")), rasterizer, device)


def _plane_memory(scene: Scene, settings: TrainSettings) -> None:
    from .triplanes.needs import require_memory

    require_memory(scene, settings)


def _plane_trainer(scene: Scene, settings: TrainSettings) -> Training:
    from .triplanes.trainer import PlaneTrainer

    return PlaneTrainer(scene, settings)


def _plane_painter(file: Path, _description: dict[str, Any], rasterizer: str, device: str) -> Painter:
    from .triplanes.painter import PlanePainter

    if rasterizer != "wildfield":
        raise UserError(f"--rasterizer {rasterizer} draws splats, and {file} holds tri-planes; leave it out")
    return PlanePainter(file, device)


KINDS = {
    "splats": Kind("splats.ply", _splat_memory, _splat_trainer, _splat_painter),
    "triplanes": Kind("planes.safetensors", _plane_memory, _plane_trainer, _plane_painter),
}


def kind_named(name: object, where: str) -> Kind:
    """Return the kind of this name. Raises UserError, opened by `where`, for another."""
    if not isinstance(name, str) or name not in KINDS:
        guess = nearest(name, KINDS) if isinstance(name, str) else ""
        raise UserError(f"{where}: type {name!r}; this version draws {', '.join(KINDS)}{guess}")
    return KINDS[name]


def located(source: Path) -> tuple[Kind, Path]:
    """Return the kind and the file of a field: of its folder, or of a bare file by its ending. Raises UserError for none.

    A folder without field.json is known by its file.
    """
    planes = KINDS["triplanes"]
    if source.is_file():
        return planes if source.suffix.lower() == Path(planes.file).suffix else KINDS["splats"], source
    if (source / "field.json").is_file():
        kind = kind_named(read_json(source / "field.json").get("type"), str(source / "field.json"))
        if not (source / kind.file).is_file():
            raise UserError(f"{source / kind.file}: is missing, and field.json says that it is here; train the field again")
        return kind, source / kind.file
    for kind in KINDS.values():
        if (source / kind.file).is_file():
            return kind, source / kind.file
    from .splats.formats import splat_file

    return KINDS["splats"], splat_file(source)
