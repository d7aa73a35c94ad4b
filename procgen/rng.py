"""Named random streams: every generator draws from its own, so adding one does not change the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from ..errors import UserError

SEED_LIMIT = 2**31 - 1
"""The largest seed: what Blender and every generator take."""


def check_seed(seed: object) -> None:
    """Raise UserError for what is no seed."""
    if type(seed) is not int or not 0 <= seed <= SEED_LIMIT:
        raise UserError(f"seed {seed!r}: seeds are whole numbers from 0 to {SEED_LIMIT}")


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Return the random generator that belongs to (seed, path).

    The path is hashed with BLAKE2b, so the same name gives the same bits in any process, on any platform and in any
    order of calls. `stream(7, "trees", 3)` and `stream(7, "trees", 4)` are independent.
    """
    name = "/".join(str(part) for part in path)
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest, "little"))))


def rounded(rng: np.random.Generator, digits: int = 3) -> Callable[[float, float], float]:
    """Return the way to draw a number evenly between two, rounded: what a person would read and write in a spec."""
    return lambda low, high: round(float(rng.uniform(low, high)), digits)


def subseed(seed: int, *path: str | int) -> int:
    """Return a 31-bit integer seed for (seed, path), for hashes and lattice noise that take an integer."""
    return int(stream(seed, *path).integers(0, 2**31 - 1))
