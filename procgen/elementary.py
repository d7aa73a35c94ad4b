"""Elementary functions of float32 arrays with the same bits on every machine.

NumPy computes sin, exp, a power... of float32 by kernels that differ in the last bit between processors (AVX-512 or not),
versions and builds; only + - * / and the square root are exact everywhere. These compute in float64 and round once, which
hides the last bits in all but about one of 10^8 values. float64 stays float64 in NumPy's own functions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


def exp(x: ArrayLike) -> Floats:
    """Return e to the power of x as float32."""
    return np.exp(x, dtype=np.float64).astype(np.float32)


def sin(x: ArrayLike) -> Floats:
    """Return the sine of x rad as float32."""
    return np.sin(x, dtype=np.float64).astype(np.float32)


def cos(x: ArrayLike) -> Floats:
    """Return the cosine of x rad as float32."""
    return np.cos(x, dtype=np.float64).astype(np.float32)


def arctan2(y: ArrayLike, x: ArrayLike) -> Floats:
    """Return the angle of (x, y) in rad, -pi to pi, as float32."""
    return np.arctan2(y, x, dtype=np.float64).astype(np.float32)


def log10(x: ArrayLike) -> Floats:
    """Return the decimal logarithm of x as float32."""
    return np.log10(x, dtype=np.float64).astype(np.float32)


def power(x: ArrayLike, exponent: ArrayLike) -> Floats:
    """Return x to the power of `exponent` as float32."""
    return np.power(x, exponent, dtype=np.float64).astype(np.float32)


def hypot(x: Floats, y: Floats) -> Floats:
    """Return the length of the vectors (x, y), in their own precision."""
    return np.sqrt(x * x + y * y)
