"""Other people's layouts, one module each: `formats` holds their exporters by name."""

from __future__ import annotations

from . import colmap, euroc, hdf5, kitti, middlebury, nerf_synthetic, nerfstudio, sintel, tum, webdataset
from .exporter import Exporter

_MODULES = (colmap, euroc, hdf5, kitti, middlebury, nerf_synthetic, nerfstudio, sintel, tum, webdataset)
formats: dict[str, Exporter] = {module.EXPORTER.name: module.EXPORTER for module in _MODULES}
