"""`.splat` files, as antimatter15's viewer reads them: 32 bytes a splat and nothing else, no header, no higher harmonics.

Layout: github.com/antimatter15/splat, convert.py and main.js. Position and standard deviations in metres as six floats,
colour and opacity as four bytes over 0 to 1, the quaternion w, x, y, z as four bytes, 128 for 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import UserError
from ..files import replacing
from .cloud import SH_BASE, SplatCloud, logits_of_bytes, stored, to_levels

ROW = np.dtype([("position", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("rotation", "u1", 4)])
THINNEST = 1e-10
"""Flat splats may have a standard deviation of 0, which has no logarithm: they are read as this, in metres."""


def write_splat(path: Path, cloud: SplatCloud) -> None:
    """Write `cloud` without its higher harmonics, the splats that show most first, so that a viewer can stop early."""
    scales, opacities = np.exp(cloud.log_scales.astype(np.float64)), cloud.opacities()
    rows = np.empty(len(cloud), ROW)
    rows["position"], rows["scale"] = cloud.means, scales
    rows["colour"] = to_levels(np.column_stack([cloud.colours(), opacities]), 256)
    rows["rotation"] = np.clip(np.round(cloud.unit_quaternions() * 128 + 128), 0, 255)
    with replacing(path) as part:
        rows[np.argsort(-scales.prod(1) * opacities, kind="stable")].tofile(part)


def read_splat(path: Path) -> SplatCloud:
    """Return the splats of a .splat file. Raises UserError where it is none."""
    try:
        size = path.stat().st_size
        if not size or size % ROW.itemsize:
            raise UserError(f"{path}: is no whole .splat file: {size} bytes are not a number of splats of {ROW.itemsize}")
        rows = np.fromfile(path, ROW)
    except OSError as error:
        raise UserError(f"{path}: is missing or cannot be read ({error.strerror})") from error
    with np.errstate(invalid="ignore"):
        log_scales = np.log(np.maximum(rows["scale"], THINNEST))
    rotation = rows["rotation"].astype(np.float32) / 128 - 1
    rotation[~rotation.any(1)] = (1, 0, 0, 0)
    return stored(
        path,
        means=rows["position"],
        quaternions=rotation,
        log_scales=log_scales,
        opacity_logits=logits_of_bytes(rows["colour"][:, 3].astype(np.float64)),
        base=(rows["colour"][:, :3] / 255 - 0.5) / SH_BASE,
        rest=np.zeros((len(rows), 15, 3), np.float32),
    )
