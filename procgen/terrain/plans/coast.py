"""The land of a coast: bays with beaches between headlands of cliffs, low dunes and hills behind, the sea's bed before.

All follows from the distance to the shoreline, which runs aslant before the origin and winds; where rock is hard, the shore
stands out as a headland and falls in cliffs, elsewhere a beach slopes into the water. The sea lies towards +Y, its level is
z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import exp, hypot, sin
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..beds import laid_down
from ..blocks import Floats, in_blocks
from ..heightfield import Heightfield
from ..land import Relief
from ..noise import fbm2, noise2, ridged2, warp2
from ..plan import DESIGN_SIDE
from ..sea_land import SeaLand
from ..square import Square

FAR_SIDE, FAR_SAMPLES = 20000.0, 640
FORESHORE = 0.045
"""Rise over run of the beach at the water's edge."""
RELIEF = Relief(
    soil=((15.0, 0.22), (5.1, 0.08), (1.9, 0.03), (0.42, 0.006)),
    crags=((15.0, 2.6), (6.3, 1.5), (2.8, 0.6), (1.2, 0.16)),
    ledges=((5.2, 0.9), (1.9, 0.35)),
    distant=0.0,
)


@dataclass(frozen=True)
class Coast:
    """What is drawn of a coast, in metres: `cliff` is the height of its cliffs, `rough` how deep clefts cut into them, `hills`
    the height of the land behind, `sand` 0..1 the share that is beach; `lean` is the shoreline's slope dy/dx and `bends` its
    windings: wavelength, amplitude, phase; `berm` is the height of the beach's crest and `dune` that of the dunes behind it.
    """

    seed: int
    scale: float
    cliff: float
    rough: float
    hills: float
    sand: float
    lean: float
    berm: float
    dune: float
    bends: tuple[tuple[float, float, float], ...]

    def hardness(self, x: Floats) -> Floats:
        """Return where along the shore headlands stand, 0..1."""
        k = np.float32(1 / (470 * self.scale))
        wave = fbm2(x * k, np.zeros_like(x), subseed(self.seed, "hard"), 2)
        return _smooth(-0.12, 0.22, wave * np.float32(1.1) + np.float32(0.62 - 1.2 * self.sand))

    def inland(self, x: Floats, y: Floats, hard: Floats) -> Floats:
        """Return about how many metres inland a place lies, negative in the sea."""
        line = np.float32(22) + np.float32(self.lean) * x
        for length, amount, phase in self.bends:
            k = np.float32(2 * np.pi / length)
            line += np.float32(amount) * (sin(k * x + np.float32(phase)) - np.float32(np.sin(phase)))
        line += np.float32(75 * self.scale) * hard
        return (line - y) * np.float32(1 / (1 + self.lean**2) ** 0.5)

    def heights(self, x: Floats, y: Floats) -> list[Floats]:
        """Return height (m), metres inside the sea, rock (0..1), scree (0..1) and sand (0..1), in blocks."""
        k = np.float32(1 / (150 * self.scale))
        xs, ys = warp2(x * k, y * k, subseed(self.seed, "shore"), 0.16, 3)
        xs, ys = xs / k, ys / k
        hard = self.hardness(xs)
        d = self.inland(xs, ys, hard)
        cleft = ridged2(x / np.float32(48), y / np.float32(48), subseed(self.seed, "clefts"), 3)
        flute = noise2(x / np.float32(15), y / np.float32(15), subseed(self.seed, "flutes"))
        worn = d - hard * (np.float32(self.rough) * cleft + np.float32(1.6) * flute)

        land, sea = np.maximum(d, 0), np.maximum(-d, 0)
        berm = np.float32(self.berm)
        rolling = fbm2(x / np.float32(420), y / np.float32(420), subseed(self.seed, "hills"), 4)
        hills = np.float32(self.hills) * _smooth(60, 420, d) * (np.float32(0.45) + np.float32(0.55) * rolling).clip(0)
        hummocks = np.abs(fbm2(x / np.float32(34), y / np.float32(34), subseed(self.seed, "dunes"), 3))
        dunes = _smooth(24, 46, d) * (1 - _smooth(80, 150, d))
        beach = berm * (1 - exp(-land * np.float32(FORESHORE) / berm)) + np.float32(0.004) * land
        beach += np.float32(self.dune) * dunes * (np.float32(1.25) - np.float32(1.9) * hummocks).clip(0.1) + hills
        bed = -np.float32(14) * (1 - exp(-sea * np.float32(FORESHORE / 14)))
        low = np.where(d > 0, beach, bed)

        wall = np.clip(worn / np.float32(0.32 * self.cliff + 1), 0, 1)
        tall = np.float32(self.cliff) * (np.float32(0.85) + np.float32(0.3) * rolling) + np.float32(0.5) * hills
        foot = np.where(worn > 0, np.float32(0.6), np.maximum(np.float32(0.6) + np.float32(0.12) * worn, np.float32(-14)))
        high = foot + tall * np.where(wall < 0.2, np.float32(0.75) * wall, np.float32(1.0625) * wall - np.float32(0.0625))
        high += np.float32(0.02) * np.maximum(worn - np.float32(0.32 * self.cliff), 0).clip(0, 500)
        # Far from the shore both are one land and one sea bed.
        alike = _smooth(60, 380, np.abs(d))
        z = low + (hard + (np.float32(0.5) - hard) * alike) * (high - low)
        steep = _smooth(-6, 1, worn) * (1 - np.float32(0.95) * _smooth(0.93, 1.0, wall))
        rock = hard * steep * (1 - alike)
        sand = (1 - _smooth(0.1, 0.5, hard)) * (1 - _smooth(75, 140, d + 30 * rolling))
        scree = hard * _smooth(-3, 1, worn) * (1 - _smooth(0.1, 0.3, wall))
        return [z, -d, rock, scree, sand]


def coast_terrain(terrain: TerrainSpec, seed: int, threads: int | None = None) -> SeaLand:
    """Return the coast that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plan = coast(terrain, seed)
    far_side = FAR_SIDE * max(0.3, plan.scale)
    near = Square(-terrain.size / 2, -0.5 * terrain.size, terrain.size)
    far = Square(-far_side / 2, -far_side / 2, far_side)
    fields = [_field(plan, square, samples, threads) for square, samples in ((near, terrain.resolution), (far, FAR_SAMPLES))]
    rng = stream(seed, "coast", "beds")
    beds = laid_down(1.2, 1.4 * plan.cliff + 2.0, (1.5, 9.0), (0.5, 0.85), rng, subseed(seed, "bed edges"))
    return SeaLand(fields[0], fields[1], (0.0, 0.0), seed, RELIEF, beds=beds)


def coast(terrain: TerrainSpec, seed: int) -> Coast:
    """Draw the plan that belongs to the seed; its shore lies a few metres before the origin."""
    rng = stream(seed, "coast")
    scale = terrain.size / DESIGN_SIDE
    bends = tuple(
        (length * scale * rng.uniform(0.8, 1.25), amount * scale * rng.uniform(0.5, 1.0), rng.uniform(0, 2 * np.pi))
        for length, amount in ((3900.0, 260.0), (1300.0, 75.0), (420.0, 14.0), (140.0, 2.5))
    )
    return Coast(
        seed,
        scale,
        cliff=9.0 * 9.0**terrain.relief * rng.uniform(0.85, 1.15),
        rough=3.0 + 15.0 * terrain.ruggedness,
        hills=8.0 + 130.0 * terrain.relief,
        sand=terrain.sand,
        lean=rng.uniform(-0.5, 0.5),
        berm=0.7 + 0.8 * terrain.shore_height,
        dune=rng.uniform(1.0, 4.5),
        bends=bends,
    )


def _field(plan: Coast, square: Square, samples: int, threads: int | None) -> Heightfield:
    z, inside, rock, scree, sand = in_blocks(plan.heights, square.centres(samples), 5, threads)
    # The shoreline is where the land meets z = 0; the distance is only rough.
    inside = np.where((inside > 0) == (z < 0), inside, np.where(z < 0, np.float32(1), np.float32(-1)))
    slope = hypot(*np.gradient(z, np.float32(square.side / samples)))
    still = np.zeros_like(z)
    masks = {"flow": still, "wear": still, "deposit": scree, "slope": slope, "rock": rock, "water": inside, "sand": sand}
    return square.field(z, masks)


def _smooth(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
