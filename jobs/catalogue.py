"""What `wildfield list` shows: kinds, generators, materials, maps, formats, devices, and the parameters of one of them."""

from __future__ import annotations

from typing import Any

from ..errors import UserError
from ..procgen import registry
from ..procgen.scene_spec import SceneSpec
from ..procgen.spec import json_schema, parameters


def catalogue(what: str, name: str | None, schema: bool) -> Any:
    """Return rows (dictionaries with the same keys), or a JSON Schema of `name`'s parameters."""
    if what == "parameters":
        return _parameters(name, schema)
    if name is not None or schema:
        given = "--schema" if name is None else name
        raise UserError(f"list {what} takes no further word, and not {given!r}: only `list parameters NAME` does")
    if what == "maps":
        return _maps()
    if what == "devices":
        return _devices()
    if what == "formats":
        from ..exporters.formats import formats

        return [{"name": key, "help": entry.help} for key, entry in formats.items()]
    if what == "materials":
        return [
            {
                "name": item.name,
                "family": item.family,
                "parameters": " ".join(value.path for value in parameters(item.params)) if item.params else "-",
                "help": item.help,
            }
            for item in registry.materials().values()
        ]
    if what == "generators":
        from ..procgen.classes import group_of

        grown = registry.generators().values()
        return [
            {"name": item.name, "group": group_of(item.class_name), "family": item.family, "help": item.help} for item in grown
        ]
    return [{"name": entry.name, "help": entry.help} for entry in registry.kinds().values()]


def _maps() -> list[dict[str, Any]]:
    from ..exporters.layout import MAPS, SETS

    return [
        {
            "name": item.name,
            "sets": " ".join(name for name, maps in SETS.items() if item.name in maps) or "-",
            "unit": item.unit,
            "frame": item.frame,
            "help": item.help,
        }
        for item in MAPS.values()
    ]


def _words(drawn: Any) -> Any:
    """What a species draws, as a person writes it: "9 to 15", "lobed or toothed", or the value itself."""
    if isinstance(drawn, tuple):
        return " to ".join(f"{value:.10g}" for value in drawn)
    return " or ".join(map(str, dict.fromkeys(drawn))) if isinstance(drawn, list) else drawn


def _devices() -> list[dict[str, Any]]:
    from ..exporters.devices import found_devices

    found = found_devices()
    cards = {name: ", ".join(names) or "none found here" for name, names in found.items()}
    return [{"name": "cpu", "help": "always there"}, *({"name": name, "help": text} for name, text in cards.items())]


def _parameters(name: str | None, schema: bool) -> Any:
    varied = {key: item for key, item in registry.materials().items() if item.params}
    known = {**varied, **registry.kinds(), **registry.generators()}
    entry = registry.find(name or "lake", known, "kind, generator or material with parameters")
    cls = SceneSpec if isinstance(entry, registry.Kind) else entry.params
    if schema:
        return json_schema(cls, f"Wildfield {entry.name}")
    if isinstance(entry, registry.Generator) and entry.ranges:
        return [
            {
                "key": item.path,
                "drawn": _words(entry.ranges.get(item.path, item.default)),
                "range": item.range,
                "unit": item.unit,
                "help": item.help,
            }
            for item in parameters(cls)
        ]
    shown = (*entry.sections, "kind", "seed") if isinstance(entry, registry.Kind) else None
    return [
        {"key": item.path, "default": item.default, "range": item.range, "unit": item.unit, "help": item.help}
        for item in parameters(cls)
        if shown is None or item.path.split(".")[0] in shown
    ]


def table(rows: list[dict[str, Any]]) -> str:
    """Lay rows out in aligned columns; the last column runs on."""
    if not rows:
        return "nothing"
    lines = [
        list(rows[0]),
        *([_cell(value) for value in row.values()] for row in rows),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
