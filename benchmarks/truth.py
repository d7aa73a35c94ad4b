"""What the truth of a frame costs beside its beauty render, in CPU-seconds, and what it takes on disk and in memory.

    python benchmarks/truth.py [--seed 4] [--resolution 1920x1080] [--samples 16] [--frames 2] [--truth standard]

The scene is a lake. Everything but the beauty render counts as truth: the truth renders, the maps, compression and writing, the
picture's own file too. Measured from inside the process over all its threads, so it holds on a machine that others use too. A
sequence has one truth render more than frames for each direction in which it looks; the ratio is told with and without.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wildfield.exporters import dataset
from wildfield.exporters.layout import chosen
from wildfield.procgen.compose import compose, draw
from wildfield.procgen.spec import override

_spent: dict[str, float] = {}
_calls: dict[str, int] = {}
_memory: list[int] = []


def cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system


def timed(name: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """Add up the CPU-seconds of every call under `name`."""

    def run(*arguments: Any, **named: Any) -> Any:
        started = cpu_seconds()
        try:
            return action(*arguments, **named)
        finally:
            _spent[name] = _spent.get(name, 0.0) + cpu_seconds() - started
            _calls[name] = _calls.get(name, 0) + 1
            _memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    return run


def main() -> None:
    """Write a lake and print where the time went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--resolution", default="1920x1080")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--truth", default="standard")
    options = parser.parse_args()
    width, height = options.resolution.split("x")
    render = {"width": width, "height": height, "samples": options.samples, "frames": options.frames, "truth": options.truth}
    spec = override(draw("lake", options.seed), {f"render.{key}": value for key, value in render.items()}, "benchmark")
    built = compose(spec)
    dataset.render_beauty = timed("beauty render", dataset.render_beauty)
    dataset.render_truth = timed("truth render and its reading", dataset.render_truth)
    dataset.surface_maps = timed("surface maps", dataset.surface_maps)
    dataset.land = timed("motion and visibility", dataset.land)
    dataset.annotate = timed("boxes and silhouettes", dataset.annotate)
    with tempfile.TemporaryDirectory() as folder:
        started, wall = cpu_seconds(), time.monotonic()
        record = dataset.write_scene(built, Path(folder) / "scene")
        total, wall = cpu_seconds() - started, time.monotonic() - wall
        sizes: dict[str, int] = {}
        for path in (Path(folder) / "scene" / "frames").rglob("*.*"):
            sizes[path.parent.name] = sizes.get(path.parent.name, 0) + path.stat().st_size
    for name, seconds in _spent.items():
        print(f"{name:32} {seconds / _calls[name]:8.2f} CPU-s each, {_calls[name]} of them")
    beauty = _spent["beauty render"] / options.frames
    rest = total - sum(_spent.values())
    print(f"{'everything else (files, survey)':32} {rest / options.frames:8.2f} CPU-s a frame")
    truth = (total - _spent["beauty render"]) / options.frames
    long = rest / options.frames
    for name, seconds in _spent.items():
        once = name.startswith(("truth", "surface"))
        long += seconds / (_calls[name] if once else options.frames) if name != "beauty render" else 0.0
    print(f"{'truth over beauty':32} {truth / beauty:8.1%} of this sequence, {long / beauty:.1%} of a long one")
    print(f"{'whole':32} {total / options.frames:8.2f} CPU-s a frame, {wall / options.frames:.2f} s of wall time")
    for name in (item.name for item in chosen(options.truth, stereo=False)):
        print(f"    {name:28} {sizes.get(name, 0) / options.frames / 1e6:8.2f} MB a frame")
    print(f"{'on disk':32} {sum(sizes.values()) / options.frames / 1e6:8.2f} MB a frame, {len(record.files)} files")
    print(f"{'peak memory':32} {_memory[0] / 1e3:8.0f} MB after the first render, {_memory[-1] / 1e3:.0f} MB after the last")


if __name__ == "__main__":
    main()
