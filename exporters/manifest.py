"""dataset.json and splits.json: which scenes there are, in what state, with a checksum of every file.

Both files are replaced in one step after every scene, so that a job may end at any moment and be resumed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import UserError
from ..version import DATASET_FORMAT, VERSION
from .layout import CONVENTIONS, LIDAR, MAPS, described
from .splits import SPLITS

DATASET, SPLIT_FILE = "dataset.json", "splits.json"


@dataclass(frozen=True)
class SceneRecord:
    """What dataset.json says of a scene. `files` holds the SHA-256 by path relative to the scene's folder."""

    seed: int
    folder: str
    state: Literal["done", "failed"]
    reason: str | None = None
    seconds: float = 0.0
    files: dict[str, str] = field(default_factory=dict)


class Manifest:
    """The dataset's list of scenes; `put` records one and saves."""

    def __init__(self, root: Path, job: dict[str, Any], blender: str) -> None:
        self.root, self.job, self.blender = root, job, blender
        self.records: dict[int, SceneRecord] = {}
        self._known: dict[int, tuple[list[str], dict[str, list[str]]]] = {}

    @classmethod
    def start(cls, root: Path, job: dict[str, Any], blender: str, resume: bool = False) -> Manifest:
        """Begin a dataset in an empty or new folder, or go on with the one that is there.

        Raises UserError where the folder holds something else, another job's dataset, or cannot be written.
        """
        manifest = cls(root, job, blender)
        manifest.open(resume)
        return manifest

    def open(self, resume: bool) -> None:
        """Do what `start` says."""
        try:
            self.begin(resume)
        except OSError as error:
            raise UserError(f"{self.root}: cannot be written: {error.strerror}; choose another folder") from error

    def begin(self, resume: bool) -> None:
        occupied = self.root.exists() and any(self.root.iterdir())
        if occupied and not resume:
            raise UserError(f"{self.root}: exists and is not empty; choose another folder or give --resume")
        if occupied:
            self.read_dataset()
            self.forget_incomplete()
        self.root.mkdir(parents=True, exist_ok=True)
        self.save()

    def is_done(self, seed: int) -> bool:
        """Whether that scene is recorded as done and every file of it is there."""
        record = self.records.get(seed)
        if record is None or record.state != "done":
            return False
        folder = self.root / record.folder
        return all((folder / path).is_file() for path in record.files)

    def put(self, record: SceneRecord) -> None:
        """Record a scene's outcome, in place of an earlier one, and save."""
        self.records[record.seed] = record
        self._known.pop(record.seed, None)
        self.save()

    def save(self) -> None:
        scenes = [self.records[seed] for seed in sorted(self.records)]
        done = [record for record in scenes if record.state == "done"]
        content = {
            "format": DATASET_FORMAT,
            "generator": f"wildfield {VERSION}",
            "blender": self.blender,
            "job": self.job,
            "conventions": CONVENTIONS,
            "maps": described(MAPS.values()),
            "lidar": list(LIDAR.values()),
            "classes": list(dict.fromkeys(name for record in done for name in self._facts(record)[0])),
            "scenes": [asdict(record) for record in scenes],
        }
        write_json(self.root / SPLIT_FILE, {str(record.seed): self._facts(record)[1] for record in done})
        write_json(self.root / DATASET, content)

    def discard(self) -> None:
        """Take the folder away that `start` made."""
        shutil.rmtree(self.root, ignore_errors=True)

    def read_dataset(self) -> None:
        """Take over the records of the dataset.json that is there. Raises UserError where it is another job's."""
        path = self.root / DATASET
        if not path.is_file():
            raise UserError(f"{self.root}: is not empty and holds no {DATASET}, so there is nothing to resume")
        content = read_json(path)
        check_format(path, content)
        if content.get("job") != self.job:
            raise UserError(
                f"{self.root}: was made by another job ({content.get('job')}); "
                "resume with the same words, or choose another folder"
            )
        with understood(path):
            self.records |= {item["seed"]: SceneRecord(**item) for item in content["scenes"]}

    def forget_incomplete(self) -> None:
        """Drop the records of scenes whose files are not all there any more."""
        for seed in [seed for seed, record in self.records.items() if record.state == "done" and not self.is_done(seed)]:
            del self.records[seed]

    def _facts(self, record: SceneRecord) -> tuple[list[str], dict[str, list[str]]]:
        """The class names and the splits of a scene that is done, read once from its own files."""
        if record.seed not in self._known:
            folder = self.root / record.folder
            transforms = read_json(folder / "transforms.json")
            splits = {split: transforms[f"{split}_filenames"] for split in SPLITS}
            self._known[record.seed] = read_json(folder / "objects.json")["classes"], splits
        return self._known[record.seed]


def check_format(path: Path, content: dict[str, Any]) -> None:
    """Raise UserError where a dataset.json has a layout that this version does not read."""
    found = content.get("format")
    if found != DATASET_FORMAT:
        raise UserError(f"{path}: has dataset format {found!r}, this wildfield reads {DATASET_FORMAT}; use its own version")


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what goes wrong inside the block, for lack of a key or a value of another type, into a UserError on `path`."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        what = f"lacks {error.args[0]!r}" if isinstance(error, KeyError) and error.args else str(error)
        raise UserError(f"{path}: does not hold what wildfield writes there ({what}); generate it again") from error


def write_json(path: Path, content: Any) -> None:
    """Replace a JSON file in one step: a reader sees the old one or the new one, whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object. Raises UserError where the file is missing, truncated or holds no object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path}: is truncated or no JSON: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds no JSON object")
    return content
