"""Tubes swept along strands: trunks, branches, twigs and stems, all strands of one number of sides at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import arctan2, cos, exp, power, sin
from .skeleton import UP, Floats, Ints, unit


@dataclass(frozen=True)
class Tubes:
    """points (N, 3) m, faces (F, 4), and `bark` (N, 3) m: coordinates that run around and along the wood without a seam
    (a straight tube's own x and y, and the distance along it), for textures that follow the grain.
    """

    points: Floats
    faces: Ints
    bark: Floats


def sweep(paths: Floats, radii: Floats, sides: int | Ints, lengths: Ints | None = None) -> Tubes:
    """Sweep rings along paths (S, L, 3) m with radii (S, L) m.

    `sides` is one number or one a strand (S,); `lengths` (S,) says how many points of each path count. Rings keep their
    turn by parallel transport. Ends are left open: a tip is thin, a base is buried in what it springs from.
    """
    count, width = radii.shape
    lengths = np.full(count, width, np.int32) if lengths is None else lengths
    table = np.broadcast_to(np.asarray(sides, np.int32), (count,))
    made = []
    for k in np.unique(table):
        rows = np.flatnonzero((table == k) & (lengths > 1))
        if len(rows):
            longest = int(lengths[rows].max())
            made.append(_sweep(paths[rows, :longest], radii[rows, :longest], int(k), lengths[rows]))
    starts = np.cumsum([0, *(len(tube.points) for tube in made)])
    return Tubes(
        np.concatenate([tube.points for tube in made]),
        np.concatenate([tube.faces + np.int32(start) for tube, start in zip(made, starts, strict=False)]),
        np.concatenate([tube.bark for tube in made]),
    )


def _sweep(paths: Floats, radii: Floats, sides: int, lengths: Ints) -> Tubes:
    count, width = radii.shape
    step = np.arange(width)
    ahead = np.take_along_axis(paths, np.minimum(step + 1, lengths[:, None] - 1)[..., None], 1)
    behind = np.take_along_axis(paths, np.minimum(np.maximum(step - 1, 0), lengths[:, None] - 1)[..., None], 1)
    across, third = transported_frames(unit(ahead - behind))
    angle = np.arange(sides) * (2 * np.pi / sides)
    cosine, sine = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    rings = across[:, :, None] * cosine[:, None] + third[:, :, None] * sine[:, None]
    points = paths[:, :, None] + rings * radii[:, :, None, None]

    gaps = np.sqrt(((paths[:, 1:] - paths[:, :-1]) ** 2).sum(-1))
    distance = np.concatenate([np.zeros((count, 1), np.float32), np.cumsum(gaps, 1)], 1)
    bark = np.empty_like(points)
    bark[..., 0] = radii[:, :, None] * cosine
    bark[..., 1] = radii[:, :, None] * sine
    bark[..., 2] = (distance + np.arange(count, dtype=np.float32)[:, None] * np.float32(0.37))[:, :, None]

    valid = step < lengths[:, None]
    number = (np.cumsum(valid.ravel()) - 1).reshape(valid.shape)
    first = number[:, :-1][valid[:, 1:]].astype(np.int32)[:, None] * sides
    j = np.arange(sides, dtype=np.int32)
    after = (j + 1) % sides
    faces = np.stack([first + j, first + after, first + sides + after, first + sides + j], -1).reshape(-1, 4)
    return Tubes(points[valid].reshape(-1, 3), faces.astype(np.int32), bark[valid].reshape(-1, 3))


def transported_frames(tangents: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors (S, L, 3) across the unit tangents (S, L, 3), turning as little as possible along each path."""
    upright = np.abs(tangents[:, 0, 2:3]) > 0.9
    start = np.where(upright, np.array([1, 0, 0], np.float32), UP)
    across = np.empty_like(tangents)
    for index in range(tangents.shape[1]):
        t = tangents[:, index]
        start = unit(start - (start * t).sum(1, keepdims=True) * t)
        across[:, index] = start
    return across, np.cross(tangents, across).astype(np.float32)


def flared(points: Floats, foot: float, strength: float, buttresses: int, turn: float) -> Floats:
    """Spread a trunk that stands at the origin into its roots: points (N, 3) m move outward near the ground.

    `foot` m is the height over which the flare fades; `strength` its share of the radius; `buttresses` root ridges.
    """
    around = arctan2(points[:, 1], points[:, 0])
    ridges = power(0.5 + 0.5 * cos(buttresses * around + turn + 0.8 * sin(around + 2 * turn)), 1.4)
    fade = exp(-np.maximum(points[:, 2], -0.5 * foot) / foot)
    grown = points.copy()
    grown[:, :2] *= (1 + strength * fade * (0.25 + ridges))[:, None].astype(np.float32)
    return grown
