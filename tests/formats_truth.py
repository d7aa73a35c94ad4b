"""Datasets for the tests of exports, and the masks that they compare with."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildfield.exporters.formats import formats
from wildfield.exporters.formats.shared.frames import picture_name
from wildfield.exporters.manifest import DATASET, read_json, write_json
from wildfield.exporters.reader import Frame, Scene, open_dataset
from wildfield.exporters.writing import checksum

Mask = NDArray[np.bool_]
GRID = np.stack(np.meshgrid(np.arange(160.0), np.arange(120.0)), -1)
"""Pixels with the centre of the first at (0, 0), as OpenCV counts."""


def generated(root: Path, imu: NDArray[np.float64] | None = None, **options: Any) -> Path:
    """Render a dataset of one scene, see `truth_scene.build`, with `imu` (M, 7) where it is given."""
    from truth_scene import build

    return rendered(root, replace(build(**options), imu=imu))


def of_two_lenses(root: Path) -> Path:
    """Render two cameras of different lenses, two frames each, 64x64 before a transparent background."""
    from truth_scene import build

    built = build(64, 64, transparent=True, cameras=2)
    built.cameras[1].data.lens = 50
    return rendered(root, built)


def rendered(root: Path, built: Any) -> Path:
    """Write a dataset of one scene that stands ready."""
    import bpy

    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest

    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "7"))
    return root


def copied(dataset: Path, root: Path) -> Path:
    """Copy a dataset to change it."""
    shutil.copytree(dataset, root)
    return root


def without(dataset: Path, root: Path, *maps: str) -> Path:
    """Copy a dataset as if it had been generated without some maps."""
    scene = only_scene(copied(dataset, root))
    for folder in [path for path in scene.folder.rglob("*") if path.is_dir() and path.name in maps]:
        shutil.rmtree(folder)
    kept = [name for name in scene.metadata["maps"] if name not in maps]
    edit(scene.folder / "metadata.json", {"maps": kept})
    return root


def twice(dataset: Path, root: Path) -> Path:
    """Copy a dataset of one scene and give it the same scene once more, as that of seed 11."""
    scene = only_scene(copied(dataset, root))
    assert scene.record is not None
    shutil.copytree(scene.folder, root / "scenes" / "11")
    other = replace(scene.record, seed=11, folder="scenes/11")
    edit(root / DATASET, {"scenes": [asdict(scene.record), asdict(other)]})
    return root


def edit(path: Path, change: dict[str, Any]) -> None:
    """Put other values under some keys of a JSON file; dataset.json beside it is told where the file is a scene's."""
    write_json(path, read_json(path) | change)
    root = next((parent for parent in path.parents if parent.parent.name == "scenes"), None)
    if root is not None:
        manifest = read_json(root.parent.parent / DATASET)
        manifest["scenes"][0]["files"][path.relative_to(root).as_posix()] = checksum(path)
        write_json(root.parent.parent / DATASET, manifest)


def export(name: str, dataset: Path, out: Path) -> tuple[Path, Scene]:
    """Write a dataset in a format; return where, and the first scene."""
    formats[name].write(dataset, out)
    return out, open_dataset(dataset).scenes[0]


def only_scene(dataset: Path) -> Scene:
    (scene,) = open_dataset(dataset).scenes
    return scene


def frames_of(dataset: Path) -> dict[str, Frame]:
    """The pictures of the one scene by their flat names."""
    return {picture_name(frame): frame for frame in only_scene(dataset).frames()}


def frames_by(root: Path, camera: str) -> list[Frame]:
    """The pictures of a camera of the one scene."""
    return [frame for frame in only_scene(root).frames() if frame.camera_name == camera]


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def masks(frame: Frame) -> dict[int, Mask]:
    """The visible mask of every id of a frame, one comparison each."""
    instance = frame.read("instance")
    return {int(number): instance == number for number in np.unique(instance) if number}


def countable(scene: Scene, frame: Frame) -> dict[int, Mask]:
    """Those of the masks that are of things, not of stuff."""
    stuff = scene.metadata["stuff"]
    return {number: mask for number, mask in masks(frame).items() if scene.objects[number]["class"] not in stuff}


def box(mask: Mask) -> list[int]:
    """[x0, y0, x1, y1] of a mask, edges."""
    y, x = np.nonzero(mask)
    return [int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1]


def decoded(mask: dict[str, Any]) -> Mask:
    """The mask that uncompressed runs of COCO's describe: down the columns, zeros first."""
    flat = np.zeros(np.prod(mask["size"]), bool)
    place = 0
    for index, count in enumerate(mask["counts"]):
        flat[place : place + count] = index % 2
        place += count
    return flat.reshape(mask["size"], order="F")


def local(frame: Frame) -> Any:
    """Surface points in the axes of the picture's camera, (H, W, 3)."""
    return frame.camera.to_camera(frame.read("position").astype(np.float64))


def lands(points: Any, matrix: Any) -> Any:
    """Pixels (..., 2) where a (3, 4) matrix projects points (..., 3)."""
    homogeneous = np.concatenate([points, np.ones((*points.shape[:-1], 1))], -1) @ matrix.T
    return homogeneous[..., :2] / homogeneous[..., 2:]
