"""The quality of a field while it is trained: PSNR on a few views that it does not learn from."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..launch import AnyLauncher
from ..metrics import counting, on_paper, psnr
from .model import Model
from .rasterize import rasterize
from .targets import Target

VALIDATION_VIEWS = 4


def mean_psnr(model: Model, degree: int, targets: Sequence[Target], launch: AnyLauncher) -> float | None:
    """Return the mean PSNR over `targets`, as `render` scores them; None where there are none."""
    if not targets:
        return None
    with torch.no_grad():
        splats, values = model.splats(), []
        for target in targets:
            picture = rasterize(splats, degree, target.camera, launch)
            drawn = torch.cat([picture.colour, picture.alpha[..., None]], -1)
            values.append(psnr(*counting(*on_paper(drawn, target.pixels), target.counted)))
    return sum(values) / len(values)
