"""A world as one binary glTF 2.0 file (github.com/KhronosGroup/glTF, specification/2.0), written from arrays.

A node for each thing, with its name, its matrix and its id as `extras.gt_id`, under one node that turns z up into the y up
that glTF asks for; things that look the same share a mesh, which has a primitive for each material (`glb_materials`). A mesh
whose faces have colours of their own tells them as COLOR_0 of its points: linear, 16 bits.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...procgen.meshes import MeshData, selected, triangulated
from .baking.maps import Textured
from .colours import point_colours
from .glb_materials import Materials
from .scene_files import Shape, World

_FLOAT, _UINT, _USHORT = 5126, 5125, 5123
_ARRAY, _ELEMENTS = 34962, 34963
_Y_UP = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
"""(x, y, z) to (x, z, -y), by columns."""


def write_glb(path: Path, world: World) -> None:
    """Write the file in metres, materials seen from both sides. Normals are left to the reader where there are no textures."""
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
    binary = bytearray()
    materials = Materials(content, binary)
    for index, shape in enumerate(world.shapes):
        primitives = _primitives(content, binary, shape, materials)
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


def _primitives(content: dict[str, Any], binary: bytearray, shape: Shape, materials: Materials) -> list[dict[str, Any]]:
    """Append the mesh's arrays to the buffer and return a primitive for each material that has faces, with its points."""

    def accessor(values: np.ndarray, kind: dict[str, Any], target: int) -> int:
        content["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": values.nbytes, "target": target})
        binary.extend(values.tobytes())
        content["accessors"].append({"bufferView": len(content["bufferViews"]) - 1, **kind})
        return len(content["accessors"]) - 1

    primitives = []
    look = shape.textured.triangles() if shape.textured else None
    plain = triangulated(shape.mesh)
    for slot, name in enumerate(plain.materials):
        chosen = plain.material == slot
        if not chosen.any():
            continue
        points, corners = _points(plain, look, chosen)
        box = {"min": points["POSITION"].min(0).tolist(), "max": points["POSITION"].max(0).tolist()}
        attributes = {}
        for key, values in points.items():
            kind: dict[str, Any] = {"componentType": _FLOAT, "count": len(values), "type": f"VEC{values.shape[1]}"}
            if key == "COLOR_0":
                kind |= {"componentType": _USHORT, "normalized": True}
            attributes[key] = accessor(values, kind | (box if key == "POSITION" else {}), _ARRAY)
        order = {"componentType": _UINT, "count": corners.size, "type": "SCALAR"}
        primitives.append(
            {
                "attributes": attributes,
                "indices": accessor(corners.reshape(-1).astype("<u4"), order, _ELEMENTS),
                "material": materials.index(name, look.maps[name] if look else None, "COLOR_0" in points),
            }
        )
    return primitives


def _points(
    mesh: MeshData, look: Textured | None, chosen: NDArray[np.bool_]
) -> tuple[dict[str, NDArray[np.float32] | NDArray[np.uint16]], NDArray[np.int64]]:
    """The attributes of the points that the chosen triangles use, and the triangles' numbers among them.

    With textures a point is there once for every place on them, v down, and every normal. Four channels of colour, as glTF
    wants points at multiples of 4 bytes.
    """
    faces = mesh.faces[chosen]
    if look is None:
        used, corners = np.unique(faces, return_inverse=True)
        plain: dict[str, NDArray[np.float32] | NDArray[np.uint16]] = {"POSITION": mesh.points[used].astype("<f4")}
        if "tint" in mesh.attributes:
            colours = np.clip(point_colours(selected(mesh, chosen))[used], 0.0, 1.0)
            plain["COLOR_0"] = np.pad(np.round(65535 * colours).astype("<u2"), ((0, 0), (0, 1)), constant_values=65535)
        return plain, corners
    place = look.uv[chosen] * np.array([1, -1], np.float32) + np.array([0, 1], np.float32)
    rows = np.concatenate([mesh.points[faces], look.normals[chosen], place], -1).astype("<f4").reshape(-1, 8)
    bits = np.ascontiguousarray(rows).view(np.dtype((np.void, 32))).ravel()
    _, first, corners = np.unique(bits, return_index=True, return_inverse=True)
    kept = rows[first]
    split = {"POSITION": kept[:, :3], "NORMAL": kept[:, 3:6], "TEXCOORD_0": kept[:, 6:]}
    return {key: np.ascontiguousarray(values) for key, values in split.items()}, corners
