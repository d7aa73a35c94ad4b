"""What worlds cost, warm: building each kind, stage by stage, and one small picture with all its truth.

    python benchmarks/worlds.py [--kinds lake canyon] [--seeds 0] [--resolution 960x540] [--picture 256x144]

Every kind runs in a process of its own, which first builds a world and writes a picture of it that are not counted. Then, for
each seed, a world is built for `--resolution`, and another for `--picture`, which is written with the full set of truth at 16
samples. Seconds are CPU-seconds of the process over all its threads beside wall seconds; memory is the most the process held.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wildfield.exporters.dataset import write_scene
from wildfield.procgen import compose, registry
from wildfield.procgen.scene import BuiltScene
from wildfield.procgen.spec import override
from wildfield.progress import Progress, Task

Seconds = tuple[float, float]
"""CPU-seconds and wall seconds."""


class Stopwatch(Progress):
    """Notes the seconds that each phase of the outermost task took."""

    def __init__(self) -> None:
        self.phases: dict[str, Seconds] = {}
        self._depth, self._before = 0, (time.process_time(), time.monotonic())

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        self._depth += 1
        yield Task(self, text, total)
        self._depth -= 1

    def _show(self, task: Task, last: bool) -> None:
        if self._depth == 1:
            now = time.process_time(), time.monotonic()
            self.phases[task.note] = since(self._before)
            self._before = now

    def total(self) -> Seconds:
        cpu, wall = (round(sum(phase[i] for phase in self.phases.values()), 2) for i in (0, 1))
        return cpu, wall


def since(before: Seconds) -> Seconds:
    return round(time.process_time() - before[0], 2), round(time.monotonic() - before[1], 2)


def build(kind: str, seed: int, resolution: str) -> tuple[BuiltScene, Stopwatch]:
    """Build a world for one picture of that size with all truth, in an empty Blender file."""
    width, _, height = resolution.partition("x")
    size = {"render.width": width, "render.height": height, "render.samples": "16", "render.truth": "full"}
    compose.clear()
    watch = Stopwatch()
    return compose.compose(override(compose.draw(kind, seed), size, "benchmark"), watch), watch


def photograph(built: BuiltScene) -> Seconds:
    """Write the world's dataset folder somewhere and return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time(), time.monotonic()
        write_scene(built, Path(folder) / "scenes" / "0")
        return since(before)


def measure(kind: str, seeds: list[int], resolution: str, picture: str) -> Iterator[dict[str, Any]]:
    """Yield a row of figures a seed."""
    photograph(build(kind, seeds[0], picture)[0])
    for seed in seeds:
        built, small = build(kind, seed, picture)
        row: dict[str, Any] = {"kind": kind, "seed": seed, "picture_build": small.total(), "picture": photograph(built)}
        row["gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
        built, watch = build(kind, seed, resolution)
        yield row | {"build": watch.total(), "phases": watch.phases, "things": len(built.table.things)}


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown, with the median of the builds below."""
    lines = [
        "| kind | seed | build, CPU-s | wall s | dearest stages, CPU-s | small build, CPU-s | picture and truth, CPU-s | GiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        stages = sorted(row["phases"].items(), key=lambda item: -item[1][0])[:3]
        dearest = ", ".join(f"{name} {seconds[0]:.1f}" for name, seconds in stages)
        cpu, wall = row["build"]
        pictures = f"{row['picture_build'][0]:.1f} | {row['picture'][0]:.1f} | {row['gib']:.2f}"
        lines.append(f"| {row['kind']} | {row['seed']} | {cpu:.1f} | {wall:.1f} | {dearest} | {pictures} |")
    walls = [row["build"][1] for row in rows]
    return "\n".join([*lines, f"median build {statistics.median(walls):.1f} s wall, most {max(walls):.1f} s"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    worlds = [name for name in registry.kinds() if name != "asset"]
    parser.add_argument("--kinds", nargs="+", default=worlds)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--resolution", default="960x540")
    parser.add_argument("--picture", default="256x144")
    options = parser.parse_args()
    if len(options.kinds) == 1:
        for row in measure(options.kinds[0], options.seeds, options.resolution, options.picture):
            print(json.dumps(row), flush=True)
        return
    rows = []
    for kind in options.kinds:
        arguments = [*("--seeds", *map(str, options.seeds)), "--resolution", options.resolution, "--picture", options.picture]
        command = [sys.executable, __file__, "--kinds", kind, *arguments]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        rows += [json.loads(line) for line in answer.splitlines() if line.startswith("{")]
        print(answer, end="", flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
