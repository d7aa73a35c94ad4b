"""What all formats share: a folder, written beside its place and moved there when it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ...errors import UserError
from ...folders import whole_folder
from ...progress import Progress, Task
from ..manifest import DATASET
from ..models.baking.maps import check_size
from ..reader import Scene, open_dataset

WriteScene = Callable[[Scene, Path, Task], None]
WriteScenes = Callable[[Sequence[Scene], Path, Task], None]


@dataclass(frozen=True)
class Exporter:
    """A format: `write_scenes(scenes, folder, task)` writes all scenes and advances the task once a picture.

    `write_textured(scene, folder, task, pixels)` writes one scene with textures, where the format holds any.
    """

    name: str
    help: str
    write_scenes: WriteScenes
    write_textured: Callable[..., None] | None = None

    def write(self, dataset: Path, out: Path, progress: Progress | None = None, textures: int = 0) -> None:
        """Write every scene of the dataset into `out`, with textures of that many pixels a side, 0 for none.

        Raises UserError for textures that the format does not hold, where `out` is not empty or cannot be written, and
        where the dataset is damaged or has no scene.
        """
        check_size(textures, self.write_textured is not None, f"format {self.name}", ("glb", "usd"))
        textured = self.write_textured if textures else None
        write = one_by_one(partial(textured, textures=textures)) if textured else self.write_scenes
        scenes = open_dataset(dataset).scenes
        if not scenes:
            raise UserError(f"{dataset}: holds no finished scene to export")
        pictures = sum(1 for scene in scenes for _ in scene.frames())
        try:
            with whole_folder(out) as part, (progress or Progress()).task(f"Exporting {self.name}", pictures) as task:
                write(scenes, part, task)
        except OSError as error:
            raise UserError(f"{out}: cannot be written: {error.strerror}; make room or choose another folder") from error


def one_by_one(write_scene: WriteScene) -> WriteScenes:
    """Return a writer for formats of one scene: into the folder itself, or where there are several into `<seed>` each."""

    def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
        for scene in scenes:
            place = folder if len(scenes) == 1 else folder / scene.folder.name
            place.mkdir(exist_ok=True)
            write_scene(scene, place, task)

    return write_scenes


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
