"""CPU-seconds, faces and soundness of every generator at every detail: `python benchmarks/plants.py [--draws 200] [--only
oak,fern]`.

A draw is a plant of random parameters. `bad` counts draws that raise, hold a value that is not finite, or whose faces are
without area by more than 0.1%; the exit code is 1 where there is one.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.rng import stream

DETAILS: tuple[registry.Detail, ...] = ("near", "middle", "far")


def is_sound(mesh: MeshData) -> bool:
    """Whether all values are finite and at most one face in a thousand has no area."""
    if not all(np.isfinite(values).all() for values in (mesh.points, *(item.values for item in mesh.attributes.values()))):
        return False
    corners = mesh.points[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, -1] - corners[:, 1])
    return bool((np.linalg.norm(across, axis=1) < 1e-12 * np.ptp(mesh.bounds) ** 2).mean() < 0.001)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8, help="individuals a generator and detail")
    parser.add_argument("--only", help="generators, by commas")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else list(registry.generators())
    every_bad = 0
    print(f"{'generator':14}{'detail':8}{'faces, mean':>12}{'most':>9}{'CPU-s, mean':>13}{'most':>8}{'bad':>5}")
    for name in only:
        generator = registry.generators()[name]
        for detail in DETAILS:
            faces, seconds, bad = [], [], 0
            for seed in range(options.draws):
                params = generator.sample(stream(seed, "benchmark", name, "parameters"))
                start = time.process_time()
                try:
                    mesh = generator.build(params, stream(seed, "benchmark", name), detail)
                except Exception as error:  # Every kind of failure is what is looked for here.
                    print(f"{name} {detail} seed {seed}: {error!r}", file=sys.stderr)
                    bad += 1
                    continue
                seconds.append(time.process_time() - start)
                faces.append(len(mesh.faces))
                bad += not is_sound(mesh)
            every_bad += bad
            spent = f"{np.mean(seconds):13.3f}{max(seconds):8.3f}"
            print(f"{name:14}{detail:8}{np.mean(faces):12.0f}{max(faces):9d}{spent}{bad:5d}", flush=True)
    return min(every_bad, 1)


if __name__ == "__main__":
    sys.exit(main())
