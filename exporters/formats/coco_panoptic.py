"""COCO's panoptic segmentation: images/, panoptic/ and panoptic.json, as panopticapi reads them.

A pixel of panoptic/NAME.png has the segment id r + 256 g + 65536 b; 0 is no segment: the background of a transparent picture,
and what lies beyond a fisheye's image circle. A countable thing is a segment whose id is its instance id, the same in all
pictures of its scene; a class of stuff is one segment a picture, its id counted down from 2^24 - 1 by its class id. Category
ids are the class ids, so the sky is 0; `isthing` tells the two kinds apart. Layout: https://cocodataset.org/#format-data and
https://github.com/cocodataset/panopticapi (rgb2id, and what evaluation.py asks of segments_info).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...progress import Task
from ..images import write_png
from ..reader import Frame, Scene
from .coco import Row, image_row, write_coco
from .exporter import Exporter
from .shared.frames import copy_picture, every_frame
from .shared.regions import Categories, extent, regions

TOP = 2**24 - 1
"""The largest segment id that three bytes hold."""


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write the pictures, the segments and panoptic.json of all cameras of all scenes."""
    categories = Categories.of(scenes)
    images: list[Row] = []
    annotations: list[Row] = []
    (folder / "panoptic").mkdir()
    for frame in every_frame(scenes):
        image = image_row(frame, len(images) + 1)
        copy_picture(frame, folder / "images" / image["file_name"])
        segments, classes = segment_ids(frame, categories)
        write_png(folder / "panoptic" / image["file_name"], coloured(segments))
        images.append(image)
        described = {"file_name": image["file_name"], "segments_info": segments_info(segments, classes)}
        annotations.append({"image_id": image["id"], **described})
        task.advance(1, frame.name)
    write_coco(folder / "panoptic.json", categories.rows(only_things=False), images, annotations)


def segment_ids(frame: Frame, categories: Categories) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the segment ids (H, W) and the class ids (H, W). Raises UserError where ids of things and of stuff would meet."""
    instance, classes = frame.read("instance").astype(np.int64), frame.read("class").astype(np.int64)
    if instance.max(initial=0) >= TOP - len(frame.scene.classes):
        raise UserError(f"{frame.path('instance')}: has ids near 2^24, which COCO's colours cannot tell from stuff; use coco")
    segments = np.where(np.isin(classes, categories.things), instance, TOP - classes)
    beyond = ~frame.camera.intrinsics.covered()
    void = (classes == 0) & ((frame.scene.background == "transparent") | beyond)
    return np.where(void, 0, segments), classes


def segments_info(segments: NDArray[np.int64], classes: NDArray[np.int64]) -> list[Row]:
    """Return what panoptic.json says of one picture's segments, from its segment and class ids (H, W)."""
    return [
        {"id": region.id, "category_id": region.category, "area": region.area, "bbox": extent(region.box), "iscrowd": 0}
        for region in regions(segments, classes)
    ]


def coloured(segments: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return segment ids (H, W) as colours (H, W, 3)."""
    return np.stack([segments & 255, segments >> 8 & 255, segments >> 16], -1).astype(np.uint8)


EXPORTER = Exporter("coco-panoptic", "COCO's panoptic.json: things and stuff as coloured segments", write_scenes)
