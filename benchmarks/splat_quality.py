"""What a training reaches in equal CPU-seconds from plain pictures, and from what a renderer knows exactly.

    python benchmarks/splat_quality.py --seconds 60 --seed 0

Sixty views of 200 x 200 of coloured shapes, one thread, at most 12,000 splats. `plain`: pictures over black without alpha, and
5,000 points without colours or normals. `exact`: alpha, depth, and points with colours and normals. Both are scored over black
on the same ten held-out views: PSNR, and the mean and median error of planar depth where there is a surface.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from cpu_clock import CpuClock
from plyfile import PlyData, PlyElement

from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.data import Scene, open_scene
from wildfield.fields.files import read_json, write_json, write_picture
from wildfield.fields.metrics import depth_errors, psnr
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.rasterize import rasterize
from wildfield.fields.splats.trainer import SplatTrainer

START_POINTS = 5000
POINTS_OF_CURVE = 6

torch.set_num_threads(1)


def write_plain(exact: Scene, folder: Path) -> Path:
    """Write the scene again without alpha, depth, normals and the points' colours, and return its folder."""
    views = sorted(chain.from_iterable(exact.views.values()), key=lambda view: view.name)
    transforms = read_json(exact.folder / "transforms.json")
    for frame, view in zip(transforms["frames"], views, strict=True):
        pixels = view.read_colour() / 255.0
        path = folder / frame["file_path"]
        path.parent.mkdir(parents=True)
        write_picture(path, pixels[..., :3] * pixels[..., 3:])
        del frame["depth_file_path"]
    del transforms["wildfield"]
    points = exact.read_points("points")
    assert points is not None
    vertices = np.empty(START_POINTS, [(name, "<f4") for name in "xyz"])
    for name, values in zip("xyz", points.positions[:START_POINTS].T, strict=True):
        vertices[name] = values
    PlyData([PlyElement.describe(vertices, "vertex")]).write(str(folder / "points.ply"))
    write_json(folder / "transforms.json", transforms)
    return folder


def scores(trainer: SplatTrainer, exact: Scene) -> tuple[float, float, float]:
    """Return PSNR in dB and mean and median depth error in metres on the val views of the exact scene, means over views."""
    rows = []
    with torch.no_grad():
        splats = trainer.model.splats()
        for view in exact.views["val"]:
            picture = rasterize(splats, trainer.degree(), view.camera, trainer.launch)
            truth = torch.from_numpy(view.read_colour()).float() / 255
            quality = psnr(picture.colour.clamp(0, 1), truth[..., :3] * truth[..., 3:])
            rows.append((quality, *depth_errors(picture.depth.numpy(), view.read_depth())))
    return tuple(np.mean(rows, 0).tolist())


def training(name: str, scene: Scene, exact: Scene, seconds: float, seed: int) -> None:
    """Train for so many CPU-seconds and print the scores on the way."""
    trainer = SplatTrainer(scene, TrainSettings(seconds=seconds, cap=12_000, threads=1, seed=seed))
    trainer.warm_up()
    trainer.clock = CpuClock()
    for part in range(1, POINTS_OF_CURVE + 1):
        trainer.clock.start()
        while trainer.fraction() < part / POINTS_OF_CURVE:
            trainer.step()
        trainer.clock.stop()
        quality, mean, median = scores(trainer, exact)
        print(
            f"{name}, seed {seed}: {trainer.clock.seconds:5.1f} CPU-s, step {trainer.steps_done}, {len(trainer.model)} splats: "
            f"{quality:.2f} dB, depth {1e3 * mean:.1f} mm mean, {1e3 * median:.1f} mm median",
            flush=True,
        )
    trainer.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exact = open_scene(write_analytic_scene(Path(folder) / "exact", views=80, size=200))
        plain = open_scene(write_plain(exact, Path(folder) / "plain"))
        for name, scene in (("plain", plain), ("exact", exact)):
            training(name, scene, exact, options.seconds, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
