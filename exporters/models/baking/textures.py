"""A mesh with procedural materials to a mesh with textures.

A material whose colour is a function of one or two numbers of the mesh, as all foliage is, becomes the graph of that
function, and the coordinates on it are those numbers: exact for a hundred thousand leaves in 64 x 64 texels. Any other, such
as bark and stone, which are functions of place, is painted face by face into a square of the size that was asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....procgen import materials
from ....procgen.compose import blender_version
from ....procgen.meshes import MeshData
from .maps import Maps, Textured, corner_normals
from .patches import by_faces, by_values

if TYPE_CHECKING:
    import bpy

_GRAPH = 64
"""Texels along the graph of a function: more than its ramps have bends."""


Graphs = dict[str, Maps]
"""Graphs that were painted already, by the name of their material."""


def textured(
    mesh: MeshData,
    size: int,
    instance: float,
    matrix: NDArray[np.float64] | None = None,
    graphs: Graphs | None = None,
    even: bool = False,
) -> Textured:
    """Return the mesh with the textures of all its materials, of `size` texels or fewer.

    `instance` (0..1) is the random number of the object that shows the mesh, `matrix` (4, 4) where it stands: some materials
    depend on the place in the world. Meshes that are given the same `graphs` share them; `even` is that of `by_faces`.
    Raises UserError where bpy is not there.
    """
    blender_version()
    from .bake import bake

    placed = (
        mesh if matrix is None else replace(mesh, points=(mesh.points @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32))
    )
    standing = corner_normals(placed)
    uv = np.zeros((*mesh.faces.shape, 2), np.float32)
    maps: dict[str, Maps] = {}
    known = {} if graphs is None else graphs
    for slot, name in enumerate(mesh.materials):
        faces = np.flatnonzero(mesh.material == slot)
        if not len(faces):
            continue
        material = materials.get(name)
        names = _graph_axes(mesh, material)
        if names is None:
            patches, uv[faces] = by_faces(placed, standing, faces, size, even)
            maps[name] = bake(patches, material, instance)
        else:
            patches, uv[faces] = by_values(mesh, names, faces, min(size, _GRAPH))
            maps[name] = known[name] if name in known else bake(patches, material, instance)
            known[name] = maps[name]
    return Textured(mesh, uv, corner_normals(mesh), maps)


def _graph_axes(mesh: MeshData, material: bpy.types.Material) -> tuple[str, ...] | None:
    """The numbers in 0..1 on which alone the material depends, at most two of them, or None."""
    from .shaders import attributes_read, uneven

    names = None if uneven(material) else attributes_read(material)
    if names is None or len(names) > 2 or not all(name in mesh.attributes for name in names):
        return None
    return names if all(_is_share(mesh.attributes[name].values) for name in names) else None


def _is_share(values: NDArray[np.generic]) -> bool:
    return values.ndim == 1 and bool(values.min() >= 0) and bool(values.max() <= 1)
