"""Panicles of grasses: thin branches along the end of a culm, which bear spikelets and hang as these grow heavy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames
from ..anatomy.outline_blades import fewer, run
from ..anatomy.parts import FLOWER, STEM, blades
from ..anatomy.skeleton import Floats, along
from .colour import Ramp, shades
from .stalks import rising, stalks


@dataclass(frozen=True)
class Panicle:
    """`branches` along the last share `span` of the culm, the longest `reach` m, each with `spikelets` of `size` m; they leave it
    at `lean` rad and bend by `bend` more, all to one side by the share `onesided`.
    """

    branches: int
    spikelets: int
    span: float
    reach: float
    size: float
    lean: float
    bend: float
    onesided: float = 0.0


def panicles(
    paths: Floats,
    shape: Panicle,
    template: Template,
    scale: Floats,
    ramp: Ramp,
    stem: Ramp,
    rng: np.random.Generator,
    detail: Detail,
) -> list[MeshData]:
    """Return one panicle on every culm (n, L, 3), `scale` (n,) times as large as its shape says."""
    count, each = len(paths), shape.branches
    row = np.repeat(np.arange(count, dtype=np.int32), each)
    up = np.tile((np.arange(each) + 0.5) / each, count)
    feet, _ = along(paths, row, 1 - shape.span * (1 - up))
    side = rng.uniform(0, 2 * np.pi, count)[row]
    free = np.tile(np.arange(each) * GOLDEN_ANGLE, count) + rng.normal(0, 0.3, len(row))
    off = (free - side + np.pi) % (2 * np.pi) - np.pi
    azimuth = side + off * (1 - 0.7 * shape.onesided)
    reach = shape.reach * scale[row] * (1.05 - 0.8 * up**1.3) * np.minimum(1, 0.55 + 1.6 * up) * rng.uniform(0.8, 1.15, len(row))
    lean = shape.lean * (1.1 - 0.6 * up)
    branches = rising(feet, azimuth, reach, lean, shape.bend * (1 - 0.4 * up), 1.2, stations=7)
    parts = []
    if detail == "near":
        thin = np.full(len(row), 0.0004 * shape.size / 0.006)
        parts.append(stalks(branches[:, ::3], thin, 0.6 * thin, "near", stem, STEM))

    head = np.repeat(np.arange(len(row), dtype=np.int32), shape.spikelets)
    place = np.tile(np.linspace(0.3, 1.0, shape.spikelets), len(row))
    turn = np.arange(len(head)) * GOLDEN_ANGLE
    random = rng.random(len(head))
    template, left = fewer(template, len(head), detail)
    kept = np.linspace(0, len(head) - 1, left).round().astype(int)
    origin, ahead = along(branches, head[kept], place[kept])
    outward = np.stack([np.cos(turn), np.sin(turn), np.zeros(len(turn))], -1)[kept]
    size = shape.size * scale[row][head[kept]] * (0.75 + 0.5 * random[kept])
    luck = random[kept][:, None] * np.ones(len(template.faces))
    tint = shades(ramp, 0.6 * luck + 0.4 * run(template))
    turned = frames(ahead + 0.45 * outward, outward)
    parts.append(blades(template, origin, turned, size, "grass", FLOWER, tint, random[kept], paths[row[head[kept]], 0]))
    return parts
