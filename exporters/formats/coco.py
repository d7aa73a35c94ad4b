"""COCO's instances: images/ and annotations/instances.json of all scenes, masks as run lengths that pycocotools decodes.

Categories are the countable classes under their class ids; every visible thing is one annotation, `iscrowd` 0, `bbox` and
`area` those of its visible pixels. Beyond COCO's own keys an annotation carries `instance_id`, the thing's id in its scene,
the same in all pictures of it; and where the dataset holds `things`: `occlusion` (the hidden share, 0..1), `truncated`,
`amodal_bbox` [x, y, width, height] of the whole shape, which may leave the picture, and `amodal_segmentation`, the mask of
what is there and hidden. Layout: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...progress import Task
from ...version import VERSION
from ..reader import Frame, Scene
from .exporter import Exporter
from .shared.frames import copy_picture, dataset_name, every_frame
from .shared.regions import Categories, Thing, extent, things
from .shared.rle import packed, segmentation

Row = dict[str, Any]


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write the pictures and the annotations of all cameras of all scenes."""
    categories = Categories.of(scenes)
    images: list[Row] = []
    annotations: list[Row] = []
    (folder / "annotations").mkdir()
    for frame in every_frame(scenes):
        image = image_row(frame, len(images) + 1)
        copy_picture(frame, folder / "images" / image["file_name"])
        images.append(image)
        for thing in things(frame, categories.things):
            annotations.append({"id": len(annotations) + 1, "image_id": image["id"], **annotation(thing, frame)})
        task.advance(1, frame.name)
    write_coco(folder / "annotations" / "instances.json", categories.rows(only_things=True), images, annotations)


def write_coco(path: Path, categories: list[Row], images: list[Row], annotations: list[Row]) -> None:
    """Write a file of COCO's from its lists."""
    info = {"description": "Wildfield: rendered natural scenes with exact ground truth", "version": VERSION}
    lists = {"categories": categories, "images": images, "annotations": annotations}
    path.write_text(json.dumps({"info": info, "licenses": []} | lists) + "\n", encoding="utf-8")


def image_row(frame: Frame, number: int) -> Row:
    """Return one entry of COCO's `images`, with the scene, the camera and the frame beside COCO's keys."""
    k = frame.camera.intrinsics
    return {
        "id": number, "file_name": f"{dataset_name(frame)}.png", "width": k.width, "height": k.height,
        "scene": frame.scene.folder.name, "camera": frame.camera_name, "frame": frame.number,
    }  # fmt: skip


def annotation(thing: Thing, frame: Frame) -> Row:
    """Return what an annotation says of a thing: all but its own and its image's number."""
    k = frame.camera.intrinsics
    row: Row = {
        "category_id": thing.category, "segmentation": segmentation(thing.runs, k.height, k.width), "area": thing.area,
        "bbox": extent(thing.box), "iscrowd": 0, "instance_id": thing.id,
    }  # fmt: skip
    row |= {name: thing.row[name] for name in ("occlusion", "truncated") if thing.row.get(name) is not None}
    if thing.row.get("box_amodal"):
        row["amodal_bbox"] = extent(thing.row["box_amodal"])
    if thing.row.get("mask_amodal"):
        hidden = thing.row["mask_amodal"]
        row["amodal_segmentation"] = {"size": hidden["size"], "counts": packed(np.array(hidden["counts"], np.int64))}
    return row


EXPORTER = Exporter("coco", "COCO's instances.json: masks, boxes and classes of countable things", write_scenes)
