"""What the formats of recognition share: which classes are countable things, and the regions of a picture by id.

A region is the set of pixels of one id, of an instance or of a class. Boxes are those of `things`: in pixel coordinates, from
the edge of the first column and row to the edge after the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import UserError
from ...manifest import understood
from ...reader import Frame, Scene
from .frames import thing_rows
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
    """The classes of scenes as categories, under their class ids, which all scenes share.

    Countable `things` (ids) are all but stuff, and never class 0, which is the sky; stuff is what metadata.json calls so, and
    `groups` are its `class_groups`: what each class is a kind of.
    """

    names: list[str]
    groups: list[str]
    colours: list[list[int]]
    things: list[int]

    @classmethod
    def of(cls, scenes: Sequence[Scene]) -> Categories:
        """Return those of the scenes. Raises UserError where these number their classes differently."""
        first = scenes[0]
        for scene in scenes:
            if scene.classes != first.classes:
                raise UserError(
                    f"{scene.folder}: has other classes than {first.folder}; export the two from datasets of their own"
                )
        metadata, names = first.metadata, first.classes
        with understood(first.folder / "metadata.json"):
            countable = [number for number, name in enumerate(names) if number and name not in metadata["stuff"]]
            groups, colours = (
                [metadata[key][number] for number in range(len(names))] for key in ("class_groups", "class_colours")
            )
            return cls(names, groups, colours, countable)

    def rows(self, only_things: bool) -> list[dict[str, Any]]:
        """Return COCO's `categories`: id, name, supercategory, isthing and color."""
        rows = zip(self.names, self.groups, self.colours, strict=True)
        return [
            {"id": number, "name": name, "supercategory": group, "isthing": int(number in self.things), "color": colour}
            for number, (name, group, colour) in enumerate(rows)
            if number in self.things or not only_things
        ]


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
    classes = frame.read("class")
    labels = np.where(np.isin(classes, categories), frame.read("instance"), 0)
    runs, rows = label_runs(labels), thing_rows(frame)
    return [
        Thing(region.id, region.category, region.area, region.box, runs[region.id], rows.get(region.id, {}))
        for region in regions(labels, classes)
    ]


def extent(box: Sequence[float]) -> list[float]:
    """Return a box [x0, y0, x1, y1] as [x, y, width, height]."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
