"""Laying meshes and instances into Blender: fast uploads, ids on everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import mathutils
import numpy as np
from numpy.typing import NDArray

from .. import materials
from ..meshes import MeshData
from ..pieces import pieces
from .geometry import geometry_tree, named_attribute, scene_seconds
from .writer import NodeWriter, Socket

_TYPES = {("f", 1): ("FLOAT", "value"), ("f", 2): ("FLOAT_VECTOR", "vector"), ("i", 1): ("INT", "value")}


def to_blender(mesh: MeshData, name: str) -> bpy.types.Mesh:
    """Return a new Blender mesh with the same points, faces, materials and attributes.

    Its faces also carry what the truth tells of them: `gt_part`, the value of the attribute `part` or 0, and `gt_piece`, the
    connected piece that the face belongs to, from 1.
    """
    arity = mesh.faces.shape[1]
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(mesh.points))
    data.loops.add(mesh.faces.size)
    data.polygons.add(len(mesh.faces))
    data.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(mesh.points, np.float32).ravel())
    data.loops.foreach_set("vertex_index", np.ascontiguousarray(mesh.faces, np.int32).ravel())
    data.polygons.foreach_set("loop_start", np.arange(0, mesh.faces.size, arity, dtype=np.int32))
    for material in mesh.materials:
        data.materials.append(materials.get(material))
    if len(mesh.materials) > 1:
        set_attribute(data, "material_index", "FACE", mesh.material)
    for key, item in mesh.attributes.items():
        set_attribute(data, key, item.domain, item.values)
    part = mesh.attributes.get("part")
    set_attribute(data, "gt_part", "FACE", np.zeros(len(mesh.faces), np.int32) if part is None else part.values)
    set_attribute(data, "gt_piece", "FACE", pieces(mesh))
    data.update(calc_edges=True)
    if mesh.smooth:
        data.shade_smooth()
    else:
        data.shade_flat()
    return data


def set_attribute(data: bpy.types.Mesh, name: str, domain: str, values: NDArray[np.generic]) -> None:
    """Store (N,) or (N, 3) float or (N,) integer values as a named attribute."""
    kind, member = _TYPES[(values.dtype.kind, values.ndim)]
    attribute = data.attributes.get(name) or data.attributes.new(name, kind, domain)
    plain = np.ascontiguousarray(values, np.int32 if kind == "INT" else np.float32)
    attribute.data.foreach_set(member, plain.ravel())


def add_object(
    scene: bpy.types.Scene,
    data: bpy.types.Mesh,
    name: str,
    identity: int,
    matrix: NDArray[np.floating] | None = None,
    deforms: bool = False,
) -> bpy.types.Object:
    """Link a plain object with its id into the scene.

    Where it `deforms`, its modifiers must keep its faces and their order: each face carries its number, `gt_face` from 1, by
    which the truth finds it again at another time.
    """
    item = bpy.data.objects.new(name, data)
    item["gt_id"] = identity
    if deforms:
        set_attribute(data, "gt_face", "FACE", np.arange(1, len(data.polygons) + 1, dtype=np.int32))
    if matrix is not None:
        item.matrix_world = mathutils.Matrix(matrix.tolist())
    scene.collection.objects.link(item)
    return item


@dataclass(frozen=True)
class Placement:
    """Where N instances stand: position (N, 3) m, rotation (N, 3) Euler XYZ rad, scale (N,), variant (N,) index into the
    prototypes, id (N,), and for the wind `sway` (N,) rad of lean and `phase` (N,) rad.
    """

    position: NDArray[np.float32]
    rotation: NDArray[np.float32]
    scale: NDArray[np.float32]
    variant: NDArray[np.int32]
    id: NDArray[np.int32]
    sway: NDArray[np.float32]
    phase: NDArray[np.float32]


@dataclass(frozen=True)
class Wind:
    """The wind as the instancing tree needs it: `direction` a unit (x, y), `frequency` of the sway in Hz, frames a second."""

    direction: tuple[float, float]
    frequency: float
    frame_rate: float


Named = Callable[[str, str], Socket]
"""Reads one of the points' values in a node tree: `named(key, data_type)`."""


@dataclass(frozen=True)
class Pose:
    """How a node tree poses instances: their rotation, and where wanted an offset (m) and which points are `gone`."""

    rotation: Socket
    offset: Socket | None = None
    gone: Socket | None = None


def add_instances(
    scene: bpy.types.Scene, name: str, prototypes: list[bpy.types.Object], placement: Placement, wind: Wind
) -> bpy.types.Object:
    """Instance the prototypes on points with `gt_id`, a stable id for motion, and a lean that depends on time alone.

    The prototypes must not be linked to the scene; they go into a collection of their own. A plant leans along the wind by
    sway * (0.6 + 0.4 sin(2 pi f t + phase)) and across it by a third of that at another rate, so no two move in step.
    """
    values = {key: getattr(placement, key) for key in ("rotation", "scale", "variant", "id", "sway", "phase")}

    def lean(w: NodeWriter, named: Named) -> Pose:
        upright = w.out(w.node("FunctionNodeEulerToRotation", {0: named("rotation", "FLOAT_VECTOR")}))
        return Pose(w.out(w.node("FunctionNodeRotateRotation", {0: upright, 1: _lean(w, named, wind)})))

    return instance_points(scene, name, prototypes, placement.position, values, lean)


def instance_points(
    scene: bpy.types.Scene,
    name: str,
    prototypes: list[bpy.types.Object],
    position: NDArray[np.float32],
    values: dict[str, NDArray[np.generic]],
    pose: Callable[[NodeWriter, Named], Pose],
) -> bpy.types.Object:
    """Instance the prototypes on points at `position` (N, 3) m, posed by a node tree, with `gt_id` and a stable id each.

    `values` (N,) or (N, 3) by name are what `pose` may read; `scale`, `variant` and `id` must be among them.
    """
    collection = bpy.data.collections.new(name)
    for index, prototype in enumerate(prototypes):
        prototype.name = f"{name}.{index:04d}"
        collection.objects.link(prototype)
    points = bpy.data.meshes.new(f"{name}.points")
    points.vertices.add(len(position))
    points.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(position, np.float32).ravel())
    for key, array in values.items():
        set_attribute(points, f"wf_{key}", "POINT", array)
    host = bpy.data.objects.new(name, points)
    scene.collection.objects.link(host)
    host.modifiers.new("wildfield.instances", "NODES").node_group = _instancing_tree(name, collection, pose)
    return host


def _instancing_tree(
    name: str, collection: bpy.types.Collection, pose: Callable[[NodeWriter, Named], Pose]
) -> bpy.types.NodeTree:
    w, points = geometry_tree(f"instances.{name}")

    def named(key: str, kind: str) -> Socket:
        return named_attribute(w, f"wf_{key}", kind)

    posed = pose(w, named)
    if posed.gone is not None:
        points = w.out(w.node("GeometryNodeDeleteGeometry", {"Geometry": points, "Selection": posed.gone}, domain="POINT"))
    if posed.offset is not None:
        points = w.out(w.node("GeometryNodeSetPosition", {"Geometry": points, "Offset": posed.offset}))
    objects = w.out(
        w.node("GeometryNodeCollectionInfo", {"Collection": collection, "Separate Children": True, "Reset Children": True})
    )
    inputs: dict[str | int, object] = {
        "Points": points,
        "Instance": objects,
        "Pick Instance": True,
        "Instance Index": named("variant", "INT"),
        "Rotation": posed.rotation,
        "Scale": named("scale", "FLOAT"),
    }
    instances = w.out(w.node("GeometryNodeInstanceOnPoints", inputs))
    identified = w.out(w.node("GeometryNodeSetID", {"Geometry": instances, "ID": named("id", "INT")}))
    stored = w.node(
        "GeometryNodeStoreNamedAttribute",
        {"Geometry": identified, "Name": "gt_id", "Value": named("id", "INT")},
        data_type="INT",
        domain="INSTANCE",
    )
    w.node("NodeGroupOutput", {0: w.out(stored)})
    return w.tree


def _lean(w: NodeWriter, named: Named, wind: Wind) -> Socket:
    """The rotation away from upright, about the horizontal axis across the wind, as a function of the scene's time."""
    sway, phase = named("sway", "FLOAT"), named("phase", "FLOAT")
    seconds = scene_seconds(w, wind.frame_rate)
    turn = 2.0 * np.pi * wind.frequency
    along = sway * (0.6 + 0.4 * w.math("SINE", seconds * turn + phase))
    across = sway * (0.33 * w.math("SINE", seconds * (turn * 1.37) + phase * 2.3))
    x, y = wind.direction
    angles = w.combine(along * -y + across * x, along * x + across * y, 0.0)
    return w.out(w.node("FunctionNodeEulerToRotation", {0: angles}))
