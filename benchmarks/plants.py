"""CPU-seconds and faces of every generator at every detail, over a few individuals: `python benchmarks/plants.py`."""

from __future__ import annotations

import time

import numpy as np

from wildfield.procgen import registry
from wildfield.procgen.rng import stream

INDIVIDUALS = 8
DETAILS: tuple[registry.Detail, ...] = ("near", "middle", "far")


def main() -> None:
    print(f"{'generator':12}{'detail':8}{'faces, mean':>12}{'most':>9}{'CPU-s, mean':>13}{'most':>8}")
    for name, generator in registry.generators().items():
        for detail in DETAILS:
            faces, seconds = [], []
            for seed in range(INDIVIDUALS):
                params = generator.sample(stream(seed, "benchmark", name, "parameters"))
                start = time.process_time()
                mesh = generator.build(params, stream(seed, "benchmark", name), detail)
                seconds.append(time.process_time() - start)
                faces.append(len(mesh.faces))
            print(f"{name:12}{detail:8}{np.mean(faces):12.0f}{max(faces):9d}{np.mean(seconds):13.3f}{max(seconds):8.3f}")


if __name__ == "__main__":
    main()
