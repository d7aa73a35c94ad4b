"""Wavefront OBJ with its materials in MTL, z up, metres: faces, and textures by the keys of its PBR extension."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ...procgen.materials.colours import representative_roughness
from ...procgen.meshes import MeshData
from .baking.maps import Maps, Textured
from .colours import Paint
from .picture_files import apart, pictures_folder, write_pictures

_KEYS = {"colour": "map_Kd", "roughness": "map_Pr", "metallic": "map_Pm", "opacity": "map_d", "normal": "norm"}


def write_points(file: TextIO, points: NDArray[np.floating]) -> None:
    """Write points (N, 3) m, a tenth of a millimetre fine."""
    file.write("v %.4f %.4f %.4f\n" * len(points) % tuple(points.ravel().tolist()))


def write_faces(file: TextIO, mesh: MeshData, start: int, paints: dict[str, Paint]) -> None:
    """Write the faces of each material under the name of its paint; indices begin at `start`."""
    line = "f" + " %d" * mesh.faces.shape[1] + "\n"
    for slot, name in enumerate(mesh.materials):
        faces = mesh.faces[mesh.material == slot] + start
        file.write(f"usemtl {paints[name].name}\n" + line * len(faces) % tuple(faces.ravel().tolist()))


def plain_material(paint: Paint) -> str:
    """Return a material of MTL of one colour, with `Pr` of the physically based extension for the roughness."""
    colour = " ".join(f"{value:.4f}" for value in paint.colour)
    roughness = representative_roughness(paint.material)
    return f"newmtl {paint.name}\nKd {colour}\nKs 0 0 0\nPr {roughness:.2f}\nillum 2\n"


def write_textured(look: Textured, name: str, path: Path) -> None:
    """Write one textured mesh as PATH, an .mtl file beside it and its pictures in a folder."""
    mesh, arity = look.mesh, look.mesh.faces.shape[1]
    places, place = np.unique(look.uv.reshape(-1, 2), axis=0, return_inverse=True)
    bends, bend = np.unique(look.normals.reshape(-1, 3), axis=0, return_inverse=True)
    corners = np.stack([mesh.faces.ravel(), place.ravel(), bend.ravel()], -1).reshape(-1, arity, 3) + 1
    line = "f" + " %d/%d/%d" * arity + "\n"
    with path.open("w", encoding="ascii") as file:
        file.write(f"mtllib {path.stem}.mtl\no {name}\n")
        write_points(file, mesh.points)
        file.write("vt %.6f %.6f\n" * len(places) % tuple(places.ravel().tolist()))
        file.write("vn %.4f %.4f %.4f\n" * len(bends) % tuple(bends.ravel().tolist()))
        for slot, label in enumerate(mesh.materials):
            faces = corners[mesh.material == slot]
            if len(faces):
                file.write(f"usemtl {label}\n" + line * len(faces) % tuple(faces.ravel().tolist()))
    folder = pictures_folder(path)
    materials = [_material(label, maps, folder) for label, maps in look.maps.items()]
    path.with_suffix(".mtl").write_text("\n".join(materials), encoding="ascii")


def _material(name: str, maps: Maps, folder: Path) -> str:
    files = write_pictures(name, apart(maps), folder)
    lines = [f"{_KEYS[key]} {file}\n" for key, file in files.items()]
    return f"newmtl {name}\nKd 1 1 1\nKs 0 0 0\nillum 2\n" + "".join(lines)
