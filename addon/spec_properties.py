"""Blender properties out of typed specs: one PropertyGroup a section, with each parameter's range, unit and help.

A parameter of a world has the value that its kind draws from the seed, until the user sets it: then it is *pinned*, keeps its
value whatever the seed, and is what `--set` would say on the command line. A parameter NAME has properties NAME and pin_NAME.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import bpy

from ..procgen.spec import Parameter

INT_LIMITS = (-(2**31), 2**31 - 1)
FLOAT_LIMITS = (-3.0e38, 3.0e38)
PIN = "pin_"
SUFFIXES = {"degrees": " (°)", "1/s": ""}
"""How a unit is written after a parameter's name where Blender has no display of its own for it."""

_drawing = False


@contextmanager
def drawing() -> Iterator[None]:
    """While values are shown that a seed drew, setting a property does not pin it."""
    global _drawing
    before, _drawing = _drawing, True
    try:
        yield
    finally:
        _drawing = before


def make_group(name: str, parameters: Sequence[Parameter], redraw: Callable[[Any], None]) -> type:
    """Return a PropertyGroup class for `parameters`; `redraw(group)` is called when one is set free again."""
    annotations: dict[str, Any] = {}
    for item in parameters:
        key = item.path.rpartition(".")[2]
        annotations[key] = _property(item, _pin_when_set(key))
        annotations[PIN + key] = bpy.props.BoolProperty(
            name="Pinned",
            description="This value was set by hand and stays as it is. Press to let the seed decide again",
            update=lambda self, _context: None if _drawing else redraw(self),
        )
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": annotations, "__doc__": f"Parameters of {name}."})


def show(group: Any, values: Mapping[str, Any]) -> None:
    """Set the properties that are not pinned to `values` (name -> value); pinned ones keep theirs."""
    with drawing():
        for key, value in values.items():
            if hasattr(group, PIN + key) and not getattr(group, PIN + key):
                setattr(group, key, value)


def pinned(group: Any) -> dict[str, Any]:
    """Return the values that were set by hand, by name; 0.9 is 0.9 and not Blender's single-precision 0.89999998."""
    values = {key: getattr(group, key) for key in keys(group) if getattr(group, PIN + key)}
    return {key: float(f"{value:.7g}") if isinstance(value, float) else value for key, value in values.items()}


def unpin(group: Any) -> None:
    """Set every parameter free, without showing new values yet."""
    with drawing():
        for key in keys(group):
            setattr(group, PIN + key, False)


def keys(group: Any) -> list[str]:
    """Return the names of the parameters in a group, in the order of the spec."""
    return [name.removeprefix(PIN) for name in group.bl_rna.properties.keys() if name.startswith(PIN)]  # noqa: SIM118


def _pin_when_set(key: str) -> Callable[[Any, Any], None]:
    def update(self: Any, _context: Any) -> None:
        if not _drawing:
            with drawing():
                setattr(self, PIN + key, True)

    return update


def _property(item: Parameter, update: Callable[[Any, Any], None]) -> Any:
    """Return the Blender property of one parameter."""
    label = item.path.rpartition(".")[2].replace("_", " ").title()
    description = f"{item.help[0].upper()}{item.help[1:]} ({item.range}{f' {item.unit}' if item.unit else ''})"
    common: dict[str, Any] = {"name": label, "description": description, "default": item.default, "update": update}
    if item.type is bool:
        return bpy.props.BoolProperty(**common)
    if item.type is str:
        if item.choices:
            return bpy.props.EnumProperty(**common, items=[(word, word.title(), "") for word in item.choices])
        return bpy.props.StringProperty(**common)
    if item.type not in (int, float):
        raise TypeError(f"{item.path}: a {item.type.__name__} has no Blender property")
    limits = INT_LIMITS if item.type is int else FLOAT_LIMITS
    low = limits[0] if item.low is None else item.type(item.low)
    high = limits[1] if item.high is None else item.type(item.high)
    common |= {"min": low, "max": high}
    if item.unit == "px":
        common["subtype"] = "PIXEL"
    elif item.unit == "m" and item.type is float:
        common |= {"subtype": "DISTANCE", "step": 10}
    elif item.unit:
        common["name"] = label + SUFFIXES.get(item.unit, f" ({item.unit})")
    elif item.type is float and item.low is not None and item.high is not None:
        common["subtype"] = "FACTOR"
    if item.type is int:
        return bpy.props.IntProperty(**common)
    return bpy.props.FloatProperty(precision=3 if item.high is not None and item.high <= 1 else 2, **common)
