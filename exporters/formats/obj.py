"""obj: a scene as Wavefront OBJ, every thing an object under its name, with its materials in an MTL file; z up, metres.

A material has one colour, the mean of the faces that a mesh shows with it: leaf, leaf_2, ... are leaves of other colours.
The format shares no meshes, so that every thing is written out: of a world only what its pictures show.
"""

from __future__ import annotations

from pathlib import Path

from ...progress import Task
from ..models.colours import Paints
from ..models.obj_file import plain_material, write_faces, write_points
from ..models.scene_files import world_of
from ..reader import Scene
from .exporter import Exporter, one_by_one


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write scene.obj and scene.mtl."""
    world = world_of(scene).only(set(scene.objects))
    with (folder / "scene.obj").open("w", encoding="ascii") as file:
        file.write("mtllib scene.mtl\n")
        start, paints = 1, Paints()
        for shape in world.shapes:
            own = paints.of(shape.mesh)
            for number, matrix in zip(shape.ids.tolist(), shape.matrices, strict=True):
                file.write(f"o {world.names[number].replace(' ', '_')}\n")
                write_points(file, shape.mesh.points @ matrix[:3, :3].T + matrix[:3, 3])
                write_faces(file, shape.mesh, start, own)
                start += len(shape.mesh.points)
    (folder / "scene.mtl").write_text("\n".join(map(plain_material, paints.known.values())), encoding="ascii")
    task.advance(sum(1 for _ in scene.frames()), "scene.obj")


EXPORTER = Exporter("obj", "one OBJ and MTL file a scene, with the things that its pictures show", one_by_one(write_scene))
