"""CPU-seconds and wall seconds of each phase of composing a world, warm, and what the scene holds.

python benchmarks/worlds.py [--kind lake] [--seeds 0 1 2] [--resolution 960x540]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wildfield.procgen import compose
from wildfield.procgen.spec import override
from wildfield.progress import Progress, Task


class Stopwatch(Progress):
    """Notes the CPU and wall time at which each phase of the outermost task ends."""

    def __init__(self) -> None:
        self.phases: dict[str, tuple[float, float]] = {}
        self._depth, self._cpu, self._wall = 0, time.process_time(), time.monotonic()

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        self._depth += 1
        yield Task(self, text, total)
        self._depth -= 1

    def _show(self, task: Task, last: bool) -> None:
        if self._depth == 1:
            cpu, wall = time.process_time(), time.monotonic()
            self.phases[task.note] = (round(cpu - self._cpu, 2), round(wall - self._wall, 2))
            self._cpu, self._wall = cpu, wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="lake")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--resolution", default="960x540")
    options = parser.parse_args()
    width, _, height = options.resolution.partition("x")
    for warm, seed in enumerate([options.seeds[0], *options.seeds]):
        compose.clear()
        size = {"render.width": width, "render.height": height}
        watch = Stopwatch()
        built = compose.compose(override(compose.draw(options.kind, seed), size, "benchmark"), watch)
        if not warm:
            continue
        totals = [round(sum(phase[i] for phase in watch.phases.values()), 2) for i in (0, 1)]
        result = {"seed": seed, "cpu_wall_seconds": totals, "phases": watch.phases, "things": len(built.table.things)}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
