"""Whether a training has stopped getting better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

GAIN = 0.01
"""Decibels that count as getting better."""


def stalled(curve: Sequence[dict[str, Any]], patience: int | None) -> bool:
    """Return whether the last `patience` points of a training's curve brought no gain of PSNR over the best before them."""
    if patience is None or len(curve) <= patience:
        return False
    values = [point["psnr"] for point in curve]
    return max(values[-patience:]) < max(values[:-patience]) + GAIN
