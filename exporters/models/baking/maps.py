"""What baking hands to the writers of files: a mesh with coordinates on textures, and the textures of its materials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....errors import UserError
from ....procgen.meshes import MeshData, triangulated

SMALLEST, LARGEST = 16, 8192
"""The least and the most pixels along the side of a texture."""


@dataclass(frozen=True)
class Maps:
    """The textures of one material, first row on top.

    `colour` (S, S, 4) uint8: base colour in sRGB, and opacity; `surface` (S, S, 3) uint8: green is the roughness, blue the
    metallic share, red is full, as glTF orders them; `normal` (S, S, 3) uint8 in tangent space, y up, or None where nothing
    is uneven. `cut` says that some of it is cut out, at an opacity of one half. `specular` is the share of the usual 4 %
    that the surface reflects.
    """

    colour: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    normal: NDArray[np.uint8] | None
    cut: bool
    specular: float


@dataclass(frozen=True)
class Textured:
    """A mesh with textures: `uv` (F, k, 2) float32 of the faces' corners, 0..1, v up; `normals` (F, k, 3) float32, unit;
    `maps` by the name of each material that has faces.
    """

    mesh: MeshData
    uv: NDArray[np.float32]
    normals: NDArray[np.float32]
    maps: dict[str, Maps]

    def triangles(self) -> Textured:
        """The same with every quad split, as `triangulated` does."""
        if self.mesh.faces.shape[1] == 3:
            return self
        uv, normals = (values[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3, values.shape[2]) for values in (self.uv, self.normals))
        return Textured(triangulated(self.mesh), uv, normals, self.maps)


def check_size(size: int, able: bool, what: str, others: Iterable[str]) -> None:
    """Raise UserError for a size of textures that is out of range, or where `what` cannot hold any but `others` can."""
    if size and not able:
        raise UserError(f"{what} holds no textures; choose one of {', '.join(others)}, or leave --textures out")
    if size and not SMALLEST <= size <= LARGEST:
        raise UserError(f"--textures {size}: is out of range; it takes 0, or {SMALLEST} to {LARGEST} pixels")


def corner_normals(mesh: MeshData) -> NDArray[np.float32]:
    """Return unit normals (F, k, 3) at the faces' corners: smooth ones are means over the point's faces by area."""
    corners = mesh.points[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, -1] - corners[:, 1])
    if mesh.faces.shape[1] == 3:
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    arity = mesh.faces.shape[1]
    if mesh.smooth:
        flat = mesh.faces.ravel()
        sums = [np.bincount(flat, np.repeat(across[:, axis], arity), len(mesh.points)) for axis in range(3)]
        normals = np.stack(sums, -1)[mesh.faces]
    else:
        normals = np.repeat(across[:, None], arity, 1)
    length = np.sqrt((normals * normals).sum(-1, keepdims=True))
    up = np.array([0.0, 0.0, 1.0])
    return np.where(length > 0, normals / np.where(length > 0, length, 1.0), up).astype(np.float32)
