"""Operators of the Field panel: show a field in the scene, take it out again, set up the scene for true colours."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from ..errors import UserError
from ..fields.splats.formats import FORMATS, splat_file
from . import field_store
from .engine import ENGINE
from .field_properties import hosts
from .viewport_fields import redraw

EMPTY_SHARE = 0.25
"""Size of the host Empty's axes, as a share of the field's own size."""


def add_field(scene: bpy.types.Scene, path: Path) -> bpy.types.Object:
    """Show the field at `path` in the scene and return its host, an Empty; one that shows it already is used again.

    Raises UserError where the field cannot be read.
    """
    file = str(path.absolute())
    splats = field_store.load(file)
    redraw()
    for host in hosts(scene.objects):
        if host.wildfield_field.location == file:
            return host
    name = path.name if path.is_dir() else path.stem
    host = bpy.data.objects.new(name, None)
    low, high = splats.bounds()
    host.empty_display_size = max(float((high - low).max()) * EMPTY_SHARE, 0.01)
    host.wildfield_field.path = file
    scene.collection.objects.link(host)
    return host


class WILDFIELD_OT_load_field(bpy.types.Operator, ImportHelper):
    """Show a trained field: the folder that a training wrote, or a file of Gaussian splats: .ply, .spz or .splat"""

    bl_idname = "wildfield.load_field"
    bl_label = "Load Field"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    filename_ext = ".ply"
    filter_glob: bpy.props.StringProperty(default=";".join(f"*{ending}" for ending in FORMATS), options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = Path(self.filepath)
        # The file browser hands over a folder as "folder/" and a splats.ply inside a field folder stands for the field.
        path = chosen.parent if chosen.name == "splats.ply" and (chosen.parent / "field.json").is_file() else chosen
        try:
            splat_file(path)
            host = add_field(context.scene, path)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        host.select_set(True)
        context.view_layer.objects.active = host
        count = len(field_store.arrays(host.wildfield_field.location) or ())
        self.report({"INFO"}, f"{host.name}: {count:,} splats")
        return {"FINISHED"}


class HostOperator:
    """An operator on the Empty whose name it is given."""

    host: bpy.props.StringProperty(options={"HIDDEN"})

    def target(self, context: bpy.types.Context) -> bpy.types.Object | None:
        return context.scene.objects.get(self.host)


class WILDFIELD_OT_remove_field(HostOperator, bpy.types.Operator):
    """Take this field out of the scene, with the Empty that holds it. The files stay"""

    bl_idname = "wildfield.remove_field"
    bl_label = "Remove Field"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        host = self.target(context)
        if host is None:
            return {"CANCELLED"}
        location = host.wildfield_field.location
        bpy.data.objects.remove(host)
        if all(other.wildfield_field.location != location for other in hosts(bpy.data.objects)):
            field_store.forget(location)
        return {"FINISHED"}


class WILDFIELD_OT_reload_field(HostOperator, bpy.types.Operator):
    """Read this field from disk again"""

    bl_idname = "wildfield.reload_field"
    bl_label = "Reload Field"

    def execute(self, context: bpy.types.Context) -> set[str]:
        host = self.target(context)
        if host is None:
            return {"CANCELLED"}
        try:
            field_store.load(host.wildfield_field.location)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        redraw()
        return {"FINISHED"}


class WILDFIELD_OT_select_field(HostOperator, bpy.types.Operator):
    """Select the Empty that moves, turns and scales this field"""

    bl_idname = "wildfield.select_field"
    bl_label = "Select Field"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        host = self.target(context)
        if host is None or host.name not in context.view_layer.objects:
            return {"CANCELLED"}
        for other in context.selected_objects:
            other.select_set(False)
        host.select_set(True)
        context.view_layer.objects.active = host
        return {"FINISHED"}


class WILDFIELD_OT_render_fields(bpy.types.Operator):
    """Set the scene's engine to Wildfield Field and its view transform to Standard, so that colours stay as trained"""

    bl_idname = "wildfield.render_fields"
    bl_label = "Render with Wildfield Field"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = context.scene
        if scene.render.engine == ENGINE and scene.view_settings.view_transform == "Standard":
            cls.poll_message_set("The scene is set up already: choose Rendered shading or press F12")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.render.engine = ENGINE
        context.scene.view_settings.view_transform = "Standard"
        context.scene.view_settings.look = "None"
        return {"FINISHED"}


def _import_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.operator(WILDFIELD_OT_load_field.bl_idname, text="Gaussian Splats (.ply, .spz, .splat)")


CLASSES = (
    WILDFIELD_OT_load_field,
    WILDFIELD_OT_remove_field,
    WILDFIELD_OT_reload_field,
    WILDFIELD_OT_select_field,
    WILDFIELD_OT_render_fields,
)
_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register()
    bpy.types.TOPBAR_MT_file_import.append(_import_menu)


def unregister() -> None:
    bpy.types.TOPBAR_MT_file_import.remove(_import_menu)
    _unregister()
