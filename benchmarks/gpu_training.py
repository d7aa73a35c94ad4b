"""Trainings on a GPU: splats from exact data and without, by our rasteriser and by gsplat on the same schedule; tri-planes."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from wildfield.fields.data import open_scene
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.recipe import Recipe
from wildfield.fields.splats.trainer import SplatTrainer
from wildfield.fields.train import train
from wildfield.progress import Progress

GOAL = 30.0
"""Decibels to be reached."""
LOOKS = 50
"""How often a training is scored on its val views, outside the clock."""
EXACT = "exact points, depth, alpha"
BARE = "random start, alpha only"


def curve_of(scene: Path, settings: TrainSettings, recipe: Recipe) -> tuple[list[tuple[float, float]], float, float]:
    """Train; return (seconds, PSNR) along the way, steps a second and the most GiB that torch held."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    trainer = SplatTrainer(open_scene(scene), settings, recipe)
    try:
        trainer.targets.fill(0)
        trainer.warm_up()
        assert settings.steps is not None
        curve = []
        while trainer.steps_done < settings.steps:
            trainer.clock.start()
            for _ in range(settings.steps // LOOKS):
                trainer.step()
            torch.cuda.synchronize()
            trainer.clock.stop()
            curve.append((trainer.clock.seconds, trainer.validate() or 0.0))
        return curve, trainer.steps_done / trainer.clock.seconds, torch.cuda.max_memory_allocated() / 2**30
    finally:
        trainer.close()


def reached(curve: list[tuple[float, float]]) -> str:
    """Return the seconds to `GOAL`, between two looks, or that it was not reached."""
    before = (0.0, 0.0)
    for point in curve:
        if point[1] >= GOAL:
            share = (GOAL - before[1]) / (point[1] - before[1])
            return f"{before[0] + share * (point[0] - before[0]):.1f}"
        before = point
    return f"not within {curve[-1][0]:.0f} s"


def splat_rows(scene: Path, steps: int, cap: int) -> Iterator[tuple[str, ...]]:
    """Yield rows of four trainings on one schedule."""
    columns = ["wildfield", *(["gsplat"] if importlib.util.find_spec("gsplat") else [])]
    for what, start, recipe in ((EXACT, "auto", Recipe()), (BARE, "random", Recipe(depth_weight=0))):
        found = {
            name: curve_of(scene, TrainSettings(steps=steps, cap=cap, device="cuda", start=start, rasterizer=name), recipe)
            for name in columns
        }
        told = {
            name: (f"{speed:.0f}", reached(curve), f"{curve[-1][1]:.2f}", f"{memory:.2f}")
            for name, (curve, speed, memory) in found.items()
        }
        for k, unit in enumerate(("steps/s", f"s to {GOAL:g} dB", "dB at the end", "GiB")):
            other = told["gsplat"][k] if "gsplat" in told else "not installed"
            yield f"{steps} steps, {cap} splats, {what}: {unit}", told["wildfield"][k], other, ""


def plane_rows(scene: Path) -> Iterator[tuple[str, ...]]:
    """Yield rows of tri-planes: PSNR after 10, 30 and 60 s, and memory by the side of the finest planes."""
    for seconds in (10, 30, 60):
        with tempfile.TemporaryDirectory() as folder:
            settings = TrainSettings(field="triplanes", seconds=seconds, device="cuda")
            field = train(scene, Path(folder) / "field", settings, Progress())
        yield f"tri-planes, {seconds} s: dB on val views", f"{field['scores']['val']['psnr']:.2f}", "", ""
    for side in (128, 256, 512):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        with tempfile.TemporaryDirectory() as folder:
            levels = (side // 4, side // 2, side)
            settings = TrainSettings(field="triplanes", steps=50, device="cuda", levels=levels)
            train(scene, Path(folder) / "field", settings, Progress())
        yield f"tri-planes of {side}: GiB", f"{torch.cuda.max_memory_allocated() / 2**30:.2f}", "", ""
