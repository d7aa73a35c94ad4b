"""The whole loop in one command: a lake with its truth, an orbit around a tree, a splat trained on it, and a report.

Each step is a `wildfield` command in a process of its own, exactly what a user would type, so Blender and torch never
share one; the commands are printed as they run.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import Progress

MARK = "wildfield-demo.json"
"""The file that tells a folder of the demo, which may be replaced, from somebody's own."""

_GRACE = 2.0
"""Seconds in which a step ends by itself when the demo is stopped."""


@dataclass(frozen=True)
class Step:
    """One command of the demo and what it is for."""

    text: str
    arguments: tuple[str, ...]


def steps(out: Path) -> list[Step]:
    """Return the demo's commands, in order."""
    lake, orbit, field = str(out / "lake"), str(out / "orbit"), str(out / "field")
    scene = str(out / "orbit" / "scenes" / "7")
    landscape = (
        "--seed",
        "4",
        "--frames",
        "4",
        "--resolution",
        "480x270",
        "--samples",
        "12",
        "--truth",
        "full",
        "--tracks",
        "256",
    )
    around = ("--seed", "7", "--views", "48", "--resolution", "256x256", "--samples", "16")
    return [
        Step("A lake, four frames, with all ground truth", ("generate", lake, "--kind", "lake", *landscape)),
        Step("An orbit of 48 views around one tree", ("generate", orbit, "--asset", "oak", *around)),
        Step("Proof that the truth is consistent", ("verify", lake)),
        Step("60 seconds of splat training", ("train", scene, "--field", "splats", "--out", field, "--seconds", "60")),
        Step(
            "Views that training never saw", ("render", field, "--scene", scene, "--split", "test", str(out / "field" / "test"))
        ),
        Step("The report", ("report", lake, orbit, field, str(out / "report.html"))),
    ]


def demo(out: Path, progress: Progress) -> dict[str, Any]:
    """Run the demo into `out` and return where the report is, the seconds of each step and the held-out scores.

    Raises UserError where `out` holds something else, and where a step fails.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder")
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise UserError(f"{out}: is not empty and no demo; name another folder")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).write_text(json.dumps({"made_by": "wildfield demo"}) + "\n")
    seconds: dict[str, float] = {}
    plan = steps(out)
    with progress.task("Demo", len(plan)) as task:
        for number, step in enumerate(plan, 1):
            progress.message(f"\n[{number}/{len(plan)}] {step.text}\n    wildfield {shlex.join(step.arguments)}")
            started = time.monotonic()
            _run(step)
            seconds[step.arguments[0] + ("" if step.arguments[0] not in seconds else f" {number}")] = _since(started)
            task.advance(1, step.text)
    scores = json.loads((out / "field" / "test" / "scores.json").read_text())["mean"]
    progress.message(f"\nLook at {out / 'report.html'}")
    return {"report": str(out / "report.html"), "seconds": seconds, "total_seconds": sum(seconds.values()), "scores": scores}


def _run(step: Step) -> None:
    """Run one command in its own process, its progress on our screen."""
    process = subprocess.Popen([sys.executable, "-m", "wildfield.cli", *step.arguments])
    try:
        code = process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(_GRACE)  # Ctrl-C on a terminal reaches the step too, a signal to us alone does not
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()
        raise
    if code != 0:
        raise UserError(f"the demo's step `wildfield {shlex.join(step.arguments)}` ended with exit code {code}")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 1)
