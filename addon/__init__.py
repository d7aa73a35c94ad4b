"""What a person sees in Blender: panels, operators, the viewport's splats, the render engine, the worker process."""

from __future__ import annotations

from . import (
    command_line,
    engine,
    field_operators,
    field_properties,
    job_operators,
    job_properties,
    panels,
    preferences,
    running,
    viewport,
    world_operators,
    world_properties,
)

MODULES = (
    running,
    preferences,
    world_properties,
    job_properties,
    field_properties,
    engine,
    viewport,
    world_operators,
    job_operators,
    field_operators,
    panels,
    command_line,
)
"""In the order of their registration; each has `register` and `unregister`."""


def register() -> None:
    """Add everything to Blender."""
    for module in MODULES:
        module.register()


def unregister() -> None:
    """Take everything out again, in reverse order."""
    for module in reversed(MODULES):
        module.unregister()
