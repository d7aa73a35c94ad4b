"""Cycles painting patches: light-free values of a material at every texel, with nothing left behind in the Blender file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ....procgen.nodes.objects import set_attribute
from ..colours import srgb
from .maps import Maps
from .patches import Patches
from .shaders import constants, copied, is_thin, show, uneven

_NUMBERS = ("Roughness", "Metallic", "There")
_DIELECTRIC = 0.04
"""What a surface of refractive index 1.5 reflects straight on."""
_BLADE_SAMPLES = 8
"""Places in a texel at which a blade is painted."""
_COARSE = 8
"""Texels to the side of one in the picture whose mean alone is wanted."""


def bake(patches: Patches, material: bpy.types.Material, instance: float) -> Maps:
    """Return the material's textures, painted from the patches, which may leave some of the square free.

    The colour is the base colour before light. A thin sheet's is all that it sends back to either side, its even gloss
    too: glTF and USD know no light that shines through, and Fresnel seen from behind would speckle it white. `instance`
    (0..1) is the random number of the object. Free texels take the mean of the others, so that coarser levels of the
    texture do not darken.
    """
    with _canvas(patches, material, instance) as canvas:
        normal = _bytes(_bent(canvas, patches)) if uneven(material) else None
        if is_thin(material):
            specular = 0.0
            colour = canvas.paint("DIFFUSE", pass_filter={"COLOR"}) + canvas.paint("GLOSSY", pass_filter={"COLOR"})
        else:
            gloss = canvas.paint("GLOSSY", _COARSE, pass_filter={"COLOR"})
            specular = min(round(float(gloss.mean()) / _DIELECTRIC, 2), 1.0)
            show(canvas.material, ("Albedo",))
            colour = canvas.paint("EMIT")
        fixed = constants(canvas.material, _NUMBERS)
        if fixed is None:
            show(canvas.material, _NUMBERS)
        numbers = np.broadcast_to(fixed, colour.shape) if fixed is not None else canvas.paint("EMIT")
    opacity = _bytes(numbers[..., 2:])
    surface = np.concatenate([np.ones_like(numbers[..., :1]), numbers[..., :2]], -1)
    return Maps(
        np.concatenate([srgb(colour), opacity], -1),
        _bytes(surface),
        normal,
        bool((opacity < 128).any()),
        specular,
    )


@dataclass(frozen=True)
class _Canvas:
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


def _bent(canvas: _Canvas, patches: Patches) -> NDArray[np.float32]:
    """Normals in tangent space as 0..1, straight up where a texel has no room for one."""
    found = canvas.paint("NORMAL", normal_space="TANGENT")
    return np.where(patches.relief[..., None], found, np.array([0.5, 0.5, 1.0], np.float32))


@contextmanager
def _canvas(patches: Patches, material: bpy.types.Material, instance: float) -> Iterator[_Canvas]:
    """Lay the patches into a scene of their own and take everything away at the end."""
    scene = bpy.data.scenes.new("wildfield.baking")
    scene.render.engine, scene.cycles.device = "CYCLES", "CPU"
    # One sample in the middle of each texel, where the faces that meet at an edge find the same point; of blades, whose few
    # texels would meet their veins by chance, the mean over the texel.
    samples, width = (_BLADE_SAMPLES, 1.0) if is_thin(material) else (1, 0.01)
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.use_adaptive_sampling = samples, False, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", width
    copy = copied(material, instance)
    mesh = _mesh(patches)
    mesh.materials.append(copy)
    item = bpy.data.objects.new("wildfield.baking", mesh)
    scene.collection.objects.link(item)
    try:
        yield _Canvas(scene, item, copy, patches.painted)
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


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)
