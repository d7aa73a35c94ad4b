"""What an Empty holds that shows a field: which one, and how. It is saved with the file; the splats themselves are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy

from .splat_drawer import Look


class WildfieldField(bpy.types.PropertyGroup):
    """A field shown at an object's place."""

    path: bpy.props.StringProperty(
        name="Field",
        description="Field folder that a training wrote, or a file of Gaussian splats (.ply, .spz, .splat)",
        subtype="FILE_PATH",
    )
    show: bpy.props.BoolProperty(name="Show", description="Draw this field in the viewport and in renders", default=True)
    opacity: bpy.props.FloatProperty(
        name="Opacity",
        description="Factor on the opacity of every splat",
        default=1.0,
        min=0.0,
        soft_max=1.0,
        max=10.0,
        subtype="FACTOR",
    )
    size: bpy.props.FloatProperty(
        name="Splat Size",
        description="Factor on the size of every splat; below 1 the single splats come apart",
        default=1.0,
        min=0.01,
        soft_max=1.0,
        max=10.0,
        subtype="FACTOR",
    )

    @property
    def location(self) -> str:
        """The field's absolute path, which the store knows it by; "" where this object shows none."""
        return str(Path(bpy.path.abspath(self.path)).absolute()) if self.path else ""

    @property
    def look(self) -> Look:
        """How the drawer shows it."""
        return Look(self.opacity, self.size)


def hosts(objects: Iterable[bpy.types.Object]) -> Iterator[bpy.types.Object]:
    """Yield the Empties among `objects` that hold a field."""
    for candidate in objects:
        if candidate.type == "EMPTY" and candidate.wildfield_field.path:
            yield candidate


def register() -> None:
    bpy.utils.register_class(WildfieldField)
    bpy.types.Object.wildfield_field = bpy.props.PointerProperty(type=WildfieldField)


def unregister() -> None:
    del bpy.types.Object.wildfield_field
    bpy.utils.unregister_class(WildfieldField)
