"""Cones with craters and flows of lava, laid over a plain.

A cone stands at the slope at which cinders rest near its rim and runs out below; its crater is a bowl, its rim uneven and
breached to one side; rain has cut gullies down its flanks (the stream-power law, as `erosion` has it). A flow spreads from its
vent to its end, thin on the flank, thick on the plain, with a steep front, raised sides and a heaved surface.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..elementary import exp, hypot, power
from ..rng import stream, subseed
from .blocks import Floats, in_blocks
from .drainage import drainage
from .erosion import Ground, fluvial_step, slump
from .heightfield import Heightfield
from .land import Terrain
from .lava import lava_relief
from .noise import fbm2

VOLCANIC_MASKS = ("lava", "rubble", "age", "cinder", "burnt", "heat")
"""Masks that a volcano adds, 0..1. lava: where a flow lies; rubble: whether it broke into blocks (aa) or kept a skin
(pahoehoe); age: from new to overgrown, 1 where there is no flow; cinder: cones; burnt: reddened cinders; heat: where cracks
glow."""


@dataclass(frozen=True)
class Cone:
    """x, y: its middle; foot: radius at the plain; rise: height of the rim; mouth: the crater's radius as a share of the
    foot's; depth: the crater's, as a share of its radius; breach: direction (x, y) of the low place in the rim; lowered: by what
    share of the rise. Metres."""

    x: float
    y: float
    foot: float
    rise: float
    mouth: float
    depth: float
    breach: tuple[float, float]
    lowered: float


@dataclass(frozen=True)
class Flow:
    """start, end: x, y of vent and front; breadth: half-width on the plain; thickness there; rubble: 0 ropes to 1 blocks;
    age: 0..1; bend: how far its middle lies aside. Metres."""

    start: tuple[float, float]
    end: tuple[float, float]
    breadth: float
    thickness: float
    rubble: float
    age: float
    bend: float


@dataclass(frozen=True)
class Volcano:
    """The cones, the great one first; the flows, oldest first; heat: how much of the newest flow still glows, 0..1."""

    seed: int
    scale: float
    cones: tuple[Cone, ...]
    flows: tuple[Flow, ...]
    heat: float


def with_volcano(terrain: Terrain, volcano: Volcano, erosion: float) -> Terrain:
    """Return the land with the volcano in its near square and `VOLCANIC_MASKS`; `erosion` (0..1) cuts gullies."""
    near = terrain.near
    x, y = near.grid()
    heights = near.heights.copy()
    masks = {name: np.zeros_like(heights) for name in VOLCANIC_MASKS}
    masks["age"] += np.float32(1)
    rock = near.masks["rock"].copy()
    for number, cone in enumerate(volcano.cones):
        part = _around(near, cone.x, cone.y, 1.15 * cone.foot)
        raised, cinder, burnt, wall = _cone(cone, x[part], y[part], subseed(volcano.seed, "cone", number))
        heights[part] = _gullied(heights[part] + raised, near.cell, erosion, stream(volcano.seed, "gullies", number))
        masks["cinder"][part] = np.maximum(masks["cinder"][part], cinder)
        masks["burnt"][part] = np.maximum(masks["burnt"][part], burnt)
        rock[part] = np.maximum(rock[part] * (1 - cinder), wall)
    for number, flow in enumerate(volcano.flows):
        inside, raised, middle = _flow(flow, x, y, volcano.scale, subseed(volcano.seed, "flow", number))
        thin = 1 - np.float32(0.72) * masks["cinder"]
        heights += raised * thin
        rest = 1 - inside
        masks["lava"] = np.maximum(masks["lava"], inside)
        masks["rubble"] = masks["rubble"] * rest + np.float32(flow.rubble) * inside
        masks["age"] = masks["age"] * rest + np.float32(flow.age) * inside
        masks["burnt"] *= 1 - np.float32(0.8) * inside
        newest = number == len(volcano.flows) - 1
        masks["heat"] = masks["heat"] * rest + np.float32(volcano.heat * newest) * inside * middle
        rock *= rest
    slope = hypot(*np.gradient(heights, np.float32(near.cell)))
    covered = np.maximum(masks["lava"], masks["cinder"])
    near_masks = near.masks | masks | {"slope": slope, "rock": rock, "deposit": near.masks["deposit"] * (1 - covered)}
    none, old = np.zeros_like(terrain.far.heights), np.ones_like(terrain.far.heights)
    far_masks = terrain.far.masks | dict.fromkeys(VOLCANIC_MASKS, none) | {"age": old}
    near = replace(near, heights=heights.astype(np.float32), masks={k: m.astype(np.float32) for k, m in near_masks.items()})
    far = replace(terrain.far, masks=far_masks)
    return replace(terrain, near=near, far=far, forms=partial(lava_relief, volcano.seed))


def _around(near: Heightfield, x: float, y: float, reach: float) -> tuple[slice, slice]:
    """Return the rows and columns within `reach` of a place."""
    xs, ys = near.axes()
    columns, rows = np.searchsorted(xs, (x - reach, x + reach)), np.searchsorted(ys, (y - reach, y + reach))
    return slice(*rows.tolist()), slice(*columns.tolist())


def _cone(cone: Cone, x: Floats, y: Floats, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what a cone adds to the plain in metres, and where there are cinders, reddened ones, and walls of rock."""
    dx, dy = x - np.float32(cone.x), y - np.float32(cone.y)
    away = hypot(dx, dy) + np.float32(1e-3)
    cosine, sine = dx / away, dy / away
    rim, bent = in_blocks(
        lambda c, s: (fbm2(2.1 * c, 2.1 * s, seed, 3), fbm2(1.3 * c, 1.3 * s, seed + 9, 3)), (cosine, sine), 2
    )
    patches = in_blocks(lambda a, b: (fbm2(a * 9, b * 9, seed + 20, 3),), (dx / cone.foot, dy / cone.foot), 1)[0]
    length = float(np.hypot(*cone.breach)) + 1e-9
    toward = cosine * np.float32(cone.breach[0] / length) + sine * np.float32(cone.breach[1] / length)
    low = np.float32(cone.lowered) * exp((toward - 1) * 9)
    rise = np.float32(cone.rise) * (1 + np.float32(0.12) * rim - low)
    share = away / (np.float32(cone.foot) * (1 + np.float32(0.10) * bent))
    mouth = np.float32(cone.mouth) * (1 + np.float32(0.14) * rim)
    down = np.clip((share - mouth) / (1 - mouth), -1, 1)
    flank = rise * power(np.maximum(1 - down, 0), 1.55)
    deep = np.float32(cone.depth * cone.mouth * cone.foot)
    bowl = rise - deep * (1 - (share / mouth) ** 2)
    soft = np.float32(0.035 * cone.rise)
    height = 0.5 * (flank + bowl - np.sqrt((flank - bowl) ** 2 + soft * soft))
    inside = _smooth(1.05, 0.9, share / mouth)
    on = _smooth(1.0, 0.86, share)
    near_rim = exp(-(((share - mouth) / np.float32(0.10)) ** 2))
    burnt = np.clip(near_rim * (0.8 + 0.9 * patches) + 0.5 * low * (share < 0.7), 0, 1) * on
    wall = inside * _smooth(0.45, 0.75, share / mouth) * np.clip(0.35 + 0.8 * patches, 0, 0.8)
    return np.maximum(height, 0) * _smooth(1.1, 0.95, share), on, burnt, wall


def _gullied(heights: Floats, cell: float, erosion: float, rng: np.random.Generator) -> Floats:
    """Return the heights (rows, columns) after rain has cut gullies down their slopes, softened by creep."""
    side = max(heights.shape)
    square = np.pad(heights, [(0, side - n) for n in heights.shape], mode="edge")
    base = np.zeros(square.shape, bool)
    base[0] = base[-1] = base[:, 0] = base[:, -1] = True
    flat = np.zeros_like(square)
    ground = Ground(flat, flat + np.float32(0.72), flat + np.float32(0.62), flat + 1, base)
    area = np.full(square.size, cell * cell)
    for _ in range(3):
        flow = drainage(square, base, cell, rng)
        cut = fluvial_step(square, ground, 0.22 * erosion * cell, flow, flow.accumulate(area))
        # Craters have no outlet: what water cannot leave it does not cut.
        square = slump(np.maximum(cut, square - np.float32(9)), ground.steepest, cell, np.full_like(square, 0.12))
    return square[: heights.shape[0], : heights.shape[1]]


def _flow(flow: Flow, x: Floats, y: Floats, scale: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return where a flow lies (0..1), what it adds in metres, and how near its middle a place is (0..1)."""
    start, end = np.array(flow.start), np.array(flow.end)
    length = float(np.sqrt(((end - start) ** 2).sum())) + 1e-6
    ahead = ((end - start) / length).astype(np.float32)
    dx, dy = x - np.float32(start[0]), y - np.float32(start[1])
    along, across = dx * ahead[0] + dy * ahead[1], dy * ahead[0] - dx * ahead[1]
    share = along * np.float32(1 / length)
    across = across - np.float32(4 * flow.bend) * share * (1 - share)
    close = (np.abs(across) < 2.2 * flow.breadth) & (along > -60 * scale) & (along < length + 1.2 * flow.breadth)
    inside, raised, middle = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    u, v, s = along[close] / scale, across[close] / scale, share[close]

    def noises(u: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
        lobes = fbm2(u / 95, v / 95, seed, 5, 0.58)
        heave = np.abs(fbm2(u / 27, v / 27, seed + 20, 3))
        folds = fbm2((u + v * v / 420) / 13, v / 70, seed + 40, 2)
        return lobes, heave, folds

    lobes, heave, folds = in_blocks(noises, (u, v), 3)
    spread = np.float32(flow.breadth / scale) * (np.float32(0.22) + np.float32(0.78) * _smooth(0.15, 0.75, s))
    edge = spread * (1 + np.float32(0.55) * lobes) - np.abs(v)
    front = np.float32(length / scale) + np.float32(26) * lobes - u - v * v / np.float32(1.6 * flow.breadth / scale)
    edge = np.minimum(np.minimum(edge, front), (u + np.float32(20)) * 0.5) * np.float32(scale)
    thick = np.float32(flow.thickness)
    body = np.clip(edge / (1.9 * thick), 0, 1)
    profile = 1 - (1 - body) ** 2
    levee = exp(-(((edge - 3.2 * thick) / (1.6 * thick)) ** 2)) * _smooth(0.1, 0.5, s)
    # A skin of lava heaves into humps, a field of blocks into folds across the flow.
    humps = (0.55 * heave - 0.12) * (1 - 0.5 * flow.rubble) + 0.20 * folds * flow.rubble
    raised[close] = thick * profile * (1 + 0.22 * levee + humps * _smooth(0.4, 1.0, body))
    inside[close] = _smooth(-0.6, 1.2, edge)
    middle[close] = _smooth(2.5 * flow.thickness, 9 * flow.thickness, edge) * np.clip(0.55 + 1.3 * lobes, 0, 1)
    return inside, raised, middle


def _smooth(low: float, high: float, value: Floats | NDArray[np.float64]) -> Floats:
    """Return 0 at `low`, 1 at `high`, smooth between; `low` may be the higher one."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)
