"""A pile of flat beds, hard and soft by turns, and the steps that weathering leaves of it.

Land is first shaped smoothly; then every height is moved within its own bed: a hard bed stands as a wall under a narrow bench,
a soft one keeps its slope. The heights between two beds stay where they are, so the land keeps its large shape, and since the
steps are a function of height, they run around every spur and into every gully as true strata do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats
from .noise import noise2

_BENCH_RISE = 0.10
"""Share of a bed's thickness by which its bench rises."""
_BEND = ((170.0, 3.0), (38.0, 1.1), (9.0, 0.3))
"""Wavelength and height in metres of the noises that bend the beds' edges."""


@dataclass(frozen=True)
class Beds:
    """Knots of the map from smooth to stepped heights, both ascending, in metres; heights outside stay as they are."""

    smooth: NDArray[np.float64]
    stepped: NDArray[np.float64]
    seed: int

    def rise(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return how far the smooth heights `z` (N,) m at x, y are moved upward, in metres."""
        level = z.copy()
        for number, (length, amount) in enumerate(_BEND):
            k = np.float32(1 / length)
            level += np.float32(amount) * noise2(x * k, y * k, self.seed + number)
        return (np.interp(level, self.smooth, self.stepped, left=0.0, right=0.0) - level).astype(np.float32) * (
            (level > self.smooth[0]) & (level < self.smooth[-1])
        )


def laid_down(
    low: float, high: float, thickness: tuple[float, float], hardness: tuple[float, float], rng: np.random.Generator, seed: int
) -> Beds:
    """Draw beds from `low` to `high` m, each as thick and as hard as drawn between the pairs given.

    A bed of hardness h takes the share h of the smooth slope for its bench. A thick one has a few thin ledges in its wall.
    """
    smooth, stepped = [low], [low]
    hard = rng.random() < 0.5
    while smooth[-1] < high - 0.5 * thickness[0]:
        start = smooth[-1]
        thick = min(float(np.exp(rng.uniform(*np.log(thickness)))), high - start)
        share = float(rng.uniform(*hardness)) if hard else float(rng.uniform(0.1, 0.3))
        ledges = 1 if thick < 9.0 else int(rng.integers(2, 4))
        splits = np.concatenate([[0.0], np.sort(rng.uniform(0.2, 0.9, ledges - 1)), [1.0]])
        for lower, upper in pairwise(splits):
            # The last ledge of a bed is its bench, the others are narrow.
            bench = share if upper == 1.0 else 0.6 * share
            part = thick * float(upper - lower)
            foot = start + thick * float(lower)
            smooth += [foot + part * (1.0 - bench), foot + part]
            stepped += [foot + part * (1.0 - _BENCH_RISE * bench), foot + part]
        hard = not hard
    return Beds(np.array(smooth), np.array(stepped), seed)
