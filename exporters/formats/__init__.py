"""Other people's layouts, one module each: `formats` holds their exporters by name."""

from __future__ import annotations

from . import colmap, glb, nerf_synthetic, nerfstudio, obj, ply, usd
from .exporter import Exporter

_modules = (colmap, glb, nerf_synthetic, nerfstudio, obj, ply, usd)
formats: dict[str, Exporter] = {module.EXPORTER.name: module.EXPORTER for module in _modules}
