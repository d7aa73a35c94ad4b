"""What all formats share: one folder a scene, written beside its place and moved there when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...progress import Progress, Task
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
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UserError(f"{out}: exists and is not empty; choose another folder")
        part = out.with_name(f".{out.name}.part")
        pictures = sum(1 for scene in scenes for _ in scene.frames())
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            with (progress or Progress()).task(f"Exporting {self.name}", pictures) as task:
                for scene in scenes:
                    folder = part if len(scenes) == 1 else part / scene.folder.name
                    folder.mkdir(exist_ok=True)
                    self.write_scene(scene, folder, task)
            if out.exists():
                out.rmdir()
            os.replace(part, out)
        except OSError as error:
            raise UserError(f"{out}: cannot be written: {error.strerror}; make room or choose another folder") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
