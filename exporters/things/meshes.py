"""The meshes of a scene's things as Blender has evaluated them, in local metres, with everything instanced in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bpy

Mesh = tuple[NDArray[np.float32], NDArray[np.int32]]
"""Points (V, 3) and triangles (T, 3)."""


def carriers(scene: bpy.types.Scene) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield ids of things (N,), and the evaluated object or geometry set that they all look like."""
    depsgraph = scene.view_layers[0].depsgraph
    depsgraph.update()
    for plain in scene.objects:
        item = plain.evaluated_get(depsgraph)
        if "gt_id" in item:
            yield np.array([item["gt_id"]], np.int64), item
        geometry = inside(item)
        if geometry is not None:
            yield from instanced(geometry)


def instanced(geometry: Any, name: str = "gt_id") -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield the values (N,) of an INT attribute and what shows them, of the instances in a geometry set.

    Where those have it not, the instances in them are asked, unless those are things by themselves.
    """
    points = geometry.instances_pointcloud()
    if points is None or (name not in points.attributes and "gt_id" in points.attributes):
        return
    reference = _values(points, ".reference_index", np.int32)
    numbers = _values(points, name, np.int32).astype(np.int64) if name in points.attributes else None
    for index, shown in enumerate(geometry.instance_references()):
        inner = inside(shown)
        if numbers is not None:
            yield numbers[reference == index], shown
        elif inner is not None:
            for inner_numbers, inner_shown in instanced(inner, name):
                yield np.tile(inner_numbers, (reference == index).sum()), inner_shown


def inside(shown: Any) -> Any:
    """Return the geometry set that an object or an instance shows, or None where it shows a plain object or a collection."""
    if type(shown).__name__ == "GeometrySet":
        return shown
    nodes = any(modifier.type == "NODES" for modifier in getattr(shown, "modifiers", ()))
    return shown.evaluated_geometry() if nodes else None  # holds what it hands out: keep it while that is in use


def flattened(
    shown: Any, unfit: Callable[[bpy.types.Material | None], bool], apart: Collection[str] = ("gt_id",)
) -> Mesh | None:
    """Return one mesh of a plain object or a geometry set with everything instanced in it, None where not all is known.

    That is so where it holds anything but meshes and where a material is `unfit`. Instances that carry an attribute named in
    `apart` are left out: they are by themselves.
    """
    geometry = inside(shown)
    if geometry is None:
        bad = any(unfit(slot.material) for slot in getattr(shown, "material_slots", ()))
        return _read_mesh(shown.data) if getattr(shown, "type", "") == "MESH" and not bad else None
    if (
        geometry.curves
        or geometry.pointcloud
        or geometry.volume
        or (geometry.mesh and any(map(unfit, geometry.mesh.materials)))
    ):
        return None
    parts = [_read_mesh(geometry.mesh)] if geometry.mesh else []
    points = geometry.instances_pointcloud()
    if points is not None and not any(name in points.attributes for name in apart):
        reference = _values(points, ".reference_index", np.int32)
        transforms = _values(points, "instance_transform", np.float32).reshape(-1, 4, 4)
        for number, inner in enumerate(geometry.instance_references()):
            part = flattened(inner, unfit, apart)
            if part is None:
                return None
            parts.append(_repeated(part, transforms[reference == number]))
    return _joined(parts)


def displaces(material: bpy.types.Material | None) -> bool:
    """Whether Cycles moves the surface itself where this material is, not only its shading."""
    if material is None or material.node_tree is None or material.displacement_method == "BUMP":
        return False
    outputs = (node for node in material.node_tree.nodes if node.type == "OUTPUT_MATERIAL")
    return any(node.inputs["Displacement"].is_linked for node in outputs)


def cuts_out(material: bpy.types.Material | None) -> bool:
    """Whether the truth render sees through parts of the surface where this material is."""
    if material is None or material.node_tree is None:
        return False
    groups = (node for node in material.node_tree.nodes if node.type == "GROUP" and "There" in node.inputs)
    return any(node.inputs["There"].is_linked for node in groups)


def _repeated(mesh: Mesh, transforms: NDArray[np.float32]) -> Mesh:
    """Return the mesh at each of the transforms (I, 4, 4), which multiply row vectors from the right as Blender stores them."""
    points, triangles = mesh
    moved = points @ transforms[:, :3, :3] + transforms[:, None, 3, :3]
    starts = np.arange(len(transforms), dtype=np.int32)[:, None, None] * np.int32(len(points))
    return moved.reshape(-1, 3), (triangles + starts).reshape(-1, 3)


def _joined(parts: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(points) for points, _ in parts)]).astype(np.int32)
    points = np.concatenate([np.empty((0, 3), np.float32), *(part[0] for part in parts)])
    triangles = [part[1] + start for part, start in zip(parts, starts, strict=False)]
    return points, np.concatenate([np.empty((0, 3), np.int32), *triangles])


def _values(points: bpy.types.PointCloud, name: str, kind: type[np.int32] | type[np.float32]) -> NDArray[Any]:
    data = points.attributes[name].data
    values = np.empty(len(data) * (16 if name == "instance_transform" else 1), kind)
    data.foreach_get("value", values)
    return values


def _read_mesh(mesh: bpy.types.Mesh) -> Mesh:
    points = np.empty((len(mesh.vertices), 3), np.float32)
    if len(points):
        mesh.attributes["position"].data.foreach_get("vector", points.reshape(-1))
    mesh.calc_loop_triangles()
    triangles = np.empty((len(mesh.loop_triangles), 3), np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles.reshape(-1))
    return points, triangles
