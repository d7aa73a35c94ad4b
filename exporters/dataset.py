"""Writing one scene of a dataset: all beauties, then all truths, in a folder that appears only when it is whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..procgen.classes import is_stuff
from ..procgen.spec import to_toml
from ..progress import Progress, Task
from ..version import DATASET_FORMAT
from .arrays import write_arrays
from .bending import read_topologies, read_vertices
from .cameras import Camera, camera_json, read_camera
from .devices import CPU, Device
from .exr import PACKED_BITS
from .images import read_png, write_exr, write_png
from .imu_things import imu_of_things
from .layout import (
    LABEL_COLOURS,
    MAPS,
    THING_IMU,
    camera_path,
    chosen,
    lidar_json_path,
    lidar_path,
    map_path,
    poses_path,
    tracks_path,
)
from .lidar_scan import NEEDS, Scanner
from .manifest import SceneRecord
from .metadata import imu_text, metadata
from .motion import Moment, Topology
from .objects import objects_text, still_and_moving
from .points import SurfaceSamples, write_points
from .poses import geometry_digest, read_poses
from .rays import Occluders
from .render import beauty_settings, raise_if_full, render_beauty, render_truth, truth_settings
from .splits import split_pictures
from .spool import SEEN_BY, Spool
from .things import annotate, read_shapes
from .tracks import follow
from .transforms import transforms_json
from .truth import Maps, motion_maps, nocs, stereo_maps, surface_maps
from .visibility import View, boundary, by_geometry, land
from .writing import FileWriter

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene

_BEAUTY_WEIGHT = 4
"""A beauty render counts as that many truth renders in the progress bar."""
_NO_PLACE = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT)


def write_scene(built: BuiltScene, folder: Path, progress: Progress | None = None, device: Device = CPU) -> SceneRecord:
    """Render the scene and write its folder (`DATASET/scenes/<seed>`), and return its record with all checksums.

    `device` renders the pictures, never the truth. Everything is made in `.<seed>.part` beside it and renamed at the end;
    whatever goes wrong, Ctrl-C included, leaves no folder. Raises UserError where `folder` exists and where it cannot be
    written, TruthError where the scene is at fault.
    """
    started = time.monotonic()
    if folder.exists():
        raise UserError(f"{folder}: exists already; choose another folder")
    part = folder.with_name(f".{folder.name}.part")
    with _whole_or_absent(part, folder):
        checksums = _SceneWriter(built, part, progress or Progress(), device).run()
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

    def __init__(self, built: BuiltScene, part: Path, progress: Progress, device: Device) -> None:
        self.built, self.part, self.progress, self.device = built, part, progress, device
        self.step = built.spec.render.flow_step
        self.frames = list(built.frames)
        self.cameras = dict(zip(built.camera_names, built.cameras, strict=True))
        self.eyes = {"left": "right", "right": "left"} if set(self.cameras) == {"left", "right"} else {}
        self.splits = split_pictures(built.camera_names, self.frames)
        self.samples = SurfaceSamples(built.spec.seed, len(self.splits["train"]))
        self.pixels: Counter[int] = Counter()
        self.scratch = part / ".scratch"
        self.spool = Spool(part / ".spool")
        self.topologies: dict[int, Topology] = {}
        self.casts_rays = False
        self.looks: dict[int, tuple[bytes, list[Any]]] = {}
        self.scanner: Scanner | None = None
        self.stuff = {number for number, name in enumerate(built.classes) if is_stuff(name)}
        self.class_of = np.zeros(max(built.table.things, default=0) + 1, np.uint32)
        for number, thing in built.table.things.items():
            self.class_of[number] = built.classes.index(thing.class_name)

    def run(self) -> dict[str, str]:
        """Write everything and return the checksum of every file by its path."""
        self.scratch.mkdir()
        self.built.scene.frame_set(self.frames[0])
        self.topologies = read_topologies(self.built)
        pictures = len(self.frames) * len(self.cameras)
        with (
            Occluders(self.topologies) as self.occluders,
            FileWriter(self.part) as self.writer,
            self.progress.task("Rendering", pictures * (_BEAUTY_WEIGHT + 1)) as task,
        ):
            self._survey()
            self._write_beauties(task)
            self._write_truths(task)
            self._write_tracks()
            self._write_descriptions()
            self.writer.wait()
        for folder in (self.scratch, self.spool.folder):
            shutil.rmtree(folder)
        self._check_complete()
        return dict(sorted(self.writer.checksums.items()))

    def _survey(self) -> None:
        """Decide which moments are rendered, which besides are looked at, and which maps are written.

        Where the moment before the first frame, or after the last, shows the same as it, its render is spared; a single
        frame beside which nothing moves has no motion to tell.
        """
        first = self.frames[0]
        moves = len(self.frames) > 1 or any(self._looks_new(first + way, first) for way in (-self.step, self.step))
        self.built.scene.frame_set(first)
        self.maps = {item.name: item for item in chosen(self.built.spec.render.truth, moves, bool(self.eyes))}
        if "things" in self.maps:
            self.shapes = read_shapes(self.built, [name for name in self.built.classes if is_stuff(name)])
        self.casts_rays = self.built.spec.render.tracks > 0 or any(name.startswith("occlusion") for name in self.maps)
        ways = {"forward": self.step, "backward": -self.step}
        self.ways = {name: way for name, way in ways.items() if any(key.endswith(name) for key in self.maps)}
        self.moments = sorted({frame + way for frame in self.frames for way in (0, *self.ways.values())})
        for end in (moment for moment in self.moments if moment not in self.frames):
            inner = end + self.step if end + self.step in self.frames else end - self.step
            if not self._looks_new(end, inner):
                self.spool.alias(end, inner)
        self.known = self.moments
        if self.built.spec.lidar.beams:
            carrier = next(iter(self.cameras))
            self.scanner = Scanner(self.built, self._go_to(self.frames[0])[carrier], carrier)
            self.known = sorted({*self.moments, *(frame + way for frame in self.frames for way in (-1, 1))})

    def _looks_new(self, frame: int, beside: int) -> bool:
        """Whether a frame shows anything else than the one `beside` it."""
        return self._look(frame) != self._look(beside)

    def _look(self, frame: int) -> tuple[bytes, list[Any]]:
        """Describe what is seen at a frame, going there if need be; equal answers mean equal truth renders."""
        if frame not in self.looks:
            cameras = self._go_to(frame)
            views = [(camera.intrinsics, camera.camera_to_world.tobytes()) for camera in cameras.values()]
            self.looks[frame] = (geometry_digest(self.built.scene), views)
        return self.looks[frame]

    def _go_to(self, frame: int) -> dict[str, Camera]:
        """Go to a frame, put where everything is there away and return the cameras."""
        self.built.scene.frame_set(frame)
        if self.casts_rays:
            self.occluders.learn(self.built)
        cameras = {name: self._read(camera) for name, camera in self.cameras.items()}
        moment = Moment(read_poses(self.built), read_vertices(self.built, self.topologies))
        self.spool.put_moment(frame, moment, cameras)
        return cameras

    def _read(self, camera: bpy.types.Object) -> Camera:
        """Return a camera at the scene's current frame, for pictures of the spec's size."""
        size = self.built.spec.render
        return read_camera(self.built.scene, camera, size.width, size.height)

    def _write_beauties(self, task: Task) -> None:
        with beauty_settings(self.built, self.maps, self.device):
            for frame in self.frames:
                self.built.scene.frame_set(frame)
                for name, camera in self.cameras.items():
                    beyond = ~self._read(camera).intrinsics.covered()
                    for key, values in render_beauty(self.built, camera, self.scratch, self.maps).items():
                        values[beyond] = 0
                        self._put(name, key, frame, values)
                    task.advance(_BEAUTY_WEIGHT, f"picture {name} {frame}")
        self.writer.wait()

    def _write_truths(self, task: Task) -> None:
        scanner = self.scanner
        needs = {*self.maps, *(NEEDS if scanner else ())}
        with truth_settings(self.built, needs), scanner.mounted() if scanner else nullcontext():
            for moment in self.known:
                if moment not in self.moments:
                    self._go_to(moment)
                elif not self.spool.is_alias(moment):
                    self._render_moment(moment, task)
                if scanner:
                    if moment not in self.frames:
                        scanner.stand(moment, self.spool.camera(scanner.camera_name, moment))
                    self._write_sweep(scanner, moment - 1)
                reached = moment - self.step if "forward" in self.ways else moment
                if self.ways and reached in self.frames:
                    self._write_motion(reached)

    def _render_moment(self, frame: int, task: Task) -> None:
        cameras = self._go_to(frame)
        for name, camera in self.cameras.items():
            passes = render_truth(self.built, camera, self.scratch)
            maps = surface_maps(passes, cameras[name], self.class_of, self.stuff, self.maps)
            self.spool.put_view(name, frame, maps)
            if frame not in self.frames:
                continue
            things, count = np.unique(maps["instance"][maps["instance"] > 0], return_counts=True)
            self.pixels.update(dict(zip(things.tolist(), count.tolist(), strict=True)))
            self._write_edges(name, frame, maps)
            if "nocs" in self.maps:
                self._put(name, "nocs", frame, nocs(cameras[name], maps, self.spool.poses(frame), self.built.table))
            if "things" in self.maps:
                rows = annotate(cameras[name], maps["instance"], self.spool.poses(frame), self.shapes, amodal_masks=True)
                self._put(name, "things", frame, {"format": DATASET_FORMAT, "things": rows})
            for key in maps.keys() & self.maps.keys():
                self._put(name, key, frame, maps[key])
            if (name, frame) in self.splits["train"]:
                picture = read_png(self.part / map_path(name, "rgb", frame))
                self.samples.add(f"{name}/{frame}", cameras[name], maps, picture)
            task.advance(1, f"truth {name} {frame}")
        if frame in self.frames:
            self._write_stereo(frame)
            if self.scanner:
                self.scanner.stand(frame, cameras[self.scanner.camera_name])
                self.pixels.update(self.scanner.scan(frame, self.scratch, self.class_of, self.stuff).tolist())

    def _write_sweep(self, scanner: Scanner, frame: int) -> None:
        """The LiDAR's returns of a frame whose neighbours are known."""
        if frame in self.frames:
            moments = {moment: self.spool.moment(moment) for moment in (frame - 1, frame, frame + 1)}
            sweep = scanner.sweep(frame, moments, self.topologies)
            self.writer.write(lidar_path(frame), partial(write_arrays, arrays=sweep))

    def _write_edges(self, name: str, frame: int, maps: Maps) -> None:
        camera, moment = self.spool.camera(name, frame), self.spool.moment(frame)
        if "boundary" in self.maps:
            self._put(name, "boundary", frame, boundary(View(camera, moment, *(maps[key] for key in SEEN_BY))))
        if "boundary_2x" in self.maps:
            size = 2 * self.built.spec.render.width, 2 * self.built.spec.render.height
            camera = read_camera(self.built.scene, self.cameras[name], *size)
            passes = render_truth(self.built, self.cameras[name], self.scratch, size)
            finer = surface_maps(passes, camera, self.class_of, self.stuff, ())
            self._put(name, "boundary_2x", frame, boundary(View(camera, moment, *(finer[key] for key in SEEN_BY))))

    def _write_stereo(self, frame: int) -> None:
        if not self.maps.keys() & {"disparity", "occlusion_stereo"}:
            return
        views = {name: self.spool.view(name, frame) for name in self.eyes}
        for name, other in self.eyes.items():
            landing = land(views[name], views[other], by_geometry({}), self._rays())
            for key, values in stereo_maps(views[name].instance > 0, landing, name == "left", self.maps).items():
                self._put(name, key, frame, values)

    def _write_motion(self, frame: int) -> None:
        """Flow and occlusion of a frame whose neighbours have been rendered."""
        for name in self.cameras:
            view = self.spool.view(name, frame)
            for direction, way in self.ways.items():
                landing = land(view, self.spool.view(name, frame + way), by_geometry(self.topologies), self._rays())
                for key, values in motion_maps(direction, landing, self.maps).items():
                    self._put(name, key, frame, values)
            if not self.built.spec.render.tracks:
                self.spool.drop(name, frame - self.step)
        if not self.built.spec.render.tracks:
            self.spool.drop_vertices(frame - self.step)

    def _rays(self) -> Occluders | None:
        return self.occluders if self.casts_rays else None

    def _write_tracks(self) -> None:
        count = self.built.spec.render.tracks
        for name in self.cameras if count else ():
            tracks = follow(self.spool, name, self.frames, self.topologies, self.occluders, count, self.built.spec.seed)
            self.writer.write(tracks_path(name), partial(write_arrays, arrays=tracks))

    def _write_descriptions(self) -> None:
        built, first = self.built, self.frames[0]
        cameras = {(name, frame): self.spool.camera(name, frame) for frame in self.frames for name in self.cameras}
        for name in self.cameras:
            times = [(frame, (frame - first) / built.spec.render.frame_rate, cameras[name, frame]) for frame in self.frames]
            self._put_json(camera_path(name), camera_json(name, times))
        points = self.samples.thinned()
        self.writer.write("points.ply", lambda path: write_points(path, points))
        box = [points[:, :3].min(0).tolist(), points[:, :3].max(0).tolist()] if len(points) else [[0.0] * 3, [0.0] * 3]
        self._put_json("transforms.json", transforms_json(cameras, self.splits, box, built.background_transparent))
        self._write_objects(sorted(self.pixels))
        self._put_json("metadata.json", metadata(built, self.maps.values(), self.device))
        self._put_text("scene.toml", to_toml(built.spec))
        if built.imu is not None:
            self._put_text("imu.csv", imu_text(built.imu))
        if self.scanner:
            self._put_json(lidar_json_path(), self.scanner.description(first))

    def _write_objects(self, visible: list[int]) -> None:
        """The table of what was seen, and for each moment where all that moves is."""
        still, moving = still_and_moving(visible, map(self.spool.poses, self.known))
        self._put_text("objects.json", objects_text(self.built, visible, self.known, still))
        for moment in self.known:
            poses = self.spool.poses(moment)
            there = np.isin(poses.ids, moving)
            arrays: dict[str, NDArray[Any]] = {"ids": poses.ids[there], "matrices": poses.matrices[there].astype(np.float32)}
            self.writer.write(poses_path(moment), partial(write_arrays, arrays=arrays))
        if self.built.spec.render.imu_things:
            largest = [number for number, _ in self.pixels.most_common() if number in moving]
            imus = imu_of_things(self.built, largest, self.spool.poses(self.frames[0]))
            self.writer.write(THING_IMU, partial(write_arrays, arrays=imus))

    def _put(self, camera: str, name: str, frame: int, values: Any) -> None:
        self.writer.write(map_path(camera, name, frame), partial(write_map, name, values))

    def _put_json(self, path: str, content: dict[str, Any]) -> None:
        self._put_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")

    def _put_text(self, path: str, text: str) -> None:
        def write(target: Path) -> None:
            target.write_text(text, encoding="utf-8")

        self.writer.write(path, write)

    def _check_complete(self) -> None:
        expected = {map_path(camera, name, frame) for camera in self.cameras for name in self.maps for frame in self.frames}
        expected |= {camera_path(camera) for camera in self.cameras}
        expected |= {poses_path(moment) for moment in self.known}
        expected |= {lidar_json_path(), *map(lidar_path, self.frames)} if self.scanner else set()
        expected |= {tracks_path(camera) for camera in self.cameras if self.built.spec.render.tracks}
        expected |= {"points.ply", "transforms.json", "objects.json", "metadata.json", "scene.toml"}
        expected |= {THING_IMU} if self.built.spec.render.imu_things else set()
        expected |= {"imu.csv"} if self.built.imu is not None else set()
        there = {str(path.relative_to(self.part).as_posix()) for path in self.part.rglob("*") if path.is_file()}
        if not expected == there == set(self.writer.checksums):
            raise RuntimeError(f"the scene's files are not the expected ones: {sorted(expected ^ there)}")


def write_map(name: str, values: Any, path: Path) -> None:
    """Write one map in its type: EXR channels, a 0|255 mask, labels, the 8-bit picture, or JSON."""
    kind = MAPS[name]
    if kind.type == "rgb":
        write_png(path, values)
    elif kind.type == "mask":
        write_png(path, np.where(values, np.uint8(255), np.uint8(0)))
    elif kind.type == "label":
        write_png(path, values, LABEL_COLOURS)
    elif kind.type == "json":
        path.write_text(json.dumps(values, allow_nan=False) + "\n", encoding="utf-8")
    else:
        layers = values[..., None] if values.ndim == 2 else values
        channels = (*kind.channels, "A")[: layers.shape[2]]
        named = {channel: layers[..., index] for index, channel in enumerate(channels)}
        write_exr(path, named, pack=kind.bits == PACKED_BITS)
