"""obj: a scene as Wavefront OBJ, every thing an object under its name, with its materials in an MTL file; z up, metres.

The format shares no meshes, so that every thing is written out: of a world only what its pictures show.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ...procgen.materials.colours import representative_colour, representative_roughness
from ...procgen.meshes import MeshData
from ...progress import Task
from ..models.scene_files import world_of
from ..reader import Scene
from .exporter import Exporter, one_by_one


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write scene.obj and scene.mtl."""
    world = world_of(scene).only(set(scene.objects))
    with (folder / "scene.obj").open("w", encoding="ascii") as file:
        file.write("mtllib scene.mtl\n")
        start = 1
        for shape in world.shapes:
            for number, matrix in zip(shape.ids.tolist(), shape.matrices, strict=True):
                file.write(f"o {world.names[number].replace(' ', '_')}\n")
                _write_thing(file, shape.mesh, matrix, start)
                start += len(shape.mesh.points)
    names = dict.fromkeys(name for shape in world.shapes for name in shape.mesh.materials)
    (folder / "scene.mtl").write_text("\n".join(map(_material, names)), encoding="ascii")
    task.advance(sum(1 for _ in scene.frames()), "scene.obj")


def _write_thing(file: TextIO, mesh: MeshData, matrix: NDArray[np.float64], start: int) -> None:
    """Write points in world space, a tenth of a millimetre fine, and the faces of each material; indices begin at `start`."""
    points = mesh.points @ matrix[:3, :3].T + matrix[:3, 3]
    file.write("v %.4f %.4f %.4f\n" * len(points) % tuple(points.ravel().tolist()))
    line = "f" + " %d" * mesh.faces.shape[1] + "\n"
    for slot, name in enumerate(mesh.materials):
        faces = mesh.faces[mesh.material == slot] + start
        file.write(f"usemtl {name}\n" + line * len(faces) % tuple(faces.ravel().tolist()))


def _material(name: str) -> str:
    """A material of MTL, with `Pr` of the physically based extension for the roughness."""
    red, green, blue = representative_colour(name)
    return f"newmtl {name}\nKd {red:.4f} {green:.4f} {blue:.4f}\nKs 0 0 0\nPr {representative_roughness(name):.2f}\nillum 2\n"


EXPORTER = Exporter("obj", "one OBJ and MTL file a scene, with the things that its pictures show", one_by_one(write_scene))
