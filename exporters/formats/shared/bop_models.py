"""BOP's models: the mesh of every object id, in its own millimetres, out of the worlds that the scenes grow again.

A model is the mesh of the first thing that was met with that id, stretched as the id says, about the middle of its box: what
the pose of scene_gt.json takes to the picture. Colours are those of the materials, one each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trimesh import Trimesh
from trimesh.exchange.ply import export_ply

from ....procgen.meshes import triangulated
from ...models.assets import vertex_colours
from ...models.scene_files import Shape, world_of
from ...reader import Scene
from ...things.hulls import outline
from .bop_objects import MM, Objects

_BLOCK = 1 << 10


def write_models(scenes: Sequence[Scene], objects: Objects, folder: Path) -> dict[int, dict[str, float]]:
    """Write obj_000001.ply, ... and return models_info.json of them, by object id.

    Raises UserError where bpy is not there, and where a scene does not grow again into what its dataset shows.
    """
    info = {}
    for scene in scenes:
        first = {thing: number for number, (place, thing) in objects.origins.items() if place == scene.folder}
        for thing, parts in _parts(scene, first) if first else ():
            number = first[thing]
            shape = objects.shapes[number]
            (matrix,) = scene.poses(_start(scene)).find(np.array([thing]))[1]
            to_model = np.eye(4)
            to_model[:3, :3] = np.array(shape["stretch"]) * MM
            to_model[:3, 3] = -to_model[:3, :3] @ np.mean(shape["box"], 0)
            mesh = _joined(parts, to_model @ np.linalg.inv(matrix))
            (folder / f"obj_{number:06d}.ply").write_bytes(export_ply(mesh))
            info[number] = _measures(np.asarray(mesh.vertices, np.float64))
    return dict(sorted(info.items()))


def _start(scene: Scene) -> int:
    return min(min(frames) for frames in scene.cameras.values())


def _parts(scene: Scene, wanted: dict[int, int]) -> Iterator[tuple[int, list[tuple[Shape, NDArray[np.float64]]]]]:
    """Yield the things that are wanted, each with its meshes and their matrices (4, 4) to the world."""
    found: dict[int, list[tuple[Shape, NDArray[np.float64]]]] = {thing: [] for thing in wanted}
    for shape in world_of(scene).only(set(wanted)).shapes:
        for thing, matrix in zip(shape.ids.tolist(), shape.matrices, strict=True):
            found[thing].append((shape, matrix))
    yield from ((thing, parts) for thing, parts in found.items() if parts)


def _joined(parts: list[tuple[Shape, NDArray[np.float64]]], to_model: NDArray[np.float64]) -> Trimesh:
    """Return meshes in one, carried from the world into the model's space."""
    points, faces, colours = [], [], []
    start = 0
    for shape, matrix in parts:
        mesh, carried = triangulated(shape.mesh), to_model @ matrix
        points.append(mesh.points @ carried[:3, :3].T + carried[:3, 3])
        faces.append(mesh.faces + start)
        colours.append(vertex_colours(mesh))
        start += len(mesh.points)
    return Trimesh(np.concatenate(points), np.concatenate(faces), process=False, vertex_colors=np.concatenate(colours))


def _measures(points: NDArray[np.float64]) -> dict[str, float]:
    """One entry of models_info.json: the longest distance between two points (V, 3), and their box, in mm."""
    rim = points[outline(points)]
    squares = (rim * rim).sum(1)
    longest = 0.0
    for first in range(0, len(rim), _BLOCK):
        block = slice(first, first + _BLOCK)
        longest = max(longest, float((squares[block, None] + squares - 2 * rim[block] @ rim.T).max()))
    low, size = points.min(0), np.ptp(points, axis=0)
    measures: dict[str, Any] = {"diameter": float(np.sqrt(longest))}
    measures |= {f"min_{axis}": float(value) for axis, value in zip("xyz", low, strict=True)}
    return measures | {f"size_{axis}": float(value) for axis, value in zip("xyz", size, strict=True)}
