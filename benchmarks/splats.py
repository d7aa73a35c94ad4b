"""What the splat rasteriser and a training cost, in CPU-milliseconds on one thread: one run, the least of several repeats.

    python benchmarks/splats.py            raster and whole operation at 400 x 400, a training step at 200 x 200
    python benchmarks/splats.py --wall     only how much sooner two threads end, on an idle machine
    python benchmarks/splats.py --compile  only compiles the kernels, into an empty cache

CPU-seconds and not wall time, since machines are shared.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
import warp as wp

from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.cameras import Camera
from wildfield.fields.data import open_scene
from wildfield.fields.launch import Launcher
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats import (
    kernels_bin,
    kernels_optimise,
    kernels_project,
    kernels_project_backward,
    kernels_raster,
    kernels_similarity,
    kernels_surface,
)
from wildfield.fields.splats.rasterize import Splats, rasterize, view_of
from wildfield.fields.splats.trainer import SplatTrainer

KERNELS = (
    kernels_project,
    kernels_bin,
    kernels_raster,
    kernels_project_backward,
    kernels_surface,
    kernels_similarity,
    kernels_optimise,
)

torch.set_num_threads(1)


def least(act: Callable[[], object], repeats: int = 7, clock: Callable[[], float] = time.process_time) -> float:
    """Return the least CPU-milliseconds, or those of another `clock`, that `act` took."""
    times = []
    for _ in range(repeats):
        start = clock()
        act()
        times.append(clock() - start)
    return 1e3 * min(times)


def random_splats(count: int) -> Splats:
    """Return splats strewn through a ball of about a metre, a few pixels large each at 400 x 400."""
    rng = np.random.default_rng(0)
    arrays = (
        rng.normal(size=(count, 3)) * 0.6,
        rng.normal(size=(count, 4)),
        np.exp(rng.normal(size=(count, 3)) * 0.5) * 0.02,
        1 / (1 + np.exp(-2 * rng.normal(size=count))),
        rng.normal(size=(count, 3)),
        rng.normal(size=(count, 15, 3)) * 0.2,
    )
    return Splats(*(torch.from_numpy(array.astype(np.float32)).requires_grad_() for array in arrays))


def kernel_times() -> dict[str, float]:
    """Wrap `wp.launch` so that CPU-milliseconds of each kernel are summed by name in the returned dictionary."""
    spent: dict[str, float] = {}
    inner = wp.launch

    def timed(kernel: wp.Kernel, *arguments: Any, **options: Any) -> None:
        start = time.process_time()
        inner(kernel, *arguments, **options)
        spent[kernel.key] = spent.get(kernel.key, 0.0) + 1e3 * (time.process_time() - start)

    wp.launch = timed
    return spent


class Drawing:
    """`count` splats at 400 x 400, forward and backward on so many threads; gradients start anew, as in a training."""

    def __init__(self, count: int, threads: int = 1) -> None:
        self.splats, self.launch = random_splats(count), Launcher(threads)
        pose = np.eye(4)
        pose[2, 3] = -3.5
        self.view = view_of(Camera(400, 400, 480, 480, 200, 200, pose))
        self.forward()

    def forward(self) -> None:
        self.picture = rasterize(self.splats, 3, self.view, self.launch)

    def backward(self) -> None:
        for tensor in self.splats:
            tensor.grad = None
        (self.picture.colour.sum() + self.picture.depth_sum.sum()).backward(retain_graph=True)

    def both(self) -> None:
        self.forward()
        self.backward()


def operation(count: int) -> None:
    """Print what drawing `count` splats costs, forward and backward, and in each kernel."""
    drawing = Drawing(count)
    whole = least(drawing.forward), least(drawing.backward)
    inner, rounds = wp.launch, []
    for _ in range(7):
        rounds.append(kernel_times())
        drawing.both()
        wp.launch = inner
    print(f"{count} splats, 400 x 400: operation forward {whole[0]:.1f} backward {whole[1]:.1f} CPU-ms")
    print("   ", ", ".join(f"{name} {min(spent[name] for spent in rounds):.1f}" for name in rounds[0]))


def speed_up(count: int) -> None:
    """Print the wall time of forward and backward on one and on two threads, in turns."""
    drawings = Drawing(count, 1), Drawing(count, 2)
    one, two = zip(*([least(drawing.both, 3, time.perf_counter) for drawing in drawings] for _ in range(5)), strict=True)
    print(f"{count} splats, 400 x 400: {min(one):.1f} ms on one thread, {min(two):.1f} on two: {min(one) / min(two):.2f} times")


def training(scene: Path) -> None:
    """Print what a step costs with 12,000 splats at 200 x 200, loss and optimiser included."""
    trainer = SplatTrainer(open_scene(scene), TrainSettings(steps=1600, cap=12_000, threads=1))
    trainer.warm_up()
    trainer._grow(1.0)
    trainer.steps_done = 800
    steps = [least(trainer.step, 1) for _ in range(60)][20:]
    mean, median = np.mean(steps), np.median(steps)
    print(f"{len(trainer.model)} splats, 200 x 200: a whole training step {mean:.1f} CPU-ms, median {median:.1f}")


def compilation() -> None:
    """Print what each kernel module costs at the first use on a machine."""
    with tempfile.TemporaryDirectory() as folder:
        wp.config.kernel_cache_dir = folder
        for module in KERNELS:
            wall, start = time.perf_counter(), time.process_time()
            wp.load_module(module, device="cpu")
            cost, wall = time.process_time() - start, time.perf_counter() - wall
            print(f"compile {module.__name__.split('.')[-1]}: {cost:.1f} CPU-s ({wall:.1f} s wall)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.compile:
        compilation()
        return 0
    for count in (20_000, 100_000):
        (speed_up if options.wall else operation)(count)
    if options.wall:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        training(write_analytic_scene(Path(folder) / "scene", views=60, size=200))
    return 0


if __name__ == "__main__":
    sys.exit(main())
