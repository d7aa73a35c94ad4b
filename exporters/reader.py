"""Reading a dataset back, without Blender: what verify, the report and the exporters to other formats look through.

    for scene in open_dataset(path).scenes:
        for frame in scene.frames():
            depth, camera = frame.read("depth"), frame.camera

Whatever is missing, truncated or of another format version ends in one `UserError` that names the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError, nearest
from .arrays import read_arrays
from .cameras import Camera, cameras_from_json, times_from_json
from .images import read_exr, read_png
from .imu_things import ThingImus
from .layout import LIDAR, MAPS, THING_IMU, camera_path, lidar_json_path, lidar_path, map_path, poses_path, tracks_path
from .lidar import Mounted, Sweep
from .manifest import DATASET, SPLIT_FILE, SceneRecord, check_format, read_json, understood
from .objects import read_objects, still_poses
from .poses import Poses
from .tracks import Tracks

__all__ = ["Dataset", "Frame", "Scene", "open_dataset", "open_scene", "read_exr", "read_png"]


@dataclass(frozen=True)
class Frame:
    """One camera at one frame number; `camera` is where it stood."""

    scene: Scene
    camera_name: str
    number: int
    camera: Camera

    @property
    def name(self) -> str:
        return f"{self.camera_name}/{self.number:04d}"

    def path(self, map_name: str) -> Path:
        return self.scene.folder / map_path(self.camera_name, map_name, self.number)

    def has(self, map_name: str) -> bool:
        return self.path(map_name).is_file()

    def read(self, map_name: str) -> NDArray[Any]:
        """Return a map: (H, W) or (H, W, C) float32 or uint32, a mask as (H, W) bool, rgb as (H, W, 3 or 4) uint8."""
        if map_name not in MAPS:
            raise UserError(f"there is no map {map_name!r}{nearest(map_name, MAPS)}")
        kind, path = MAPS[map_name], self.path(map_name)
        if not path.is_file() and map_name not in self.scene.metadata.get("maps", MAPS):
            raise UserError(
                f"{path.parent}: this dataset was made without {map_name}; generate with --truth standard,{map_name}"
            )
        if kind.suffix == "png":
            picture = read_png(path)
            values: NDArray[Any] = picture > 127 if kind.type == "mask" else picture
        else:
            values = self._layers(path, kind.channels)
        scale = 2 if map_name.endswith("_2x") else 1
        size = (scale * self.camera.intrinsics.height, scale * self.camera.intrinsics.width)
        if values.shape[:2] != size:
            raise UserError(f"{path}: is {values.shape[1]}x{values.shape[0]}, its camera has {size[1]}x{size[0]} pixels")
        return values

    def things(self) -> list[dict[str, Any]]:
        """Return what things/ says of every thing in the picture: boxes in pixels, and how much of it is seen."""
        path = self.path("things")
        if not path.is_file():
            raise UserError(f"{path.parent}: this dataset was made without things; generate with --truth standard,things")
        with understood(path):
            return list(read_json(path)["things"])

    @property
    def time_s(self) -> float:
        """Seconds since the first frame."""
        return self.scene.times[self.camera_name][self.number]

    @staticmethod
    def _layers(path: Path, channels: tuple[str, ...]) -> NDArray[Any]:
        found = read_exr(path)
        missing = [name for name in channels if name not in found]
        if missing:
            raise UserError(f"{path}: lacks channel {missing[0]}, it holds {', '.join(found)}")
        wanted = [*channels, "A"] if "A" in found else channels
        return found[channels[0]] if len(wanted) == 1 else np.stack([found[name] for name in wanted], -1)


@dataclass(frozen=True)
class Scene:
    """One scene's folder. `record` is what dataset.json says of it, None where the folder was opened alone."""

    folder: Path
    record: SceneRecord | None = None

    @cached_property
    def transforms(self) -> dict[str, Any]:
        return read_json(self.folder / "transforms.json")

    @cached_property
    def metadata(self) -> dict[str, Any]:
        return read_json(self.folder / "metadata.json")

    @cached_property
    def objects_json(self) -> dict[str, Any]:
        return read_json(self.folder / "objects.json")

    @cached_property
    def objects(self) -> dict[int, dict[str, Any]]:
        """Rows of the object table by id."""
        with understood(self.folder / "objects.json"):
            return read_objects(self.objects_json)

    @property
    def classes(self) -> list[str]:
        """Class names; the index is the class id."""
        with understood(self.folder / "objects.json"):
            return list(self.objects_json["classes"])

    @property
    def materials(self) -> list[str]:
        """Material names; the index is the material id."""
        with understood(self.folder / "objects.json"):
            return list(self.objects_json["materials"])

    @property
    def background(self) -> str:
        """ "transparent" or "sky"."""
        with understood(self.folder / "transforms.json"):
            return str(self.transforms["wildfield"]["background"])

    @cached_property
    def cameras(self) -> dict[str, dict[int, Camera]]:
        """Where each camera stood, by name and frame number."""
        root = self.folder / "frames"
        names = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
        if not names:
            raise UserError(f"{root}: holds no cameras; generate the scene again")
        cameras = {}
        for name in names:
            path = self.folder / camera_path(name)
            with understood(path):
                cameras[name] = cameras_from_json(read_json(path))
        return cameras

    @cached_property
    def times(self) -> dict[str, dict[int, float]]:
        """Seconds since the first frame, by camera and frame number."""
        found = {}
        for name in self.cameras:
            path = self.folder / camera_path(name)
            with understood(path):
                found[name] = times_from_json(read_json(path))
        return found

    def tracks(self, camera: str) -> Tracks | None:
        """Return the point tracks of a camera, or None where none were asked for."""
        path = self.folder / tracks_path(camera)
        return read_arrays(path) if path.is_file() else None

    @cached_property
    def lidar(self) -> Mounted | None:
        """The LiDAR, None where there is none."""
        path = self.folder / lidar_json_path()
        if not path.is_file():
            return None
        with understood(path):
            return Mounted.from_json(read_json(path))

    def sweep(self, frame: int) -> Sweep:
        """Return what the LiDAR measured at a frame. Raises UserError where the scene has none."""
        path = self.folder / lidar_path(frame)
        if self.lidar is None:
            raise UserError(f"{self.folder}: this dataset was made without a LiDAR; generate with --lidar 64")
        sweep = read_arrays(path)
        missing = [name for name in LIDAR if name not in sweep and name != "range_clean"]
        if missing or len({len(values) for values in sweep.values()}) > 1:
            raise UserError(f"{path}: lacks {missing[0]}" if missing else f"{path}: its arrays are not of one length")
        return sweep

    def thing_imus(self) -> ThingImus | None:
        """Return the IMUs of all things that have one, or None where none were asked for."""
        path = self.folder / THING_IMU
        return read_arrays(path) if path.is_file() else None

    def imu(self, thing: int | None = None) -> NDArray[np.float64] | None:
        """Return (M, 7): seconds, angular velocity (rad/s), specific force (m/s2); None where there is none.

        Axes are the rig's first camera's, or those of a `thing` given by its id, whose samples end where it is gone.
        """
        if thing is not None:
            imus = self.thing_imus()
            if imus is None or thing not in imus["things"]:
                return None
            with understood(self.folder / THING_IMU):
                row = int(np.flatnonzero(imus["things"] == thing)[0])
                every = np.hstack([imus["time"][:, None], imus["gyro"][row], imus["accel"][row]])
                return every[imus["exists"][row]]
        path = self.folder / "imu.csv"
        if not path.is_file():
            return None
        with understood(path):
            return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)

    def poses(self, frame: int) -> Poses:
        """Return the matrices of what was seen, at a frame or at the moment beside the first or the last."""
        path = self.folder / poses_path(frame)
        with understood(self.folder / "objects.json"):
            still = still_poses(self.objects)
        moving = read_arrays(path)
        with understood(path):
            ids, matrices = moving["ids"].astype(np.int64), moving["matrices"].reshape(-1, 4, 4)
        return Poses.of(np.concatenate([still.ids, ids]), np.concatenate([still.matrices, matrices]))

    def frames(self) -> Iterator[Frame]:
        """All pictures, by camera and then by frame number."""
        for name, moments in self.cameras.items():
            for number, camera in sorted(moments.items()):
                yield Frame(self, name, number, camera)

    def split(self, name: str) -> list[Frame]:
        """Return the pictures of split "train", "val" or "test"."""
        with understood(self.folder / "transforms.json"):
            wanted = set(self.transforms[f"{name}_filenames"])
        return [frame for frame in self.frames() if map_path(frame.camera_name, "rgb", frame.number) in wanted]


@dataclass(frozen=True)
class Dataset:
    """A dataset's folder: `scenes` are those that are done, `records` all that were tried."""

    root: Path
    content: dict[str, Any]

    @property
    def records(self) -> list[SceneRecord]:
        with understood(self.root / DATASET):
            return [SceneRecord(**item) for item in self.content["scenes"]]

    @property
    def scenes(self) -> list[Scene]:
        return [Scene(self.root / record.folder, record) for record in self.records if record.state == "done"]

    @cached_property
    def splits(self) -> dict[str, dict[str, list[str]]]:
        """seed (as text) -> split -> paths of pictures relative to the scene's folder."""
        return read_json(self.root / SPLIT_FILE)


def open_dataset(path: Path) -> Dataset:
    """Open a dataset's folder. Raises UserError where it is none, or of another format version."""
    file = path / DATASET
    if not file.is_file():
        raise UserError(f"{path}: is no dataset: it holds no {DATASET}")
    content = read_json(file)
    check_format(file, content)
    return Dataset(path, content)


def open_scene(folder: Path) -> Scene:
    """Open one scene's folder by itself. Raises UserError where it is none."""
    if not (folder / "transforms.json").is_file():
        raise UserError(f"{folder}: is no scene: it holds no transforms.json")
    return Scene(folder)
