"""Writing one scene of a dataset: all beauties, then all truths, in a folder that appears only when it is whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..procgen.spec import to_toml
from ..progress import Progress, Task
from .cameras import Camera, camera_json, read_camera
from .images import read_png, write_exr, write_png
from .layout import MAPS, TRUTH_MAPS, camera_path, map_path
from .manifest import SceneRecord
from .objects import objects_text
from .points import SurfaceSamples, write_points
from .poses import geometry_digest, read_poses
from .render import beauty_settings, raise_if_full, render_beauty, render_truth, truth_settings
from .splits import split_pictures
from .spool import Spool
from .transforms import transforms_json
from .truth import motion_maps, surface_maps
from .writing import FileWriter

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene

_BEAUTY_WEIGHT = 4
"""A beauty render counts as that many truth renders in the progress bar."""
_NO_PLACE = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT)


def write_scene(built: BuiltScene, folder: Path, progress: Progress | None = None) -> SceneRecord:
    """Render the scene and write its folder (`DATASET/scenes/<seed>`), and return its record with all checksums.

    Everything is made in `.<seed>.part` beside it and renamed at the end; whatever goes wrong, Ctrl-C included, leaves no
    folder. Raises UserError where `folder` exists and where it cannot be written, TruthError where the scene is at fault.
    """
    started = time.monotonic()
    if folder.exists():
        raise UserError(f"{folder}: exists already; choose another folder")
    part = folder.with_name(f".{folder.name}.part")
    with _whole_or_absent(part, folder):
        checksums = _SceneWriter(built, part, progress or Progress()).run()
    seconds = round(time.monotonic() - started, 3)
    return SceneRecord(built.spec.seed, f"{folder.parent.name}/{folder.name}", "done", None, seconds, checksums)


@contextmanager
def _whole_or_absent(part: Path, folder: Path) -> Iterator[None]:
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            yield
        except UserError:
            raise
        except Exception as error:  # Blender, NumPy and OpenEXR do not say that a write failed for want of room
            raise_if_full(part, error)
            raise
        os.replace(part, folder)
    except OSError as error:
        if error.errno in _NO_PLACE:
            raise UserError(f"{folder}: cannot be written: {error.strerror}; make room or choose another folder") from error
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


class _SceneWriter:
    """The story of one scene; `run` tells it."""

    def __init__(self, built: BuiltScene, part: Path, progress: Progress) -> None:
        self.built, self.part, self.progress = built, part, progress
        self.frames = list(built.frames)
        self.moments = sorted({frame + step for frame in self.frames for step in (-1, 0, 1)})
        self.cameras = dict(zip(built.camera_names, built.cameras, strict=True))
        self.splits = split_pictures(built.camera_names, self.frames)
        self.samples = SurfaceSamples(built.spec.seed, len(self.splits["train"]))
        self.visible: set[int] = set()
        self.scratch = part / ".scratch"
        self.spool = Spool(part / ".spool")
        self.class_of = np.zeros(max(built.table.things, default=0) + 1, np.uint32)
        for number, thing in built.table.things.items():
            self.class_of[number] = built.classes.index(thing.class_name)

    def run(self) -> dict[str, str]:
        """Write everything and return the checksum of every file by its path."""
        self.scratch.mkdir()
        pictures = len(self.frames) * len(self.cameras)
        with FileWriter(self.part) as self.writer, self.progress.task("Rendering", pictures * (_BEAUTY_WEIGHT + 1)) as task:
            self._write_beauties(task)
            self._find_still_ends()
            self._write_truths(task)
            self._write_descriptions()
            self.writer.wait()
        for folder in (self.scratch, self.spool.folder):
            shutil.rmtree(folder)
        self._check_complete()
        return dict(sorted(self.writer.checksums.items()))

    def _write_beauties(self, task: Task) -> None:
        linear = self.built.spec.render.linear
        with beauty_settings(self.built):
            for frame in self.frames:
                self.built.scene.frame_set(frame)
                for name, camera in self.cameras.items():
                    picture, light = render_beauty(self.built, camera, self.scratch, linear)
                    self._put(name, "rgb", frame, picture)
                    if light is not None:
                        self._put(name, "rgb_linear", frame, light)
                    task.advance(_BEAUTY_WEIGHT, f"picture {name} {frame}")
        self.writer.wait()

    def _find_still_ends(self) -> None:
        """Where the moment before the first frame, or after the last, shows the same as it, spare its render."""
        for end in (moment for moment in self.moments if moment not in self.frames):
            inner = end + 1 if end + 1 in self.frames else end - 1
            if self._moment(end) == self._moment(inner):
                self.spool.alias(end, inner)

    def _moment(self, frame: int) -> tuple[bytes, list[Any]]:
        """Go to a frame and describe what is seen there; equal answers mean equal truth renders."""
        cameras = self._go_to(frame)
        views = [(camera.intrinsics, camera.camera_to_world.tobytes()) for camera in cameras.values()]
        return geometry_digest(self.built.scene), views

    def _go_to(self, frame: int) -> dict[str, Camera]:
        """Go to a frame, put its poses and cameras away and return the cameras."""
        scene, size = self.built.scene, self.built.spec.render
        scene.frame_set(frame)
        cameras = {name: read_camera(scene, camera, size.width, size.height) for name, camera in self.cameras.items()}
        self.spool.put_moment(frame, read_poses(self.built), cameras)
        return cameras

    def _write_truths(self, task: Task) -> None:
        with truth_settings(self.built):
            for moment in self.moments:
                if not self.spool.is_alias(moment):
                    self._render_moment(moment, task)
                if moment - 1 in self.frames:
                    self._write_motion(moment - 1)

    def _render_moment(self, frame: int, task: Task) -> None:
        self._go_to(frame)
        for name, camera in self.cameras.items():
            passes = render_truth(self.built, camera, self.scratch)
            maps = surface_maps(passes, self.class_of)
            kept = {key: maps[key] for key in ("instance", "position", "normal")}
            self.spool.put_maps(name, frame, kept | {"vector": passes["Vector"]})
            if frame not in self.frames:
                continue
            self.visible.update(np.unique(maps["instance"]).tolist())
            for key, values in maps.items():
                self._put(name, key, frame, values)
            if (name, frame) in self.splits["train"]:
                picture = read_png(self.part / map_path(name, "rgb", frame))
                self.samples.add(f"{name}/{frame}", self.spool.camera(name, frame), maps, picture)
            task.advance(1, f"truth {name} {frame}")

    def _write_motion(self, frame: int) -> None:
        """Flow and occlusion of a frame whose neighbours have been rendered."""
        poses = {moment: self.spool.poses(moment) for moment in (frame - 1, frame, frame + 1)}
        for name in self.cameras:
            before, now, after = (
                (self.spool.view(name, moment, pose), self.spool.map(name, moment, "vector")) for moment, pose in poses.items()
            )
            for key, values in motion_maps(*now, {"forward": after, "backward": before}).items():
                self._put(name, key, frame, values)
            self.spool.drop_maps(name, frame - 1)

    def _write_descriptions(self) -> None:
        built, first = self.built, self.frames[0]
        cameras = {(name, frame): self.spool.camera(name, frame) for frame in self.frames for name in self.cameras}
        for name in self.cameras:
            times = [(frame, (frame - first) / built.spec.render.frame_rate, cameras[name, frame]) for frame in self.frames]
            self._put_text(camera_path(name), json.dumps(camera_json(name, times), indent=1, allow_nan=False) + "\n")
        points = self.samples.thinned()
        self.writer.write("points.ply", lambda path: write_points(path, points))
        box = [points[:, :3].min(0).tolist(), points[:, :3].max(0).tolist()] if len(points) else [[0.0] * 3, [0.0] * 3]
        transforms = transforms_json(cameras, self.splits, box, built.background_transparent)
        self._put_text("transforms.json", json.dumps(transforms, indent=1, allow_nan=False) + "\n")
        poses = [self.spool.poses(moment) for moment in self.moments]
        self._put_text("objects.json", objects_text(built, sorted(self.visible - {0}), self.moments, poses))
        self._put_text("scene.toml", to_toml(built.spec))

    def _put(self, camera: str, name: str, frame: int, values: NDArray[Any]) -> None:
        self.writer.write(map_path(camera, name, frame), partial(write_map, name, values))

    def _put_text(self, path: str, text: str) -> None:
        def write(target: Path) -> None:
            target.write_text(text, encoding="utf-8")

        self.writer.write(path, write)

    def _check_complete(self) -> None:
        names = ["rgb", *(item.name for item in TRUTH_MAPS)] + ["rgb_linear"] * self.built.spec.render.linear
        expected = {map_path(camera, name, frame) for camera in self.cameras for name in names for frame in self.frames}
        expected |= {camera_path(camera) for camera in self.cameras}
        expected |= {"points.ply", "transforms.json", "objects.json", "scene.toml"}
        there = {str(path.relative_to(self.part).as_posix()) for path in self.part.rglob("*") if path.is_file()}
        if not expected == there == set(self.writer.checksums):
            raise RuntimeError(f"the scene's files are not the expected ones: {sorted(expected ^ there)}")


def write_map(name: str, values: NDArray[Any], path: Path) -> None:
    """Write one map in its type: EXR channels, a 0|255 mask, or the 8-bit picture."""
    kind = MAPS[name]
    if kind.type == "rgb":
        write_png(path, values)
    elif kind.type == "mask":
        write_png(path, np.where(values, np.uint8(255), np.uint8(0)))
    else:
        layers = values[..., None] if values.ndim == 2 else values
        channels = (*kind.channels, "A")[: layers.shape[2]]
        write_exr(path, {channel: layers[..., index] for index, channel in enumerate(channels)})
