"""What the exporters to 3D files share: a dataset's world, built again from its scene.toml, as plain meshes and matrices.

Other people's formats know neither geometry nodes nor shader nodes. So every mesh is evaluated at the first frame and kept
once, beside the ids and matrices of all things that show it; the formats write those from NumPy. For a lake with 21,415
plants and stones that takes 5 s of CPU as glTF and 11 s as USD; Blender's own exporters took 71 s and 159 s.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...procgen.compose import blender_version, clear, compose
from ...procgen.meshes import Attribute, MeshData
from ...procgen.scene_spec import SceneSpec
from ...procgen.spec import from_dict
from ..manifest import understood
from ..poses import read_poses
from ..reader import Scene
from .baking.maps import Textured

if TYPE_CHECKING:
    import bpy

    from ...procgen.scene import BuiltScene


@dataclass(frozen=True)
class Shape:
    """A mesh and the things that show it: `name` of the mesh, `ids` (N,), `matrices` (N, 4, 4) local to world, metres.

    `textured` is the same mesh with its textures, where it has some.
    """

    name: str
    mesh: MeshData
    ids: NDArray[np.int64]
    matrices: NDArray[np.float64]
    textured: Textured | None = None

    def only(self, chosen: set[int]) -> Shape:
        """The same mesh for those of its things whose ids are chosen."""
        kept = np.isin(self.ids, list(chosen))
        return replace(self, ids=self.ids[kept], matrices=self.matrices[kept])


@dataclass(frozen=True)
class World:
    """All shapes of a scene, and the name and the class of every id as objects.json gives them."""

    shapes: list[Shape]
    names: dict[int, str]
    classes: dict[int, str]

    def only(self, chosen: set[int]) -> World:
        """The world without the things whose ids are not chosen."""
        kept = (shape.only(chosen) for shape in self.shapes)
        return World([shape for shape in kept if len(shape.ids)], self.names, self.classes)


def world_of(scene: Scene, textures: int = 0) -> World:
    """Compose a dataset's scene in the emptied Blender file and return its world at the first frame.

    `textures` is the most pixels along the side of a texture, 0 for none (`baking.worlds`).

    Raises UserError where bpy is not there, where scene.toml is damaged, and where what grows from it in this version is
    not what the dataset shows.
    """
    from ..formats.exporter import content

    blender_version()
    path = scene.folder / "scene.toml"
    with understood(path):
        values = tomllib.loads(content(scene, path).decode())
    spec = from_dict(SceneSpec, values, str(path))
    clear()
    built = compose(spec)
    built.scene.frame_set(built.frames.start)
    if not _is_shown_by(scene, built):
        raise UserError(f"{path}: grows into another scene than the dataset shows; export with the version that generated it")
    things = built.table.things.items()
    classes = {number: thing.class_name for number, thing in things}
    world = World(list(shapes(built, bool(textures))), {number: thing.name for number, thing in things}, classes)
    if not textures:
        return world
    from .baking.worlds import dressed

    return World(dressed(world.shapes, textures), world.names, classes)


def shapes(built: BuiltScene, attributes: bool = False) -> Iterator[Shape]:
    """Yield every mesh that the scene shows at its current frame, of plain objects and of geometry-nodes instances.

    With `attributes` the meshes keep all numbers on points and faces, on which materials depend; else `part` and `tint`.
    """
    graph = built.scene.view_layers[0].depsgraph
    graph.update()
    for item in built.scene.objects:
        if item.type != "MESH" or item.hide_render:
            continue
        seen = item.evaluated_get(graph)
        world = np.array(seen.matrix_world, np.float64)
        if "gt_id" in item:
            yield Shape(item.name, _mesh_data(seen.data, attributes), np.array([item["gt_id"]], np.int64), world[None])
        geometry = seen.evaluated_geometry()  # holds what it hands out: keep it while that is in use
        cloud = geometry.instances_pointcloud()
        if cloud is None or "gt_id" not in cloud.attributes:
            continue
        ids, which = (_read(cloud.attributes[name].data, "value", np.int32) for name in ("gt_id", ".reference_index"))
        columns = _read(cloud.attributes["instance_transform"].data, "value", np.float32, 16)
        matrices = world @ columns.reshape(-1, 4, 4).transpose(0, 2, 1)
        for index, prototype in enumerate(geometry.instance_references()):
            chosen = which == index
            if chosen.any():
                yield Shape(
                    prototype.name, _mesh_data(prototype.data, attributes), ids[chosen].astype(np.int64), matrices[chosen]
                )


def _is_shown_by(scene: Scene, built: BuiltScene) -> bool:
    """Whether every row of objects.json is in the table by its name, and stands where it stood."""
    things, shown = built.table.things, scene.poses(built.frames.start)
    with understood(scene.folder / "objects.json"):
        named = all(number in things and things[number].name == row["name"] for number, row in scene.objects.items())
    known, matrices = read_poses(built).find(shown.ids)
    return bool(named and known.all() and np.allclose(matrices, shown.matrices, atol=1e-4))


def _mesh_data(mesh: bpy.types.Mesh, attributes: bool) -> MeshData:
    """A Blender mesh in plain arrays: quads where all faces are, otherwise triangles; attributes `part` and `tint`, or all."""
    points = _read(mesh.attributes["position"].data, "vector", np.float32, 3).reshape(-1, 3)
    slots = _read(mesh.polygons, "material_index", np.int32)
    polygon = np.arange(len(slots), dtype=np.int32)
    if len(mesh.loops) == 4 * len(mesh.polygons):
        faces = _read(mesh.loops, "vertex_index", np.int32).reshape(-1, 4)
    else:
        mesh.calc_loop_triangles()
        faces = _read(mesh.loop_triangles, "vertices", np.int32, 3).reshape(-1, 3)
        polygon = _read(mesh.loop_triangles, "polygon_index", np.int32)
    names = tuple(item.name.removeprefix("wildfield.") for item in mesh.materials)
    numbers = _numbers(mesh, polygon, None if attributes else {"tint"})
    if "gt_part" in mesh.attributes:
        numbers["part"] = Attribute("FACE", _read(mesh.attributes["gt_part"].data, "value", np.int32)[polygon])
    return MeshData(points, faces, slots[polygon], names, numbers)


def _numbers(mesh: bpy.types.Mesh, polygon: NDArray[np.int32], names: set[str] | None) -> dict[str, Attribute]:
    """The numbers and vectors on points and faces of those names, or all; `polygon` (F,) is which one a face is a part of."""
    kinds = {"FLOAT": ("value", 1), "FLOAT_VECTOR": ("vector", 3)}
    found = {}
    for item in mesh.attributes:
        wanted = item.name != "position" if names is None else item.name in names
        if wanted and item.data_type in kinds and item.domain in ("POINT", "FACE"):
            member, width = kinds[item.data_type]
            values = _read(item.data, member, np.float32, width).reshape(-1, width).squeeze(-1 if width == 1 else ())
            found[item.name] = Attribute(item.domain, values[polygon] if item.domain == "FACE" else values)
    return found


def _read(collection: Any, name: str, dtype: Any, width: int = 1) -> NDArray[Any]:
    """A property of everything in one of Blender's collections, flat."""
    values = np.empty(len(collection) * width, dtype)
    collection.foreach_get(name, values)
    return values
