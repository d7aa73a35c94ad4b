"""`wildfield upload`: a dataset to a cloud, or any other place that fsspec knows a driver of.

Scenes go one after the other, their files several at a time, and dataset.json last, with the scenes that are there by then. So
the place holds a whole dataset at any moment after the first scene, and dataset.json tells the next run what need not be sent
again: a scene whose checksums it lists, whose files are there with their sizes. Nothing is ever deleted there.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..exporters.manifest import DATASET, SPLIT_FILE, understood
from ..exporters.reader import Dataset, Scene, open_dataset
from ..exporters.writing import checksum
from ..progress import Progress, Task

_BATCH = 32
"""So many files are handed to the driver at a time; those of clouds send them side by side."""
_LIST_EVERY = 30.0
"""Seconds between two writings of dataset.json: what a run that is cut off may have to send again."""
_HERE = ("file", "local", "memory")
"""Protocols of fsspec that need no network."""


@dataclass
class Sent:
    """What an upload did: files and bytes that were sent, and files that were there already."""

    url: str
    scenes: int = 0
    files: int = 0
    bytes: int = 0
    there_already: int = 0


def upload(dataset: Path, url: str, progress: Progress) -> Sent:
    """Send every finished scene of a dataset to `url`, such as s3://bucket/folder, unless it is there already.

    Each file is held against its checksum before it is sent, and against its size afterwards. Raises UserError where the driver
    is missing or refuses, where a file was changed or lost, and where the place holds anything of another dataset; the same
    command goes on where it stopped.
    """
    opened = open_dataset(dataset)
    if not opened.scenes:
        raise UserError(f"{dataset}: holds no finished scene to upload")
    return _Upload(opened, url).run(progress)


class _Upload:
    """One run. `sizes` holds the bytes of every file that is at the place, by its path relative to it."""

    def __init__(self, dataset: Dataset, url: str) -> None:
        self.dataset, self.url, self.sent = dataset, url, Sent(url)
        self.system, self.place = _connected(url)
        with self._reached():
            self.sizes = self._listed()
            self.there = self._scenes_there()
        self._check_foreign()

    def run(self, progress: Progress) -> Sent:
        scenes = self.dataset.scenes
        missing = {scene.folder.name: self._missing(scene) for scene in scenes}
        total = sum(size for files in missing.values() for size in files.values())
        listed = time.monotonic()
        with progress.task("Uploading", total) as task, self._reached():
            self.system.put_file(str(self.dataset.root / SPLIT_FILE), f"{self.place}/{SPLIT_FILE}")
            for scene in scenes:
                self._send(scene, missing[scene.folder.name], task)
                if time.monotonic() - listed > _LIST_EVERY:
                    self._write_list(whole=False)
                    listed = time.monotonic()
            self._check_arrived()
            self._write_list(whole=True)
        return self.sent

    def _send(self, scene: Scene, missing: dict[str, int], task: Task) -> None:
        files = list(missing)
        for start in range(0, len(files), _BATCH):
            batch = files[start : start + _BATCH]
            for path in batch:
                _check_file(scene, path)
            places = [f"{self.place}/{_folder(scene)}/{path}" for path in batch]
            self.system.put([str(scene.folder / path) for path in batch], places)
            task.advance(sum(missing[path] for path in batch), f"scene {scene.folder.name}")
        self.there[_folder(scene)] = _files(scene)
        self.sent.scenes += 1
        self.sent.files += len(files)
        self.sent.bytes += sum(missing.values())
        self.sent.there_already += len(_files(scene)) - len(files)

    def _missing(self, scene: Scene) -> dict[str, int]:
        """Return the files of a scene that have to be sent, with their sizes. Raises UserError where one is lost."""
        known = self.there.get(_folder(scene), {})
        found = {}
        for path, digest in _files(scene).items():
            try:
                size = (scene.folder / path).stat().st_size
            except OSError as error:
                raise UserError(
                    f"{scene.folder / path}: {error.strerror}; wildfield generate --resume makes it again"
                ) from error
            if known.get(path) != digest or self.sizes.get(f"{_folder(scene)}/{path}") != size:
                found[path] = size
        return found

    def _listed(self) -> dict[str, int]:
        self.system.invalidate_cache()
        try:
            found = self.system.find(self.place, detail=True)
        except FileNotFoundError:
            return {}
        start = len(self.place.rstrip("/")) + 1
        return {name[start:]: int(entry["size"]) for name, entry in found.items()}

    def _scenes_there(self) -> dict[str, dict[str, str]]:
        """Return the checksums that the place's dataset.json lists, by the folder of the scene and the path in it."""
        if DATASET not in self.sizes:
            return {}
        path, where = f"{self.place}/{DATASET}", Path(f"{self.url}/{DATASET}")
        with understood(where):
            content = json.loads(self.system.cat_file(path))
            scenes = {item["folder"]: dict(item["files"]) for item in content["scenes"] if item["state"] == "done"}
            job = content["job"]
        if job != self.dataset.content.get("job"):
            raise UserError(f"{self.url}: holds the dataset of another job ({job}); name another folder")
        absent = sorted(scenes.keys() - {_folder(scene) for scene in self.dataset.scenes})
        if absent:
            raise UserError(f"{self.url}: has {absent[0]}, which {self.dataset.root} has not; name another folder")
        return scenes

    def _check_foreign(self) -> None:
        """Raise UserError where the place holds a file that is none of this dataset's."""
        ours = {f"{_folder(scene)}/{path}" for scene in self.dataset.scenes for path in _files(scene)} | {DATASET, SPLIT_FILE}
        strange = sorted(self.sizes.keys() - ours)
        if strange:
            raise UserError(f"{self.url}: holds {strange[0]}, which is not of {self.dataset.root}; name another folder")

    def _check_arrived(self) -> None:
        self.sizes = self._listed()
        for scene in self.dataset.scenes:
            wrong = sorted(self._missing(scene))
            if wrong:
                raise UserError(f"{self.url}/{_folder(scene)}/{wrong[0]}: did not arrive whole; run the same command again")

    def _write_list(self, whole: bool) -> None:
        """Write dataset.json: the whole one, or with the scenes alone that are there."""
        content = self.dataset.content
        if not whole:
            content = content | {"scenes": [item for item in content["scenes"] if item["folder"] in self.there]}
        text = json.dumps(content, indent=1, allow_nan=False) + "\n"
        self.system.pipe_file(f"{self.place}/{DATASET}", text.encode())

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn whatever a driver raises, each its own library's errors, into one line."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise UserError(f"{self.url}: {reason}; once that is mended, the same command goes on where it stopped") from error


def _connected(url: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URL and the path in it. Raises UserError where the driver is not there."""
    protocol, colon, rest = url.partition("://")
    if not (colon and protocol and rest.strip("/")):
        raise UserError(f"{url}: write it as s3://bucket/folder, gs://bucket/folder, file:///folder or the like")
    bpy = sys.modules.get("bpy")
    if bpy is not None and protocol not in _HERE and not bpy.app.online_access:
        raise UserError(f"{url}: Blender is offline: tick Allow Online Access in Preferences, System")
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UserError(f"upload needs the package fsspec: pip install 'wildfield[cloud]' ({error})") from error
    try:
        system, place = url_to_fs(url, **({"auto_mkdir": True} if protocol in ("file", "local") else {}))
    except ImportError as error:
        raise UserError(f"{url}: the driver of {protocol}:// is not installed: {error}") from error
    except Exception as error:  # what a driver makes of a URL or of credentials is its own
        raise UserError(f"{url}: {type(error).__name__}: {error}") from error
    return system, str(place).rstrip("/")


def _check_file(scene: Scene, path: str) -> None:
    if checksum(scene.folder / path) != _files(scene)[path]:
        raise UserError(f"{scene.folder / path}: was changed since it was made; wildfield verify tells more")


def _files(scene: Scene) -> dict[str, str]:
    return scene.record.files if scene.record else {}


def _folder(scene: Scene) -> str:
    return scene.record.folder if scene.record else scene.folder.name
