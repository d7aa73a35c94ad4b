"""The one mesh type: plain NumPy arrays that growth code makes and `nodes.objects` lays into Blender."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Domain = Literal["POINT", "FACE"]


@dataclass(frozen=True)
class Attribute:
    """Named values on points or faces: (N,) or (N, 3) float32, or (N,) int32."""

    domain: Domain
    values: NDArray[np.generic]


@dataclass(frozen=True)
class MeshData:
    """A mesh in metres, z up, faces counter-clockwise from outside.

    points (N, 3) float32; faces (F, 3) or (F, 4) int32, one arity a mesh; material (F,) int32 indexes `materials`, which
    are names in the material registry; `smooth` shades all faces smooth, or flat.
    """

    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    material: NDArray[np.int32]
    materials: tuple[str, ...]
    attributes: dict[str, Attribute] = field(default_factory=dict)
    smooth: bool = True

    @property
    def bounds(self) -> NDArray[np.float32]:
        """The axis-aligned box, (2, 3): lowest and highest corner."""
        return np.stack([self.points.min(0), self.points.max(0)])

    def digest(self) -> str:
        """Return a hash of all the bits of the mesh, equal for equal meshes in any process."""
        state = hashlib.blake2b(digest_size=16)
        arrays: dict[str, NDArray[np.generic]] = {"points": self.points, "faces": self.faces, "material": self.material}
        arrays |= {name: item.values for name, item in sorted(self.attributes.items())}
        for name, values in arrays.items():
            state.update(f"{name}{values.dtype}{values.shape}".encode())
            state.update(np.ascontiguousarray(values).tobytes())
        state.update("\0".join(self.materials).encode())
        return state.hexdigest()


def merge(parts: Sequence[MeshData]) -> MeshData:
    """Join meshes into one; where triangles meet quads, the quads are split. Attributes missing in a part are zero there."""
    if not parts:
        raise ValueError("merge needs at least one mesh")
    if len({part.faces.shape[1] for part in parts}) > 1:
        parts = [triangulated(part) for part in parts]
    names = list(dict.fromkeys(name for part in parts for name in part.materials))
    offsets = np.cumsum([0, *(len(part.points) for part in parts)])
    faces = [part.faces + np.int32(start) for part, start in zip(parts, offsets, strict=False)]
    lookup = [np.array([names.index(name) for name in part.materials], np.int32) for part in parts]
    material = [table[part.material] for table, part in zip(lookup, parts, strict=True)]
    attributes = {name: _merged_attribute(parts, name) for name in dict.fromkeys(n for part in parts for n in part.attributes)}
    return MeshData(
        np.concatenate([part.points for part in parts]).astype(np.float32, copy=False),
        np.concatenate(faces).astype(np.int32, copy=False),
        np.concatenate(material),
        tuple(names),
        attributes,
        parts[0].smooth,
    )


def triangulated(mesh: MeshData) -> MeshData:
    """Return the mesh with every quad split along its first diagonal."""
    if mesh.faces.shape[1] == 3:
        return mesh
    faces = mesh.faces[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    attributes = {
        name: replace(item, values=np.repeat(item.values, 2, axis=0)) if item.domain == "FACE" else item
        for name, item in mesh.attributes.items()
    }
    return replace(mesh, faces=faces, material=np.repeat(mesh.material, 2), attributes=attributes)


def selected(mesh: MeshData, chosen: NDArray[np.bool_]) -> MeshData:
    """Return the mesh with the chosen (F,) of its faces, and all its points."""
    attributes = {
        name: replace(item, values=item.values[chosen]) if item.domain == "FACE" else item
        for name, item in mesh.attributes.items()
    }
    return replace(mesh, faces=mesh.faces[chosen], material=mesh.material[chosen], attributes=attributes)


def _merged_attribute(parts: Sequence[MeshData], name: str) -> Attribute:
    sample = next(part.attributes[name] for part in parts if name in part.attributes)
    values = []
    for part in parts:
        count = len(part.points) if sample.domain == "POINT" else len(part.faces)
        empty = np.zeros((count, *sample.values.shape[1:]), sample.values.dtype)
        values.append(part.attributes[name].values if name in part.attributes else empty)
    return Attribute(sample.domain, np.concatenate(values))


def double_areas(mesh: MeshData) -> NDArray[np.float64]:
    """Return twice the area of each face, (F,) m2: of a quad, as its diagonals span it."""
    corners = mesh.points[mesh.faces].astype(np.float64)
    return np.asarray(np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, -1] - corners[:, 1]), axis=1))
