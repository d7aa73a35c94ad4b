"""Other people's layouts, one module each: `formats` holds their exporters by name."""

from __future__ import annotations

from . import colmap, nerf_synthetic, nerfstudio
from .exporter import Exporter

formats: dict[str, Exporter] = {entry.name: entry for entry in (colmap.EXPORTER, nerf_synthetic.EXPORTER, nerfstudio.EXPORTER)}
