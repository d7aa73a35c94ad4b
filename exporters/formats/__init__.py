"""Other people's layouts, one module each: `formats` holds their exporters by name."""

from __future__ import annotations

from . import bop, coco, coco_panoptic, colmap, infinigen, nerf_synthetic, nerfstudio
from .exporter import Exporter

formats: dict[str, Exporter] = {
    module.EXPORTER.name: module.EXPORTER
    for module in (bop, coco, coco_panoptic, colmap, infinigen, nerf_synthetic, nerfstudio)
}
