"""A smooth step, of plain numbers."""

from __future__ import annotations


def step(low: float, high: float, value: float) -> float:
    """Return 0 below `low`, 1 above `high`, Hermite between."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)
