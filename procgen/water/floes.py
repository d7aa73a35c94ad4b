"""Floes: plates of ice that float on the sea, each a cell between its neighbours (Voronoi), drawn in from the edge it shares.

Large floes come first; where none lies, a finer lattice fills the gap with small ones, and near the eye brash between them. A
cell's outline is known in every direction from its middle: the nearest of the bisectors to the neighbours. So plates never
overlap, whatever is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Skyline, View
from ..elementary import arctan2, cos, hypot, sin
from ..meshes import MeshData, merge
from ..rng import subseed
from ..scatter.lattice import Lattice, lattice
from ..terrain.blocks import Floats
from ..terrain.land import Terrain
from ..terrain.noise import fbm2

SIZES = ((30.0, 1100.0), (8.5, 420.0), (2.4, 90.0))
"""Metres from floe to floe, and the distance to which they are laid, of each lattice."""
CORNERS = 36
"""Directions in which an outline is known."""
_GAP = 0.045
"""Share of the spacing that lies open between neighbours, at least."""
_DRAUGHT = 0.7


@dataclass(frozen=True)
class Floes:
    """N floes: middles (N, 2) m, outlines (N, CORNERS) m from the middle in even directions from +x counter-clockwise,
    freeboard (N,) m, and `seed` for their snow."""

    middles: Floats
    outlines: Floats
    freeboard: Floats
    seed: int

    def __len__(self) -> int:
        return len(self.freeboard)


def floes(terrain: Terrain, view: View, land: Skyline, cover: float, kept_free: NDArray[np.floating], seed: int) -> Floes:
    """Return the floes that the view may see on water, about the share `cover` (0..1) of it; none within `kept_free` (K, 3):
    x, y, radius."""
    made: list[Floes] = []
    for number, (spacing, reach) in enumerate(SIZES):
        key = subseed(seed, "floes", number)
        cells = lattice(spacing, view.box(min(reach, 900.0 * spacing / 2.4)), key)
        x, y = cells.x, cells.y
        distance = view.distance(x, y)
        here = view.sees(x, y, spacing) & (distance < reach) & (distance > 3.0)
        fields = fbm2((x / np.float32(150)).ravel(), (y / np.float32(150)).ravel(), subseed(seed, "ice fields"), 3).reshape(
            x.shape
        )
        wanted = np.clip(1.25 * cover + 0.55 * fields - 0.1 * number, 0, 1) * (0.55 if number == 0 else 0.8)
        here &= cells.random(0) < wanted
        outline = np.zeros((*x.shape, CORNERS), np.float32)
        outline[here] = _outlines(cells, here, spacing)
        breadth = outline.max(-1)
        here &= terrain.mask("water", x, y) > breadth + 2.0
        for cx, cy, radius in kept_free:
            here &= hypot(x - np.float32(cx), y - np.float32(cy)) > np.float32(radius) + breadth
        here[here] = ~land.hides(x[here], y[here], np.full(int(here.sum()), 1.0, np.float32))
        here[here] = _clear(x[here], y[here], breadth[here], made)
        middles = np.stack([x[here], y[here]], 1)
        outlines = outline[here]
        afloat = _afloat(terrain, middles, outlines)
        thick = (0.08 + 0.014 * spacing**0.8) * (0.5 + cells.random(5)[here])
        made.append(Floes(middles[afloat], outlines[afloat], thick[afloat].astype(np.float32), key))
    return Floes(
        np.concatenate([part.middles for part in made]),
        np.concatenate([part.outlines for part in made]),
        np.concatenate([part.freeboard for part in made]),
        seed,
    )


def directions() -> tuple[Floats, Floats]:
    """Return the cosines and sines (CORNERS,) of the outlines' directions."""
    angles = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    return cos(angles), sin(angles)


def _outlines(cells: Lattice, chosen: NDArray[np.bool_], spacing: float) -> Floats:
    """Return the outlines (N, CORNERS) of the chosen cells: nearest bisector in each direction, less the gap, corners worn."""
    rows, columns = np.nonzero(chosen)
    padded = [np.pad(axis, 2, constant_values=1e6) for axis in (cells.x, cells.y)]
    x, y = cells.x[chosen], cells.y[chosen]
    cosine, sine = directions()
    best = np.full((len(x), CORNERS), np.float32(1.1 * spacing))
    for step_y in range(-2, 3):
        for step_x in range(-2, 3):
            if step_x == step_y == 0:
                continue
            dx = padded[0][rows + 2 + step_y, columns + 2 + step_x] - x
            dy = padded[1][rows + 2 + step_y, columns + 2 + step_x] - y
            away = hypot(dx, dy)
            facing = (dx[:, None] * cosine + dy[:, None] * sine) / away[:, None]
            half = (0.5 * away - np.float32(0.5 * _GAP * spacing))[:, None]
            best = np.where(facing > 0.02, np.minimum(best, half / np.maximum(facing, np.float32(0.02))), best)
    shrink = (0.74 + 0.24 * cells.random(1)[chosen])[:, None]
    mean = best.mean(1, keepdims=True)
    worn = np.minimum(best, 1.42 * mean) * shrink
    # Between two directions the edge is straight: cut to what lies inside the cell on both sides.
    return np.minimum(worn, 0.5 * (np.roll(worn, 1, 1) + np.roll(worn, -1, 1)) * np.float32(1.12)).astype(np.float32)


def _clear(x: Floats, y: Floats, breadth: Floats, larger: list[Floes]) -> NDArray[np.bool_]:
    """Return which discs (N,) lie clear of all larger floes, by their outlines in the direction of the disc."""
    clear = np.ones(len(x), bool)
    for part in larger:
        for start in range(0, len(part), 64):
            middles, outlines = part.middles[start : start + 64], part.outlines[start : start + 64]
            dx, dy = x[:, None] - middles[:, 0], y[:, None] - middles[:, 1]
            away = hypot(dx, dy)
            close = away < breadth[:, None] + outlines.max(1)
            disc, floe = np.nonzero(close & clear[:, None])
            angle = arctan2(dy[disc, floe], dx[disc, floe])
            turn = np.arcsin(np.clip(breadth[disc] / np.maximum(away[disc, floe], 1e-3), 0, 1).astype(np.float64))
            reach = np.zeros(len(disc), np.float32)
            for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
                corner = np.rint((angle + share * turn) * (CORNERS / (2 * np.pi))).astype(int)
                for beside in (-1, 0, 1):
                    reach = np.maximum(reach, outlines[floe, (corner + beside) % CORNERS])
            hit = away[disc, floe] < breadth[disc] + reach + 0.05
            clear[disc[hit]] = False
    return clear


def _afloat(terrain: Terrain, middles: Floats, outlines: Floats) -> NDArray[np.bool_]:
    """Return which floes have water under every part of their edge."""
    cosine, sine = directions()
    few = slice(None, None, 4)
    x = middles[:, :1] + outlines[:, few] * cosine[few]
    y = middles[:, 1:] + outlines[:, few] * sine[few]
    return (terrain.height(x, y) < -0.4).all(1)


def floe_mesh(ice: Floes, view: View, material: str) -> MeshData:
    """Return the floes as one mesh: tops with snow in drifts, rims, edges undercut at the waterline; finer near the view."""
    distance = view.distance(ice.middles[:, 0], ice.middles[:, 1]) / np.maximum(ice.outlines.mean(1), 0.5)
    parts = []
    for low, high, every, rings in ((0.0, 14.0, 1, 7), (14.0, 60.0, 2, 3), (60.0, np.inf, 3, 2)):
        chosen = (distance >= low) & (distance < high)
        if chosen.any():
            parts.append(_plates(ice, chosen, every, rings, material))
    return merge(parts)


def _plates(ice: Floes, chosen: NDArray[np.bool_], every: int, rings: int, material: str) -> MeshData:
    """Return the chosen floes with every so many corners of their outlines and so many rings on top."""
    cosine, sine = (axis[::every] for axis in directions())
    corners = len(cosine)
    middle, outline, freeboard = ice.middles[chosen], ice.outlines[chosen][:, ::every], ice.freeboard[chosen]
    count = len(freeboard)
    shares = np.array([*np.linspace(0.0, 1.0, rings + 1)[1:-1], 0.93, 1.0, 0.965, 0.99], np.float32)
    radius = outline[:, None, :] * shares[:, None]
    x, y = middle[:, :1, None] + radius * cosine, middle[:, 1:, None] + radius * sine
    key = subseed(ice.seed, "snow")
    drifts = fbm2((x / np.float32(3.7)).ravel(), (y / np.float32(3.7)).ravel(), key, 3).reshape(x.shape)
    rim = fbm2((x / np.float32(1.3)).ravel(), (y / np.float32(1.3)).ravel(), key + 9, 2).reshape(x.shape)
    level = freeboard[:, None]
    inner = len(shares) - 4
    z = np.empty_like(x)
    z[:, :inner] = level[..., None] * (1.0 + 0.30 * drifts[:, :inner])
    z[:, inner] = level * (1.02 + 0.35 * np.maximum(rim[:, inner], 0))
    z[:, inner + 1] = level * (0.86 + 0.10 * rim[:, inner + 1])
    z[:, inner + 2] = 0.03
    z[:, inner + 3] = -_DRAUGHT
    hub = np.stack([middle[:, 0], middle[:, 1], freeboard * 1.02], 1)[:, None, :]
    points = np.concatenate([hub, np.stack([x, y, z], -1).reshape(count, -1, 3)], 1).reshape(-1, 3).astype(np.float32)
    around = np.arange(corners)
    after = (around + 1) % corners
    starts = 1 + np.arange(len(shares) - 1)[:, None] * corners
    quads = np.stack([starts + around, starts + corners + around, starts + corners + after, starts + after], -1).reshape(-1, 4)
    fan = np.stack([np.zeros(corners // 2, int), 1 + around[::2], 1 + around[1::2], 1 + (around[::2] + 2) % corners], -1)
    faces = np.concatenate([fan, quads])
    faces = (faces[None] + (np.arange(count) * (1 + len(shares) * corners))[:, None, None]).reshape(-1, 4).astype(np.int32)
    return MeshData(points, faces, np.zeros(len(faces), np.int32), (material,))
