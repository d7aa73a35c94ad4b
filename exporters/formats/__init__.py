"""Other people's layouts, one module each: `formats` holds their exporters by name."""

from __future__ import annotations

from . import colmap, eg3d, instant_ngp, ivid, nerf_synthetic, nerfstudio
from .exporter import Exporter

formats: dict[str, Exporter] = {
    entry.name: entry
    for entry in (
        colmap.EXPORTER,
        colmap.BINARY_EXPORTER,
        eg3d.EXPORTER,
        instant_ngp.EXPORTER,
        ivid.EXPORTER,
        nerf_synthetic.EXPORTER,
        nerfstudio.EXPORTER,
    )
}
