"""BOP's objects and their poses, out of the matrices of things: what of a matrix is the model and what is its pose.

A matrix M = R P (its polar decomposition) turns by R what the symmetric P stretched; for an evenly scaled thing P is its scale
times the identity. BOP knows rotations only, so P belongs to the model. An object id stands for one class, generator, set of
parameters, box and stretch (to 4 digits), and things that are alike in all of them share it. A model's origin is the middle of
its stretched box, as BOP wants it. Matrices and boxes are those of objects.json, in metres; what is returned is in mm.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reader import Frame
from .regions import Thing

MM = 1000.0
Matrix = NDArray[np.float64]


@dataclass
class Objects:
    """The objects met so far, numbered from 1: `models` is models_info.json, `shapes` says what each of them is, and `origins`
    which thing of which scene was the first.
    """

    models: dict[int, dict[str, float]] = field(default_factory=dict)
    shapes: dict[int, dict[str, Any]] = field(default_factory=dict)
    origins: dict[int, tuple[Path, int]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[Path, int], tuple[int, Matrix]] = field(default_factory=dict)

    def poses(self, frame: Frame, things: list[Thing]) -> list[tuple[Thing, dict[str, Any]]]:
        """Return those of the things that have a pose, with their rows of scene_gt.json: things that deform have none.

        A row holds obj_id, cam_R_m2c (9,) row by row, cam_t_m2c (3,) mm, and as an extra instance_id, the id in its scene.
        """
        table = frame.scene.objects
        rigid = [thing for thing in things if thing.id in table and not table[thing.id]["deforms"]]
        known, matrices = frame.scene.poses(frame.number).find(np.array([thing.id for thing in rigid], np.int64))
        rows = (
            self._row(frame, table[thing.id], matrix) if there else None
            for thing, there, matrix in zip(rigid, known, matrices, strict=True)
        )
        return [(thing, row) for thing, row in zip(rigid, rows, strict=True) if row]

    def _row(self, frame: Frame, row: dict[str, Any], matrix: Matrix) -> dict[str, Any]:
        rotation, stretch = polar(matrix[:3, :3])
        middle = matrix[:3, :3] @ np.mean(row["box"], 0) + matrix[:3, 3]
        return {
            "obj_id": self._number((frame.scene.folder, row["id"]), row, stretch),
            "cam_R_m2c": (frame.camera.rotation.T @ rotation).ravel().tolist(),
            "cam_t_m2c": (frame.camera.to_camera(middle) * MM).tolist(),
            "instance_id": row["id"],
        }

    def _number(self, identity: tuple[Path, int], row: dict[str, Any], stretch: Matrix) -> int:
        """Return a thing's object id, the same for as long as its stretch is, whatever the last digits say."""
        number, before = self._known.get(identity, (0, np.zeros((3, 3))))
        if number and np.abs(stretch - before).max() <= 1e-4 * np.abs(before).max():
            return number
        rounded = _rounded(stretch)
        shape = {name: row[name] for name in ("class", "generator", "parameters", "box")} | {"stretch": rounded.tolist()}
        number = self._numbers.setdefault(json.dumps(shape, sort_keys=True), len(self._numbers) + 1)
        self._known[identity] = number, stretch
        if number not in self.models:
            self.models[number], self.shapes[number] = _model(row["box"], rounded), shape
            self.origins[number] = identity
        return number


def polar(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Return the rotation R and the symmetric P, each (3, 3), whose product is the matrix; P is negative under a mirror."""
    left, lengths, right = np.linalg.svd(matrix)
    rotation, stretch = left @ right, right.T * lengths @ right
    return (rotation, stretch) if np.linalg.det(rotation) > 0 else (-rotation, -stretch)


def _rounded(stretch: Matrix) -> Matrix:
    digits = 3 - math.floor(math.log10(max(np.abs(stretch).max(), 1e-12)))
    return np.round(stretch, digits) + 0.0


def _model(box: list[list[float]], stretch: Matrix) -> dict[str, float]:
    """One entry of models_info.json: the box about the origin in mm, and its diagonal, no diameter can be longer."""
    low, high = np.array(box)
    x, y, z = (np.abs(stretch) @ (high - low) / 2 * MM).tolist()
    return {
        "diameter": 2 * math.hypot(x, y, z), "min_x": -x, "min_y": -y, "min_z": -z,
        "size_x": 2 * x, "size_y": 2 * y, "size_z": 2 * z,
    }  # fmt: skip
