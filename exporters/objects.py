"""objects.json: what every id is, and where it stands if it never moves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..version import DATASET_FORMAT
from .poses import Poses

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene


def objects_text(built: BuiltScene, visible: Sequence[int], frames: Sequence[int], still: Poses) -> str:
    """Return the content of objects.json: one row for each of the `visible` ids, one line a row.

    `frames` are all evaluated frames, with the neighbours of the first and the last. A thing of `still`, which never moves,
    has its `matrix`; where the others are stands in poses/.
    """
    known, matrices = still.find(np.array(visible, np.int64))
    rows = []
    for number, stands, matrix in zip(visible, known, matrices.astype(np.float32), strict=True):
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
        rows.append(row | ({"matrix": _short(matrix)} if stands else {}))
    head = {
        "format": DATASET_FORMAT,
        "frames": list(frames),
        "classes": list(built.classes),
        "materials": list(built.materials),
    }
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in rows)
    return json.dumps(head)[:-1] + ', "objects": [\n' + lines + "\n]}\n"


def still_and_moving(visible: Sequence[int], moments: Iterable[Poses]) -> tuple[Poses, NDArray[np.int64]]:
    """Return where the visible things are that stand still at all moments, and the keys of all others, ascending.

    The moments are gone through one by one, so they may come from disk.
    """
    first: Poses | None = None
    every = np.empty(0, np.int64)
    still = np.empty(0, bool)
    for poses in moments:
        seen = np.isin(poses.things, visible)
        here = Poses(poses.ids[seen], poses.matrices[seen])
        if first is None:
            first, every, still = here, here.ids, np.ones(len(here.ids), bool)
        every = np.union1d(every, here.ids)
        at = np.searchsorted(here.ids, first.ids)
        found = (
            (at < len(here.ids)) & (here.ids[np.minimum(at, len(here.ids) - 1)] == first.ids)
            if len(here.ids)
            else still & False
        )
        still &= found
        still[still] = (here.matrices[at[still]] == first.matrices[still]).all((1, 2))
    assert first is not None
    return Poses(first.ids[still], first.matrices[still]), np.setdiff1d(every, first.ids[still])


def read_objects(content: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the rows of objects.json by id."""
    return {row["id"]: row for row in content["objects"]}


def still_poses(rows: dict[int, dict[str, Any]]) -> Poses:
    """Return the matrices of the rows of objects.json whose things never move."""
    matrices = {number: row["matrix"] for number, row in rows.items() if "matrix" in row}
    return Poses.of(np.array(list(matrices), np.int64), np.array(list(matrices.values()), np.float64))


def _short(values: NDArray[np.float32]) -> list[Any]:
    """Nested lists of the shortest decimals that give the same float32 again."""
    return [_short(part) for part in values] if values.ndim > 1 else [float(str(value)) for value in values]
