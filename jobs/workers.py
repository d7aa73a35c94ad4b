"""Several processes of this machine at one job, a scene each: where Blender crashes, one attempt at one scene is lost.

A worker is `wildfield generate ... --only SEED`: it writes the scene's folder and tells the scene's record as its result, and
the parent alone writes the list of scenes. Workers watch their stdin and end with the parent, however it ends.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..errors import UserError
from ..exporters.manifest import SceneRecord

_ATTEMPTS = 2
_GRACE = 15.0
"""Seconds in which a worker that is asked to stop ends by itself."""


@dataclass
class Workers:
    """`count` processes at a time; `command` is what makes one seed's scene."""

    count: int
    command: Callable[[int], Sequence[str]]
    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def records(self, seeds: Sequence[int], out: Path) -> Generator[SceneRecord, None, None]:
        """Yield the record of every seed as its scene ends, in any order; closing the iterator ends the workers.

        A worker that crashes is tried once more and then on record as failed. Raises UserError where a worker says what the
        user has to mend, such as a full disk; then the others are ended.
        """
        with ThreadPoolExecutor(self.count, thread_name_prefix="wildfield-worker") as pool:
            waiting: set[Future[SceneRecord]] = {pool.submit(self._scene, seed, out) for seed in seeds}
            try:
                while waiting:
                    ended, waiting = wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED)
                    for future in ended:
                        yield future.result()
            finally:
                for future in waiting:
                    future.cancel()
                self._stop()

    def _scene(self, seed: int, out: Path) -> SceneRecord:
        started, end = time.monotonic(), ""
        for _ in range(_ATTEMPTS):
            if self._stopping.is_set():
                break
            told, end = self._run(seed)
            if "record" in told:
                return SceneRecord(**told["record"])
            if "error" in told:
                raise UserError(str(told["error"]))
            shutil.rmtree(out / "scenes" / f".{seed}.part", ignore_errors=True)
        seconds = round(time.monotonic() - started, 3)
        return SceneRecord(seed, f"scenes/{seed}", "failed", f"its process {end}, {_ATTEMPTS} times", seconds)

    def _run(self, seed: int) -> tuple[dict[str, Any], str]:
        """Run one worker; return what it told at last, nothing where it crashed, and how it ended."""
        told: dict[str, Any] = {}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
            process = subprocess.Popen(
                [*self.command(seed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C on the terminal is the parent's to hand on
            )
            self._running.add(process)
            if self._stopping.is_set():
                _close(process.stdin)
            assert process.stdout is not None
            for line in process.stdout:
                told = _last(line) or told
            code = process.wait()
            _close(process.stdin)
            self._running.discard(process)
            return told, f"ended with {_named(code)}{_last_words(words)}"

    def _stop(self) -> None:
        self._stopping.set()
        running = list(self._running)
        for process in running:
            _close(process.stdin)
        until = time.monotonic() + _GRACE
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def _last(line: str) -> dict[str, Any]:
    """Return the result or the error that a line of a worker's stdout tells, or nothing."""
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    result = content.get("result")
    return result if isinstance(result, dict) else content if "error" in content else {}


def _named(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _last_words(log: IO[str]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log if line.strip()]
    return f" ({lines[-1][:200]})" if lines else ""


def _close(stream: IO[str] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:  # the worker has closed its end already
        return
