"""Surface samples that a training starts from, read from any PLY with x, y and z."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError
from .cameras import FARTHEST
from .ply_file import read_vertices


@dataclass(frozen=True, eq=False)
class Points:
    """Surface samples, the start of a training: (N, 3) metres, colours (N, 3) of 0 to 1, unit normals (N, 3) or None."""

    positions: np.ndarray
    colours: np.ndarray
    normals: np.ndarray | None


def read_ply_points(path: Path) -> Points:
    """Return the vertices of a PLY as points, grey where it has no colours. Raises UserError where it holds none."""
    rows = read_vertices(path)
    names = rows.dtype.names or ()
    if not {"x", "y", "z"} <= set(names) or not len(rows):
        raise UserError(f"{path}: holds no points with x, y and z")

    def columns(*wanted: str) -> np.ndarray:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return np.stack([np.asarray(rows[name], np.float32) for name in wanted], -1)
        except (TypeError, ValueError) as error:
            raise UserError(f"{path}: columns {', '.join(wanted)} hold no plain numbers") from error

    positions = columns("x", "y", "z")
    if not (np.abs(positions) < FARTHEST).all():
        raise UserError(f"{path}: some points are not finite or absurdly far away; make the file again")
    has_colour = {"red", "green", "blue"} <= set(names)
    colours = columns("red", "green", "blue") / 255 if has_colour else np.full_like(positions, 0.5)
    normals = columns("nx", "ny", "nz") if {"nx", "ny", "nz"} <= set(names) else None
    if normals is not None:
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = normals / lengths if np.isfinite(lengths).all() and (lengths > 0.1).all() else None
    return Points(positions, colours, normals)
