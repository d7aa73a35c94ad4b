"""How good tri-planes get in how many CPU-seconds of one thread, over three seeds: prints one table a part.

    python benchmarks/triplanes.py                      every part but the plant
    python benchmarks/triplanes.py --part spheres       one of: plane, spheres, occupancy, joins, lookup, plant
    python benchmarks/triplanes.py --part plant --scene DATASET/scenes/7

CPU-seconds and not wall time, since machines are shared. Reading the scene is not counted, and told.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
import torch.nn.functional as F
from cpu_clock import CpuClock

from wildfield.fields.cameras import OPENGL_TO_OPENCV, Camera
from wildfield.fields.data import open_scene
from wildfield.fields.files import write_depth, write_json, write_picture
from wildfield.fields.launch import Launcher
from wildfield.fields.metrics import depth_errors, on_paper, psnr
from wildfield.fields.orbit import looking_at
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.targets import load_target
from wildfield.fields.splats.trainer import SplatTrainer
from wildfield.fields.splats.validation import mean_psnr
from wildfield.fields.triplanes.decoder import core, first_weights
from wildfield.fields.triplanes.lookup import Layout, plane_features, sampled_features
from wildfield.fields.triplanes.picture import drawn
from wildfield.fields.triplanes.trainer import PlaneTrainer

SEEDS = (0, 1, 2)
SECONDS = 12.0
torch.set_num_threads(1)


def spheres(rng: np.random.Generator, count: int = 70) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centres (count, 3), radii (count,) and colours (count, 3) of spheres along a helix of two turns, like leaves."""
    t = np.linspace(0, 1, count)
    turn = 21 * t
    centres = np.stack([0.62 * (1 - t) * np.cos(turn), 0.62 * (1 - t) * np.sin(turn), 1.4 * t - 0.7], 1)
    centres += rng.standard_normal((count, 3)) * 0.05
    return centres, rng.uniform(0.05, 0.13, count), rng.uniform(0.1, 0.95, (count, 3))


def cast(shapes: tuple[np.ndarray, ...], camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return RGBA (H, W, 4) of 0 to 1 and planar depth (H, W), 0 on a miss, at the pixel centres."""
    centres, radii, colours = shapes
    directions = camera.directions().reshape(-1, 3)
    lengths = np.linalg.norm(directions, axis=1)
    rays = directions / lengths[:, None]
    to = camera.position - centres
    b, c = rays @ to.T, (to * to).sum(1) - radii**2
    root = b * b - c
    distance = np.where(root > 0, -b - np.sqrt(np.maximum(root, 0)), np.inf)
    first = distance.argmin(1)
    away = distance.min(1)
    hit = np.isfinite(away)
    points = camera.position + rays * np.where(hit, away, 0)[:, None]
    normals = (points - centres[first]) / radii[first, None]
    texture = 0.75 + 0.25 * np.sign(np.sin(14 * points).prod(1))
    light = 0.45 + 0.55 * np.maximum(normals[:, 2], 0)
    shade = colours[first] * (texture * light)[:, None]
    shape = camera.height, camera.width
    layers = np.concatenate([np.where(hit[:, None], shade, 0), hit[:, None]], 1)
    return layers.reshape(*shape, 4), np.where(hit, away / lengths, 0).reshape(shape)


def write_spheres(folder: Path, seed: int, views: int = 36, held: int = 6, size: int = 64, depth: bool = True) -> Path:
    """Write the spheres as a scene folder of `views` training and `held` test views from all around, and return it."""
    rng = np.random.default_rng([seed, 1])
    shapes, focal = spheres(rng), 0.5 * size / np.tan(np.radians(20))
    frames, names = [], []
    for number in range(views + held):
        height, turn = rng.uniform(-0.5, 1.0), 2 * np.pi * ((number * 0.618) % 1 + (number >= views) * 0.37)
        back = np.array([np.cos(height) * np.cos(turn), np.cos(height) * np.sin(turn), np.sin(height)])
        pose = looking_at(3.2 * back, np.zeros(3), np.array([0, 0, 1.0]))
        camera = Camera(size, size, focal, focal, size / 2, size / 2, pose)
        layers, planar = cast(shapes, camera)
        name = f"frames/view_{number:03d}"
        (folder / name / "rgb").mkdir(parents=True)
        (folder / name / "depth").mkdir()
        write_picture(folder / name / "rgb/0001.png", layers)
        write_depth(folder / name / "depth/0001.exr", planar)
        names.append(f"{name}/rgb/0001.png")
        frames.append({"file_path": names[-1], "transform_matrix": (pose @ OPENGL_TO_OPENCV).tolist()})
        if depth or number >= views:
            frames[-1]["depth_file_path"] = f"{name}/depth/0001.exr"
    splits = {"train_filenames": names[:views], "val_filenames": names[views:], "test_filenames": names[views:]}
    size_ = {"w": size, "h": size, "fl_x": focal, "fl_y": focal, "cx": size / 2, "cy": size / 2}
    write_json(folder / "transforms.json", {"camera_model": "OPENCV", **size_, **splits, "frames": frames, "wildfield": {}})
    return folder


def trained(folder: Path, seconds: float, seed: int, **chosen: Any) -> tuple[PlaneTrainer, float]:
    """Return a trainer after `seconds` CPU-seconds on one thread, and the CPU-seconds that it took to begin."""
    start = time.process_time()
    settings = TrainSettings(field="triplanes", seconds=seconds, seed=seed, threads=1, **chosen)
    trainer = PlaneTrainer(open_scene(folder), settings)
    trainer.fill(lambda _: None)
    begun = time.process_time() - start
    trainer.warm_up()
    trainer.clock = CpuClock()
    trainer.clock.start()
    while trainer.fraction() < 1:
        trainer.step()
    trainer.clock.stop()
    return trainer, begun


def scores(trainer: PlaneTrainer, split: str = "test") -> tuple[float, float]:
    """Return the mean PSNR over white in dB and the median depth error in millimetres of the views of a split."""
    values, errors = [], []
    trainer.model.gains = trainer.gains(1.0)
    for view in trainer.scene.views[split]:
        picture = drawn(trainer.model, view.camera, trainer.launch)
        values.append(psnr(*on_paper(picture.layers, torch.from_numpy(view.read_colour()))))
        depth = (picture.depth_sum / picture.coverage.clamp_min(0.05)).numpy()
        errors.append(depth_errors(np.where(picture.coverage >= 0.05, depth, 0), view.read_depth())[1])
    return float(np.mean(values)), 1e3 * float(np.mean(errors))


def told(name: str, rows: Iterable[tuple[float, ...]], words: str) -> None:
    """Print the mean of the columns of `rows` and how far they spread."""
    table = np.array(list(rows))
    columns = zip(table.mean(0), table.min(0), table.max(0), strict=True)
    parts = [f"{mean:.2f} ({low:.2f} to {high:.2f})" for mean, low, high in columns]
    print(
        f"  {name:34s} " + " ".join(f"{part} {word}," for part, word in zip(parts, words.split("|"), strict=True)), flush=True
    )


def on_spheres(name: str, seeds: Iterable[int], seconds: float, depth: bool = True, **chosen: Any) -> None:
    """Train on the spheres of each seed and print the scores."""
    rows = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            scene = write_spheres(Path(folder) / "scene", seed, depth=depth)
            trainer, begun = trained(scene, seconds, seed, **chosen)
            rows.append((*scores(trainer), trainer.steps_done, begun))
            trainer.close()
    told(name, rows, "dB|mm|steps|s to begin")


def part_spheres(seeds: Iterable[int], seconds: float) -> None:
    """70 textured spheres, 36 views of 64 x 64."""
    on_spheres("exact depth, product 32/64/128", seeds, seconds)


def part_occupancy(seeds: Iterable[int], seconds: float) -> None:
    """The same with the grid from exact depth, and without any depth, so with a grid that is learned."""
    on_spheres("exact occupancy and depth", seeds, seconds)
    on_spheres("learned occupancy, no depth", seeds, seconds, depth=False)


def part_joins(seeds: Iterable[int], seconds: float) -> None:
    """Ways to join planes, and levels, at the same time."""
    for levels in ((32, 64, 128), (128,)):
        for join in ("product", "sum", "concat"):
            channels = 8 if len(levels) > 1 else 16
            name = f"{join} {'/'.join(map(str, levels))} of {channels}"
            on_spheres(name, seeds, seconds, planes=join, levels=levels, channels=channels)


def plane_error(join: str, seed: int) -> tuple[float, float]:
    """Return how well planes hold a random texture of the y-z plane after 1,500 steps: dB, CPU-seconds."""
    rng = np.random.default_rng([seed, 2])
    layout, launch = Layout((64,), 8, join), Launcher(1)
    texture = torch.from_numpy(rng.random((1, 1, 24, 24), np.float32))
    middle = 1.0 if join == "product" else 0.0
    planes = torch.from_numpy(middle - 0.2 + 0.4 * rng.random(layout.numbers, np.float32)).requires_grad_()
    weights = {name: values.requires_grad_() for name, values in first_weights(layout.width, 32, rng).items()}
    groups = [{"params": [planes], "lr": 2e-2}, {"params": list(weights.values())[:4], "lr": 3e-3}]
    adam, start = torch.optim.Adam(groups), time.process_time()

    def error(count: int) -> torch.Tensor:
        points = torch.from_numpy(2 * rng.random((count, 3), np.float32) - 1)
        truth = F.grid_sample(texture, points[None, None, :, 1:], align_corners=True)[0, 0, 0]
        return (core(plane_features(points, planes, layout, (1.0,), launch), weights)[:, 0] - truth).square().mean()

    for step in range(1500):
        for group, rate in zip(adam.param_groups, (2e-2, 3e-3), strict=True):
            group["lr"] = rate * min(1.0, (1500 - step) / 300)
        error(4096).backward()
        adam.step()
        adam.zero_grad()
    with torch.no_grad():
        return -10 * float(np.log10(float(error(20_000)))), time.process_time() - start


def part_plane(seeds: Iterable[int], _seconds: float) -> None:
    """A random texture of 24 x 24 in the y-z plane, 1,500 steps: what a field without that plane cannot hold."""
    for join in ("sum", "product"):
        told(f"texture in y-z, {join}", [plane_error(join, seed) for seed in seeds], "dB|CPU-s")


def least(act: Callable[[], object], repeats: int = 9) -> float:
    """Return the least CPU-milliseconds that `act` took."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def part_lookup(_seeds: Iterable[int], _seconds: float) -> None:
    """What looking 16,384 samples up costs, forward and backward: our kernels, torch's grid_sample and embedding_bag."""
    rng = np.random.default_rng(0)
    at = rng.uniform(-0.9, 0.9, (1024, 1, 3)) + np.linspace(-0.1, 0.1, 16)[:, None] * rng.standard_normal((1024, 1, 3)) / 2
    points = torch.from_numpy(at.clip(-1, 1).astype(np.float32)).view(-1, 3)
    for channels in (8, 16, 32):
        layout, launch = Layout((32, 64, 128), channels, "product"), Launcher(1)
        planes = torch.rand(layout.numbers, generator=torch.Generator().manual_seed(0)).requires_grad_()
        ways: dict[str, Callable[[], torch.Tensor]] = {
            "kernels": partial(plane_features, points, planes, layout, (1.0,) * 3, launch),
            "grid_sample": partial(sampled_features, points, planes, layout, (1.0,) * 3),
            "embedding_bag": partial(bagged, points, planes, layout),
        }
        for name, way in ways.items():
            print(f"  {channels:3d} channels, {name:14s} {least(partial(backward, way)):8.1f} CPU-ms", flush=True)


def backward(way: Callable[[], torch.Tensor]) -> None:
    """Go one way forward and backward."""
    way().sum().backward()


def bagged(points: torch.Tensor, planes: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return the features of a product by `embedding_bag`: the four texels around, weighed."""
    parts = []
    for number, size in enumerate(layout.sizes):
        found = []
        for plane, axes in zip(layout.level(planes, number), ((0, 1), (0, 2), (1, 2)), strict=True):
            place = (points[:, axes] + 1) / 2 * (size - 1)
            low = place.floor().clamp(max=size - 2)
            share, low = place - low, low.long()
            rows = torch.stack([low[:, 1] * size + low[:, 0] + k for k in (0, 1, size, size + 1)], 1)
            across = torch.stack([1 - share[:, 0], share[:, 0]], 1)
            down = torch.stack([1 - share[:, 1], share[:, 1]], 1)
            weights = (down[:, :, None] * across[:, None]).reshape(-1, 4)
            flat = plane.reshape(-1, layout.channels)
            found.append(F.embedding_bag(rows, flat, mode="sum", per_sample_weights=weights))
        parts.append(found[0] * found[1] * found[2])
    return torch.cat(parts, 1)


def part_plant(seeds: Iterable[int], seconds: float, scene: Path) -> None:
    """An orbit around a plant: tri-planes against splats at equal CPU-seconds, and what both weigh on disk."""
    rows, others = [], []
    for seed in seeds:
        trainer, begun = trained(scene, seconds, seed)
        with tempfile.TemporaryDirectory() as folder:
            trainer.show(Path(folder))
            size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        rows.append((*scores(trainer), size, trainer.steps_done, begun))
        trainer.close()
        splats = SplatTrainer(open_scene(scene), TrainSettings(seconds=seconds, seed=seed, threads=1))
        splats.targets.fill(0)
        splats.warm_up()
        splats.clock = CpuClock()
        splats.clock.start()
        while splats.fraction() < 1:
            splats.step()
        targets = [load_target(view, False) for view in splats.scene.views["test"]]
        others.append((mean_psnr(splats.model, 3, targets, splats.launch), 248 * len(splats.model) / 1e6, splats.steps_done))
        splats.close()
    told("tri-planes", rows, "dB|mm|MB|steps|s to begin")
    told("splats", others, "dB|MB|steps")


PARTS: dict[str, Callable[[Iterable[int], float], None]] = {
    "plane": part_plane,
    "spheres": part_spheres,
    "occupancy": part_occupancy,
    "joins": part_joins,
    "lookup": part_lookup,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--part", choices=(*PARTS, "plant"), action="append")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--scene", type=Path)
    options = parser.parse_args()
    for name in options.part or PARTS:
        print(f"{name}: {options.seconds:g} CPU-s, seeds {options.seeds}", flush=True)
        if name == "plant":
            part_plant(options.seeds, options.seconds, options.scene)
        else:
            PARTS[name](options.seeds, options.seconds)


if __name__ == "__main__":
    main()
