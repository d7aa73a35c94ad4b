"""Tri-plane fields: three axis-aligned feature planes on several levels and a small decoder (`model`), looked up (`lookup`)
where rays pass occupied voxels (`occupancy`, `march`), blended (`blend`), trained (`trainer`), stored (`field_file`), and
drawn (`painter`). Nothing is imported here."""

from __future__ import annotations
