"""Measure the land of a lake world in CPU-seconds, and draw its hillshade.

    python benchmarks/terrain.py [--seed 1] [--resolution 1024] [--hillshade land.png]

The hillshade (needs pillow) has +Y upward, the near square on the left and the country around on the right.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from wildfield.procgen.scene_spec import TerrainSpec, WaterSpec
from wildfield.procgen.terrain.blocks import Floats, in_blocks
from wildfield.procgen.terrain.camera_mesh import View, mesh_for_cameras
from wildfield.procgen.terrain.heightfield import Heightfield
from wildfield.procgen.terrain.noise import fbm2
from wildfield.procgen.terrain.plans.lake import lake_terrain


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resolution", type=int, default=1024)
    parser.add_argument("--hillshade", type=Path)
    options = parser.parse_args()

    x, y = np.meshgrid(*[np.arange(1024, dtype=np.float32) / 40] * 2)
    with measured("1M points of noise, 10 octaves"):
        in_blocks(lambda a, b: (fbm2(a, b, 1, 10),), (x, y), 1)
    with measured(f"land, {options.resolution} x {options.resolution}"):
        terrain = lake_terrain(TerrainSpec(resolution=options.resolution), WaterSpec(), options.seed)
    eye = float(terrain.height(0, 0)) + 1.7
    views = [View((0.6 * step, 0, eye), 0.0, 0.0, np.radians(60), 960, 540) for step in range(-3, 4)]
    with measured("mesh for seven views of 960 x 540", lambda: f"{len(mesh.faces)} faces"):
        mesh = mesh_for_cameras(terrain, views)
    with measured("1M heights with fine relief"):
        terrain.height(x * 60 - 700, y * 60)
    if options.hillshade:
        from PIL import Image

        pictures = [hillshade(field) for field in (terrain.near, terrain.far)]
        side = len(pictures[0])
        sheet = np.concatenate([np.asarray(Image.fromarray(p).resize((side, side))) for p in pictures], axis=1)
        Image.fromarray(sheet).save(options.hillshade)


@contextmanager
def measured(text: str, note: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Print the CPU and wall seconds of the block."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{text:40} {cpu:6.2f} CPU-s {wall:6.2f} s  {note()}")


def hillshade(field: Heightfield) -> np.ndarray:
    """Return a picture of the land (N, N) uint8, lit from the upper left, north up, water black."""
    gy, gx = np.gradient(field.heights, np.float32(field.cell))
    light: Floats = (0.65 * gx - 0.35 * gy + 0.67) / np.sqrt(1 + gx * gx + gy * gy)
    light = np.where(field.masks["water"] > 0, 0, np.clip(light, 0, 1))
    return (light[::-1] * 255).astype(np.uint8)


if __name__ == "__main__":
    main()
