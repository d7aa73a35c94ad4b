"""What neighbouring frames need of each other, kept on disk while a scene is rendered, so that memory stays flat."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .poses import Poses
from .visibility import View


class Spool:
    """Poses by frame and maps by (camera, frame), as plain .npy files that go with the folder.

    A frame may be an `alias` of another one that looks exactly the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cameras: dict[tuple[str, int], Camera] = {}
        self._alias: dict[int, int] = {}

    def put_moment(self, frame: int, poses: Poses, cameras: Mapping[str, Camera]) -> None:
        self._save(self.folder / "poses" / str(frame), {"ids": poses.ids, "matrices": poses.matrices})
        self._cameras |= {(name, frame): camera for name, camera in cameras.items()}

    def poses(self, frame: int) -> Poses:
        folder = self.folder / "poses" / str(frame)
        return Poses(_load(folder / "ids.npy"), _load(folder / "matrices.npy"))

    def camera(self, name: str, frame: int) -> Camera:
        return self._cameras[name, frame]

    def alias(self, frame: int, looks_like: int) -> None:
        """Take the maps of `looks_like` for those of `frame`."""
        self._alias[frame] = looks_like

    def is_alias(self, frame: int) -> bool:
        return frame in self._alias

    def put_maps(self, name: str, frame: int, maps: Mapping[str, NDArray[Any]]) -> None:
        self._save(self._folder(name, frame), maps)

    def map(self, name: str, frame: int, key: str) -> NDArray[Any]:
        return _load(self._folder(name, frame) / f"{key}.npy")

    def view(self, name: str, frame: int, poses: Poses) -> View:
        """Return what a camera saw at a frame; instance, position and normal must have been put."""
        instance, position, normal = (self.map(name, frame, key) for key in ("instance", "position", "normal"))
        return View(self.camera(name, frame), poses, instance, position, normal)

    def drop_maps(self, name: str, frame: int) -> None:
        """Forget the maps of a frame that nothing needs any more."""
        if not self.is_alias(frame):
            shutil.rmtree(self._folder(name, frame), ignore_errors=True)

    def _folder(self, name: str, frame: int) -> Path:
        return self.folder / name / str(self._alias.get(frame, frame))

    @staticmethod
    def _save(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for key, values in arrays.items():
            np.save(folder / f"{key}.npy", values, allow_pickle=False)


def _load(path: Path) -> NDArray[Any]:
    return np.load(path, allow_pickle=False)
