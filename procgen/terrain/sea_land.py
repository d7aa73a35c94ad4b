"""Land by the sea: a `Terrain` with stepped cliffs whose water goes on to the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .blocks import Floats
from .dry_land import DryLand

HORIZON = 30000.0
"""Metres to the sea's edge: from a man's height it lies 0.003 degrees under the horizon, a tenth of a pixel."""


@dataclass(frozen=True)
class SeaLand(DryLand):
    """Land with open sea; the mask `sand` is where beach and low dunes lie."""

    def water_bounds(self) -> Floats:
        """Return the sea's bounding box, (2, 2): it lies beyond what any camera sees."""
        return np.array([[-HORIZON, -HORIZON], [HORIZON, HORIZON]], np.float32)
