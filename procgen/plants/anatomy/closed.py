"""Closed bodies from rings, in quads alone: caps, stipes, capsules."""

from __future__ import annotations

import numpy as np

from .skeleton import Floats, Ints


def closed(rings: Floats) -> tuple[Floats, Ints]:
    """Join rings (R, S, 3), S even, into a watertight body: points (R S + 2, 3) and faces ((R - 1) S + S, 4).

    The ends are closed by quads around a point in the middle of the first and of the last ring. Faces look outward where
    rings run counter-clockwise as seen from where they lead to.
    """
    count, sides = rings.shape[:2]
    points = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(1)])
    j = np.arange(sides)
    after = (j + 1) % sides
    first = sides * np.arange(count - 1)[:, None]
    wall = np.stack([first + j, first + after, first + sides + after, first + sides + j], -1).reshape(-1, 4)
    even = np.arange(0, sides, 2)
    a, b, c = even, even + 1, (even + 2) % sides
    last = sides * (count - 1)
    low = np.stack([np.full(len(even), count * sides), c, b, a], -1)
    high = np.stack([np.full(len(even), count * sides + 1), last + a, last + b, last + c], -1)
    return points.astype(np.float32), np.concatenate([wall, low, high]).astype(np.int32)


def circles(radii: Floats, heights: Floats, sides: int) -> Floats:
    """Return rings (R, S, 3) around z with `radii` (R,) or (R, S) at `heights`, the same, counter-clockwise from above."""
    angle = np.arange(sides) * (2 * np.pi / sides)
    radius, height = (np.asarray(v, np.float64).reshape(len(v), -1) for v in (radii, heights))
    x, y, z = np.broadcast_arrays(radius * np.cos(angle), radius * np.sin(angle), height + 0 * angle)
    return np.stack([x, y, z], -1)
