"""The workers that run for this Blender: started by operators, followed by one timer, ended with Blender."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy

from . import worker
from .viewport_fields import redraw
from .worker import Job

POLL_SECONDS = 0.1
END_WITHIN_SECONDS = 3.0

Watcher = Callable[[Job], None]

_jobs: dict[str, Job] = {}
_watchers: dict[str, Watcher] = {}


def start(name: str, command: Sequence[str], watcher: Watcher | None = None) -> Job:
    """Start a worker under `name`, of which only one runs at a time; `watcher` is called on Blender's main thread.

    It is called after each of the worker's messages and at its end. Raises OSError where the program cannot be started.
    """
    if is_running(name):
        raise RuntimeError(f"the worker {name!r} runs already")
    number, path = tempfile.mkstemp(prefix=f"wildfield-{name}-", suffix=".log", dir=bpy.app.tempdir or None)
    os.close(number)
    job = worker.start(name, command, Path(path), environment())
    _jobs[name] = job
    _watchers.pop(name, None)
    if watcher is not None:
        _watchers[name] = watcher
    if not bpy.app.timers.is_registered(poll):
        bpy.app.timers.register(poll, first_interval=POLL_SECONDS, persistent=True)
    return job


def get(name: str) -> Job | None:
    """Return the worker of that name, running or the last one that ran."""
    return _jobs.get(name)


def is_running(name: str) -> bool:
    """Say whether the worker of that name is under way."""
    job = _jobs.get(name)
    return job is not None and job.is_active


def poll() -> float | None:
    """Take in what the workers said; a timer calls this until none is left."""
    changed = [job for job in list(_jobs.values()) if job.is_active and job.poll()]
    for job in changed:
        if job.name in _watchers:
            _watchers[job.name](job)
    if changed:
        redraw()
    return POLL_SECONDS if any(job.is_active for job in _jobs.values()) else None


def environment() -> dict[str, str]:
    """Return this process's environment for a worker: Blender's PYTHON* variables would point it at Blender's libraries.

    OpenMP threads that wait must sleep: a spinning pool slows a busy machine, and Blender with it, many times over.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def stop_all() -> None:
    """End every worker now, with Blender."""
    for job in _jobs.values():
        job.cancel(END_WITHIN_SECONDS)


def register() -> None:
    atexit.register(stop_all)


def unregister() -> None:
    stop_all()
    atexit.unregister(stop_all)
    if bpy.app.timers.is_registered(poll):
        bpy.app.timers.unregister(poll)
    _jobs.clear()
    _watchers.clear()
