"""Blades of grasses: strips that follow smooth curves, and culms with nodes that carry them in two ranks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.parts import LEAF, STEM, sheet, wood
from ..anatomy.skeleton import Floats, Ints, along
from ..anatomy.tubes import sweep
from .colour import Ramp, Rgb, shades
from .stalks import rising, thinned

SEGMENTS: dict[Detail, int] = {"near": 12, "middle": 3, "far": 2}
"""Quads along a blade."""
_TAPER_AT = (0.0, 0.06, 0.3, 0.6, 0.85, 1.0)
_TAPER = (0.62, 0.85, 1.0, 0.8, 0.4, 0.035)


@dataclass(frozen=True)
class Blades:
    """n blades of grass: from `feet` (n, 3) m toward `azimuth` (n,) rad, of `length` and `width` (n,) m; at the foot they lean
    by `lean` (n,) rad from upright and to the tip by `bend` more, turned about themselves by `twist` (n,) rad; `tint` (n, 3) is
    their colour, `random` (n,) 0..1 tells them apart.
    """

    feet: Floats
    azimuth: Floats
    length: Floats
    width: Floats
    lean: Floats
    bend: Floats
    twist: Floats
    tint: Floats
    random: Floats

    def pick(self, chosen: NDArray[Any] | slice) -> Blades:
        """Return the blades that a mask, indices or a slice choose."""
        return Blades(*(getattr(self, item.name)[chosen] for item in fields(self)))


def strips(those: Blades, detail: Detail, *, dark_foot: float = 0.75, material: str = "grass") -> MeshData:
    """Return blades as strips along smooth curves, as broad on the whole with few segments as with many, darker at the foot by
    `dark_foot`; their points stay above the ground.
    """
    segments, count = SEGMENTS[detail], len(those.feet)
    path = rising(those.feet, those.azimuth, those.length, those.lean, those.bend, 1.5, stations=segments + 1)
    t = np.linspace(0, 1, segments + 1)
    turn = those.azimuth[:, None] + np.pi / 2 + those.twist[:, None] * t
    side = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], -1)
    taper = np.interp(t, _TAPER_AT, _TAPER)
    taper *= _mean(np.array(_TAPER_AT), np.array(_TAPER)) / _mean(t, taper)
    half = 0.5 * those.width[:, None] * taper
    points = np.stack([path - half[..., None] * side, path + half[..., None] * side], 2).reshape(-1, 3)
    points[:, 2] = np.maximum(points[:, 2], 0.0)
    row = 2 * ((segments + 1) * np.arange(count)[:, None] + np.arange(segments))
    faces = np.stack([row, row + 1, row + 3, row + 2], -1).reshape(-1, 4)
    light = dark_foot + (1 - dark_foot) * np.minimum(1.0, 1.6 * (np.arange(segments) + 0.5) / segments)
    colour = (those.tint[:, None] * light[:, None]).reshape(-1, 3)
    leaf = np.empty((count, segments + 1, 2, 3), np.float32)
    leaf[..., 0] = (-1, 1)
    leaf[..., 1] = t[:, None]
    leaf[..., 2] = those.random[:, None, None]
    root = np.repeat(path[:, 0], 2 * (segments + 1), axis=0)
    return sheet(points, faces, material, LEAF, colour, leaf.reshape(-1, 3), root)


def _mean(t: Floats, values: Floats) -> float:
    """Return the mean from 0 to 1 of what runs straight between `values` (M,) at `t` (M,)."""
    return float((0.5 * (values[1:] + values[:-1]) * np.diff(t)).sum())


def culms(paths: Floats, nodes: Floats, foot: Floats, tip: Floats, detail: Detail, ramp: Ramp, node: Rgb) -> MeshData:
    """Return hollow stalks along paths (n, L, 3) m from the radii `foot` to `tip` (n,) m, which swell at the shares `nodes`
    (k,) and have the colour `node` there; from afar they are plain.
    """
    count, sides = len(paths), 6 if detail == "near" else 3
    if detail != "near":
        kept = thinned(paths, detail)
        share = np.linspace(0, 1, kept.shape[1])
        swell, coloured = np.ones(len(share)), np.zeros(len(share) - 1)
    else:
        near = 0.0035
        share = np.unique(np.concatenate([np.linspace(0, 1, paths.shape[1]), nodes - near, nodes, nodes + near]).clip(0, 1))
        gap = np.abs(share[:, None] - nodes).min(1) if len(nodes) else np.ones(len(share))
        swell = np.where(gap < 0.5 * near, 1.35, 1.0)
        coloured = (np.minimum(gap[1:], gap[:-1]) < 0.5 * near).astype(float)
        row = np.repeat(np.arange(count, dtype=np.int32), len(share))
        kept = along(paths, row, np.tile(share, count))[0].reshape(count, len(share), 3)
    radii = (foot[:, None] + (tip - foot)[:, None] * share) * swell
    middle = (share[1:] + share[:-1]) / 2
    tint = shades(ramp, middle) * (1 - coloured[:, None]) + np.array(node) * coloured[:, None]
    tints = np.tile(np.repeat(tint, sides, axis=0), (count, 1))
    return wood(sweep(kept, radii.astype(np.float32), sides), "stem", STEM, tints)


def two_ranked(row: Ints, number: Ints, plane: Floats, rng: np.random.Generator, loose: float = 0.25) -> Floats:
    """Return the azimuths (n,) rad of leaves `number` (n,) on the culms `row` (n,): to both sides of each one's plane (S,)."""
    return plane[row] + np.pi * (number % 2) + rng.normal(0, loose, len(row))
