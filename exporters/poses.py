"""Where everything stands at a frame: local-to-world matrices by id, read from Blender's evaluated scene in whole arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene


_THING = (1 << 32) - 1


@dataclass(frozen=True)
class Poses:
    """Matrices at one frame: `ids` (N,) ascending, `matrices` (N, 4, 4) local to world, metres.

    An instance inside an instance has the id `thing | piece << 32`, beside its thing's own.
    """

    ids: NDArray[np.int64]
    matrices: NDArray[np.float64]

    @classmethod
    def of(cls, ids: NDArray[np.integer[Any]], matrices: NDArray[np.floating[Any]]) -> Poses:
        """Sort by id; of things that share an id (parts of one plant) the first stands for all."""
        unique, first = np.unique(np.asarray(ids, np.int64), return_index=True)
        exact = np.asarray(matrices, np.float32).reshape(-1, 4, 4)  # what objects.json holds, so that a reader gets the same
        return cls(unique, exact[first].astype(np.float64))

    @property
    def things(self) -> NDArray[np.int64]:
        """The things (N,) that the matrices belong to."""
        return self.ids & _THING

    def find(self, ids: NDArray[np.integer[Any]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which of `ids` (M,) are there, and their matrices (M, 4, 4), the identity for those that are not.

        A piece that is no instance of its own, such as a leaf of a rigid plant, is where its thing is.
        """
        matrices = np.tile(np.eye(4), (len(ids), 1, 1))
        if not len(self.ids):
            return np.zeros(len(ids), bool), matrices
        wanted = np.asarray(ids, np.int64)
        known = np.zeros(len(ids), bool)
        for keys in (wanted & _THING, wanted):
            at = np.minimum(np.searchsorted(self.ids, keys), len(self.ids) - 1)
            found = self.ids[at] == keys
            matrices[found] = self.matrices[at[found]]
            known |= found
        return known, matrices


def read_poses(built: BuiltScene) -> Poses:
    """Return where every visible thing with a `gt_id` stands at the scene's current frame.

    Plain objects carry the id as a custom property, instances of geometry nodes as an INT attribute of the instance domain;
    what is found as neither stands where the object table says.
    """
    ids: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    matrices: list[NDArray[np.float64]] = [np.empty((0, 4, 4))]
    for item in evaluated_objects(built.scene):
        world = np.array(item.matrix_world, np.float64)
        if "gt_id" in item:
            ids.append(np.array([item["gt_id"]], np.int64))
            matrices.append(world[None])
        for found in _instances(item):
            ids.append(found[0])
            matrices.append(world @ found[1])
    still = {number: thing.matrix for number, thing in built.table.things.items() if thing.matrix is not None}
    ids.append(np.fromiter(still, np.int64))
    matrices.append(np.array(list(still.values()), np.float64).reshape(-1, 4, 4))
    return Poses.of(np.concatenate(ids), np.concatenate(matrices))


def geometry_digest(scene: bpy.types.Scene) -> bytes:
    """Return a hash of where every vertex and every instance is at the current frame: equal frames show equal geometry."""
    state = hashlib.blake2b(digest_size=16)
    for item in evaluated_objects(scene):
        state.update(np.array(item.matrix_world, np.float64).tobytes())
        if item.type == "MESH":
            state.update(_positions(item.data).tobytes())
        instances = _instances(item)
        if instances:
            state.update(b"".join(ids.tobytes() + matrices.tobytes() for ids, matrices in instances))
            geometry = item.evaluated_geometry()
            for reference in geometry.instance_references():
                if getattr(reference, "type", "") == "MESH":
                    state.update(_positions(reference.data).tobytes())
        if item.type not in ("MESH", "LIGHT", "CAMERA", "EMPTY"):
            state.update(str(scene.frame_current).encode())
    return state.digest()


def evaluated_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Return every visible object as it is at the scene's current frame."""
    depsgraph = scene.view_layers[0].depsgraph
    depsgraph.update()
    return [item for item in (item.evaluated_get(depsgraph) for item in scene.objects) if not item.hide_render]


Placed = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Ids (N,) and matrices (N, 4, 4)."""


def _instances(item: bpy.types.Object) -> list[Placed]:
    """Return ids and object-space matrices of the instances that geometry nodes made, and of the instances inside them."""
    if not any(modifier.type == "NODES" for modifier in item.modifiers):
        return []
    geometry = item.evaluated_geometry()  # holds what it hands out: keep it while that is in use
    placed = _placements(geometry, "gt_id")
    if placed is None:
        return []
    ids, matrices, of_reference = placed
    found = [(ids, matrices)]
    for number, reference in enumerate(geometry.instance_references()):
        inner = _inside(reference)
        pieces = _placements(inner, "gt_piece") if inner is not None else None
        if pieces is not None:
            outer = of_reference == number
            keys = ids[outer][:, None] | pieces[0][None, :] << 32
            found.append((keys.ravel(), (matrices[outer][:, None] @ pieces[1][None]).reshape(-1, 4, 4)))
    return found


def _inside(reference: Any) -> Any:
    """Return the geometry set that an instance shows, or None where it shows a plain mesh or a collection."""
    if type(reference).__name__ == "GeometrySet":
        return reference
    nodes = any(modifier.type == "NODES" for modifier in getattr(reference, "modifiers", ()))
    return reference.evaluated_geometry() if nodes else None


def _placements(geometry: Any, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]] | None:
    """Return the values of an INT instance attribute, the transforms and the reference's number of all instances that have it.

    Where the instances themselves have it not, those that they show are asked.
    """
    points = geometry.instances_pointcloud()
    if points is None:
        return None
    count = len(points.attributes["instance_transform"].data)
    columns, reference = np.empty(count * 16, np.float32), np.zeros(count, np.int32)
    points.attributes["instance_transform"].data.foreach_get("value", columns)
    points.attributes[".reference_index"].data.foreach_get("value", reference)
    matrices = columns.reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
    if name in points.attributes:
        values = np.empty(count, np.int32)
        points.attributes[name].data.foreach_get("value", values)
        return values.astype(np.int64), matrices, reference
    parts = []
    for number, inner in enumerate(geometry.instance_references()):
        inside = _inside(inner)
        found = _placements(inside, name) if inside is not None else None
        if found is not None:
            outer = matrices[reference == number]
            values, transforms = np.tile(found[0], len(outer)), (outer[:, None] @ found[1][None]).reshape(-1, 4, 4)
            parts.append((values, transforms, np.full(len(values), number, np.int32)))
    if not parts:
        return None
    ids, transforms, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    return ids, transforms, numbers


def _positions(mesh: bpy.types.Mesh) -> NDArray[np.float32]:
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    if len(positions):
        mesh.attributes["position"].data.foreach_get("vector", positions)
    return positions
