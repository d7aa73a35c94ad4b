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


@dataclass(frozen=True)
class Poses:
    """Matrices at one frame: `ids` (N,) ascending, `matrices` (N, 4, 4) local to world, metres."""

    ids: NDArray[np.int64]
    matrices: NDArray[np.float64]

    @classmethod
    def of(cls, ids: NDArray[np.integer[Any]], matrices: NDArray[np.floating[Any]]) -> Poses:
        """Sort by id; of things that share an id (parts of one plant) the first stands for all."""
        unique, first = np.unique(np.asarray(ids, np.int64), return_index=True)
        exact = np.asarray(matrices, np.float32).reshape(-1, 4, 4)  # what objects.json holds, so that a reader gets the same
        return cls(unique, exact[first].astype(np.float64))

    def find(self, ids: NDArray[np.integer[Any]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which of `ids` (M,) are there, and their matrices (M, 4, 4), the identity for those that are not."""
        matrices = np.tile(np.eye(4), (len(ids), 1, 1))
        if not len(self.ids):
            return np.zeros(len(ids), bool), matrices
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        known = self.ids[at] == ids
        matrices[known] = self.matrices[at[known]]
        return known, matrices


def read_poses(built: BuiltScene) -> Poses:
    """Return where every visible thing with a `gt_id` stands at the scene's current frame.

    Plain objects carry the id as a custom property, instances of geometry nodes as an INT attribute of the instance domain;
    what is found as neither stands where the object table says.
    """
    ids: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    matrices: list[NDArray[np.float64]] = [np.empty((0, 4, 4))]
    for item in _evaluated_objects(built.scene):
        world = np.array(item.matrix_world, np.float64)
        if "gt_id" in item:
            ids.append(np.array([item["gt_id"]], np.int64))
            matrices.append(world[None])
        found = _instances(item)
        if found is not None:
            ids.append(found[0])
            matrices.append(world @ found[1])
    still = {number: thing.matrix for number, thing in built.table.things.items() if thing.matrix is not None}
    ids.append(np.fromiter(still, np.int64))
    matrices.append(np.array(list(still.values()), np.float64).reshape(-1, 4, 4))
    return Poses.of(np.concatenate(ids), np.concatenate(matrices))


def geometry_digest(scene: bpy.types.Scene) -> bytes:
    """Return a hash of where every vertex and every instance is at the current frame: equal frames show equal geometry."""
    state = hashlib.blake2b(digest_size=16)
    for item in _evaluated_objects(scene):
        state.update(np.array(item.matrix_world, np.float64).tobytes())
        if item.type == "MESH":
            state.update(_positions(item.data).tobytes())
        found = _instances(item)
        if found is not None:
            state.update(found[0].tobytes() + found[1].tobytes())
            geometry = item.evaluated_geometry()
            for reference in geometry.instance_references():
                if getattr(reference, "type", "") == "MESH":
                    state.update(_positions(reference.data).tobytes())
        if item.type not in ("MESH", "LIGHT", "CAMERA", "EMPTY"):
            state.update(str(scene.frame_current).encode())
    return state.digest()


def _evaluated_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    depsgraph = scene.view_layers[0].depsgraph
    depsgraph.update()
    return [item.evaluated_get(depsgraph) for item in scene.objects if not item.hide_render]


def _instances(item: bpy.types.Object) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return ids (N,) and object-space matrices (N, 4, 4) of the instances that geometry nodes made, or None."""
    if not any(modifier.type == "NODES" for modifier in item.modifiers):
        return None
    geometry = item.evaluated_geometry()  # holds what it hands out: keep it while that is in use
    points = geometry.instances_pointcloud()
    if points is None or "gt_id" not in points.attributes:
        return None
    ids = np.empty(len(points.attributes["gt_id"].data), np.int32)
    points.attributes["gt_id"].data.foreach_get("value", ids)
    columns = np.empty(len(ids) * 16, np.float32)
    points.attributes["instance_transform"].data.foreach_get("value", columns)
    return ids.astype(np.int64), columns.reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)


def _positions(mesh: bpy.types.Mesh) -> NDArray[np.float32]:
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    if len(positions):
        mesh.attributes["position"].data.foreach_get("vector", positions)
    return positions
