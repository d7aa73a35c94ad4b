"""The walk over a dataset: scene by scene, camera by camera, each picture beside the one `flow_step` frames before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...exporters.layout import MAPS
from ...exporters.reader import Dataset, Frame, Scene, open_dataset
from ...progress import Progress
from .extras import check_imu, check_things, check_tracks
from .files import check_files, check_transforms
from .frames import check_frame
from .laws import Check, Worst
from .lidar import check_lidar
from .light import check_light
from .motion import check_pair, check_stereo
from .thing_imus import check_thing_imus

Seen = tuple[Frame, dict[str, NDArray[Any]]]


def verify(dataset: Path, progress: Progress | None = None) -> list[Check]:
    """Check every scene of a dataset and return one `Check` a law, in the order of `LIMITS`.

    Raises UserError where `dataset` is none or has no finished scene; a damaged scene is a failed check, not an error.
    """
    opened = open_dataset(dataset)
    if not opened.scenes:
        raise UserError(f"{dataset}: holds no finished scene to verify")
    worst = Worst(dataset)
    with (progress or Progress()).task("Verifying", len(opened.scenes)) as task:
        for scene in opened.scenes:
            check_files(scene, worst)
            try:
                _check_scene(opened, scene, worst)
            except (UserError, KeyError, ValueError, TypeError, IndexError) as error:
                named = [path for path in scene.folder.rglob("*") if path.is_file() and str(path) in str(error)]
                worst.add("files are readable", 1, named[0] if named else scene.folder)
            task.advance(1, scene.folder.name)
    return worst.checks()


def _check_scene(dataset: Dataset, scene: Scene, worst: Worst) -> None:
    worst.add("files are readable", 0, scene.folder)
    if dataset.splits.get(scene.folder.name, {}).keys() != {"train", "val", "test"}:
        raise UserError(f"{dataset.root / 'splits.json'}: does not hold the splits of scene {scene.folder.name}")
    check_transforms(scene, worst)
    names, step = _maps(scene, worst), int(scene.metadata["flow_step"])
    seen: set[int] = set()
    for camera in scene.cameras:
        kept: dict[int, Seen] = {}
        for frame in (item for item in scene.frames() if item.camera_name == camera):
            maps = _read(frame, names, worst)
            if maps is None:
                continue
            seen.update(np.unique(maps["instance"]).tolist())
            check_frame(frame, maps, worst)
            check_light(frame, maps, worst)
            if "things" in names:
                check_things(frame, maps, worst)
            if "flow_forward" in maps or "flow_backward" in maps:
                kept[frame.number] = (frame, maps)
                if frame.number - step in kept:
                    check_pair(kept.pop(frame.number - step), (frame, maps), worst)
    if "disparity" in names:
        _check_eyes(scene, worst)
    check_tracks(scene, worst)
    check_imu(scene, worst)
    check_thing_imus(scene, worst)
    seen |= check_lidar(scene, worst)
    worst.add("every object is seen", len(set(scene.objects) - seen), scene.folder / "objects.json")


def _maps(scene: Scene, worst: Worst) -> list[str]:
    """Return the maps that the scene says it holds, and count those of the pictures that are missing or too many."""
    names = [name for name in scene.metadata["maps"] if name in MAPS]
    for frame in scene.frames():
        there = {path.name for path in (scene.folder / "frames" / frame.camera_name).iterdir() if path.is_dir()}
        odd = sorted(there ^ set(names))
        worst.add("every map is there", len(odd), frame.path(odd[0] if odd and odd[0] in MAPS else names[0]).parent)
    return names


def _read(frame: Frame, names: list[str], worst: Worst) -> dict[str, NDArray[Any]] | None:
    """Return the pictures of a frame by name, or None where one of them cannot be read."""
    maps = {}
    for name in names:
        if MAPS[name].type == "json":
            continue
        try:
            maps[name] = frame.read(name)
        except UserError:
            worst.add("files are readable", 1, frame.path(name))
            return None
    return maps


def _check_eyes(scene: Scene, worst: Worst) -> None:
    pairs: dict[int, dict[str, Frame]] = {}
    for frame in scene.frames():
        pairs.setdefault(frame.number, {})[frame.camera_name] = frame
    for eyes in pairs.values():
        check_stereo(eyes["left"], eyes["right"], worst)
