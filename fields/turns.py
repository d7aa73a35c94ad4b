"""Whose turn it is: the order in which training views are learned from, known for every step from the seed alone."""

from __future__ import annotations

import numpy as np


class Turns:
    """Every view once an epoch, in an order drawn anew for each. `first` opens the path of the random stream."""

    def __init__(self, count: int, first: tuple[int, ...]) -> None:
        self.count, self._first = count, first
        self._orders: dict[int, np.ndarray] = {}

    def order(self, epoch: int) -> np.ndarray:
        """Return the views (count,) of an epoch in their order."""
        if epoch not in self._orders:
            self._orders = {known: order for known, order in self._orders.items() if abs(known - epoch) < 2}
            self._orders[epoch] = np.random.default_rng([*self._first, epoch]).permutation(self.count)
        return self._orders[epoch]

    def at(self, step: int) -> int:
        """Return the view of a step."""
        epoch, place = divmod(step, self.count)
        return int(self.order(epoch)[place])

    def next(self, step: int) -> np.ndarray:
        """Return for every view (count,) the first step from `step` on at which it is its turn."""
        epoch, place = divmod(step, self.count)
        when = np.empty(self.count, np.int64)
        when[self.order(epoch + 1)] = (epoch + 1) * self.count + np.arange(self.count)
        when[self.order(epoch)[place:]] = step + np.arange(self.count - place)
        return when
