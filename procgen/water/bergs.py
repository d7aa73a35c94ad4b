"""Icebergs: great blocks that have calved from a glacier, aground or adrift in the bay, most of each under water."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..cameras.view import View
from ..meshes import MeshData
from ..rng import stream
from ..terrain import rock
from ..terrain.land import Terrain

NEAREST, FARTHEST = 45.0, 620.0
"""Metres from the view."""
MATERIAL = "iceberg"


@dataclass(frozen=True)
class Berg:
    """One iceberg in world coordinates: x, y of its middle, the radius in metres that it fills, its mesh."""

    x: float
    y: float
    radius: float
    mesh: MeshData


def icebergs(terrain: Terrain, view: View, cover: float, seed: int) -> list[Berg]:
    """Return the icebergs before the view, more in a bay with more ice (`cover`, 0..1): clear of land and of each other."""
    rng = stream(seed, "icebergs")
    wanted = int(rng.integers(2, 4 + round(6 * cover)))
    made: list[Berg] = []
    for number in range(4 * wanted):
        if len(made) == wanted:
            break
        away = NEAREST * (FARTHEST / NEAREST) ** float(rng.random())
        angle = view.heading + float(rng.uniform(-0.5, 0.5)) * view.lens.horizontal
        x, y = (float(part) for part in view.eyes[:, :2].mean(0) + away * np.array([np.sin(angle), np.cos(angle)]))
        size = min(away * float(rng.uniform(0.05, 0.20)), 55.0)
        room = float(terrain.mask("water", np.float32(x), np.float32(y)))
        apart = all(np.hypot(x - berg.x, y - berg.y) > berg.radius + 0.8 * size for berg in made)
        if room > 0.7 * size and apart:
            made.append(_calved(x, y, size, stream(seed, "iceberg", number), away))
    return made


def _calved(x: float, y: float, size: float, rng: np.random.Generator, away: float) -> Berg:
    """Return an iceberg of about `size` metres across: a table, or a wedge or horn that has rolled."""
    table = rng.random() < 0.45
    params = rock.Params(
        geology="ice",
        size=1.0,
        flatness=float(rng.uniform(0.45, 0.65) if table else rng.uniform(0.0, 0.3)),
        joints=int(rng.integers(4, 7) if table else rng.integers(8, 16)),
        wear=float(rng.uniform(0.0, 0.35)),
        roughness=float(rng.uniform(0.25, 0.8)),
        sunk=float(rng.uniform(0.5, 0.62) if table else rng.uniform(0.32, 0.5)),
    )
    block = rock.build(params, rng, "near" if away < 200 else "middle")
    lean = float(rng.uniform(-0.05, 0.05) if table else rng.uniform(-0.5, 0.5))
    c, s = float(np.cos(lean)), float(np.sin(lean))
    px, py, pz = (size * axis.astype(np.float64) for axis in block.points.T)
    points = np.stack([c * px - s * pz + x, py + y, s * px + c * pz], 1).astype(np.float32)
    radius = float(np.sqrt(((points[:, :2] - (x, y)) ** 2).sum(1)).max())
    return Berg(x, y, radius, replace(block, points=points, materials=(MATERIAL,)))
