"""What Cycles paints on: patches with one material in a scene of their own, of which nothing stays in the Blender file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ....procgen.nodes.objects import set_attribute
from .patches import Patches
from .shaders import copied


@dataclass(frozen=True)
class Canvas:
    """What is baked: an object with one material, and which texels it covers."""

    scene: bpy.types.Scene
    item: bpy.types.Object
    material: bpy.types.Material
    painted: NDArray[np.bool_]

    def paint(self, kind: str, step: int = 1, **options: object) -> NDArray[np.float32]:
        """Bake and return (S, S, 3) float32, upper row first; S is the square's size over `step`."""
        painted = self.painted[step // 2 :: step, step // 2 :: step]
        painted = painted if painted.any() else self.painted
        size = len(painted)
        image = bpy.data.images.new("wildfield.baking", size, size, alpha=True, float_buffer=True)
        image.colorspace_settings.name = "Non-Color"
        nodes = self.material.node_tree.nodes
        target = nodes.new("ShaderNodeTexImage")
        target.image, nodes.active = image, target
        layer = self.scene.view_layers[0]
        layer.update()
        chosen = {"active_object": self.item, "object": self.item, "selected_objects": [self.item]}
        with bpy.context.temp_override(scene=self.scene, view_layer=layer, **chosen):
            bpy.ops.object.bake(type=kind, margin=0, use_clear=True, **options)
        values = np.empty(size * size * 4, np.float32)
        image.pixels.foreach_get(values)
        nodes.remove(target)
        bpy.data.images.remove(image)
        rows = values.reshape(size, size, 4)[::-1, :, :3]
        mean = rows[painted].mean(0, dtype=np.float64).astype(np.float32)
        return np.where(painted[..., None], rows, mean)


@contextmanager
def laid(patches: Patches, material: bpy.types.Material, instance: float, samples: int) -> Iterator[Canvas]:
    """Lay the patches into a scene of their own and take everything away at the end.

    Each texel is painted in its middle, where the faces that meet at an edge find the same point, or, of more `samples` than
    one, as their mean over it.
    """
    scene = bpy.data.scenes.new("wildfield.baking")
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    width = 0.01 if samples == 1 else 1.0
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.use_adaptive_sampling = samples, False, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", width
    copy = copied(material, instance)
    mesh = _mesh(patches)
    mesh.materials.append(copy)
    item = bpy.data.objects.new("wildfield.baking", mesh)
    scene.collection.objects.link(item)
    try:
        yield Canvas(scene, item, copy, patches.painted)
    finally:
        bpy.data.objects.remove(item)
        bpy.data.meshes.remove(mesh)
        bpy.data.materials.remove(copy)
        bpy.data.scenes.remove(scene)


def _mesh(patches: Patches) -> bpy.types.Mesh:
    """The patches as a mesh of single quads."""
    count = len(patches.corners)
    mesh = bpy.data.meshes.new("wildfield.baking")
    mesh.vertices.add(4 * count)
    mesh.loops.add(4 * count)
    mesh.polygons.add(count)
    mesh.attributes["position"].data.foreach_set("vector", patches.corners.astype(np.float32).ravel())
    mesh.loops.foreach_set("vertex_index", np.arange(4 * count, dtype=np.int32))
    mesh.polygons.foreach_set("loop_start", np.arange(0, 4 * count, 4, dtype=np.int32))
    layer = mesh.uv_layers.new(name="st")
    layer.data.foreach_set("uv", patches.uv.astype(np.float32).ravel())
    for name, values in patches.attributes.items():
        set_attribute(mesh, name, "POINT", values.reshape(4 * count, *values.shape[2:]).astype(np.float32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    mesh.normals_split_custom_set_from_vertices(patches.normals.reshape(-1, 3).tolist())
    return mesh
