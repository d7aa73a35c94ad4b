"""Ribbed columns of cacti: rings along a path that rise to ridges and sink to furrows, round at the top."""

from __future__ import annotations

import numpy as np

from ...elementary import cos, sin
from ...registry import Detail
from ..anatomy.skeleton import Floats, unit
from ..anatomy.tubes import transported_frames
from .skin import Places, on_skin

SAMPLES: dict[Detail, int] = {"near": 6, "middle": 4, "far": 2}
"""Points across a rib, from ridge to ridge."""


def ribbed(paths: Floats, radii: Floats, depth: Floats, ribs: int, samples: int, twist: float = 0.0) -> Floats:
    """Return rings (n, R, ribs * samples, 3) m along paths (n, R, 3) m, with `radii` (n, R) m of the ridges.

    Furrows lie deeper by the share `depth` (R,) of the radius; ridges run round by `twist` rad from foot to tip.
    """
    ahead = np.concatenate([paths[:, 1:], paths[:, -1:]], 1)
    behind = np.concatenate([paths[:, :1], paths[:, :-1]], 1)
    across, third = transported_frames(unit(ahead - behind))
    number = np.arange(ribs * samples)
    angle = number * (2 * np.pi / (ribs * samples)) + twist * np.linspace(0, 1, paths.shape[1])[:, None]
    ridge = np.abs(np.cos(np.pi * number / samples)) ** 0.8
    reach = radii[:, :, None] * (1 - depth[:, None] * (1 - ridge))
    x, y = (across[:, :, None] * cos(angle)[..., None], third[:, :, None] * sin(angle)[..., None])
    return paths[:, :, None] + (x + y) * reach[..., None]


def column(paths: Floats, radius: Floats, body: int, dome: int) -> tuple[Floats, Floats]:
    """Return paths (n, R, 3) m and radii (n, R) m of columns that follow paths (n, L, 3) m and end in domes at their tips.

    `radius` (n,) m; `body` rings up to the dome, closer at the foot, where arms bend, and `dome` more upon it.
    """
    steps = np.sqrt(((paths[:, 1:] - paths[:, :-1]) ** 2).sum(-1))
    reach = np.concatenate([np.zeros((len(paths), 1)), np.cumsum(steps, 1)], 1)
    whole = reach[:, -1:]
    height = np.minimum(1.15 * radius[:, None], 0.6 * whole)
    straight = np.linspace(0, 1, body) ** 1.8 * (whole - height)
    angle = np.linspace(0, 0.5 * np.pi, dome + 1)[1:] * 0.97
    at = np.concatenate([straight, whole - height + height * np.sin(angle)], 1)
    index = np.stack([np.searchsorted(row, here, "right") for row, here in zip(reach, at, strict=True)]) - 1
    index = np.clip(index, 0, paths.shape[1] - 2)
    low, high = np.take_along_axis(reach, index, 1), np.take_along_axis(reach, index + 1, 1)
    share = ((at - low) / np.maximum(high - low, 1e-9))[..., None]
    row = np.arange(len(paths))[:, None]
    points = paths[row, index] * (1 - share) + paths[row, index + 1] * share
    round_off = np.concatenate([np.ones(body), np.cos(angle)])
    return points, radius[:, None] * round_off


def areoles(rings: Floats, ribs: int, spacing: float, first: float = 0.0, last: float = 1.0) -> tuple[Places, Floats]:
    """Return places along the ridges of rings (n, R, S, 3) m, `spacing` m apart from the tip down, and where each lies along
    its column (m,), 0 at the foot to 1 at the tip; only those between the shares `first` and `last`.
    """
    count, rows, sides = rings.shape[:3]
    found = []
    for body in range(count):
        ridge = rings[body, :, 0]
        steps = np.sqrt(((ridge[1:] - ridge[:-1]) ** 2).sum(-1))
        reach = np.concatenate([[0.0], np.cumsum(steps)])
        at = np.arange(reach[-1] * last, reach[-1] * first, -spacing)
        found.append(np.stack([np.full(len(at), body), np.interp(at, reach, np.arange(rows)), at / reach[-1]], -1))
    table = np.concatenate(found)
    row = np.repeat(np.arange(len(table)), ribs)
    rib = np.tile(np.arange(ribs), len(table))
    shifted = np.clip(table[row, 1] + (rib % 2 - 0.5) * 0.1, 0, rows - 1.001)
    places = on_skin(rings, table[row, 0].astype(np.int32), shifted, rib * float(sides // ribs))
    return places, table[row, 2]
