"""objects.json: what every id is, and where it stands at each frame."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..version import DATASET_FORMAT
from .poses import Poses

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene


def objects_text(built: BuiltScene, visible: Sequence[int], frames: Sequence[int], poses: Sequence[Poses]) -> str:
    """Return the content of objects.json: one row for each of the `visible` ids, one line a row.

    `frames` are all evaluated frames, with the neighbours of the first and the last, and `poses` the matrices at each. A
    thing that never moves has `matrix`, another one `matrices`, one a frame, null where it is not there.
    """
    ids = np.array(sorted(visible), np.int64)
    found = [pose.find(ids) for pose in poses]
    known = np.stack([item[0] for item in found], 1)
    matrices = np.stack([item[1] for item in found], 1).astype(np.float32)
    rows = [_row(built, int(number), known[index], matrices[index]) for index, number in enumerate(ids)]
    head = {
        "format": DATASET_FORMAT,
        "frames": list(frames),
        "classes": list(built.classes),
        "materials": list(built.materials),
    }
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in rows)
    return json.dumps(head)[:-1] + ', "objects": [\n' + lines + "\n]}\n"


def read_objects(content: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the rows of objects.json by id."""
    return {row["id"]: row for row in content["objects"]}


def poses_at(rows: dict[int, dict[str, Any]], frames: Sequence[int], frame: int) -> Poses:
    """Return the matrices that objects.json holds for one frame, of the things that are there."""
    index = list(frames).index(frame)
    placed = {number: row.get("matrix") or row["matrices"][index] for number, row in rows.items()}
    there = {number: matrix for number, matrix in placed.items() if matrix is not None}
    return Poses.of(np.array(list(there), np.int64), np.array(list(there.values()), np.float64))


def _row(built: BuiltScene, number: int, known: NDArray[np.bool_], matrices: NDArray[np.float32]) -> dict[str, Any]:
    thing = built.table.things[number]
    row = {
        "id": number,
        "name": thing.name,
        "class": thing.class_name,
        "generator": thing.generator,
        "parameters": thing.parameters,
        "deforms": thing.deforms,
        "box": _short(np.asarray(thing.box, np.float32)),
    }
    if known.all() and (matrices == matrices[0]).all():
        return row | {"matrix": _short(matrices[0])}
    return row | {"matrices": [_short(matrix) if there else None for there, matrix in zip(known, matrices, strict=True)]}


def _short(values: NDArray[np.float32]) -> list[Any]:
    """Nested lists of the shortest decimals that give the same float32 again."""
    return [_short(part) for part in values] if values.ndim > 1 else [float(str(value)) for value in values]
