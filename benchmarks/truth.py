"""CPU-seconds of one frame with all truth, against its beauty render alone: python benchmarks/truth.py [WIDTHxHEIGHT] [SAMPLES]

The scene is the tests' own, with 3600 instances. Measured from inside the process over all its threads, so it holds on a
machine that others use too.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import truth_scene

from wildfield.exporters import dataset

_spent: dict[str, float] = {}


def cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system


def timed(name: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """Add up the CPU-seconds of every call under `name`."""

    def run(*arguments: Any) -> Any:
        started = cpu_seconds()
        try:
            return action(*arguments)
        finally:
            _spent[name] = _spent.get(name, 0.0) + cpu_seconds() - started

    return run


def main() -> None:
    """Write two frames and print where the time went, a frame."""
    width, height = (int(side) for side in (sys.argv[1] if len(sys.argv) > 1 else "960x540").split("x"))
    samples, frames = int(sys.argv[2]) if len(sys.argv) > 2 else 16, 2
    built = truth_scene.build(width, height, frames=frames, samples=samples, instances=3600)
    dataset.render_beauty = timed("beauty render", dataset.render_beauty)
    dataset.render_truth = timed("truth render and its reading", dataset.render_truth)
    dataset.surface_maps = timed("surface maps", dataset.surface_maps)
    dataset.motion_maps = timed("flow and occlusion", dataset.motion_maps)
    with tempfile.TemporaryDirectory() as folder:
        started, wall = cpu_seconds(), time.monotonic()
        record = dataset.write_scene(built, Path(folder) / "scene")
        total, wall = cpu_seconds() - started, time.monotonic() - wall
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    for name, seconds in _spent.items():
        renders = frames + 2 if name.startswith(("truth", "surface")) else frames
        print(f"{name:30} {seconds / renders:8.2f} CPU-s each, {renders} of them")
    print(f"{'everything else (writing)':30} {(total - sum(_spent.values())) / frames:8.2f} CPU-s a frame")
    print(f"{'whole':30} {total / frames:8.2f} CPU-s a frame, {wall / frames:.2f} s of wall time")
    print(f"{'on disk':30} {size / frames / 1e6:8.1f} MB a frame, {len(record.files)} files")


if __name__ == "__main__":
    main()
