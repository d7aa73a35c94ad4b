"""What all formats share: one folder a scene, written beside its place and moved there when it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...folders import whole_folder
from ...progress import Progress, Task
from ..manifest import DATASET
from ..reader import Scene, open_dataset


@dataclass(frozen=True)
class Exporter:
    """A format: `write_scene(scene, folder, task)` writes one scene and advances the task once a picture."""

    name: str
    help: str
    write_scene: Callable[[Scene, Path, Task], None]

    def write(self, dataset: Path, out: Path, progress: Progress | None = None) -> None:
        """Write every scene of the dataset: into `out` itself where there is one, into `out/<seed>` where there are more.

        Raises UserError where `out` is not empty or cannot be written, and where the dataset is damaged or has no scene.
        """
        scenes = open_dataset(dataset).scenes
        if not scenes:
            raise UserError(f"{dataset}: holds no finished scene to export")
        pictures = sum(1 for scene in scenes for _ in scene.frames())
        try:
            with whole_folder(out) as part, (progress or Progress()).task(f"Exporting {self.name}", pictures) as task:
                for scene in scenes:
                    folder = part if len(scenes) == 1 else part / scene.folder.name
                    folder.mkdir(exist_ok=True)
                    self.write_scene(scene, folder, task)
        except OSError as error:
            raise UserError(f"{out}: cannot be written: {error.strerror}; make room or choose another folder") from error


def content(scene: Scene, path: Path) -> bytes:
    """Return a file of the scene. Raises UserError where it is missing or not the one that dataset.json lists."""
    try:
        found = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; generate its scene again") from error
    listed = scene.record.files.get(path.relative_to(scene.folder).as_posix()) if scene.record else None
    if listed != hashlib.sha256(found).hexdigest():
        raise UserError(f"{path}: is damaged or was changed, {DATASET} lists another checksum; generate its scene again")
    return found
