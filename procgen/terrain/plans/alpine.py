"""The plan of an alpine world: a high valley that ice has widened, between sharp ridges, with a glacier at its head.

The valley leads along +Y from before the origin to a cirque; its walls differ in height, and other ranges stand all around.
Erosion carves the ridges; `glacier.with_glacier` then lays ice, moraines and the outwash into the eroded valley.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...elementary import exp, hypot, sin
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..blocks import Floats
from ..glacier import Glacier, with_glacier
from ..land import Terrain
from ..noise import fbm2, warp2
from ..plan import DESIGN_SIDE, Plan
from ..shaping import shaped


@dataclass(frozen=True)
class HighValley(Plan):
    """One plan; metres before `scale` multiplies lengths.

    bends (K, 3): half-width, wavelength, phase in rad of the valley's windings; floor: half-width of its flat ground; head: y
    where the cirque's wall rises; walls: weights of the left and the right side; peaks (K, 4): x, y, radius, weight.
    """

    heights: ClassVar[tuple[float, float]] = (170.0, 950.0)
    hardness: ClassVar[tuple[float, float]] = (0.55, 0.45)

    seed: int
    scale: float
    bends: tuple[tuple[float, float, float], ...]
    floor: float
    head: float
    walls: tuple[float, float]
    peaks: tuple[tuple[float, float, float, float], ...]

    def centre(self, y: Floats) -> Floats:
        """Return x of the valley's axis at y, true metres; 0 at the origin."""
        y = np.asarray(y, np.float32) * np.float32(1 / self.scale)
        total = np.zeros_like(y)
        for amount, length, phase in self.bends:
            k = np.float32(2 * np.pi / length)
            total += np.float32(amount) * (sin(y * k + np.float32(phase)) - sin(np.float32(phase)))
        return total * np.float32(self.scale)

    def uplift(self, x: Floats, y: Floats) -> Floats:
        """Return how strongly the land is driven up, 0 to about 1; flat blocks."""
        k = np.float32(1 / self.scale)
        xs, ys = warp2(x * k / np.float32(520), y * k / np.float32(520), subseed(self.seed, "bend"), 0.13, 3)
        xs, ys = xs * np.float32(520), ys * np.float32(520)
        off = xs - self.centre(ys * np.float32(self.scale)) * k
        narrow = np.float32(1) - np.float32(0.5) * _smooth(300, self.head, ys)
        wall = _smooth(0.0, 1.0, (np.abs(off) - np.float32(self.floor) * narrow) / np.float32(420))
        side = np.where(off < 0, np.float32(self.walls[0]), np.float32(self.walls[1]))
        crest = np.float32(0.72) + np.float32(0.5) * fbm2(
            xs / np.float32(430), ys / np.float32(430), subseed(self.seed, "crest"), 3
        )
        rise = wall * side * np.maximum(crest, np.float32(0.25))
        back = _smooth(self.head - 260, self.head + 200, ys)
        rise = np.maximum(rise, back * np.maximum(crest, np.float32(0.55)))
        for px, py, radius, weight in self.peaks:
            r2 = ((xs - np.float32(px)) ** 2 + (ys - np.float32(py)) ** 2) / np.float32(radius**2)
            rise = rise + np.float32(weight) * exp(-r2) * np.maximum(wall, back)
        rise = rise * (1 + np.float32(0.5) * fbm2(xs / np.float32(170), ys / np.float32(170), subseed(self.seed, "broken"), 3))
        steps = np.float32(0.045) + np.float32(0.11) * _smooth(0.25 * self.head, 0.8 * self.head, ys)
        distance = hypot(x, y) * k
        beyond = _smooth(1500, 2900, distance)
        total = np.maximum(rise, steps) * (1 - beyond) + self._ranges(x * k, y * k) * beyond
        return np.maximum(total, np.float32(0.03))

    def _ranges(self, x: Floats, y: Floats) -> Floats:
        """Return the uplift of the mountains around, kilometres off: chains in all directions."""
        xs, ys = warp2(x / np.float32(3300), y / np.float32(3300), subseed(self.seed, "far bend"), 0.25, 2)
        chain = 1 - np.abs(fbm2(xs, ys, subseed(self.seed, "far"), 3)) * np.float32(1.7)
        return np.float32(1.25) * np.maximum(chain, np.float32(0.12))


def high_valley(terrain: TerrainSpec, seed: int) -> HighValley:
    """Draw the plan that belongs to the seed."""
    rng = stream(seed, "high valley")
    bends = tuple(
        (float(rng.uniform(*amount)), float(rng.uniform(*length)), float(rng.uniform(0, 2 * np.pi)))
        for amount, length in (((50, 120), (1500, 2300)), ((12, 40), (620, 900)))
    )
    head = float(rng.uniform(1300, 1520))
    walls = [float(rng.uniform(0.75, 1.0)), float(rng.uniform(0.45, 0.8))]
    if rng.random() < 0.5:
        walls.reverse()
    peaks = [(float(rng.uniform(-160, 160)), head + float(rng.uniform(60, 220)), float(rng.uniform(150, 260)), 0.55)]
    for side in (-1, 1, float(rng.choice([-1, 1]))):
        place = (side * float(rng.uniform(420, 800)), float(rng.uniform(500, 1250)))
        peaks.append((*place, float(rng.uniform(130, 250)), float(rng.uniform(0.25, 0.7))))
    floor = float(rng.uniform(70, 135))
    return HighValley(seed, terrain.size / DESIGN_SIDE, bends, floor, head, (walls[0], walls[1]), tuple(peaks))


def alpine_terrain(terrain: TerrainSpec, seed: int, threads: int | None = None) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plan = high_valley(terrain, seed)
    rng = stream(seed, "glacier")
    snout = plan.head * plan.scale * float(rng.uniform(0.30, 0.5))
    glacier = Glacier(
        seed,
        plan.scale,
        plan.centre,
        snout=snout,
        retreat=plan.scale * float(rng.uniform(90, 220)),
        stiffness=float(rng.uniform(3.5, 7.0)),
        breadth=plan.scale * float(rng.uniform(300, 400)),
        medial=float(rng.uniform(-0.5, 0.5)),
    )
    return with_glacier(shaped(plan, terrain, seed, threads=threads), glacier)


def _smooth(low: float, high: float, value: Any) -> Any:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
