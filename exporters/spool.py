"""What pictures need of each other, kept on disk while a scene is rendered, so that memory stays flat."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera
from .motion import Moment
from .poses import Poses
from .visibility import View

SEEN_BY = ("instance", "piece", "face", "depth", "normal")
"""The maps of a view."""


class Spool:
    """Moments by frame and views by (camera, frame), as plain .npy files that go with the folder.

    A frame may be an `alias` of another one that looks exactly the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cameras: dict[tuple[str, int], Camera] = {}
        self._bent: dict[int, list[int]] = {}
        self._alias: dict[int, int] = {}

    def put_moment(self, frame: int, moment: Moment, cameras: Mapping[str, Camera]) -> None:
        arrays = {"ids": moment.poses.ids, "matrices": moment.poses.matrices}
        arrays |= {f"vertices {thing}": vertices for thing, vertices in moment.vertices.items()}
        self._save(self.folder / "moments" / str(frame), arrays)
        self._bent[frame] = list(moment.vertices)
        self._cameras |= {(name, frame): camera for name, camera in cameras.items()}

    def poses(self, frame: int) -> Poses:
        folder = self.folder / "moments" / str(frame)
        return Poses(_load(folder / "ids.npy"), _load(folder / "matrices.npy"))

    def moment(self, frame: int) -> Moment:
        """Return where everything is at a frame; vertices are read from disk as they are asked for."""
        folder = self.folder / "moments" / str(frame)
        vertices = {thing: _load(folder / f"vertices {thing}.npy", mapped=True) for thing in self._bent[frame]}
        return Moment(self.poses(frame), vertices)

    def camera(self, name: str, frame: int) -> Camera:
        return self._cameras[name, frame]

    def alias(self, frame: int, looks_like: int) -> None:
        """Take the maps of `looks_like` for those of `frame`."""
        self._alias[frame] = looks_like

    def is_alias(self, frame: int) -> bool:
        return frame in self._alias

    def put_view(self, name: str, frame: int, maps: Mapping[str, NDArray[Any]]) -> None:
        self._save(self._folder(name, frame), {key: maps[key] for key in SEEN_BY})

    def view(self, name: str, frame: int) -> View:
        """Return what a camera saw at a frame; it must have been put."""
        maps = (_load(self._folder(name, frame) / f"{key}.npy") for key in SEEN_BY)
        return View(self.camera(name, frame), self.moment(frame), *maps)

    def station(self, name: str, frame: int) -> View:
        """Return the camera and the moment of a view, without its maps."""
        nothing = np.empty((0, 0), np.uint32)
        empty = np.empty((0, 0, 3), np.float32)
        return View(self.camera(name, frame), self.moment(frame), nothing, nothing, nothing, empty[..., 0], empty)

    def drop(self, name: str, frame: int) -> None:
        """Forget the view of a frame that nothing needs any more."""
        if not self.is_alias(frame):
            shutil.rmtree(self._folder(name, frame), ignore_errors=True)

    def drop_vertices(self, frame: int) -> None:
        """Forget where the vertices were at a frame that nothing needs any more; its poses stay."""
        for thing in self._bent.pop(frame, []):
            (self.folder / "moments" / str(frame) / f"vertices {thing}.npy").unlink(missing_ok=True)

    def _folder(self, name: str, frame: int) -> Path:
        return self.folder / name / str(self._alias.get(frame, frame))

    @staticmethod
    def _save(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for key, values in arrays.items():
            np.save(folder / f"{key}.npy", values, allow_pickle=False)


def _load(path: Path, mapped: bool = False) -> NDArray[Any]:
    return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
