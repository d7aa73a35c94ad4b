"""What both hosts of the drawer need, the viewport's handler and the engine: fields in memory, pictures to draw them in."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from . import field_store
from .gpu_resources import square
from .picture import Picture, ShownField, composite_shader
from .splat_drawer import splat_shader

PICTURES_KEPT = 4
_pictures: dict[tuple[int, int], Picture] = {}
_waiting: set[str] = set()


def shown(objects: Iterable[bpy.types.Object]) -> list[ShownField]:
    """Return what is in memory of the fields that `objects` show, and have the rest read after this redraw."""
    fields = []
    for host in objects:
        settings = host.wildfield_field
        if not settings.show:
            continue
        location = settings.location
        drawer = field_store.drawer(location)
        if drawer is not None:
            fields.append(ShownField(drawer, host.matrix_world.copy(), settings.look))
        elif not field_store.is_known(location):
            load_later(location)
    return fields


def load_later(location: str) -> None:
    """Read a field outside of the redraw: a file was opened, or an object came back by undo."""
    _waiting.add(location)
    if not bpy.app.timers.is_registered(_load_waiting):
        bpy.app.timers.register(_load_waiting, first_interval=0.0)


def _load_waiting() -> None:
    for location in sorted(_waiting):
        if not field_store.is_known(location):
            field_store.try_load(location)
    _waiting.clear()
    redraw()


def redraw() -> None:
    """Have every 3D viewport drawn again, with its panels, and the preferences."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                area.tag_redraw()


def picture(size: tuple[int, int]) -> Picture:
    """Return the offscreen picture of that size, kept from the last redraw; those of sizes no longer used are freed.

    Making a new one loses the framebuffer that was bound: bind it again before drawing into it.
    """
    found = _pictures.pop(size, None) or Picture(size)
    _pictures[size] = found
    while len(_pictures) > PICTURES_KEPT:
        _pictures.pop(next(iter(_pictures))).free()
    return found


def free() -> None:
    """Give everything on the GPU back: what is left when Blender has shut the GPU down would crash or hang its end."""
    for made_once in (splat_shader, composite_shader, square):
        made_once.cache_clear()
    for own in _pictures.values():
        own.free()
    _pictures.clear()
    field_store.clear()
    _waiting.clear()
    if bpy.app.timers.is_registered(_load_waiting):
        bpy.app.timers.unregister(_load_waiting)
