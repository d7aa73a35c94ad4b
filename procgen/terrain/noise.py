"""Gradient noise on an integer-hash lattice (Perlin 2002), and the fractal sums that land and stone are made of.

The functions here work on flat float32 blocks (see `blocks`) and return float32 of the same shape. Noise lies in
about -1 to 1 with mean 0; coordinates are in units of the lattice, so `x / 40` gives features of about 40 metres.
Every octave is turned by an angle that is no fraction of a circle, so the lattice's axes leave no trace.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats

_DIRECTIONS = 256
_ANGLES = (np.arange(_DIRECTIONS) + 0.5) * (2 * np.pi / _DIRECTIONS)
_COSINES = (np.cos(_ANGLES) * 1.5).astype(np.float32)
_SINES = (np.sin(_ANGLES) * 1.5).astype(np.float32)
_TURN = (np.float32(np.cos(0.73)), np.float32(np.sin(0.73)))
LACUNARITY = 2.03
"""Ratio of frequencies of neighbouring octaves; not 2, so that lattice points do not coincide."""


def noise2(x: Floats, y: Floats, seed: int) -> Floats:
    """Return gradient noise of two coordinates, continuous to the second derivative. x, y: (N,) float32."""
    ix, x = _split(x)
    iy, y = _split(y)
    key = np.uint32((seed * 0x9E3779B1) & 0xFFFFFFFF)
    left, right = ix * np.uint32(0x27D4EB2D), (ix + np.uint32(1)) * np.uint32(0x27D4EB2D)
    low, high = iy * np.uint32(0x165667B1) ^ key, (iy + np.uint32(1)) * np.uint32(0x165667B1) ^ key
    x1, y1 = x - np.float32(1), y - np.float32(1)
    u, v = _fade(x), _fade(y)
    bottom = _corner(left ^ low, x, y)
    bottom += u * (_corner(right ^ low, x1, y) - bottom)
    top = _corner(left ^ high, x, y1)
    top += u * (_corner(right ^ high, x1, y1) - top)
    top -= bottom
    top *= v
    top += bottom
    return top


def noise3(x: Floats, y: Floats, z: Floats, seed: int) -> Floats:
    """Return gradient noise of three coordinates, continuous to the second derivative. x, y, z: (N,) float32."""
    ix, x = _split(x)
    iy, y = _split(y)
    iz, z = _split(z)
    key = np.uint32((seed * 0x9E3779B1) & 0xFFFFFFFF)
    one = np.uint32(1)
    columns = [(ix + np.uint32(i)) * np.uint32(0x27D4EB2D) for i in (0, 1)]
    rows = [(iy + np.uint32(i)) * np.uint32(0x165667B1) ^ key for i in (0, 1)]
    u, v, w = _fade(x), _fade(y), _fade(z)
    layers = []
    for layer in (0, 1):
        depth = (iz + one * np.uint32(layer)) * np.uint32(0x5851F42D)
        sides = []
        for row in (0, 1):
            a, b = (
                _corner3(columns[i] ^ rows[row] ^ depth, x - np.float32(i), y - np.float32(row), z - np.float32(layer))
                for i in (0, 1)
            )
            sides.append(a + u * (b - a))
        layers.append(sides[0] + v * (sides[1] - sides[0]))
    return layers[0] + w * (layers[1] - layers[0])


def fbm2(x: Floats, y: Floats, seed: int, octaves: int, gain: float = 0.5) -> Floats:
    """Return a sum of octaves of `noise2`, each `gain` times the amplitude of the one before; about -1 to 1."""
    total = noise2(x, y, seed)
    amplitude, norm = 1.0, 1.0
    for octave in range(1, octaves):
        x, y = _next_octave(x, y)
        amplitude *= gain
        norm += amplitude * amplitude
        total += np.float32(amplitude) * noise2(x, y, seed + octave)
    total *= np.float32(norm**-0.5)
    return total


def fbm3(x: Floats, y: Floats, z: Floats, seed: int, octaves: int, gain: float = 0.5) -> Floats:
    """Return a sum of octaves of `noise3`, each `gain` times the amplitude of the one before; about -1 to 1."""
    total = noise3(x, y, z, seed)
    amplitude, norm = 1.0, 1.0
    for octave in range(1, octaves):
        x, y = _next_octave(x, y)
        z = z * np.float32(LACUNARITY) + np.float32(11.9)
        amplitude *= gain
        norm += amplitude * amplitude
        total += np.float32(amplitude) * noise3(x, y, z, seed + octave)
    total *= np.float32(norm**-0.5)
    return total


def ridged2(x: Floats, y: Floats, seed: int, octaves: int, gain: float = 0.5, sharpness: float = 1.6) -> Floats:
    """Return a ridged multifractal (Musgrave 1994) in 0 to 1: crests where the noise crosses zero, finer ones on crests."""
    total = np.zeros_like(x)
    weight = np.ones_like(x)
    amplitude, norm = 1.0, 0.0
    for octave in range(octaves):
        crest = np.maximum(np.float32(1) - np.float32(sharpness) * np.abs(noise2(x, y, seed + octave)), np.float32(0))
        crest *= crest
        crest *= weight
        total += np.float32(amplitude) * crest
        weight = np.minimum(crest * np.float32(1.6), np.float32(1))
        norm += amplitude
        amplitude *= gain
        x, y = _next_octave(x, y)
    total *= np.float32(1 / norm)
    return total


def warp2(x: Floats, y: Floats, seed: int, amount: float, octaves: int = 2) -> tuple[Floats, Floats]:
    """Return the coordinates moved by up to about `amount` along a noise field, which bends straight features."""
    across = fbm2(x, y, seed, octaves)
    along = fbm2(x + np.float32(31.7), y + np.float32(-17.3), seed + 101, octaves)
    return x + np.float32(amount) * across, y + np.float32(amount) * along


def _split(x: Floats) -> tuple[NDArray[np.uint32], Floats]:
    """Return the lattice cell, wrapped to 32 bits, and the place within it."""
    floor = np.floor(x)
    return floor.astype(np.int32).view(np.uint32), x - floor


def _fade(t: Floats) -> Floats:
    fade = t * np.float32(6)
    fade -= np.float32(15)
    fade *= t
    fade += np.float32(10)
    fade *= t
    fade *= t
    fade *= t
    return fade


def _hash(key: NDArray[np.uint32]) -> NDArray[Any]:
    """Mix a lattice key; the low bits of the result pick a direction."""
    key = key ^ (key >> np.uint32(15))
    key *= np.uint32(0x2C1B3C6D)
    key ^= key >> np.uint32(12)
    key *= np.uint32(0x297A2D39)
    key >>= np.uint32(24)
    return key


def _corner(key: NDArray[np.uint32], x: Floats, y: Floats) -> Floats:
    """Return the scalar product of the corner's gradient and the offset from it."""
    direction = _hash(key)
    value = _COSINES[direction]
    value *= x
    value += _SINES[direction] * y
    return value


_HEIGHTS = (np.arange(_DIRECTIONS) * 0.618033988749895 % 1.0) * 2 - 1
_SPHERE = np.stack([np.sqrt(1 - _HEIGHTS**2) * np.cos(_ANGLES), np.sqrt(1 - _HEIGHTS**2) * np.sin(_ANGLES), _HEIGHTS]).astype(
    np.float32
) * np.float32(1.5)


def _corner3(key: NDArray[np.uint32], x: Floats, y: Floats, z: Floats) -> Floats:
    direction = _hash(key)
    return _SPHERE[0][direction] * x + _SPHERE[1][direction] * y + _SPHERE[2][direction] * z


def _next_octave(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    c, s = _TURN[0] * np.float32(LACUNARITY), _TURN[1] * np.float32(LACUNARITY)
    return c * x - s * y + np.float32(17.13), s * x + c * y + np.float32(3.71)
