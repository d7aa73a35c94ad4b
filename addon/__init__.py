"""What a person sees in Blender: panels, operators, the viewport's splats, the render engine, the worker process."""

from __future__ import annotations

from . import engine, field_properties, viewport

MODULES = (field_properties, engine, viewport)
"""In the order of their registration; each has `register` and `unregister`."""


def register() -> None:
    """Add everything to Blender."""
    for module in MODULES:
        module.register()


def unregister() -> None:
    """Take everything out again, in reverse order."""
    for module in reversed(MODULES):
        module.unregister()
