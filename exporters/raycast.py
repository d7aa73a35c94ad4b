"""Casting many rays at meshes with Blender's own trees of bounds, on all its threads.

That is what Geometry Nodes' Raycast does. Rays are the vertices of a mesh, what they may hit is an object, and both stand in
a scene of their own, which is never rendered. `mathutils.bvhtree` does the same with a call from Python for each ray, in one
thread and about twice the time. Either way coordinates are float32, and a ray meets both sides of a surface.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bpy

_WAY, _LENGTH, _HIT = "wf_way", "wf_length", "wf_hit"


@dataclass(frozen=True)
class Target:
    """A mesh that rays can be cast at, and the node tree that casts them; its tree of bounds is built by the first ray."""

    item: bpy.types.Object
    tree: bpy.types.NodeTree


@dataclass(frozen=True)
class Rays:
    """N rays in the space of a target: `starts` (N, 3), `ways` (N, 3) of any length, and how far they reach, `lengths` (N,) in
    units of that space; all float32.
    """

    target: Target
    starts: NDArray[np.float32]
    ways: NDArray[np.float32]
    lengths: NDArray[np.float32]


class Raycaster:
    """Holds targets until it is closed, or left as a context; nothing of it stays in the file then."""

    def __init__(self) -> None:
        import bpy

        self._scene = bpy.data.scenes.new("wildfield.rays")
        self._targets: list[Target] = []

    def __enter__(self) -> Raycaster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def target(self, points: NDArray[np.float32], triangles: NDArray[np.int32]) -> Target:
        """Return a target for rays of points (V, 3) and triangles (T, 3)."""
        mesh = _points_mesh(points)
        mesh.loops.add(triangles.size)
        mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(triangles, np.int32).ravel())
        mesh.polygons.add(len(triangles))
        mesh.polygons.foreach_set("loop_start", np.arange(0, triangles.size, 3, dtype=np.int32))
        item = _linked(self._scene, mesh)
        target = Target(item, _casting_tree(item))
        self._targets.append(target)
        return target

    def drop(self, target: Target) -> None:
        """Forget a target that no ray is cast at any more."""
        import bpy

        self._targets.remove(target)
        _remove(target.item)
        bpy.data.node_groups.remove(target.tree)

    def cast(self, bundles: Sequence[Rays]) -> list[NDArray[np.bool_]]:
        """Return for each bundle (N,): whether each ray hits its target before its end."""
        with _laid_out(self._scene, bundles) as items:
            layer = self._scene.view_layers[0]
            layer.update()
            return [_hits(item.evaluated_get(layer.depsgraph).data) for item in items]

    def close(self) -> None:
        """Remove everything from the file."""
        import bpy

        while self._targets:
            self.drop(self._targets[-1])
        bpy.data.scenes.remove(self._scene)


@contextmanager
def _laid_out(scene: bpy.types.Scene, bundles: Sequence[Rays]) -> Iterator[list[bpy.types.Object]]:
    """Lay bundles of rays into a scene as objects, one each, which go again at the end."""
    items: list[bpy.types.Object] = []
    try:
        for rays in bundles:
            mesh = _points_mesh(rays.starts)
            mesh.attributes.new(_WAY, "FLOAT_VECTOR", "POINT").data.foreach_set("vector", _flat(rays.ways))
            mesh.attributes.new(_LENGTH, "FLOAT", "POINT").data.foreach_set("value", _flat(rays.lengths))
            items.append(_linked(scene, mesh))
            items[-1].modifiers.new("cast", "NODES").node_group = rays.target.tree
        yield items
    finally:
        for item in items:
            _remove(item)


def _casting_tree(target: bpy.types.Object) -> bpy.types.NodeTree:
    """The tree of a mesh of rays: which of them hit the target."""
    from ..procgen.nodes.geometry import geometry_tree, named_attribute

    w, points = geometry_tree("rays")
    geometry = w.out(w.node("GeometryNodeObjectInfo", {"Object": target}), "Geometry")
    way, length = named_attribute(w, _WAY, "FLOAT_VECTOR"), named_attribute(w, _LENGTH)
    ray = w.node("GeometryNodeRaycast", {"Target Geometry": geometry, "Ray Direction": way, "Ray Length": length})
    stored: dict[str | int, Any] = {"Geometry": points, "Name": _HIT, "Value": w.out(ray, "Is Hit")}
    kept = w.node("GeometryNodeStoreNamedAttribute", stored, data_type="BOOLEAN", domain="POINT")
    w.node("NodeGroupOutput", {0: w.out(kept)})
    return w.tree


def _points_mesh(points: NDArray[np.float32]) -> bpy.types.Mesh:
    import bpy

    mesh = bpy.data.meshes.new("wildfield.rays")
    mesh.vertices.add(len(points))
    mesh.attributes["position"].data.foreach_set("vector", _flat(points))
    return mesh


def _linked(scene: bpy.types.Scene, mesh: bpy.types.Mesh) -> bpy.types.Object:
    import bpy

    item = bpy.data.objects.new("wildfield.rays", mesh)
    scene.collection.objects.link(item)
    return item


def _remove(item: bpy.types.Object) -> None:
    import bpy

    mesh = item.data
    bpy.data.objects.remove(item)
    bpy.data.meshes.remove(mesh)


def _hits(mesh: bpy.types.Mesh) -> NDArray[np.bool_]:
    hits = np.empty(len(mesh.vertices), bool)
    mesh.attributes[_HIT].data.foreach_get("value", hits)
    return hits


def _flat(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32).ravel()
