"""Proof of a dataset by its own geometry: `verify` holds every map against the others and against the cameras.

`laws` is the table of what must hold, `files`, `frames`, `motion` and `extras` measure it.
"""

from .laws import LIMITS, Check, table
from .run import verify

__all__ = ["LIMITS", "Check", "table", "verify"]
