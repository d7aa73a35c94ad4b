"""Ctrl-C that waits for the end of the step under way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Remembers a Ctrl-C until the step under way is whole; a second Ctrl-C acts at once."""

    def __init__(self) -> None:
        self.wanted = False

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """Take the signal."""
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True


@contextmanager
def deferred_interrupt() -> Iterator[Interruption]:
    """Hold back Ctrl-C in the main thread, so that a checkpoint is never taken from half a step."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption.note)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
