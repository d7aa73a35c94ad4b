"""What a user pays, in CPU-seconds of the whole process: one picture of a lake with all truth, and a scene's build.

    python benchmarks/loop.py [--resolution 256x144] [--samples 16] [--seeds 0 1 2]

Infinigen 1.15.5 took 638 CPU-s for one 256x144 picture of its simplest nature scene on such a machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def cpu_seconds_of_children() -> float:
    """User and system time of all ended child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(arguments: list[str]) -> tuple[float, dict[str, object]]:
    """Run one wildfield command; return its CPU-seconds and its --json result."""
    before = cpu_seconds_of_children()
    command = [sys.executable, "-m", "wildfield.cli", *arguments, "--json"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return cpu_seconds_of_children() - before, json.loads(answer.stdout.splitlines()[-1])["result"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolution", default="256x144")
    parser.add_argument("--samples", default="16")
    parser.add_argument("--seeds", nargs="+", default=["0", "1", "2"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            out = str(Path(folder) / seed)
            size = ["--resolution", options.resolution, "--samples", options.samples, "--seed", seed, "--truth", "full"]
            seconds, result = measure(["generate", out, "--kind", "lake", *size])
            print(
                json.dumps({"seed": seed, "resolution": options.resolution, "cpu_seconds": round(seconds, 1), **result}),
                flush=True,
            )


if __name__ == "__main__":
    main()
