"""From a field on disk (a folder that `wildfield train` wrote, or any 3DGS PLY file) to the arrays that are drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from .splat_arrays import SplatArrays, from_parameters


def splat_file(path: Path) -> Path:
    """Return the PLY file that `path` means: itself, or the one in a field folder. Raises UserError where there is none."""
    if path.is_file():
        return path
    inside = path / "splats.ply"
    if inside.is_file():
        return inside
    if path.is_dir():
        raise UserError(f"{path}: no field here: choose a folder with splats.ply, or a .ply file of Gaussian splats")
    raise UserError(f"{path}: there is no such file or folder")


def read_field(path: Path) -> SplatArrays:
    """Read the splats of a field. Raises UserError where the file is none, is broken or holds no splats."""
    from ..fields.splats.ply import read_splats

    file = splat_file(path)
    cloud = read_splats(file)
    if not len(cloud):
        raise UserError(f"{file}: this field holds no splats: the training may have been stopped too early")
    opacities = 1 / (1 + np.exp(-cloud.opacity_logits))
    harmonics = np.concatenate([cloud.base[:, None], cloud.rest], 1)
    used = [degree for degree in (1, 2, 3) if harmonics[:, degree**2 : (degree + 1) ** 2].any()]
    coefficients = (max(used, default=0) + 1) ** 2
    return from_parameters(cloud.means, np.exp(cloud.log_scales), cloud.quaternions, opacities, harmonics[:, :coefficients])


def field_summary(path: Path) -> dict[str, Any]:
    """Return `field.json` of a field folder, or {} for a bare PLY file and a summary that cannot be read."""
    try:
        summary = json.loads((path / "field.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}
