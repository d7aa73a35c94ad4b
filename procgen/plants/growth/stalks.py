"""Stalks of herbs: slender smooth curves that rise from a foot, lean, and bow under what they bear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.parts import STEM, wood
from ..anatomy.skeleton import Floats, Ints
from ..anatomy.tubes import sweep
from .colour import Ramp, shades

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
    u = u if power < 4 else 1 - (1 - u) ** 1.8  # points crowd where a neck bends
    middle = 0.5 * (u[1:] + u[:-1])
    angle = lean[:, None] + bend[:, None] * middle**power
    heading = azimuth[:, None] + np.broadcast_to(veer, azimuth.shape)[:, None] * middle
    level = np.sin(angle)
    steps = np.stack([level * np.cos(heading), level * np.sin(heading), np.cos(angle)], -1)
    steps *= length[:, None, None] * (u[1:] - u[:-1])[:, None]
    path = np.concatenate([np.zeros((len(feet), 1, 3)), np.cumsum(steps, 1)], 1)
    return (np.asarray(feet, np.float64)[:, None] + path).astype(np.float32)


def parted(paths: Floats, clear: float, still: NDArray[np.bool_] | None = None) -> Floats:
    """Return paths (n, L, 3) m bowed sideways until their ends are `clear` m from each other, or as near to that as a few
    rounds bring them; feet stay where they are, and so do the paths that `still` (n,) marks.
    """
    free = np.ones(len(paths)) if still is None else 1.0 - still
    ends, moved = paths[:, -1].astype(np.float64), np.zeros((len(paths), 2))
    for _ in range(16):
        away = ends[:, None] - ends[None]
        away[..., :2] += moved[:, None] - moved[None]
        gap = np.sqrt((away * away).sum(-1)) + clear * np.eye(len(paths))
        level = away[..., :2] / np.maximum(np.sqrt((away[..., :2] ** 2).sum(-1, keepdims=True)), 1e-9)
        short = np.maximum(clear - gap, 0) / np.maximum(free[:, None] + free[None], 1)
        moved += free[:, None] * (short[..., None] * level).sum(1).clip(-0.5 * clear, 0.5 * clear)
    bow = np.linspace(0, 1, paths.shape[1]) ** 2
    bowed = paths.copy()
    bowed[..., :2] += (moved[:, None] * bow[:, None]).astype(np.float32)
    return bowed


def thinned(paths: Floats, detail: Detail) -> Floats:
    """Return the paths with as many points as the detail needs."""
    step = {"near": 1, "middle": 3, "far": 6}[detail]
    return paths[:, ::step] if paths.shape[1] > step else paths[:, [0, -1]]


def stalks(paths: Floats, foot: Floats, tip: Floats, detail: Detail, ramp: Ramp, part: int | Ints = STEM) -> MeshData:
    """Return tubes along paths (n, STATIONS, 3) m that narrow from the radii `foot` to `tip` (n,) m, coloured by `ramp`."""
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
