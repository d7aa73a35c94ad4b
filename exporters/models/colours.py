"""The encoding of colours in other people's files."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def srgb(linear: ArrayLike) -> NDArray[np.uint8]:
    """Encode linear colours in 0..1 as sRGB in 0..255 (IEC 61966-2-1); what lies outside is clipped."""
    light = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)
