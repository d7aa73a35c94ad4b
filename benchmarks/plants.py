"""CPU-seconds, faces and soundness of every generator: `python benchmarks/plants.py [--draws 200] [--only oak,fern]
[--details middle,far]`.

A draw is a plant of random parameters. `bad` counts draws that raise, or in which `procgen.soundness` finds a fault: a value
that is not finite, more than 0.1% of the faces without area, a fruit or another body that is not watertight. The exit code is 1
where there is one. The last lines say the most of each detail.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import get_args

import numpy as np

from wildfield.procgen import registry
from wildfield.procgen.rng import stream
from wildfield.procgen.soundness import faults

DETAILS: tuple[registry.Detail, ...] = get_args(registry.Detail)


def measured(name: str, detail: registry.Detail, draws: int) -> tuple[list[int], list[float], int]:
    """Return the faces and the CPU-seconds of the draws that were built, and how many are bad, which stderr describes."""
    generator = registry.generators()[name]
    faces, seconds, bad = [], [], 0
    for seed in range(draws):
        params = generator.sample(stream(seed, "benchmark", name, "parameters"))
        start = time.process_time()
        try:
            mesh = generator.build(params, stream(seed, "benchmark", name), detail)
        except Exception as error:  # Every kind of failure is what is looked for here.
            found = [repr(error)]
        else:
            seconds.append(time.process_time() - start)
            faces.append(len(mesh.faces))
            found = faults(mesh)
        if found:
            print(f"{name} {detail} seed {seed}: {', '.join(found)}", file=sys.stderr)
            bad += 1
    return faces, seconds, bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8, help="individuals a generator and detail")
    parser.add_argument("--only", help="generators, by commas")
    parser.add_argument("--details", default=",".join(DETAILS), help="details, by commas")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else list(registry.generators())
    wanted = [detail for detail in DETAILS if detail in options.details.split(",")]
    most: dict[str, list[tuple[int, float, int, str]]] = {detail: [] for detail in wanted}
    print(f"{'generator':14}{'detail':8}{'faces, mean':>12}{'most':>9}{'CPU-s, mean':>13}{'most':>8}{'bad':>5}")
    for name in only:
        for detail in wanted:
            faces, seconds, bad = measured(name, detail, options.draws)
            most[detail].append((max(faces, default=0), max(seconds, default=0.0), bad, name))
            if faces:
                spent = f"{np.mean(seconds):13.3f}{max(seconds):8.3f}"
                print(f"{name:14}{detail:8}{np.mean(faces):12.0f}{max(faces):9d}{spent}{bad:5d}", flush=True)
    for detail, rows in most.items():
        largest, slowest = max(rows), max(rows, key=lambda row: row[1])
        print(
            f"{detail}: at most {largest[0]} faces ({largest[3]}) and {slowest[1]:.3f} CPU-s ({slowest[3]}), "
            f"{sum(row[2] for row in rows)} bad of {options.draws * len(rows)}"
        )
    return min(sum(row[2] for rows in most.values() for row in rows), 1)


if __name__ == "__main__":
    sys.exit(main())
