"""How many random worlds of each kind build without an error or a warning, and how many at the ends of their parameters.

    python benchmarks/robustness.py [--kinds lake canyon] [--draws 50] [--corners 12] [--resolution 96x54]

A draw is what the kind makes of a seed. A corner is a draw in which every parameter of the land, water, sky, scatter and wind
lies at its lower or upper end, as a coin decides, choices at any of theirs: each of twelve corners has half of all ends. Size
and resolution of the land and the number of moving faces, whose upper ends are limits of memory, keep their draws. A world is
sound when it stands, has things in it and cameras whose poses are finite, and nothing warned.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from typing import Any

import numpy as np

from wildfield.procgen import compose, registry
from wildfield.procgen.rng import stream
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override, parameters, to_dict

SECTIONS = ("terrain.", "water.", "sky.", "scatter.", "wind.")
KEPT = ("terrain.size", "terrain.resolution", "wind.moving_faces")


def corner(kind: str, number: int) -> dict[str, str]:
    """Return the values of one corner of the kind's parameters, by path."""
    rng = stream(number, kind, "corner")
    chosen = {}
    for item in parameters(SceneSpec):
        if item.path.startswith(SECTIONS) and item.path not in KEPT:
            ends = item.choices or (item.low, item.high)
            chosen[item.path] = str(ends[int(rng.integers(len(ends)))])
    return chosen


def attempt(kind: str, seed: int, values: dict[str, str], resolution: str) -> str | None:
    """Build that world and return what is wrong with it, or None."""
    width, _, height = resolution.partition("x")
    compose.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        try:
            spec = override(compose.draw(kind, seed), values | {"render.width": width, "render.height": height}, "trial")
            built = compose.compose(spec)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    poses = np.array([np.array(camera.matrix_world) for camera in built.cameras])
    if not np.isfinite(poses).all():
        return "a camera that stands nowhere"
    return None if built.table.things else "an empty world"


def measure(kind: str, draws: int, corners: int, resolution: str) -> dict[str, Any]:
    """Return how many worlds were built, and what was wrong with which."""
    started, wrong = time.process_time(), {}
    trials = [("draw", seed, {}) for seed in range(draws)] + [("corner", n, corner(kind, n)) for n in range(corners)]
    for word, seed, values in trials:
        fault = attempt(kind, seed, values, resolution)
        if fault:
            wrong[f"{word} {seed}"] = {"fault": fault, "spec": to_dict(compose.draw(kind, seed)) if word == "draw" else values}
    seconds = (time.process_time() - started) / max(len(trials), 1)
    return {"kind": kind, "draws": draws, "corners": corners, "wrong": wrong, "cpu_seconds_each": round(seconds, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=[name for name in registry.kinds() if name != "asset"])
    parser.add_argument("--draws", type=int, default=50)
    parser.add_argument("--corners", type=int, default=12)
    parser.add_argument("--resolution", default="96x54")
    options = parser.parse_args()
    for kind in options.kinds:
        print(json.dumps(measure(kind, options.draws, options.corners, options.resolution)), flush=True)


if __name__ == "__main__":
    main()
