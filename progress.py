"""The one progress reporter: a bar for a person, JSON lines for a program, or nothing.

Every long job takes a `Progress` and never asks where it ends up. `TerminalProgress` draws a tqdm bar on stderr,
`JsonProgress` writes one object a line on stdout (`{"progress": 0.25, "text": "...", ...}`, what `addon.worker` reads),
and the base class is silent.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any


class Progress:
    """Says nothing. `total` is in any unit; `advance` and `note` may be called from one thread at a time."""

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        """Run one named piece of work of `total` units; tasks may be nested, only the outermost is drawn as a bar."""
        yield Task(self, text, total)

    def _show(self, task: Task, last: bool) -> None:
        pass

    def message(self, text: str) -> None:
        """Tell the user one line that should stay on the screen."""


class Task:
    """A piece of work under way; `done` of `total` units, with a changing `note` (such as "28.4 dB, 12k splats")."""

    def __init__(self, progress: Progress, text: str, total: float) -> None:
        self.progress, self.text, self.total, self.done, self.note = progress, text, total, 0.0, ""
        self.values: dict[str, Any] = {}

    def advance(self, amount: float = 1, note: str | None = None, **values: Any) -> None:
        """Move on by `amount` units; `values` are numbers a program may want (JSON only)."""
        self.set(self.done + amount, note, **values)

    def set(self, done: float, note: str | None = None, **values: Any) -> None:
        """Stand at `done` units, for work that is measured in seconds and not in pieces."""
        self.done = min(done, self.total)
        self.note = self.note if note is None else note
        self.values = values
        self.progress._show(self, False)


class TerminalProgress(Progress):
    """A tqdm bar on stderr, at most ten updates a second."""

    def __init__(self) -> None:
        self._bars: list[Any] = []

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        from tqdm import tqdm

        plain = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining} {postfix}"
        bar = tqdm(total=total, desc=text, file=sys.stderr, bar_format=plain, leave=not self._bars, position=len(self._bars))
        self._bars.append(bar)
        try:
            yield Task(self, text, total)
        finally:
            self._bars.pop().close()

    def _show(self, task: Task, last: bool) -> None:
        bar = self._bars[-1]
        bar.set_postfix_str(task.note, refresh=False)
        bar.update(task.done - bar.n)

    def message(self, text: str) -> None:
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)


class JsonProgress(Progress):
    """One JSON object a line, at most ten a second, plus the first and the last of every task."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stdout
        self._last = 0.0

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        task = Task(self, text, total)
        self._show(task, True)
        yield task
        self._show(task, True)

    def _show(self, task: Task, last: bool) -> None:
        now = time.monotonic()
        if not last and now - self._last < 0.1:
            return
        self._last = now
        share = task.done / task.total if task.total else 1.0
        self._write({"progress": round(share, 4), "task": task.text, "text": task.note or task.text, **task.values})

    def message(self, text: str) -> None:
        self._write({"text": text})

    def _write(self, line: dict[str, Any]) -> None:
        self.stream.write(json.dumps(line) + "\n")
        self.stream.flush()
