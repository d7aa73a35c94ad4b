"""Rosettes of thick leaves, in a golden-angle spiral from the old ones that lie low to the young ones that stand upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.parts import LEAF
from ..anatomy.skeleton import Floats, Ints
from .skin import Places, on_skin, shells

_ACROSS: dict[Detail, tuple[float, ...]] = {
    "near": (1.0, 0.8, 0.4, -0.4, -0.8),
    "middle": (1.0, 0.7, -0.7),
    "far": (1.0, 0.0),
}
"""Places of the points on a leaf's lower face, from the right margin on."""
ROWS: dict[Detail, int] = {"near": 15, "middle": 8, "far": 5}


@dataclass(frozen=True)
class Form:
    """What leaves are like: `outline` (K, 2) of places along (0..1) and shares of the full half width; `thickness` at the
    foot as a share of the width; `gutter` (2,) how far the margins of old and of young leaves stand up, in half widths.
    """

    outline: tuple[tuple[float, float], ...]
    thickness: float
    gutter: tuple[float, float]


@dataclass(frozen=True)
class Rosette:
    """n leaves in order of age, the oldest first, m: where they spring from (n, 3), `azimuth` (n,) rad, their `lean` (n, 2)
    rad from upright at foot and tip, `length` and `width` (n,), how `young` (n,) they are in 0..1, and a `number` (n,) in 0..1.
    """

    foot: Floats
    azimuth: Floats
    lean: Floats
    length: Floats
    width: Floats
    young: Floats
    number: Floats

    def across(self) -> Floats:
        """Unit vectors (n, 3) from the midrib to the right margin, as seen on the upper face from the foot."""
        return np.stack([np.sin(self.azimuth), -np.cos(self.azimuth), 0 * self.azimuth], -1)


def rosette(
    leaves: int, length: float, width: float, lean: tuple[float, float], bend: float, rng: np.random.Generator
) -> Rosette:
    """Return `leaves` leaves of about `length` and `width` m, from `lean` rad of the oldest to that of the youngest; `bend` rad
    is how far tips turn outward.
    """
    young = np.arange(leaves) / max(leaves - 1, 1)
    azimuth = np.arange(leaves) * GOLDEN_ANGLE + rng.uniform(0, 2 * np.pi)
    start = lean[0] + (lean[1] - lean[0]) * young**1.1
    start = np.maximum(start + rng.normal(0, 0.05, leaves) * (1 - young), 0.02)
    turn = bend * (0.2 + rng.random(leaves) * 1.0) * (1 - young) ** 0.7
    size = (0.72 + 0.28 * np.sin(np.pi * (0.15 + 0.6 * young))) * rng.uniform(0.93, 1.05, leaves)
    radius = 0.42 * width * (1 - 0.9 * young)
    height = 0.28 * width * (0.55 + 2.6 * young)
    foot = np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), height], -1)
    return Rosette(foot, azimuth, np.stack([start, start + turn], -1), length * size, width * size, young, rng.random(leaves))


def surface(plant: Rosette, form: Form, detail: Detail) -> tuple[Floats, Floats]:
    """Return the rings (n, R, S, 3) m of the leaves, and the place across (S,), -1..1, of the points of a ring: first the
    lower face from the right margin to the left one, then the upper face back.
    """
    t = _stations(ROWS[detail])
    u = np.array(_ACROSS[detail])
    across = np.concatenate([u, -u])
    upper = np.arange(len(across)) >= len(u)

    middle = 0.5 * (t[1:] + t[:-1])
    first, last = plant.lean[:, :1], plant.lean[:, 1:]
    angle = first + (last - first) * middle**1.7
    step = plant.length[:, None] * np.diff(t)
    start = np.zeros((len(angle), 1))
    out = np.concatenate([start, np.cumsum(np.sin(angle) * step, 1)], 1)
    up = np.concatenate([start, np.cumsum(np.cos(angle) * step, 1)], 1)
    here = first + (last - first) * t**1.7
    radial = np.stack([np.cos(plant.azimuth), np.sin(plant.azimuth), 0 * plant.azimuth], -1)[:, None]
    above = np.array([0.0, 0.0, 1.0])
    rib = plant.foot[:, None] + radial * out[..., None] + above * up[..., None]
    inner = -radial * np.cos(here)[..., None] + above * np.sin(here)[..., None]

    places, shares = np.array(form.outline).T
    half_width = 0.5 * plant.width[:, None] * np.interp(t, places, shares)
    thick = plant.width[:, None] * form.thickness * (1 - 0.9 * t**1.3) * np.minimum(1, 0.05 + 5 * (1 - t))
    gutter = form.gutter[0] + (form.gutter[1] - form.gutter[0]) * plant.young[:, None, None]
    convex = 1 - across**2
    lift = gutter * half_width[..., None] * across**2 + thick[..., None] * convex * np.where(upper, 0.12, -0.88)
    wide = half_width[..., None] * across
    rings = rib[:, :, None] + plant.across()[:, None, None] * wide[..., None] + inner[:, :, None] * lift[..., None]
    return rings, across


def leaves(plant: Rosette, rings: Floats, across: Floats, tint: Floats) -> MeshData:
    """Return the leaves' mesh; `tint` (n, R - 1, S, 3)."""
    count, rows, sides = rings.shape[:3]
    leaf = np.empty((count, rows, sides, 3))
    leaf[..., 0] = across
    leaf[..., 1] = _stations(rows)[:, None]
    leaf[..., 2] = plant.number[:, None, None]
    return shells(rings, tint, LEAF, leaf, plant.foot)


def margin(rings: Floats, body: Ints, along: Floats, right: Floats) -> Places:
    """Return places on the margins: of leaf `body` (m,), `along` (m,) in 0..1, on the `right` (m,) one or the left one."""
    rows, sides = rings.shape[1:3]
    ring = np.interp(along, _stations(rows), np.arange(rows))
    return on_skin(rings, body, ring, np.where(right, 0.0, sides / 2))


def beyond(across: Floats, limit: float) -> Floats:
    """Return the share (S,) of each face round a ring that lies further from the midrib than `limit`, in 0..1."""
    ends = np.sort(np.abs(np.stack([across, np.roll(across, -1)])), 0)
    crossing = np.sign(across) * np.sign(np.roll(across, -1)) < 0
    low = np.where(crossing, 0.0, ends[0])
    return np.clip((ends[1] - max(limit, 0.0)) / np.maximum(ends[1] - low, 1e-9), 0, 1)


def _stations(rows: int) -> Floats:
    """Places along (R,), closer at foot and tip."""
    t = np.linspace(0, 1, rows)
    return t - 0.09 * np.sin(2 * np.pi * t)
