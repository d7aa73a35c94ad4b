"""Skins of thick bodies: leaves, pads and columns as rings, closed to watertight meshes, and places upon them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData
from ..anatomy.closed import closed
from ..anatomy.parts import sheet
from ..anatomy.skeleton import Floats, Ints, unit


@dataclass(frozen=True)
class Places:
    """n places on skins: `point` (n, 3) m, unit vectors `normal` (n, 3) outward and `forward` (n, 3) along the body."""

    point: Floats
    normal: Floats
    forward: Floats

    def __getitem__(self, pick: slice | Ints | Floats) -> Places:
        return Places(self.point[pick], self.normal[pick], self.forward[pick])


def shells(rings: Floats, tint: Floats, part: int | Ints, leaf: Floats | None = None, root: Floats | None = None) -> MeshData:
    """Return n bodies from rings (n, R, S, 3) m, each watertight, of the material `succulent`.

    Rings run counter-clockwise as seen from where they lead to, S even. `tint` (n, R - 1, S, 3) colours the wall, its mean the
    ends; `part` is one or one a body (n,). `leaf` (n, R, S, 3) and `root` (n, 3) m are the attributes of blades.
    """
    count, rows, sides = rings.shape[:3]
    ends = rings[:, [0, -1]].mean(2)
    points = np.concatenate([rings.reshape(count, -1, 3), ends], 1)
    size = points.shape[1]
    _, faces = closed(rings[0])
    everywhere = (faces[None] + (size * np.arange(count))[:, None, None]).reshape(-1, 4)
    low, high = (np.repeat(tint[:, row].mean(1, keepdims=True), sides // 2, 1) for row in (0, -1))
    colour = np.concatenate([tint.reshape(count, (rows - 1) * sides, 3), low, high], 1)
    parts = np.repeat(np.broadcast_to(np.asarray(part, np.int32), (count,)), len(faces))
    places = np.zeros((count, size, 3))
    if leaf is not None:
        places[:, : rows * sides] = leaf.reshape(count, -1, 3)
        places[:, -2:] = leaf[:, [0, -1]].mean(2)
    attached = points if root is None else np.repeat(root[:, None], size, 1)
    return sheet(
        points.reshape(-1, 3),
        everywhere,
        "succulent",
        parts,
        colour.reshape(-1, 3),
        places.reshape(-1, 3),
        attached.reshape(-1, 3),
    )


def on_skin(rings: Floats, body: Ints, ring: Floats, side: Floats) -> Places:
    """Return places on the rings (n, R, S, 3) m: on which `body` (m,), at which `ring` (m,) in 0..R - 1 and `side` (m,), each
    with its fraction; sides go round.
    """
    rows, sides = rings.shape[1:3]
    i = np.clip(np.floor(ring).astype(np.int32), 0, rows - 2)
    j = np.floor(side).astype(np.int32)
    u, v = (ring - i)[:, None], (side - j)[:, None]
    a, b = rings[body, i, j % sides], rings[body, i, (j + 1) % sides]
    c, d = rings[body, i + 1, j % sides], rings[body, i + 1, (j + 1) % sides]
    point = (a * (1 - v) + b * v) * (1 - u) + (c * (1 - v) + d * v) * u
    before, after = rings[body, i, (j - 1) % sides], rings[body, i + 1, (j - 1) % sides]
    whole = v < 1e-6
    back = np.where(whole, before * (1 - u) + after * u, a * (1 - u) + c * u)
    around = b * (1 - u) + d * u - back
    forward = unit((c - a) * (1 - v) + (d - b) * v)
    return Places(point, unit(np.cross(around, forward)), forward)
