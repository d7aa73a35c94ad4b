"""The land of a desert: gravel plains with dry washes, mesas and buttes of flat beds, and fields of dunes.

Nothing of it needs erosion: tables of rock stand within warped outlines above aprons of scree, their walls fluted by gullies;
sand lies where a slow noise says, kept off the tables; the dunes on it are closed forms (`terrain.dunes`). The eye stands near
the origin, in the open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import hypot
from ...rng import stream, subseed
from ...scene_spec import TerrainSpec
from ..beds import Beds, laid_down
from ..blocks import Floats, in_blocks
from ..dry_land import DryLand
from ..dunes import Dunes
from ..heightfield import Heightfield
from ..land import Relief
from ..noise import fbm2, noise2, ridged2, warp2
from ..plan import DESIGN_SIDE, NO_WATER
from ..square import Square

FLOOR = 6.0
"""Metres above z = 0 of the plain."""
FAR_SIDE, FAR_SAMPLES = 20000.0, 640
RELIEF = Relief(
    soil=((23.0, 0.35), (7.3, 0.12), (2.6, 0.05), (1.1, 0.02), (0.42, 0.008)),
    crags=((14.0, 1.3), (6.3, 0.9), (2.8, 0.4), (1.2, 0.12)),
    ledges=((4.2, 0.7), (1.6, 0.3)),
    distant=0.0,
)


@dataclass(frozen=True)
class Table:
    """One mesa or butte: centre, half-axes and turn of its outline in m and rad, height over the plain in m."""

    x: float
    y: float
    long: float
    short: float
    turn: float
    height: float


@dataclass(frozen=True)
class Desert:
    """What is drawn of a desert. Lengths in metres: `rough` is how deep gullies cut into walls, `apron` how far scree reaches;
    `sand` 0..1 is the share that dunes cover, `tables` stand in it."""

    seed: int
    scale: float
    rough: float
    apron: float
    sand: float
    tables: tuple[Table, ...]
    dunes: Dunes

    def walls(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return metres inside the nearest table's edge (negative outside) and that table's height, in blocks."""
        k = np.float32(1 / (260 * self.scale))
        xs, ys = warp2(x * k, y * k, subseed(self.seed, "outlines"), 0.30, 3)
        xs, ys = xs / k, ys / k
        gully = ridged2(x / np.float32(95), y / np.float32(95), subseed(self.seed, "gullies"), 3)
        flute = noise2(x / np.float32(17), y / np.float32(17), subseed(self.seed, "flutes"))
        inside, height = np.full_like(x, -1e4), np.zeros_like(x)
        for table in self.tables:
            c, s = np.float32(np.cos(table.turn)), np.float32(np.sin(table.turn))
            dx, dy = xs - np.float32(table.x), ys - np.float32(table.y)
            u = (c * dx + s * dy) * np.float32(1 / table.long)
            v = (c * dy - s * dx) * np.float32(1 / table.short)
            r = np.sqrt(u * u + v * v) + np.float32(1e-6)
            steep = np.sqrt((u / np.float32(table.long)) ** 2 + (v / np.float32(table.short)) ** 2) / r
            d = (1 - r) / np.maximum(steep, np.float32(0.5 / table.long))
            nearer = d > inside
            inside, height = np.where(nearer, d, inside), np.where(nearer, np.float32(table.height), height)
        return inside - np.float32(self.rough) * gully - np.float32(2.2) * flute, height

    def heights(self, x: Floats, y: Floats) -> list[Floats]:
        """Return height (m), scree (0..1), rock (0..1), flow (0..1) and sand (0..1), in blocks."""
        inside, height = self.walls(x, y)
        k = np.float32(1 / self.scale)
        plain = fbm2(x * k / np.float32(900), y * k / np.float32(900), subseed(self.seed, "plain"), 4)
        base = np.float32(FLOOR) + np.float32(9) * (plain + np.float32(0.75)).clip(0)
        # An apron of scree runs up to the wall's foot, concave; the wall takes what is left of the height.
        apron = np.float32(self.apron) * np.minimum(height / np.float32(90), np.float32(1.3)) + np.float32(1)
        up = np.clip(1 + inside / apron, 0, 1)
        foot = height * np.float32(0.42) * up * up
        wall = np.clip(inside / (height * np.float32(0.2) + np.float32(3)), 0, 1)
        top = np.float32(1.2) * noise2(x / np.float32(60), y / np.float32(60), subseed(self.seed, "top")) * wall
        z = base * (1 - wall) + np.float32(FLOOR + 6.75) * wall + foot + height * np.float32(0.58) * wall + top
        rock = _smooth(-4, 6, inside) * (1 - np.float32(0.85) * _smooth(0.97, 1.0, wall))
        scree = _smooth(0.25, 0.75, up) * (1 - _smooth(-3, 3, inside))
        wash = np.abs(fbm2(x / np.float32(340), y / np.float32(340), subseed(self.seed, "washes"), 3))
        flow = (1 - _smooth(0.015, 0.06, wash)) * (1 - _smooth(0.0, 0.35, up))
        drift = fbm2(x * k / np.float32(620), y * k / np.float32(620), subseed(self.seed, "sand"), 2)
        sand = _smooth(-0.16, 0.30, drift + np.float32(1.9 * self.sand - 0.95)) * (1 - _smooth(-0.3, 0.35, up))
        flow *= 1 - sand
        z -= np.float32(0.7) * flow
        return [z, scree, rock, flow, sand]


def desert_terrain(terrain: TerrainSpec, seed: int, threads: int | None = None) -> DryLand:
    """Return the desert that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    plan = desert(terrain, seed)
    far_side = FAR_SIDE * max(0.3, plan.scale)
    near = Square(-terrain.size / 2, -0.3 * terrain.size, terrain.size)
    far = Square(-far_side / 2, -0.45 * far_side, far_side)
    fields = [_field(plan, square, samples, threads) for square, samples in ((near, terrain.resolution), (far, FAR_SAMPLES))]
    return DryLand(fields[0], fields[1], (0.0, 0.0), seed, RELIEF, beds=_beds(plan, seed), dunes=plan.dunes)


def desert(terrain: TerrainSpec, seed: int) -> Desert:
    """Draw the plan that belongs to the seed."""
    rng = stream(seed, "desert")
    scale = terrain.size / DESIGN_SIDE
    height = 22.0 * 8.0**terrain.relief
    azimuth = rng.uniform(0, 2 * np.pi)
    tall = 3.0 * 9.0 ** (0.2 + 0.8 * terrain.relief) * (0.5 + 0.7 * terrain.sand)
    length = tall * rng.uniform(5.2, 7.2) + 14.0
    dunes = Dunes((np.cos(azimuth), np.sin(azimuth)), length, tall, terrain.sand, subseed(seed, "dunes"))
    return Desert(
        seed, scale, 4.0 + 26.0 * terrain.ruggedness, 55.0 + 110.0 * terrain.erosion, terrain.sand,
        tuple(_tables(rng, scale, height, terrain.sand)), dunes,
    )  # fmt: skip


def _tables(rng: np.random.Generator, scale: float, height: float, sand: float) -> list[Table]:
    """Draw mesas, and buttes that were parts of them, all around; the nearest stand off the eye."""
    tables = []
    for _ in range(round(26 - 10 * sand)):
        azimuth, away = rng.uniform(0, 2 * np.pi), 420.0 * 21.0 ** rng.random() * (1.0 + 0.8 * sand)
        x, y = away * np.sin(azimuth) * scale, away * np.cos(azimuth) * scale
        long = min(rng.uniform(0.08, 0.3) * away, 900.0) * scale
        tall = height * (1.0 if rng.random() < 0.7 else rng.uniform(0.5, 0.8)) * (1.0 + 0.25 * min(away / 4000, 1.0))
        turn = rng.uniform(0, np.pi)
        tables.append(Table(x, y, long, long * rng.uniform(0.4, 0.9), turn, tall))
        for _ in range(int(rng.integers(0, 4))):
            aside, off = rng.uniform(0, 2 * np.pi), long * rng.uniform(1.2, 1.9)
            bx, by = x + off * np.sin(aside), y + off * np.cos(aside)
            if np.hypot(bx, by) > 260.0 * scale:
                size = rng.uniform(14.0, 55.0) * min(scale, 1.5)
                tables.append(
                    Table(bx, by, size, size * rng.uniform(0.5, 1.0), rng.uniform(0, np.pi), tall * rng.uniform(0.6, 1.0))
                )
    return tables


def _beds(plan: Desert, seed: int) -> Beds:
    rng = stream(seed, "desert", "beds")
    top = FLOOR + 6.75 + max(table.height for table in plan.tables)
    return laid_down(FLOOR + 14.0, top, (3.0, 18.0), (0.55, 0.9), rng, subseed(seed, "bed edges"))


def _field(plan: Desert, square: Square, samples: int, threads: int | None) -> Heightfield:
    x, y = square.centres(samples)
    z, scree, rock, flow, sand = in_blocks(plan.heights, (x, y), 5, threads)
    slope = hypot(*np.gradient(z, np.float32(square.side / samples)))
    water = np.full_like(z, NO_WATER)
    still = np.zeros_like(z)
    masks = {"flow": flow, "wear": still, "deposit": scree, "slope": slope, "rock": rock, "water": water, "sand": sand}
    return square.field(z, masks)


def _smooth(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)
