"""The land of a canyon: a plateau of flat beds, cut by a winding river that has run dry, and by its side canyons.

How deep the land is cut follows from the distance to the river or to a side stream, whose floor rises the further it is from
the river. Gullies bend that distance, beds of rock step the walls (`terrain.beds`), and a bed of gravel winds along the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import hypot, sin
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..beds import laid_down
from ..blocks import Floats, in_blocks
from ..dry_land import DryLand
from ..heightfield import Heightfield
from ..land import Relief
from ..noise import fbm2, noise2, ridged2, warp2
from ..plan import DESIGN_SIDE, NO_WATER
from ..square import Square

FLOOR = 5.0
"""Metres above z = 0 of the canyon's floor."""
FAR_SIDE, FAR_SAMPLES = 20000.0, 640
RELIEF = Relief(
    soil=((19.0, 0.4), (7.3, 0.14), (2.6, 0.06), (1.1, 0.024), (0.42, 0.009)),
    crags=((17.0, 2.2), (6.3, 1.1), (2.8, 0.5), (1.2, 0.15)),
    ledges=((4.2, 0.8), (1.6, 0.35)),
    distant=0.0,
)


@dataclass(frozen=True)
class Canyon:
    """What is drawn of a canyon, in metres: depth; `floor` is half the floor's breadth, `wall` how far the walls reach, `rough`
    how deep gullies cut; `bends` are wavelength, amplitude and phase of the river's windings; `bed` is half its bed's breadth;
    `sides` is how much nearer to the rim a side stream's floor comes a metre away from the river.
    """

    seed: int
    scale: float
    depth: float
    floor: float
    wall: float
    rough: float
    bed: float
    sides: float
    bends: tuple[tuple[float, float, float], ...]

    def river(self, y: Floats) -> tuple[Floats, Floats]:
        """Return x of the river's middle at y, and how it leans there (dx/dy)."""
        x, lean = np.zeros_like(y), np.zeros_like(y)
        for length, amount, phase in self.bends:
            k = np.float32(2 * np.pi / length)
            x += np.float32(amount) * (sin(k * y + np.float32(phase)) - np.float32(np.sin(phase)))
            lean += np.float32(amount) * k * sin(k * y + np.float32(phase + 0.5 * np.pi))
        return x, lean

    def heights(self, x: Floats, y: Floats) -> list[Floats]:
        """Return height (m), scree (0..1), rock (0..1) and flow (0..1), in blocks."""
        middle, lean = self.river(y)
        away = np.abs(x - middle) / np.sqrt(1 + lean * lean)
        k = np.float32(1 / (310 * self.scale))
        xs, ys = warp2(x * k, y * k, subseed(self.seed, "walls"), 0.28, 3)
        stream_ = np.abs(fbm2(xs * np.float32(0.45), ys * np.float32(0.45), subseed(self.seed, "sides"), 3))
        side = stream_ * np.float32(560 * self.scale) + np.float32(self.floor) + np.float32(self.sides) * away
        gully = ridged2(x / np.float32(110), y / np.float32(110), subseed(self.seed, "gullies"), 3)
        flute = noise2(x / np.float32(21), y / np.float32(21), subseed(self.seed, "flutes"))
        bent = np.float32(0.3 * self.wall) * fbm2(xs * np.float32(1.1), ys * np.float32(1.1), subseed(self.seed, "bays"), 3)
        main = away + np.minimum(away / np.float32(2 * self.floor), 1) * bent
        low = np.minimum(main, side)
        up = (low - np.float32(self.floor) - np.float32(self.rough) * gully - np.float32(2.5) * flute) / np.float32(self.wall)
        up = np.clip(up, 0, 1)
        # Scree lies against the foot, the wall stands above it, the rim is rounded.
        share = np.where(
            up < 0.3, np.float32(2.0) * up * up, np.float32(0.18) + np.float32(0.82 / 0.7) * (up - np.float32(0.3))
        )
        plateau = fbm2(x / np.float32(800), y / np.float32(800), subseed(self.seed, "plateau"), 4)
        rise = np.float32(10) * (plateau + np.float32(0.7)).clip(0) * _smooth(0.85, 1.0, up)
        rise += np.float32(0.012) * np.maximum(low - np.float32(self.floor + self.wall), 0).clip(0, 900)
        bank = _smooth(0.55 * self.bed, 1.6 * self.bed, away)
        floor = np.float32(FLOOR) + np.float32(1.3) * bank + np.float32(0.02) * np.minimum(away, np.float32(2 * self.floor))
        z = floor + np.float32(self.depth) * share + rise
        rock = _smooth(0.16, 0.34, up) * (1 - np.float32(0.9) * _smooth(0.96, 1.0, up))
        scree = _smooth(0.04, 0.16, up) * (1 - _smooth(0.24, 0.36, up))
        return [z, scree, rock, 1 - bank]


def canyon_terrain(terrain: TerrainSpec, seed: int, threads: int | None = None) -> DryLand:
    """Return the canyon that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plan = canyon(terrain, seed)
    far_side = FAR_SIDE * max(0.3, plan.scale)
    near = Square(-terrain.size / 2, -0.4 * terrain.size, terrain.size)
    far = Square(-far_side / 2, -0.45 * far_side, far_side)
    fields = [_field(plan, square, samples, threads) for square, samples in ((near, terrain.resolution), (far, FAR_SAMPLES))]
    rng = stream(seed, "canyon", "beds")
    low = FLOOR + 1.5 + 0.14 * plan.depth
    beds = laid_down(low, FLOOR + 1.3 + plan.depth, (3.0, 30.0), (0.65, 0.92), rng, subseed(seed, "bed edges"))
    return DryLand(fields[0], fields[1], (0.0, 0.0), seed, RELIEF, beds=beds)


def canyon(terrain: TerrainSpec, seed: int) -> Canyon:
    """Draw the plan that belongs to the seed; its river runs through the origin."""
    rng = stream(seed, "canyon")
    scale = terrain.size / DESIGN_SIDE
    depth = 30.0 * 7.0**terrain.relief * rng.uniform(0.85, 1.15)
    bends = tuple(
        (length * scale * rng.uniform(0.8, 1.25), amount * scale * rng.uniform(0.4, 1.0), rng.uniform(0, 2 * np.pi))
        for length, amount in ((2600.0, 190.0), (900.0, 85.0), (330.0, 20.0))
    )
    return Canyon(
        seed,
        scale,
        depth,
        floor=rng.uniform(16.0, 48.0),
        wall=depth * rng.uniform(0.45, 0.8) * (0.75 + 0.5 * terrain.erosion) + 12.0,
        rough=4.0 + 22.0 * terrain.ruggedness,
        bed=rng.uniform(4.0, 9.0),
        sides=rng.uniform(0.10, 0.24) * (1.6 - terrain.erosion),
        bends=bends,
    )


def _field(plan: Canyon, square: Square, samples: int, threads: int | None) -> Heightfield:
    z, scree, rock, flow = in_blocks(plan.heights, square.centres(samples), 4, threads)
    slope = hypot(*np.gradient(z, np.float32(square.side / samples)))
    still = np.zeros_like(z)
    masks = {"flow": flow, "wear": still, "deposit": scree, "slope": slope, "rock": rock, "sand": still}
    return square.field(z, masks | {"water": np.full_like(z, NO_WATER)})


def _smooth(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
