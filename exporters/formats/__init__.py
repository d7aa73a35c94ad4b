"""Other people's layouts, one module each: `formats` holds their exporters by name.

A module announces what it offers as `Exporter` values; to add a format, add its file.
"""

from __future__ import annotations

import importlib
import pkgutil

from .exporter import Exporter

_modules = [importlib.import_module(f"{__name__}.{entry.name}") for entry in pkgutil.iter_modules(__path__)]

formats: dict[str, Exporter] = {
    value.name: value
    for value in sorted(
        {value for module in _modules for value in vars(module).values() if isinstance(value, Exporter)},
        key=lambda value: value.name,
    )
}
