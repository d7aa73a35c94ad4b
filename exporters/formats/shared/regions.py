"""What the formats of recognition share: which classes are countable things, and the regions of a picture by id.

A region is the set of pixels of one id, of an instance or of a class. Boxes are those of `things`: in pixel coordinates, from
the edge of the first column and row to the edge after the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reader import Frame, Scene
from .frames import metadata, needed, thing_rows
from .rle import Counts, label_runs


@dataclass(frozen=True)
class Region:
    """The pixels of one id: its class, how many they are and their box [x0, y0, x1, y1]."""

    id: int
    category: int
    area: int
    box: list[int]


@dataclass(frozen=True)
class Thing(Region):
    """One countable thing in a picture: `runs` are those of its visible mask, `row` is what `things` says of it, {} without."""

    runs: Counts
    row: dict[str, Any]


@dataclass(frozen=True)
class Categories:
    """The classes of a scene as categories; the category's id is the class id. Stuff is what metadata.json calls so."""

    scene: Scene

    @cached_property
    def things(self) -> list[int]:
        """Class ids of countable things: all but stuff, and never class 0, which is the sky."""
        stuff = metadata(self.scene).get("stuff", [])
        return [number for number, name in enumerate(self.scene.classes) if number and name not in stuff]

    def rows(self, only_things: bool) -> list[dict[str, Any]]:
        """Return COCO's `categories`: id, name, supercategory, and where metadata.json has them, colours."""
        colours = metadata(self.scene).get("class_colours")
        rows: list[dict[str, Any]] = []
        for number, name in enumerate(self.scene.classes):
            if only_things and number not in self.things:
                continue
            thing = int(number in self.things)
            row = {"id": number, "name": name, "supercategory": "thing" if thing else "stuff", "isthing": thing}
            rows.append(row | ({"color": colours[number]} if colours else {}))
        return rows


def regions(labels: NDArray[np.integer], classes: NDArray[np.integer]) -> list[Region]:
    """Return the regions of an (H, W) map of ids in ascending order, but not that of 0; `classes` (H, W) says what each is."""
    ids, first, place, areas = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    y, x = np.indices(labels.shape).reshape(2, -1)
    boxes = np.array([[labels.shape[1]], [labels.shape[0]], [0], [0]]).repeat(len(ids), 1)
    for edge, low, values in zip(boxes, (True, True, False, False), (x, y, x + 1, y + 1), strict=True):
        (np.minimum if low else np.maximum).at(edge, place.ravel(), values)
    columns = (ids, classes.ravel()[first], areas, boxes.T)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [Region(*row) for row in rows if row[0]]


def things(frame: Frame, categories: Sequence[int]) -> list[Thing]:
    """Return the visible things of the given classes, by id."""
    classes = needed(frame, "class")
    labels = np.where(np.isin(classes, categories), needed(frame, "instance"), 0)
    runs, rows = label_runs(labels), thing_rows(frame)
    return [
        Thing(region.id, region.category, region.area, region.box, runs[region.id], rows.get(region.id, {}))
        for region in regions(labels, classes)
    ]


def extent(box: Sequence[float]) -> list[float]:
    """Return a box [x0, y0, x1, y1] as [x, y, width, height]."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
