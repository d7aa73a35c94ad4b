"""ply: a scene as one mesh in a binary PLY file: vertices with sRGB colour and the id of their thing (`gt_id`); z up, metres.

The format shares no meshes, so that every thing is written out: of a world only what its pictures show.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from trimesh import Trimesh
from trimesh.exchange.ply import export_ply

from ...procgen.meshes import triangulated
from ...progress import Task
from ..models.assets import vertex_colours
from ..models.scene_files import World, world_of
from ..reader import Scene
from .exporter import Exporter, one_by_one


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write scene.ply."""
    (folder / "scene.ply").write_bytes(export_ply(joined(world_of(scene).only(set(scene.objects)))))
    task.advance(sum(1 for _ in scene.frames()), "scene.ply")


def joined(world: World) -> Trimesh:
    """Return every thing of the world in one mesh of triangles, with vertex colours and the int32 vertex attribute `gt_id`."""
    points, faces, colours, ids = [], [], [], []
    start = 0
    for shape in world.shapes:
        local = triangulated(shape.mesh)
        many, each = len(shape.ids), len(local.points)
        placed = local.points @ shape.matrices[:, :3, :3].transpose(0, 2, 1) + shape.matrices[:, None, :3, 3]
        points.append(placed.reshape(-1, 3).astype(np.float32))
        offsets = np.arange(start, start + many * each, each, dtype=np.int32)
        faces.append((local.faces + offsets[:, None, None]).reshape(-1, 3))
        colours.append(np.tile(vertex_colours(local), (many, 1)))
        ids.append(np.repeat(shape.ids.astype(np.int32), each))
        start += many * each
    mesh = Trimesh(np.concatenate(points), np.concatenate(faces), process=False, vertex_colors=np.concatenate(colours))
    mesh.vertex_attributes["gt_id"] = np.concatenate(ids)
    return mesh


EXPORTER = Exporter(
    "ply", "one coloured mesh a scene, with the things that its pictures show, and ids", one_by_one(write_scene)
)
