"""What fields cost and reach on one NVIDIA GPU, in one table: the rasteriser, the training of splats, tri-planes.

    python benchmarks/gpu.py SCENE                 all of it; SCENE is an orbit of a plant, by one of the last two commands
    python benchmarks/gpu.py SCENE --only raster   one part: raster, training or triplanes
    python benchmarks/gpu.py SCENE --kernels       the rasteriser's kernels one by one instead
    wildfield generate OUT --asset dog_rose --seed 2 --views 100 --resolution 800x800 --samples 8 --truth depth
    python benchmarks/gpu_scene.py rose.glb SCENE  the same plant, ray cast on the card

gsplat draws beside where it imports. `limit` is the larger of two times: the bytes that must move once, over the bandwidth
of a large copy measured here; and what must be computed, over the card's rate (`gpu_raster.Work`). docs/gpu.md tells more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

import gpu_raster
import gpu_training

PARTS = ("raster", "training", "triplanes")


def rows(options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Yield the table: what, then ours, gsplat's and the limit."""
    yield "what", "wildfield", "gsplat", "limit"
    if options.only in (None, "raster"):
        yield from gpu_raster.rows()
    if options.only in (None, "training"):
        yield from gpu_training.splat_rows(options.scene, options.steps, options.cap)
    if options.only in (None, "triplanes"):
        yield from gpu_training.plane_rows(options.scene)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path, nargs="?")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--steps", type=int, default=5000, help="of each training of splats (5000)")
    parser.add_argument("--cap", type=int, default=200_000, help="splats of each training (200000)")
    parser.add_argument("--kernels", action="store_true")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA device is here: every column stays empty", file=sys.stderr)
        return 2
    if options.scene is None and options.only != "raster" and not options.kernels:
        parser.error("training needs SCENE")
    if options.kernels:
        gpu_raster.print_kernels()
        return 0
    print(torch.cuda.get_device_name(), "torch", torch.__version__, flush=True)
    written: list[tuple[str, ...]] = []
    for row in rows(options):
        written.append(row)
        print(" | ".join(row), flush=True)
    print()
    for number, row in enumerate(written):
        print("| " + " | ".join(row) + " |")
        if number == 0:
            print("| --- | --- | --- | --- |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
