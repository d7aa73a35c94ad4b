"""Warp kernels of the structural similarity for CUDA: four passes with a thread for each number, as `kernels_similarity`.

Neighbouring threads read neighbouring numbers, and the 11 that one blur needs come from the cache. Maps are 10 rows and 10
pixels smaller than the picture, of which `width` and `wide` count numbers: 3 a pixel.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import torch
import warp as wp

from ..losses import C1, C2, WINDOW, gaussian_window

wp.set_module_options({"enable_backward": False, "fast_math": True})

Floats = wp.array(dtype=float)
Window = wp.types.vector(WINDOW, float)
WEIGHTS = wp.constant(Window(*gaussian_window(torch.float64).tolist()))
FIRST = wp.constant(C1)
SECOND = wp.constant(C2)
TAPS = wp.constant(WINDOW)
MARGIN = wp.constant(WINDOW - 1)


@wp.kernel
def blur_across(first: int, width: int, height: int, picture: Floats, truth: Floats, blurred: Floats):
    """Blur a, b, a^2, b^2 and a b along the rows into `blurred` (5, height, wide); an index for each number of a plane."""
    at = first + wp.tid()
    wide = width - 3 * MARGIN
    row = at / wide
    start = row * width + at - row * wide
    a = wp.float32(0.0)
    b = wp.float32(0.0)
    aa = wp.float32(0.0)
    bb = wp.float32(0.0)
    ab = wp.float32(0.0)
    for k in range(TAPS):
        p = picture[start + 3 * k]
        q = truth[start + 3 * k]
        shown = WEIGHTS[k] * p
        true = WEIGHTS[k] * q
        a += shown
        b += true
        aa += shown * p
        bb += true * q
        ab += shown * q
    plane = wide * height
    blurred[at] = a
    blurred[plane + at] = b
    blurred[2 * plane + at] = aa
    blurred[3 * plane + at] = bb
    blurred[4 * plane + at] = ab


@wp.kernel
def compare_down(first: int, wide: int, height: int, blurred: Floats, slopes: Floats, values: Floats):
    """Blur down the columns; `values` (height - 10, wide) become the similarity.

    `slopes` (3, height - 10, wide) become its derivatives by the blurred a, a^2 and a b.
    """
    at = first + wp.tid()
    plane = wide * height
    map = wide * (height - MARGIN)
    a = wp.float32(0.0)
    b = wp.float32(0.0)
    aa = wp.float32(0.0)
    bb = wp.float32(0.0)
    ab = wp.float32(0.0)
    for k in range(TAPS):
        there = at + k * wide
        a += WEIGHTS[k] * blurred[there]
        b += WEIGHTS[k] * blurred[plane + there]
        aa += WEIGHTS[k] * blurred[2 * plane + there]
        bb += WEIGHTS[k] * blurred[3 * plane + there]
        ab += WEIGHTS[k] * blurred[4 * plane + there]
    a1 = 2.0 * a * b + FIRST
    a2 = 2.0 * (ab - a * b) + SECOND
    b1 = a * a + b * b + FIRST
    b2 = aa + bb - a * a - b * b + SECOND
    inverse = 1.0 / (b1 * b2)
    similarity = a1 * a2 * inverse
    values[at] = similarity
    slopes[at] = 2.0 * (b * (a2 - a1) + similarity * a * (b1 - b2)) * inverse
    slopes[map + at] = -similarity * b1 * inverse
    slopes[2 * map + at] = 2.0 * a1 * inverse


@wp.kernel
def blur_back(first: int, wide: int, height: int, slopes: Floats, spread: Floats):
    """Blur `slopes` back down the columns into `spread` (3, height, wide)."""
    at = first + wp.tid()
    map = wide * (height - MARGIN)
    row = at / wide
    x = wp.float32(0.0)
    y = wp.float32(0.0)
    z = wp.float32(0.0)
    for k in range(wp.max(0, row - (height - MARGIN) + 1), wp.min(TAPS, row + 1)):
        there = at - k * wide
        x += WEIGHTS[k] * slopes[there]
        y += WEIGHTS[k] * slopes[map + there]
        z += WEIGHTS[k] * slopes[2 * map + there]
    plane = wide * height
    spread[at] = x
    spread[plane + at] = y
    spread[2 * plane + at] = z


@wp.kernel
def carry_back(
    first: int, width: int, height: int, share: float, picture: Floats, truth: Floats, spread: Floats, gradient: Floats
):
    """Blur `spread` back along the rows into `gradient` (height, width), `share` times the sum's derivative."""
    at = first + wp.tid()
    wide = width - 3 * MARGIN
    plane = wide * height
    row = at / width
    column = at - row * width
    x = wp.float32(0.0)
    y = wp.float32(0.0)
    z = wp.float32(0.0)
    for k in range(TAPS):
        there = column - 3 * k
        if there >= 0 and there < wide:
            number = row * wide + there
            x += WEIGHTS[k] * spread[number]
            y += WEIGHTS[k] * spread[plane + number]
            z += WEIGHTS[k] * spread[2 * plane + number]
    gradient[at] = share * (x + 2.0 * picture[at] * y + truth[at] * z)
