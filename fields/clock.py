"""The clock of a training, which stands still while nothing is learned."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(eq=False)
class Clock:
    """Seconds of training, without pauses (validation, checkpoints)."""

    seconds: float = 0.0
    _since: float | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begin or go on."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Pause."""
        self.seconds, self._since = self.now(), None

    def now(self) -> float:
        """Return the seconds so far."""
        return self.seconds + (time.perf_counter() - self._since if self._since is not None else 0.0)
