"""Round things on plants, such as apples, acorns and bells, as templates: a profile turned about +y."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .blades import Template


def hollow(along: ArrayLike, radii: ArrayLike, sides: int) -> Template:
    """Return the wall of the profile `radii` (M,) at `along` (M,) turned about y, open at both ends as a bell is:
    (M - 1) `sides` quads that face outward. `places` are around, -1 to 1, and along.
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


def turned(along: ArrayLike, radii: ArrayLike, sides: int) -> Template:
    """Return the same as a watertight body, `sides` even: its ends are flat, `sides` - 2 quads more in all."""
    if sides % 2:
        raise ValueError(f"{sides} sides: only an even number of them closes in quads")
    wall = hollow(along, radii, sides)
    k = np.arange(sides // 2 - 1)
    last = np.stack([k, k + 1, sides - 2 - k, sides - 1 - k], -1)
    faces = np.concatenate([wall.faces, last[:, ::-1], last + len(wall.points) - sides])
    return Template(wall.points, faces.astype(np.int32), wall.places)
