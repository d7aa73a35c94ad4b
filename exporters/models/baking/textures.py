"""A mesh with procedural materials to a mesh with textures: every material is painted face by face into a square of its own.

Colours come from the mesh (`tint`), patterns from the place on a blade, on the bark or in space; so a face needs texels of its
own, and those too small for any share them with others of their colour (`patches`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....procgen import materials
from ....procgen.compose import blender_version
from ....procgen.meshes import MeshData
from .maps import Maps, Textured, corner_normals
from .patches import by_faces


def textured(
    mesh: MeshData,
    size: int,
    instance: float,
    matrix: NDArray[np.float64] | None = None,
    even: bool = False,
) -> Textured:
    """Return the mesh with the textures of all its materials, of `size` texels or fewer.

    `instance` (0..1) is the random number of the object that shows the mesh, `matrix` (4, 4) where it stands: some materials
    depend on the place in the world; `even` is that of `by_faces`. Raises UserError where bpy is not there.
    """
    blender_version()
    from .bake import bake

    placed = (
        mesh if matrix is None else replace(mesh, points=(mesh.points @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32))
    )
    standing = corner_normals(placed)
    uv = np.zeros((*mesh.faces.shape, 2), np.float32)
    maps: dict[str, Maps] = {}
    for slot, name in enumerate(mesh.materials):
        faces = np.flatnonzero(mesh.material == slot)
        if not len(faces):
            continue
        patches, uv[faces] = by_faces(placed, standing, faces, size, even)
        maps[name] = bake(patches, materials.get(name), instance)
    return Textured(mesh, uv, corner_normals(mesh), maps)
