"""Stalks of herbs: slender smooth curves that rise from a foot, lean, and bow under what they bear."""

from __future__ import annotations

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from .colour import Ramp, shades
from ..anatomy.parts import STEM, wood
from ..anatomy.skeleton import Floats, Ints
from ..anatomy.tubes import sweep

STATIONS = 13
"""Points of a stalk; every third of them for `middle`, every sixth for `far`."""


def rising(
    feet: Floats,
    azimuth: Floats,
    length: Floats,
    lean: Floats,
    bend: Floats,
    power: float = 1.6,
    veer: Floats | float = 0.0,
    stations: int = STATIONS,
) -> Floats:
    """Return smooth paths (n, stations, 3) m of `length` (n,) m from `feet` (n, 3) m.

    At the foot they lean from upright by `lean` (n,) rad toward `azimuth` (n,) rad, at the tip by `lean + bend`; `power` is
    how late the bend comes (1 evenly; 6 only the neck nods). `veer` (n,) rad is how far the azimuth turns on the way.
    """
    u = np.linspace(0, 1, stations)
    middle = 0.5 * (u[1:] + u[:-1])
    angle = lean[:, None] + bend[:, None] * middle**power
    heading = azimuth[:, None] + np.broadcast_to(veer, azimuth.shape)[:, None] * middle
    level = np.sin(angle)
    steps = np.stack([level * np.cos(heading), level * np.sin(heading), np.cos(angle)], -1)
    steps *= (length / (stations - 1))[:, None, None]
    path = np.concatenate([np.zeros((len(feet), 1, 3)), np.cumsum(steps, 1)], 1)
    return (np.asarray(feet, np.float64)[:, None] + path).astype(np.float32)


def thinned(paths: Floats, detail: Detail) -> Floats:
    """Return the paths with as many points as the detail needs."""
    step = {"near": 1, "middle": 3, "far": 6}[detail]
    return paths[:, ::step] if paths.shape[1] > step else paths[:, [0, -1]]


def stalks(paths: Floats, foot: Floats, tip: Floats, detail: Detail, ramp: Ramp, part: int | Ints = STEM) -> MeshData:
    """Return tubes along paths (n, STATIONS, 3) m that narrow from the radii `foot` to `tip` (n,) m; `ramp` from foot to tip."""
    kept = thinned(paths, detail)
    count, width = kept.shape[:2]
    share = np.linspace(0, 1, width)
    radii = foot[:, None] + (tip - foot)[:, None] * share
    sides = 5 if detail == "near" else 3
    along = np.repeat(np.tile((share[1:] + share[:-1]) / 2, count), sides)
    return wood(sweep(kept, radii.astype(np.float32), sides), "stem", part, shades(ramp, along))


def tips(paths: Floats) -> tuple[Floats, Floats]:
    """Return where paths (n, L, 3) end and the unit vectors they end with, both (n, 3)."""
    ahead = paths[:, -1] - paths[:, -2]
    return paths[:, -1], (ahead / np.maximum(np.sqrt((ahead * ahead).sum(1, keepdims=True)), 1e-12)).astype(np.float32)
