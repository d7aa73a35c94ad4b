"""From a spec and a seed to the land of a lake world: the plan, the country around, the near land, the masks."""

from __future__ import annotations

import numpy as np

from ...progress import Progress
from ..rng import stream, subseed
from ..scene_spec import TerrainSpec, WaterSpec
from .blocks import Floats, in_blocks
from .erosion import Eroded, Ground, Stage, erode
from .heightfield import Heightfield
from .lake_basin import LakeBasin, lake_basin
from .land import Terrain
from .noise import fbm2

FAR_SIDE = 20000.0
FAR_SAMPLES = 384


def lake_terrain(
    terrain: TerrainSpec, water: WaterSpec, seed: int, progress: Progress | None = None, threads: int | None = None
) -> Terrain:
    """Return the land that belongs to the spec and the seed. `threads` changes the speed, never the bits."""
    basin = lake_basin(terrain, water, seed)
    side = FAR_SIDE * max(1.0, basin.scale)
    far_square = Square(-side / 2, -0.4 * side, side)
    near_square = Square(-terrain.size / 2, -0.17 * terrain.size, terrain.size)
    far_stages = [Stage(96, 40, 0.06), Stage(192, 10, 0.05), Stage(FAR_SAMPLES, 5, 0.04)]
    samples, near_stages = 128, [Stage(128, 24, 0.06)]
    fine = _stages(terrain)
    work = sum(stage.samples**2 * stage.steps for stage in (*far_stages, *near_stages, *fine))
    with (progress or Progress()).task("Shaping the land", work) as task:
        rock = Rock(terrain, basin, seed, threads)
        x, y = far_square.centres(96)
        start = in_blocks(lambda a, b: (4 + 3 * fbm2(a / 900, b / 900, subseed(seed, "start"), 3),), (x, y), 1, threads)[0]
        far = erode(start, side, far_stages, rock.ground(far_square, 420 * basin.scale), rock.roughen(far_square), seed, task.advance)
        far_field = far_square.field(far.heights)
        coarse = far_field.height(*near_square.centres(samples))
        coarse = rock.roughen(near_square)(samples, coarse)
        near = erode(
            coarse, terrain.size, near_stages, rock.ground(near_square, 0), rock.roughen(near_square), seed, task.advance
        )
        factor = rock.wanted_rise() / _rise(near.heights, near_square, basin)
        rock.strength *= factor
        near = erode(
            near.heights * np.float32(factor),
            terrain.size,
            fine,
            rock.ground(near_square, 0),
            rock.roughen(near_square),
            seed,
            task.advance,
        )
    far = Eroded(far.heights * np.float32(factor), far.drainage_area, far.wear, far.deposit)
    fields = (_finished(eroded, square, basin, seed, threads) for eroded, square in ((near, near_square), (far, far_square)))
    return Terrain(*fields, (float(rock.dip[0]), float(rock.dip[1])), seed)


class Square:
    """A square of land: lowest corner and side in metres; samples lie at cell centres."""

    def __init__(self, x: float, y: float, side: float) -> None:
        self.x, self.y, self.side = x, y, side

    def centres(self, samples: int) -> tuple[Floats, Floats]:
        """Return x, y (N, N) of the cells' centres."""
        steps = (np.arange(samples) + 0.5) * (self.side / samples)
        x, y = np.meshgrid((self.x + steps).astype(np.float32), (self.y + steps).astype(np.float32))
        return x, y

    def field(self, heights: Floats, masks: dict[str, Floats] | None = None) -> Heightfield:
        """Return the map of heights as a field."""
        cell = self.side / len(heights)
        return Heightfield(heights, (self.x + cell / 2, self.y + cell / 2), cell, masks or {})


class Rock:
    """What the land is made of, by the spec: uplift by the plan, hard and soft beds, relief for finer maps."""

    def __init__(self, terrain: TerrainSpec, basin: LakeBasin, seed: int, threads: int | None) -> None:
        self.terrain, self.basin, self.seed, self.threads = terrain, basin, seed, threads
        rng = stream(seed, "beds")
        self.dip = rng.uniform(-0.25, 0.25, 2).astype(np.float32)
        self.strength = 3.5 + 5.0 * terrain.relief

    def wanted_rise(self) -> float:
        """Return the tangent of the angle at which the highest summit should stand over the origin."""
        return float(np.tan(np.radians(4.0 + 16.0 * self.terrain.relief)))

    def ground(self, square: Square, valley: float):  # type: ignore[no-untyped-def]
        def at(samples: int, heights: Floats) -> Ground:
            x, y = square.centres(samples)
            dip = self.dip
            lake_x, lake_y = self.basin.lake[:2]
            edge = np.zeros((samples, samples), bool)
            edge[0] = edge[-1] = edge[:, 0] = edge[:, -1] = True

            def block(a: Floats, b: Floats, z: Floats) -> tuple[Floats, ...]:
                k = np.float32(1 / self.basin.scale)
                beds = fbm2(a * k / 420, b * k / 420, subseed(self.seed, "beds"), 4)
                level = z * k + dip[0] * a * k + dip[1] * b * k + 30 * beds
                layers = fbm2(level / 46, a * k / 900, subseed(self.seed, "layers"), 2)
                return self.basin.uplift(a, b), beds, layers, self.basin.water(a, b)

            lift, beds, layers, inside = in_blocks(block, (x, y, heights), 4, self.threads)
            rugged = np.float32(self.terrain.ruggedness)
            steep = (np.float32(0.55) + np.float32(0.8) * rugged) * (1 + np.float32(0.35) * beds + np.float32(0.5) * layers)
            hard = np.float32(1) + np.float32(0.5) * beds + np.float32(0.35) * layers
            return Ground(
                np.float32(self.strength) * lift * np.maximum(hard, np.float32(0.2)),
                np.maximum(steep, np.float32(0.3)),
                np.full_like(steep, 0.62),
                np.float32(1) + np.float32(3) * np.clip(1 - lift * np.float32(2.5), 0, 1),
                edge | (inside > 0) | (np.hypot(x - lake_x, y - lake_y) < valley),
            )

        return at

    def roughen(self, square: Square):  # type: ignore[no-untyped-def]
        def add(samples: int, heights: Floats) -> Floats:
            cell = square.side / samples
            x, y = square.centres(samples)
            k = np.float32(1 / (5.0 * cell))
            key = subseed(self.seed, "roughness", samples)
            rough = in_blocks(lambda a, b: (fbm2(a * k, b * k, key, 2),), (x, y), 1, self.threads)[0]
            amount = np.float32(0.35 * cell) * np.clip(heights * np.float32(0.02), 0, 1)
            return heights + rough * amount

        return add


def _stages(terrain: TerrainSpec) -> list[Stage]:
    """Return the stages from 256 samples on up to the resolution."""
    work = 0.4 + terrain.erosion
    stages = [Stage(128, 10, 0.05), Stage(256, round(16 * work), 0.04), Stage(512, round(8 * work), 0.03)]
    stages.append(Stage(1024, 4, 0.02, 8))
    return stages


def _rise(heights: Floats, square: Square, basin: LakeBasin) -> float:
    """Return the tangent of the angle of the highest ground seen along +Y from the origin."""
    x, y = square.centres(len(heights))
    seen = (np.abs(x) < 0.6 * y) & (y > 300 * basin.scale)
    return float(np.max((heights / np.hypot(x, y))[seen]))


def _finished(eroded: Eroded, square: Square, basin: LakeBasin, seed: int, threads: int | None) -> Heightfield:
    """Lay shores and the lake's bed into the eroded land and derive the masks."""
    samples = len(eroded.heights)
    cell = square.side / samples
    x, y = square.centres(samples)
    inside, shore = in_blocks(lambda a, b: (w := basin.water(a, b), basin.shore_profile(w)), (x, y), 2, threads)
    t = np.clip((-inside - 3) / 45, 0, 1)
    share = t * t * (3 - 2 * t)
    heights = shore + share * (np.maximum(eroded.heights, 0.6 * basin.bank) - shore)
    gy, gx = np.gradient(heights, np.float32(cell))
    slope = np.hypot(gx, gy)
    deposit = np.clip(eroded.deposit / np.float32(0.4 * cell), 0, 1)
    t = np.clip((slope - np.float32(0.5)) / np.float32(0.45), 0, 1)
    masks = {
        "flow": np.clip(np.log10(np.maximum(eroded.drainage_area, 1)) / 6 - 0.2, 0, 1).astype(np.float32),
        "wear": np.clip(eroded.wear / np.float32(60), 0, 1),
        "deposit": deposit,
        "slope": slope,
        "rock": t * (1 - np.float32(0.7) * deposit),
        "water": inside,
    }
    return square.field(heights.astype(np.float32), {name: m.astype(np.float32) for name, m in masks.items()})
