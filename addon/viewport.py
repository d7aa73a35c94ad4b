"""Shows fields in every 3D viewport, behind and in front of the meshes: a draw handler around the drawer."""

from __future__ import annotations

from typing import Any

import bpy
import gpu

from .engine import ENGINE
from .field_properties import hosts
from .viewport_fields import free, picture, shown

_handle: Any = None


def draw_view() -> None:
    """Draw the fields into the 3D view that is being drawn."""
    context = bpy.context
    space = context.space_data
    if space.shading.type == "RENDERED" and context.engine == ENGINE:
        return
    fields = shown([host for host in hosts(context.view_layer.objects) if host.visible_in_viewport_get(space)])
    if not fields:
        return
    left, bottom, width, height = gpu.state.viewport_get()
    target = gpu.state.active_framebuffer_get()
    buffer = target.read_depth(left, bottom, width, height)
    buffer.dimensions = width * height
    depth = gpu.types.GPUTexture((width, height), format="R32F", data=buffer)
    own = picture((width, height))
    own.draw(fields, gpu.matrix.get_model_view_matrix(), gpu.matrix.get_projection_matrix(), depth)
    with target.bind():
        own.composite((left, bottom))


def register() -> None:
    global _handle
    if not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(draw_view, (), "WINDOW", "POST_VIEW")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
    free()
