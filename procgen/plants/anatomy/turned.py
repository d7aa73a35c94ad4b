"""Round things on plants, such as apples and acorns, as templates: a profile turned about +y, closed at both ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .blades import Template


def turned(along: Sequence[float], radii: Sequence[float], sides: int) -> Template:
    """Return the profile `radii` (M,) at `along` (M,) turned about y: (M - 1) `sides` quads that face outward.

    Its ends close where their radius is small against the others; `places` are around, -1 to 1, and along.
    """
    y, r = np.asarray(along, np.float64), np.asarray(radii, np.float64)
    angle = np.arange(sides) * (2 * np.pi / sides)
    rings = np.stack(
        [r[:, None] * np.cos(angle), np.broadcast_to(y[:, None], (len(y), sides)), -r[:, None] * np.sin(angle)], -1
    )
    j = np.arange(sides)
    first = sides * np.arange(len(y) - 1)[:, None]
    after = (j + 1) % sides
    faces = np.stack([first + j, first + after, first + sides + after, first + sides + j], -1).reshape(-1, 4)
    share = (y - y.min()) / max(float(np.ptp(y)), 1e-9)
    places = np.stack(np.broadcast_arrays(np.cos(angle), share[:, None]), -1).reshape(-1, 2)
    return Template(rings.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), places.astype(np.float32))
