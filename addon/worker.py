"""Runs a job in another process and follows its JSON lines. Plain Python: nothing here touches Blender or blocks.

The job writes one object a line on stdout: `{"progress": 0.25, "task": "Training", "text": "28.4 dB"}` with any numbers beside,
last `{"result": {...}}` or `{"error": "..."}`. A thread reads the lines into a queue; `Job.poll` empties it for the caller.
The worker ends by itself when its stdin closes, which is what happens when Blender dies, however it dies.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

KILL_AFTER_SECONDS = 5.0
"""A cancelled worker has so long to tidy up before it is killed with all its children."""

State = Literal["running", "stopping", "done", "failed", "cancelled"]


@dataclass
class Job:
    """One worker. `progress` is 0 to 1 of `task`; `values` are the numbers of the latest line; `log` is its stderr."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    state: State = "running"
    progress: float = 0.0
    task: str = "Starting"
    text: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    messages: queue.SimpleQueue[dict[str, Any] | None] = field(default_factory=queue.SimpleQueue)
    task_began: float = field(default_factory=time.monotonic)

    @property
    def is_active(self) -> bool:
        """The process is there, or its last words were not polled yet."""
        return self.state in ("running", "stopping")

    def seconds_left(self) -> float | None:
        """Estimate the rest of the present task from its pace so far; None while that says nothing."""
        spent = time.monotonic() - self.task_began
        if self.progress < 0.02 or spent < 2.0:
            return None
        return spent / self.progress * (1 - self.progress)

    def poll(self) -> bool:
        """Take in what the worker said since the last call; return whether it said anything."""
        changed = False
        while not self.messages.empty():
            message = self.messages.get()
            changed = True
            if message is None:
                self._end()
            else:
                self._take(message)
        return changed

    def cancel(self, wait_seconds: float = 0.0) -> None:
        """Ask the worker to end by closing its stdin, and kill it with its children where it does not.

        It has 5 s to keep what it has done; with `wait_seconds` so long, and the call returns when all is over.
        """
        if not self.is_active:
            return
        self.state = "stopping"
        _close(self.process.stdin)
        if not wait_seconds:
            timer = threading.Timer(KILL_AFTER_SECONDS, _kill_group, [self.process])
            timer.daemon = True
            timer.start()
            return
        try:
            self.process.wait(wait_seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _kill_group(self.process)

    def _take(self, message: dict[str, Any]) -> None:
        if "result" in message:
            self.result = message["result"] if isinstance(message["result"], dict) else {}
            return
        if "error" in message:
            self.error = str(message["error"])
            return
        if message.get("task", self.task) != self.task:
            self.task, self.task_began = str(message["task"]), time.monotonic()
        share = message.get("progress")
        if isinstance(share, (int, float)):
            self.progress = min(1.0, max(0.0, float(share)))
        self.text = str(message.get("text", self.text))
        self.values |= {key: value for key, value in message.items() if key not in ("progress", "task", "text")}

    def _end(self) -> None:
        if self.state == "stopping":
            _kill_group(self.process)  # children that outlived it
            self.state = "cancelled"
        elif self.process.returncode == 0:
            self.state, self.progress = "done", 1.0
        else:
            self.state = "failed"
            self.error = self.error or last_line(self.log) or f"ended with exit code {self.process.returncode}"


def start(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Job:
    """Start `command` as the leader of a process group of its own. Raises OSError where it cannot be started."""
    options: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        names = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")  # there on Windows only
        options = {"creationflags": sum(getattr(subprocess, name) for name in names)}
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=dict(environment),
            **options,
        )
    job = Job(name, process, log)
    threading.Thread(target=_read, args=(job,), daemon=True, name=f"wildfield-{name}").start()
    return job


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty, or ""."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "").removeprefix("wildfield: ")


def _read(job: Job) -> None:
    """The thread's body. Lines that are no JSON objects (libraries and Blender print such) go to the log."""
    assert job.process.stdout is not None
    with job.log.open("a", encoding="utf-8") as log:
        for line in job.process.stdout:
            message = _parsed(line)
            if message is None:
                log.write(line)
                log.flush()
            else:
                job.messages.put(message)
    job.process.wait()
    job.messages.put(None)


def _parsed(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        message = json.loads(line)
    except json.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def _close(stream: IO[str] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:  # the worker has closed its end already
        return


def _kill_group(process: subprocess.Popen[str]) -> None:
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has ended, and its children with it
        return
