"""Infinigen's maps of ids and its list of objects.

An .npz of ids holds `vals`, `indices` and `shape`: the map is `vals[indices].reshape(shape)`. After
https://github.com/princeton-vl/infinigen, infinigen/tools/compress_masks.py and docs/GroundTruthAnnotations.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reader import Frame


def compressed(values: NDArray[np.integer]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an (H, W) .npz of ids: distinct values, each pixel's index in the smallest type, the shape."""
    found, places = np.unique(values, return_inverse=True)
    kind = np.min_scalar_type(len(found) - 1)
    return {"vals": found, "indices": places.ravel().astype(kind), "shape": np.array(values.shape)}


def as_instances(parts: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays of InstanceSegmentation for those of ObjectSegmentation: (H, W, 3) of the id and two zeros."""
    triples = parts["vals"][:, None] * np.array([1, 0, 0], np.int32)
    return parts | {"vals": triples, "shape": np.append(parts["shape"], 3)}


def object_rows(frame: Frame, instance: NDArray[np.integer]) -> list[dict[str, Any]]:
    """Return Objects.json: one entry for each thing of objects.json that an instance map shows and that has a matrix."""
    scene = frame.scene
    seen = [number for number in np.unique(instance).tolist() if number in scene.objects]
    known, matrices = scene.poses(frame.number).find(np.array(seen, np.int64))
    rows = [scene.objects[number] for number in seen]
    return [
        {
            "name": row["name"], "object_index": row["id"], "min": row["box"][0], "max": row["box"][1],
            "model_matrices": [matrix.tolist()], "instance_ids": [[row["id"], 0, 0]],
            "tags": [scene.classes.index(row["class"])], "children": [],
        }
        for row, there, matrix in zip(rows, known, matrices, strict=True)
        if there
    ]  # fmt: skip
