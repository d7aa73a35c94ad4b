"""What training on thousands of large pictures needs in memory: links to a few pictures of 1920 x 1080, and a few steps.

    python benchmarks/pictures.py --count 10000 --cache 2048 --steps 40

Prints seconds until the first step, CPU-milliseconds a step, pictures decoded, and the most memory the process held.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from wildfield.fields.analytic import orbit
from wildfield.fields.cameras import OPENGL_TO_OPENCV
from wildfield.fields.data import open_scene
from wildfield.fields.files import write_json, write_picture
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.trainer import SplatTrainer

SIZE = (1920, 1080)
DRAWN = 5


def write_scene(folder: Path, count: int) -> Path:
    """Write a folder of nerfstudio's layout whose pictures are links to `DRAWN` smooth ones."""
    (folder / "images").mkdir(parents=True)
    x, y = np.meshgrid(np.linspace(0, 9, SIZE[0]), np.linspace(0, 5, SIZE[1]))
    frames = []
    for number in range(count):
        path = folder / f"images/{number:05d}.png"
        if number < DRAWN:
            write_picture(path, np.stack([0.5 + 0.4 * np.sin(x + number), 0.5 + 0.4 * np.cos(y * x / 5), y / 5], -1))
        else:
            path.symlink_to(folder / f"images/{number % DRAWN:05d}.png")
        matrix = orbit(number, count, 100).camera_to_world @ OPENGL_TO_OPENCV
        frames.append({"file_path": f"images/{path.name}", "transform_matrix": matrix.tolist()})
    write_json(folder / "transforms.json", {"w": SIZE[0], "h": SIZE[1], "fl_x": 1800, "fl_y": 1800, "frames": frames})
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--cache", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = write_scene(Path(place) / "scene", options.count)
        start = time.perf_counter()
        trainer = SplatTrainer(open_scene(folder), TrainSettings(steps=options.steps, threads=1, cache=options.cache))
        trainer.targets.fill(0)
        trainer.warm_up()
        ready, before = time.perf_counter() - start, time.process_time()
        for _ in range(options.steps):
            trainer.step()
        spent = 1e3 * (time.process_time() - before) / options.steps
        trainer.close()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    print(f"{options.count} pictures of 1920 x 1080, --cache {options.cache}: ready after {ready:.0f} s")
    print(f"{spent:.0f} CPU-ms a step, {trainer.targets.decoded} pictures decoded, at most {most:.0f} MiB of memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
