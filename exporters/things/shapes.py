"""What every thing looks like by itself: the triangles of a scene's things, read out of Blender once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .hulls import outline

if TYPE_CHECKING:
    import bpy

    from ...procgen.scene import BuiltScene

NO_SHAPE = -1


@dataclass(frozen=True)
class Shape:
    """A mesh in local metres: points (V, 3) float32, triangles (T, 3) int32.

    `outline` (K,) int32 are the points on the convex hull: seen from outside, they bound what all points bound.
    """

    points: NDArray[np.float32]
    triangles: NDArray[np.int32]
    outline: NDArray[np.int32]

    @classmethod
    def of(cls, points: NDArray[np.float32], triangles: NDArray[np.int32]) -> Shape:
        used = np.unique(triangles)
        return cls(points, triangles, used[outline(points[used])].astype(np.int32))


@dataclass(frozen=True)
class Shapes:
    """Which shape each thing has: `ids` (N,) ascending, `index` (N,) into `shapes`."""

    ids: NDArray[np.int64]
    index: NDArray[np.int64]
    shapes: list[Shape]

    def find(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return (M,) indices into `shapes`, NO_SHAPE for those of `ids` (M,) that have none."""
        if not len(self.ids):
            return np.full(len(ids), NO_SHAPE, np.int64)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[at] == ids, self.index[at], NO_SHAPE)


def read_shapes(built: BuiltScene, stuff: Collection[str] = ()) -> Shapes:
    """Return the shapes of the scene's things at its current frame; what many instances share is read once.

    An instance's shape holds what is instanced inside it. Hidden objects are read too, for they may come later. Without a shape
    are: what deforms, things whose class is in `stuff` (nobody counts them, and land is large), ids that stand in several
    places, what holds anything but meshes, and what its material displaces: Blender does not know where Cycles puts it.
    """
    without = [number for number, thing in built.table.things.items() if thing.deforms or thing.class_name in stuff]
    shapes: list[Shape] = []
    known: dict[int, int] = {}
    pairs = [np.empty((0, 2), np.int64)]
    for ids, shown in _carriers(built.scene):
        wanted = ids[~np.isin(ids, without)]
        if not len(wanted):
            continue
        plain = _inside(shown) is None and getattr(shown, "type", "") == "MESH"
        key = shown.data.as_pointer() if plain else -1 - len(pairs)
        if key not in known:
            mesh = _flattened(shown)
            known[key] = NO_SHAPE
            if mesh is not None and len(mesh[1]):
                known[key] = len(shapes)
                shapes.append(Shape.of(*mesh))
        pairs.append(np.stack([wanted, np.full(len(wanted), known[key])], -1))
    ids, indices = np.concatenate(pairs).T
    unique, first, count = np.unique(ids, return_index=True, return_counts=True)
    alone = (count == 1) & (indices[first] != NO_SHAPE)
    return Shapes(unique[alone], indices[first][alone], shapes)


Mesh = tuple[NDArray[np.float32], NDArray[np.int32]]
"""Points (V, 3) and triangles (T, 3)."""


def _carriers(scene: bpy.types.Scene) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield ids of things (N,), and the evaluated object or geometry set that they all look like."""
    depsgraph = scene.view_layers[0].depsgraph
    depsgraph.update()
    for plain in scene.objects:
        item = plain.evaluated_get(depsgraph)
        if "gt_id" in item:
            yield np.array([item["gt_id"]], np.int64), item
        geometry = _inside(item)
        if geometry is not None:
            yield from _instanced(geometry)


def _instanced(geometry: Any) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield ids and what they show, of the instances in a geometry set or, where those have none, of the instances in them."""
    points = geometry.instances_pointcloud()
    if points is None:
        return
    reference = _values(points, ".reference_index", np.int32)
    ids = _values(points, "gt_id", np.int32).astype(np.int64) if "gt_id" in points.attributes else None
    for number, shown in enumerate(geometry.instance_references()):
        inner = _inside(shown)
        if ids is not None:
            yield ids[reference == number], shown
        elif inner is not None:
            for inner_ids, inner_shown in _instanced(inner):
                yield np.tile(inner_ids, (reference == number).sum()), inner_shown


def _inside(shown: Any) -> Any:
    """Return the geometry set that an object or an instance shows, or None where it shows a plain object or a collection."""
    if type(shown).__name__ == "GeometrySet":
        return shown
    nodes = any(modifier.type == "NODES" for modifier in getattr(shown, "modifiers", ()))
    return shown.evaluated_geometry() if nodes else None  # holds what it hands out: keep it while that is in use


def _flattened(shown: Any) -> Mesh | None:
    """Return one mesh of a plain object or a geometry set with everything instanced in it, None where not all is known."""
    geometry = _inside(shown)
    if geometry is None:
        displaced = any(_displaces(slot.material) for slot in getattr(shown, "material_slots", ()))
        return _read_mesh(shown.data) if getattr(shown, "type", "") == "MESH" and not displaced else None
    displaced = geometry.mesh and any(map(_displaces, geometry.mesh.materials))
    if displaced or geometry.curves or geometry.pointcloud or geometry.volume:
        return None
    parts = [_read_mesh(geometry.mesh)] if geometry.mesh else []
    points = geometry.instances_pointcloud()
    if points is not None and "gt_id" not in points.attributes:
        reference = _values(points, ".reference_index", np.int32)
        transforms = _values(points, "instance_transform", np.float32).reshape(-1, 4, 4)
        for number, inner in enumerate(geometry.instance_references()):
            part = _flattened(inner)
            if part is None:
                return None
            parts.append(_repeated(part, transforms[reference == number]))
    return _joined(parts)


def _displaces(material: bpy.types.Material | None) -> bool:
    """Whether Cycles moves the surface itself where this material is, not only its shading."""
    if material is None or material.node_tree is None or material.displacement_method == "BUMP":
        return False
    outputs = (node for node in material.node_tree.nodes if node.type == "OUTPUT_MATERIAL")
    return any(node.inputs["Displacement"].is_linked for node in outputs)


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
