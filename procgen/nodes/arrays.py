"""What `NodeWriter` writes as nodes, done at once on NumPy arrays: one formula gives a material's pattern and the geometry.

Only what such formulas use is here. Numbers are (N,) float32 arrays, vectors (N, 3). Noise is Blender's own: gradients on a
lattice by Jenkins' hash "lookup3" (Perlin 2002), as in `intern/cycles/kernel/svm/noise.h`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]
_Bits: TypeAlias = NDArray[np.uint32]
_LACUNARITY = np.float32(2.0)
_UNIT_RANGE = np.float32(0.982)
_UNARY: dict[str, Callable[[Any], Any]] = {"ABSOLUTE": np.abs, "SQRT": np.sqrt, "FRACT": lambda value: value - np.floor(value)}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "ADD": np.add,
    "MULTIPLY": np.multiply,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
}


class ArrayWriter:
    """Has the methods of `NodeWriter` that are arithmetic, with their names and defaults."""

    def math(self, operation: str, a: Any, b: Any = 0.0) -> Array:
        if operation in _UNARY:
            return np.asarray(_UNARY[operation](a), np.float32)
        return np.asarray(_BINARY[operation](a, b), np.float32)

    def smoothstep(self, low: float, high: float, value: Array) -> Array:
        t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32)
        return t * t * (np.float32(3) - np.float32(2) * t)

    def separate(self, vector: Array) -> tuple[Array, Array, Array]:
        return vector[:, 0], vector[:, 1], vector[:, 2]

    def vector_math(self, operation: str, a: Array, b: Sequence[float]) -> Array:
        return np.asarray(_BINARY[operation](a, np.asarray(b, np.float32)), np.float32)

    def noise(self, vector: Array, scale: float = 1.0, detail: int = 4, roughness: float = 0.55) -> Array:
        """Fractal gradient noise in 0..1 about 0.5; `detail` octaves above the first, whole ones only."""
        place = vector * np.float32(scale)
        total, amplitude, most = np.zeros(len(place), np.float32), np.float32(1), np.float32(0)
        for _ in range(int(detail) + 1):
            total += amplitude * gradient_noise(place)
            most += amplitude
            amplitude *= np.float32(roughness)
            place = place * _LACUNARITY
        return np.float32(0.5) * total / most + np.float32(0.5)


def gradient_noise(place: Array) -> Array:
    """Return Blender's signed gradient noise (N,) at places (N, 3)."""
    floor = np.floor(place)
    cell = floor.astype(np.int32).view(np.uint32)
    near = (place - floor).astype(np.float32)
    fade = near * near * near * (near * (near * np.float32(6) - np.float32(15)) + np.float32(10))
    layers = []
    for k in (0, 1):
        rows = []
        for j in (0, 1):
            left, right = (
                _slope(
                    _hash(cell[:, 0] + np.uint32(i), cell[:, 1] + np.uint32(j), cell[:, 2] + np.uint32(k)),
                    near[:, 0] - np.float32(i),
                    near[:, 1] - np.float32(j),
                    near[:, 2] - np.float32(k),
                )
                for i in (0, 1)
            )
            rows.append(left + fade[:, 0] * (right - left))
        layers.append(rows[0] + fade[:, 1] * (rows[1] - rows[0]))
    return _UNIT_RANGE * (layers[0] + fade[:, 2] * (layers[1] - layers[0]))


def _slope(key: _Bits, x: Array, y: Array, z: Array) -> Array:
    """The offset along one of twelve gradients towards the edges of a cube."""
    h = key & np.uint32(15)
    u = np.where(h < 8, x, y)
    v = np.where(h < 4, y, np.where((h == 12) | (h == 14), x, z))
    return np.where(h & 1, -u, u) + np.where(h & 2, -v, v)


def _hash(x: _Bits, y: _Bits, z: _Bits) -> _Bits:
    """Jenkins' final mixing of three words (lookup3.c, public domain, 2006)."""
    start = np.uint32(0xDEADBEEF + (3 << 2) + 13)
    a, b, c = x + start, y + start, z + start
    c = (c ^ b) - _turned(b, 14)
    a = (a ^ c) - _turned(c, 11)
    b = (b ^ a) - _turned(a, 25)
    c = (c ^ b) - _turned(b, 16)
    a = (a ^ c) - _turned(c, 4)
    b = (b ^ a) - _turned(a, 14)
    return (c ^ b) - _turned(b, 24)


def _turned(word: _Bits, bits: int) -> _Bits:
    return (word << np.uint32(bits)) | (word >> np.uint32(32 - bits))
