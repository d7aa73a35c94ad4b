"""From a field on disk (a folder that `wildfield train` wrote, or any file of Gaussian splats) to the arrays that are drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .splat_arrays import SplatArrays, from_parameters


def read_field(path: Path) -> SplatArrays:
    """Read the splats of a field. Raises UserError where the file is none, is broken or holds no splats."""
    from ..fields.splats.formats import read_any, splat_file

    cloud = read_any(splat_file(path))
    opacities = 1 / (1 + np.exp(-cloud.opacity_logits))
    harmonics = np.concatenate([cloud.base[:, None], cloud.rest], 1)[:, : (cloud.degree + 1) ** 2]
    return from_parameters(cloud.means, np.exp(cloud.log_scales), cloud.quaternions, opacities, harmonics)


def field_summary(path: Path) -> dict[str, Any]:
    """Return `field.json` of a field folder, or {} for a bare file and a summary that cannot be read."""
    try:
        summary = json.loads((path / "field.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}
