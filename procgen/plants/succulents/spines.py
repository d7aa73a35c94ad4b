"""Spines, glochids, teeth and felt: what stands on the areoles of cacti and on the margins of agaves and aloes.

Near they are three-sided and bent a little, further off fewer and broader flat ones with the same silhouette in sum.
"""

from __future__ import annotations

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import Template, frames, kite
from ..anatomy.parts import SPINE, blades
from ..anatomy.skeleton import Floats, Ints, unit
from .skin import Places

KEPT: dict[Detail, float] = {"near": 1.0, "middle": 0.5, "far": 0.08}
"""Share of the spines that each detail shows."""
VEIL: dict[Detail, float] = {"near": 0.0, "middle": 0.03, "far": 0.075}
"""How far the skin under dense spines takes their colour on, for those that the detail leaves out."""


def cone(bend: float = 0.0, segments: int = 1) -> Template:
    """A three-sided spine along +y of length 1 and radius 1 at its foot, whose tip bends down by the share `bend`."""
    t = np.linspace(0, 1, segments + 1)[:, None]
    around = np.arange(3) * (2 * np.pi / 3)
    radius = 1 - 0.93 * t
    points = np.stack([radius * np.sin(around), t + 0 * around, radius * np.cos(around) - bend * t * t], -1)
    j = np.arange(3)
    row = 3 * np.arange(segments)[:, None]
    faces = np.stack([row + j, row + (j + 1) % 3, row + 3 + (j + 1) % 3, row + 3 + j], -1).reshape(-1, 4)[:, ::-1]
    places = np.stack([np.zeros((segments + 1, 3)), t + np.zeros(3)], -1).reshape(-1, 2)
    return Template(points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), places.astype(np.float32))


def spines(
    foot: Floats, heading: Floats, length: Floats, radius: float, tint: Floats, detail: Detail, solid: bool = True
) -> MeshData:
    """Return spines from feet (n, 3) m along `heading` (n, 3), of lengths (n,) m, `radius` m thick at the foot, `tint` (n, 3).

    `solid` ones are cones near; others, and all further off, are flat. Which of them remain is spread evenly over the order.
    """
    pick = np.unique(np.linspace(0, len(foot) - 1, max(1, round(len(foot) * KEPT[detail]))).round().astype(np.int32))
    number = (np.arange(len(foot)) * 0.618034) % 1.0
    turn = 2 * np.pi * number[pick]
    normal = np.stack([np.cos(turn), np.sin(turn), 0.3 + 0 * turn], -1)
    turned = frames(heading[pick], normal)
    if detail == "near" and solid:
        scale = np.stack([np.full(len(pick), radius), length[pick], np.full(len(pick), radius)], -1)
        template = cone()
    else:
        broad = radius * {"near": 2.2, "middle": 5.2, "far": 16.0}[detail]
        scale = np.stack([np.full(len(pick), broad), length[pick], length[pick]], -1)
        template = kite(1.0, 0.04, 0.15)
    return blades(template, foot[pick], turned, scale, "spine", SPINE, tint[pick], number[pick])


def clusters(places: Places, radial: int, central: int, spread: float, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Return the areole (m,), the heading (m, 3) and the share (m,) of the full length of spines on n areoles.

    `radial` ones lean outward by `spread` rad from the normal, evenly round the areole; `central` ones stand nearly upright.
    """
    count, each = len(places.point), radial + central
    row = np.repeat(np.arange(count), each)
    order = np.tile(np.arange(each), count)
    outer = order < radial
    turn = order * (2 * np.pi / np.where(outer, max(radial, 1), max(central, 1))) + rng.normal(0, 0.2, len(row))
    turn += np.where(outer, 0.5, 0.9)
    lean = np.where(outer, spread, 0.35) * rng.uniform(0.75, 1.15, len(row))
    across = np.cross(places.normal, places.forward)[row]
    level = places.forward[row] * np.cos(turn)[:, None] + across * np.sin(turn)[:, None]
    heading = places.normal[row] * np.cos(lean)[:, None] + level * np.sin(lean)[:, None]
    share = np.where(outer, 0.6, 1.0) * rng.uniform(0.7, 1.15, len(row))
    return row, unit(heading), share


def felt(places: Places, size: Floats, tint: Floats, detail: Detail) -> MeshData:
    """Return the woolly cushions of areoles, on the skin: `size` (n,) m long, `tint` (3,) or (n, 3)."""
    template = _cushion() if detail == "near" else kite(0.8, -0.1, 0.5)
    foot = places.point + places.normal * (0.03 * size)[:, None] - places.forward * (0.5 * size)[:, None]
    number = (np.arange(len(size)) * 0.618034) % 1.0
    return blades(template, foot, frames(places.forward, places.normal), size, "spine", SPINE, tint, number)


def _cushion() -> Template:
    """A low oval dome along +y of four quads, whose rim dips into the skin."""
    turn = np.arange(8) * (np.pi / 4)
    rim = np.stack([0.36 * np.cos(turn), 0.5 + 0.5 * np.sin(turn), np.full(8, -0.06)], -1)
    points = np.concatenate([rim, [[0.0, 0.5, 0.26]]])
    faces = np.array([[8, k, k + 1, (k + 2) % 8] for k in range(0, 8, 2)])
    return Template(points.astype(np.float32), faces.astype(np.int32), np.zeros((9, 2), np.float32))
