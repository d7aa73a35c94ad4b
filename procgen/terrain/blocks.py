"""Vectorised functions over many points, in fixed blocks that fit the cache, on a small pool of threads.

The blocks depend on the number of points alone and never on the number of threads, and every block writes its own
place, so any number of threads gives the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK = 1 << 15
"""Points in a block: a few float32 temporaries of that size stay in the second-level cache."""

Floats = NDArray[np.float32]


def in_blocks(
    function: Callable[..., Sequence[Floats]], arrays: Sequence[ArrayLike], outputs: int, threads: int | None = None
) -> list[Floats]:
    """Return `outputs` float32 arrays of the common shape of `arrays`, computed block by block.

    `function` takes one flat float32 block of every array and returns `outputs` flat blocks. `threads` None takes the
    processors, at most four.
    """
    whole = np.broadcast_arrays(*(np.asarray(a, np.float32) for a in arrays))
    shape, flat = whole[0].shape, [np.ascontiguousarray(a).reshape(-1) for a in whole]
    results = [np.empty(flat[0].size, np.float32) for _ in range(outputs)]

    def work(start: int) -> None:
        part = slice(start, start + BLOCK)
        for result, values in zip(results, function(*(a[part] for a in flat)), strict=True):
            result[part] = values

    run(work, range(0, flat[0].size, BLOCK), threads)
    return [result.reshape(shape) for result in results]


def run(work: Callable[[Any], None], items: Sequence[Any], threads: int | None = None) -> None:
    """Call `work` with each item; the calls may overlap and must not touch each other's results."""
    workers = min(len(items), threads or min(4, os.cpu_count() or 1))
    if workers <= 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, items):
            pass
