"""A dataset that says what is hidden, for the tests of the formats of recognition, and the masks that they compare with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildfield.exporters.formats import formats
from wildfield.exporters.formats.shared.rle import mask_runs
from wildfield.exporters.reader import Frame, Scene, open_dataset

STUFF = ["sky", "ground", "water"]
COLOURS = [[10 * number, 20 + number, 200] for number in range(6)]


def with_things(dataset: Path, root: Path) -> Path:
    """Copy a dataset to `root`, with metadata.json and `things` whose amodal masks are the visible ones, grown."""
    shutil.copytree(dataset, root)
    (scene,) = open_dataset(root).scenes
    path = scene.folder / "metadata.json"
    known = load(path) if path.is_file() else {"format": 2}
    path.write_text(json.dumps(known | {"stuff": STUFF, "class_colours": COLOURS}))
    for frame in scene.frames():
        path = scene.folder / "frames" / frame.camera_name / "things" / f"{frame.number:04d}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"format": 2, "things": [thing_row(*item) for item in masks(frame).items()]}))
    return root


def without_things(dataset: Path, root: Path) -> Path:
    """Copy a dataset to `root`, without metadata.json and `things`."""
    shutil.copytree(dataset, root)
    for extra in (*root.rglob("metadata.json"), *root.rglob("things/*.json")):
        extra.unlink()
    return root


def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and its right and lower neighbours: a stand-in for the part of a thing that is hidden."""
    more = mask.copy()
    more[:, 1:] |= mask[:, :-1]
    more[1:] |= mask[:-1]
    return more


def masks(frame: Frame) -> dict[int, NDArray[np.bool_]]:
    """The visible mask of every id of a frame, one comparison each."""
    instance = frame.read("instance")
    return {int(number): instance == number for number in np.unique(instance) if number}


def box(mask: NDArray[np.bool_]) -> list[int]:
    """[x0, y0, x1, y1] of a mask, edges."""
    y, x = np.nonzero(mask)
    return [int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1]


def thing_row(number: int, mask: NDArray[np.bool_]) -> dict[str, Any]:
    whole = grown(mask)
    size = [int(side) for side in mask.shape]
    return {
        "id": number, "visible_pixels": int(mask.sum()), "box_visible": box(mask), "box_amodal": box(whole),
        "amodal_pixels": int(whole.sum()), "occlusion": 1 - mask.sum() / whole.sum(), "truncated": False,
        "mask_amodal": {"size": size, "counts": mask_runs(whole).tolist()},
    }  # fmt: skip


def export(name: str, dataset: Path, out: Path) -> tuple[Path, Scene]:
    formats[name].write(dataset, out)
    return out, open_dataset(dataset).scenes[0]


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def countable(scene: Scene, frame: Frame) -> dict[int, NDArray[np.bool_]]:
    return {number: mask for number, mask in masks(frame).items() if scene.objects[number]["class"] not in STUFF}
