"""The render engine "Wildfield Field": fields in Rendered shading, in F12 and in background renders."""

from __future__ import annotations

import bpy
import gpu
from mathutils import Color

from . import field_store
from .field_properties import hosts
from .picture import Picture, ShownField
from .splat_arrays import Floats
from .viewport_fields import picture, shown

ENGINE = "WILDFIELD_FIELD"


class WildfieldEngine(bpy.types.RenderEngine):
    """Draws what `wildfield train` made, over the world's colour or, where the film is transparent, over nothing.

    The colours stay as trained where the scene's view transform is Standard.
    """

    bl_idname = ENGINE
    bl_label = "Wildfield Field"
    bl_use_preview = False
    bl_use_gpu_context = True

    def view_update(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """Nothing is kept between redraws that a change of the scene could make wrong."""

    def view_draw(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """Draw one 3D viewport in Rendered shading."""
        target = gpu.state.active_framebuffer_get()
        own = picture((context.region.width, context.region.height))
        visible = [host for host in hosts(depsgraph.objects) if host.original.visible_get(view_layer=depsgraph.view_layer)]
        own.draw(shown(visible), context.region_data.view_matrix, context.region_data.window_matrix)
        with target.bind():
            own.composite(background=background(depsgraph.scene))

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Render one frame from the scene's camera."""
        scene = depsgraph.scene
        if scene.camera is None:
            self.report({"ERROR"}, "Wildfield Field: the scene has no camera")
            return
        fields = []
        for host in hosts(depsgraph.objects):
            location = host.wildfield_field.location
            if host.hide_render or not host.wildfield_field.show:
                continue
            if not field_store.is_known(location):
                field_store.try_load(location)
            drawer = field_store.drawer(location)
            if drawer is None:
                self.report({"ERROR"}, f"Wildfield Field: {field_store.problem(location)}")
                continue
            fields.append(ShownField(drawer, host.matrix_world.copy(), host.wildfield_field.look))
        pixels = render_fields(fields, scene, depsgraph, (self.resolution_x, self.resolution_y))
        height, width = pixels.shape[:2]
        result = self.begin_result(0, 0, width, height)
        result.layers[0].passes["Combined"].rect.foreach_set(pixels.ravel())
        self.end_result(result)


def render_fields(
    fields: list[ShownField], scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, size: tuple[int, int]
) -> Floats:
    """Return the frame (height, width, 4), premultiplied linear light, the lowest row first.

    Where a border is set, only what lies in it.
    """
    width, height = size
    camera = scene.camera.evaluated_get(depsgraph)
    aspect = {"scale_x": scene.render.pixel_aspect_x, "scale_y": scene.render.pixel_aspect_y}
    projection = camera.calc_matrix_camera(depsgraph, x=width, y=height, **aspect)
    view = camera.matrix_world.normalized().inverted()
    own, target = Picture(size, "RGBA32F"), Picture(size, "RGBA32F")
    own.draw(fields, view, projection, exact=True)
    with target.offscreen.bind():
        gpu.state.active_framebuffer_get().clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
        own.composite(background=background(scene))
    pixels = target.read()
    own.free()
    target.free()
    render = scene.render
    if not render.use_border:
        return pixels
    rows = slice(int(render.border_min_y * height), int(render.border_max_y * height))
    return pixels[rows, int(render.border_min_x * width) : int(render.border_max_x * width)].copy()


def background(scene: bpy.types.Scene) -> tuple[float, float, float] | None:
    """Return the world's plain colour in sRGB, or None where the film is transparent.

    That is the colour of the world's Background node; a sky that nodes make is not drawn.
    """
    if scene.render.film_transparent:
        return None
    if scene.world is None:
        return (0.0, 0.0, 0.0)
    nodes = scene.world.node_tree.nodes if scene.world.node_tree else []
    plain = next((node for node in nodes if node.type == "BACKGROUND" and not node.inputs["Color"].is_linked), None)
    if plain is None:
        return tuple(Color(scene.world.color).from_scene_linear_to_srgb())
    strength = plain.inputs["Strength"].default_value
    return tuple((Color(plain.inputs["Color"].default_value[:3]) * strength).from_scene_linear_to_srgb())


def register() -> None:
    bpy.utils.register_class(WildfieldEngine)


def unregister() -> None:
    bpy.utils.unregister_class(WildfieldEngine)
