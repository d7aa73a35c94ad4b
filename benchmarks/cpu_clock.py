"""A training's clock in CPU-seconds, since machines are shared."""

from __future__ import annotations

import time

from wildfield.fields.clock import Clock


class CpuClock(Clock):
    """Counts the CPU-seconds of this process instead of seconds."""

    def start(self) -> None:
        """Begin or go on."""
        self._since = time.process_time()

    def now(self) -> float:
        """Return the CPU-seconds so far."""
        return self.seconds + (time.process_time() - self._since if self._since is not None else 0.0)
