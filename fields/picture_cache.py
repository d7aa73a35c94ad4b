"""Pictures decoded ahead of their turn by a thread, and kept up to a bound in bytes.

The turns are known for all time, so what is given up is always what is needed last (Belady 1966, "A study of replacement
algorithms for a virtual-storage computer"): no cache of the same size decodes less. Nothing that is learned depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from .turns import Turns

Made = TypeVar("Made")
AHEAD = 6
"""Turns that the thread looks ahead."""


class PictureCache(Generic[Made]):
    """What `load` makes of the numbers that `turns` names, at most `limit` bytes of it or the one in use.

    `sizes` are the bytes that each takes at most. Not for several threads: one asks, another decodes.
    """

    def __init__(self, load: Callable[[int], Made], sizes: Sequence[int], turns: Turns, limit: int) -> None:
        self.load, self.sizes, self.turns, self.limit = load, sizes, turns, limit
        self.bytes = self.decoded = 0
        self._held: dict[int, Future[Made]] = {}
        self._worker = ThreadPoolExecutor(1, "pictures")

    def take(self, step: int) -> Made:
        """Return the one whose turn is at `step`, and have those of the next steps decoded meanwhile."""
        number = self.turns.at(step)
        self._want(number, step, step)
        for ahead in range(step + 1, step + 1 + AHEAD):
            if not self._want(self.turns.at(ahead), ahead, step):
                break
        return self._held[number].result()

    def fill(self, step: int, told: Callable[[int], None] = lambda _: None) -> None:
        """Decode what fits, in the order of the turns from `step` on; `told` hears how many are there."""
        for ahead in range(step, step + self.turns.count):
            number = self.turns.at(ahead)
            if self.bytes + self.sizes[number] > self.limit and number not in self._held:
                break
            self.get(number)
            told(len(self._held))

    def get(self, number: int) -> Made:
        """Return one out of turn; it is kept where there is room."""
        if number in self._held:
            return self._held[number].result()
        if self.bytes + self.sizes[number] > self.limit:
            return self.load(number)
        return self._begin(number).result()

    def close(self) -> None:
        """Give everything up and end the thread."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._held.clear()
        self.bytes = 0

    def _begin(self, number: int) -> Future[Made]:
        self._held[number] = self._worker.submit(self.load, number)
        self.bytes += self.sizes[number]
        self.decoded += 1
        return self._held[number]

    def _want(self, number: int, turn: int, step: int) -> bool:
        """Have `number` decoded for its `turn`, unless at this `step` all the room is for turns before that; say whether."""
        if number in self._held:
            return True
        if self.bytes + self.sizes[number] > self.limit:
            when = self.turns.next(step)
            for known in sorted(self._held, key=lambda k: -when[k]):
                if self.bytes + self.sizes[number] <= self.limit or (when[known] <= turn and turn != step):
                    break
                if self._held[known].done():
                    del self._held[known]
                    self.bytes -= self.sizes[known]
            if self.bytes + self.sizes[number] > self.limit and turn != step:
                return False
        self._begin(number)
        return True
