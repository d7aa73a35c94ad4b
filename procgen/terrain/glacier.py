"""A valley glacier laid into eroded land: ice, crevasses, and the moraines of the time when it was larger.

Ice flows so that the stress at its bed stays near what ice stands: its surface rises from the snout by tau / (rho g H), H the
ice's thickness (perfect plasticity, Nye 1951). The valley is filled to that level from its axis outwards; the older, longer
glacier's edge is where the moraine walls stand, before and above today's ice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..elementary import exp, hypot
from ..rng import subseed
from .blocks import Floats, in_blocks
from .heightfield import Heightfield
from .land import Terrain
from .noise import fbm2, noise2, warp2

GLACIER_MASKS = ("ice", "crevasse", "moraine", "debris")
"""Masks that a glacier adds, 0..1. ice: where there is ice; crevasse: where it breaks; moraine: rubble that ice has left, walls
and outwash; debris: rubble on the ice."""
_DEEPEST = 5.0
"""Metres of a crevasse that is seen."""


@dataclass(frozen=True)
class Glacier:
    """A glacier about an axis x = centre(y), that flows towards -Y. Lengths in true metres.

    snout: y of its end; retreat: how far its older end lies before it; stiffness: tau / (rho g), m (11 is 1 bar); breadth:
    half-width that it never exceeds; medial: where its middle moraine runs, as a share of the half-width.
    """

    seed: int
    scale: float
    centre: Callable[[Floats], Floats]
    snout: float
    retreat: float
    stiffness: float
    breadth: float
    medial: float


def with_glacier(terrain: Terrain, glacier: Glacier) -> Terrain:
    """Return the land with the glacier in its near square, `GLACIER_MASKS`, and crevasses as relief."""
    near = terrain.near
    x, y = near.grid()
    off = x - glacier.centre(y)
    today, surface = _filled(near, off, glacier, glacier.snout)
    older, _ = _filled(near, off, glacier, glacier.snout - glacier.retreat)
    ice = np.clip((today - near.heights) * np.float32(0.5), 0, 1)
    heights = _blurred(np.maximum(today - near.heights, 0), 1) + near.heights
    rubble, wall = _moraines(near, older - near.heights, ice, y, glacier)
    heights += wall * (1 - ice)
    steep = np.abs(np.gradient(surface, near.cell)).astype(np.float32)
    masks = {
        "ice": ice,
        "crevasse": ice * _breaking(near, steep[:, None], off, y, glacier),
        "moraine": rubble * (1 - ice),
        "debris": ice * _on_ice(near, off, y, glacier),
    }
    loose = np.maximum(ice, masks["moraine"])
    slope = hypot(*np.gradient(heights, np.float32(near.cell)))
    near_masks = near.masks | {
        "slope": slope,
        "rock": near.masks["rock"] * (1 - loose),
        "deposit": np.maximum(near.masks["deposit"] * (1 - ice), 0.6 * masks["moraine"]),
        "flow": near.masks["flow"] * (1 - ice),
        **masks,
    }
    none = np.zeros_like(terrain.far.heights)
    far = replace(terrain.far, masks=terrain.far.masks | dict.fromkeys(GLACIER_MASKS, none))
    near = replace(near, heights=heights.astype(np.float32), masks={k: m.astype(np.float32) for k, m in near_masks.items()})
    return replace(terrain, near=near, far=far, forms=partial(_fine_relief, glacier))


def _filled(near: Heightfield, off: Floats, glacier: Glacier, snout: float) -> tuple[Floats, NDArray[np.float64]]:
    """Return the height (N, N) of the ice's surface, below the land where there is none, and that along the axis (N,)."""
    rows, cell = near.heights, near.cell
    y = near.axes()[1]
    middle = np.abs(off) < max(60 * glacier.scale, 2 * cell)
    bed = np.where(middle, rows, np.float32(np.inf)).min(1).astype(np.float64)
    bed = np.convolve(np.pad(bed, 4, mode="edge"), np.full(9, 1 / 9), mode="valid")
    surface = _plastic(bed, int(np.searchsorted(y, snout)), cell, glacier.stiffness)
    # The end is a lobe; melting ice is domed, gathering snow hollow.
    place = off * np.float32(1 / glacier.breadth)
    (lobes,) = in_blocks(lambda a, b: (fbm2(a / 130, b / 130, subseed(glacier.seed, "lobes"), 3),), (off, y[:, None]), 1)
    back = y[:, None] - np.float32(210 * glacier.scale) * place * place + np.float32(22 * glacier.scale) * lobes
    level = np.interp(back, y, surface).astype(np.float32)
    share = np.clip((y - snout) / (1100 * glacier.scale), 0, 1)
    level += (-30 + 80 * share).astype(np.float32)[:, None] * place * place
    level += np.float32(14 * glacier.scale) * lobes - np.float32(160) * _smooth(
        0.6, 1.0, np.abs(place) + np.float32(0.15) * lobes
    )
    blocked = (level <= rows) | (np.abs(off) > np.float32(glacier.breadth))
    inside = _reached((np.abs(off) < np.float32(40 * glacier.scale)) & (y[:, None] > snout), ~blocked)
    return np.where(inside, level, rows - np.float32(1)), surface


def _reached(start: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the `free` cells that some way of a few turns along rows and columns joins to `start`."""
    reached = start & free
    for _ in range(5):
        for axis in (0, 1):
            way, open_ = (reached, free) if axis else (reached.T, free.T)
            run = np.cumsum(~open_, 1) + np.arange(len(way))[:, None] * (way.shape[1] + 1)
            hit = np.bincount(run[way], minlength=int(run.max()) + 1) > 0
            way = hit[run] & open_
            reached = way if axis else way.T
    return reached


def _plastic(bed: NDArray[np.float64], first: int, cell: float, stiffness: float) -> NDArray[np.float64]:
    """Return the ice's surface (N,) along its axis over `bed`, from row `first` up; far below the bed before it.

    On steep ground the ice thins out; from the wall at its head on it stays level.
    """
    surface = bed - 1e3
    steep = np.gradient(bed, cell)
    least = 14.0 * np.clip((0.9 - steep) / 0.4, 0, 1)
    first = min(first, len(bed) - 1)
    level, at_wall = bed[first], False
    for row in range(first, len(bed)):
        thick = max(level - bed[row], 4.0)
        at_wall |= least[row] == 0.0 and thick < 6.0
        if not at_wall:
            level = max(level + cell * min(stiffness / thick, 1.0), bed[row] + least[row])
        surface[row] = level
    return surface


def _moraines(near: Heightfield, older: Floats, ice: Floats, y: Floats, glacier: Glacier) -> tuple[Floats, Floats]:
    """Return where rubble lies (0..1) and the height in metres of the moraine walls, along the edge of the older ice."""
    radius = max(1, round(9 * glacier.scale / near.cell))
    edge = _blurred(_blurred((older > 0).astype(np.float32), radius), radius)
    x, _ = near.grid()
    key = subseed(glacier.seed, "moraine")
    uneven, lumps = in_blocks(
        lambda a, b: (fbm2(a / 90, b / 90, key, 3), fbm2(a / 11, b / 11, key + 9, 3)), (x / glacier.scale, y / glacier.scale), 2
    )
    low = 1 - _smooth(0.55, 0.95, (y - glacier.snout) / (900 * glacier.scale))
    ridge = exp(-(((edge - np.float32(0.42)) / np.float32(0.20)) ** 2)) * low
    height = glacier.scale * ridge * (7 + 6 * uneven + 1.6 * lumps) * (uneven > -0.9)
    bed = _smooth(0.25, 0.6, edge) * low
    hummocks = glacier.scale * bed * (1 - ice) * np.maximum(lumps + 0.4 * uneven, -0.4) * 1.3
    return np.maximum(ridge, bed), np.maximum(height, 0) + hummocks


def _breaking(near: Heightfield, steep: Floats, off: Floats, y: Floats, glacier: Glacier) -> Floats:
    """Return where the ice breaks: over steps of its bed and along its sides, in fields."""
    key = subseed(glacier.seed, "breaking")
    (fields,) = in_blocks(lambda a, b: (fbm2(a / 70, b / 70, key, 2),), (off / glacier.scale, y / glacier.scale), 1)
    side = _smooth(0.45, 0.8, np.abs(off) / np.float32(glacier.breadth))
    return np.clip(_smooth(0.10, 0.30, steep) + 0.7 * side + 0.8 * fields - 0.25, 0, 1)


def _on_ice(near: Heightfield, off: Floats, y: Floats, glacier: Glacier) -> Floats:
    """Return where rubble rides on the ice: in a stripe along its middle, at its sides, and more towards its end."""
    key = subseed(glacier.seed, "debris")
    (ragged,) = in_blocks(lambda a, b: (fbm2(a / 24, b / 60, key, 3),), (off / glacier.scale, y / glacier.scale), 1)
    place = off / np.float32(glacier.breadth)
    stripe = exp(-(((place - np.float32(glacier.medial) * 0.5 + 0.03 * ragged) / np.float32(0.06)) ** 2))
    sides = _smooth(0.42, 0.75, np.abs(place) + 0.1 * ragged)
    end = 1 - _smooth(0, 170 * glacier.scale, y - np.float32(glacier.snout))
    return np.clip(0.85 * stripe + 0.8 * sides + 0.55 * end + 0.3 * ragged, 0, 1)


def _fine_relief(glacier: Glacier, terrain: Terrain, x: Floats, y: Floats) -> Floats:
    """Return the depth of crevasses and the unevenness of ice and rubble: cracks run across the flow, bent down the valley."""
    result = np.zeros_like(x)
    rubble = terrain.mask_block("moraine", x, y)
    rough = rubble > 0.05
    heaps = fbm2(x[rough] / np.float32(3.1), y[rough] / np.float32(3.1), subseed(glacier.seed, "heaps"), 3)
    result[rough] = rubble[rough] * np.float32(0.30) * heaps
    ice = terrain.mask_block("ice", x, y)
    here = ice > 0.05
    if not here.any():
        return result
    x, y, ice = x[here], y[here], ice[here]
    broken = terrain.mask_block("crevasse", x, y)
    off = x - glacier.centre(y)
    along = y + off * off * np.float32(0.8 / glacier.breadth)
    key = subseed(glacier.seed, "crevasses")
    u, v = warp2(off / np.float32(45), along / np.float32(9), key, 0.35, 2)
    away = np.abs(noise2(u, v, key + 7))
    width = np.float32(0.16) * broken
    crack = np.clip(1 - away / np.maximum(width, np.float32(1e-3)), 0, 1) * (broken > 0.02)
    crack = crack * (2 - crack)
    humps = fbm2(x / np.float32(5), y / np.float32(5), key + 21, 3)
    result[here] += ice * (np.float32(0.22) * humps - np.float32(_DEEPEST) * crack * broken)
    return result


def _blurred(values: Floats, radius: int) -> Floats:
    """Return the mean over a square of `radius` cells either side."""
    size = 2 * radius + 1
    for axis in (0, 1):
        padding = [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)]
        total = np.cumsum(np.pad(values, padding, mode="edge"), axis, dtype=np.float64)
        total = np.swapaxes(total, 0, axis)
        values = np.swapaxes((total[size:] - total[:-size]) / size, 0, axis).astype(np.float32)
    return values


def _smooth(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
