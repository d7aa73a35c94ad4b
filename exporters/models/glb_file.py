"""A world as one binary glTF 2.0 file (github.com/KhronosGroup/glTF, specification/2.0), written from arrays.

A node for each thing, with its name, its matrix and its id as `extras.gt_id`, under one node that turns z up into the y up
that glTF asks for; things that look the same share a mesh, which has a primitive for each material.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from ...procgen.materials.colours import representative_colour, representative_roughness
from ...procgen.meshes import MeshData, triangulated
from .scene_files import World

_FLOAT, _UINT = 5126, 5125
_ARRAY, _ELEMENTS = 34962, 34963
_Y_UP = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
"""(x, y, z) to (x, z, -y), by columns."""


def write_glb(path: Path, world: World) -> None:
    """Write the file. Base colours are linear, metres, materials seen from both sides; normals are left to the reader."""
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "wildfield"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "world", "matrix": _Y_UP}],
        "meshes": [],
        "materials": [],
        "accessors": [],
        "bufferViews": [],
    }
    names = list(dict.fromkeys(name for shape in world.shapes for name in shape.mesh.materials))
    content["materials"] = [_material(name) for name in names]
    binary = bytearray()
    for index, shape in enumerate(world.shapes):
        primitives = _primitives(content, binary, shape.mesh, names)
        content["meshes"].append({"name": shape.name, "primitives": primitives})
        columns = shape.matrices.transpose(0, 2, 1).reshape(-1, 16).round(7).tolist()
        content["nodes"] += [
            {"name": world.names[number], "mesh": index, "matrix": matrix, "extras": {"gt_id": number}}
            for number, matrix in zip(shape.ids.tolist(), columns, strict=True)
        ]
    content["nodes"][0]["children"] = list(range(1, len(content["nodes"])))
    content["buffers"] = [{"byteLength": len(binary)}]
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    with path.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary)))
        file.write(struct.pack("<I4s", len(text), b"JSON") + text)
        file.write(struct.pack("<I4s", len(binary), b"BIN\0"))
        file.write(binary)


def _material(name: str) -> dict[str, Any]:
    pbr = {
        "baseColorFactor": [*representative_colour(name), 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": representative_roughness(name),
    }
    return {"name": name, "pbrMetallicRoughness": pbr, "doubleSided": True}


def _primitives(content: dict[str, Any], binary: bytearray, mesh: MeshData, names: list[str]) -> list[dict[str, Any]]:
    """Append the mesh's arrays to the buffer and return a primitive for each material that has faces, with its points."""

    def accessor(values: np.ndarray, kind: dict[str, Any], target: int) -> int:
        content["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": values.nbytes, "target": target})
        binary.extend(values.tobytes())
        content["accessors"].append({"bufferView": len(content["bufferViews"]) - 1, **kind})
        return len(content["accessors"]) - 1

    primitives = []
    plain = triangulated(mesh)
    for slot, name in enumerate(plain.materials):
        chosen = plain.faces[plain.material == slot]
        if not len(chosen):
            continue
        used, corners = np.unique(chosen, return_inverse=True)
        points = plain.points[used].astype("<f4")
        box = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
        place = {"componentType": _FLOAT, "count": len(points), "type": "VEC3", **box}
        order = {"componentType": _UINT, "count": corners.size, "type": "SCALAR"}
        primitives.append(
            {
                "attributes": {"POSITION": accessor(points, place, _ARRAY)},
                "indices": accessor(corners.reshape(-1).astype("<u4"), order, _ELEMENTS),
                "material": names.index(name),
            }
        )
    return primitives
