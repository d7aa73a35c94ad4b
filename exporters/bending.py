"""Reading the meshes that deform: what stays the same of them once, and where their vertices are at each moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .motion import Topology
from .poses import evaluated_objects
from .truth import TruthError

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene


def read_topologies(built: BuiltScene) -> dict[int, Topology]:
    """Return the triangles of every thing that the object table calls deforming, by id.

    Raises TruthError where its polygons do not carry their numbers in `gt_face`, in order.
    """
    return {thing: _topology(item) for thing, item in _deforming(built).items()}


def read_vertices(built: BuiltScene, topologies: Mapping[int, Topology]) -> dict[int, NDArray[np.floating[Any]]]:
    """Return the world vertices (V, 3) of every deforming thing at the scene's current frame, in metres: as Blender has them,
    float32, where its object stands at the origin, else float64.

    Raises TruthError where a mesh has other polygons than its topology says: no point could be followed there.
    """
    found = {}
    for thing, item in _deforming(built).items():
        mesh = item.data
        if len(mesh.polygons) != len(topologies[thing].first) - 1:
            raise TruthError(f"{item.name!r} changes its polygons over time, so no point on it can be followed")
        flat = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.attributes["position"].data.foreach_get("vector", flat)
        local, world = flat.reshape(-1, 3), np.array(item.matrix_world, np.float64)
        unmoved = np.array_equal(world, np.eye(4))
        found[thing] = local if unmoved else local.astype(np.float64) @ world[:3, :3].T + world[:3, 3]
    return found


def _deforming(built: BuiltScene) -> dict[int, bpy.types.Object]:
    return {
        item["gt_id"]: item
        for item in evaluated_objects(built.scene)
        if item.type == "MESH" and "gt_id" in item and built.table.things[item["gt_id"]].deforms
    }


def _topology(item: bpy.types.Object) -> Topology:
    mesh = item.data
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    triangles, polygon = np.empty(count * 3, np.int32), np.empty(count, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    mesh.loop_triangles.foreach_get("polygon_index", polygon)
    numbers = np.zeros(len(mesh.polygons), np.int32)
    attribute = mesh.attributes.get("gt_face")
    if attribute is not None and attribute.domain == "FACE":
        attribute.data.foreach_get("value", numbers)
    if not np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
        raise TruthError(f"{item.name!r} deforms, so its polygons must carry their numbers from 1 in the attribute gt_face")
    first = np.searchsorted(polygon, np.arange(len(numbers) + 1))
    return Topology(triangles.reshape(-1, 3), first)
