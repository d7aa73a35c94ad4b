"""A Warp kernel that tells how much each pixel wants to move a splat on the picture, whatever the direction.

Gradients of pixels on both sides of a splat that is too large cancel in their sum, so that nothing says it should be split.
Sums of absolute values do: Ye et al. 2024, "AbsGS: Recovering Fine Details for 3D Gaussian Splatting". The walk over a tile
is that of `blend_backward`, whose arrays this reads; only the steps at which splats are judged pay for it.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

from .kernels_raster import CHANNELS, Floats2, Ints
from .snippets import ALPHA, CHANGE, either, settings
from .snippets_cpu import ROWS, STRIP, WALK_BACK
from .snippets_cuda import ABSOLUTE_CUDA

wp.set_module_options({"enable_backward": False, "fast_math": True})

ABSOLUTE_CPU = (
    "int tile = turn.data[index];"
    + WALK_BACK
    + "Lanes across = 0, down = 0;"
    + STRIP
    + ROWS
    + ALPHA
    + CHANGE
    + r"""
            Lanes u = a * da * (2.f * A * dx + B * dy), v = a * da * (B * dx + 2.f * C * dy);
            across += u < 0.f ? -u : u;
            down += v < 0.f ? -v : v;
        }
    }
    float sums[2] = {0, 0};
    for (int x = 0; x < 8; ++x) { sums[0] += across[x]; sums[1] += down[x]; }
    rows.data[2 * k] = sums[0];
    rows.data[2 * k + 1] = sums[1];
}
for (; k < starts.data[tile + 1]; ++k) rows.data[2 * k] = rows.data[2 * k + 1] = 0.f;
"""
)


@wp.func_native(settings(False, CHANNELS, 2) + either(ABSOLUTE_CPU, ABSOLUTE_CUDA))
def absolute_native(
    index: int, turn: Ints, columns: int, width: int, height: int, starts: Ints, ids: Ints, screen: Floats2, picture: Floats2,
    ends: Ints, gradient: Floats2, rows: Floats2,
): ...  # fmt: skip


@wp.kernel
def absolute_gradients(
    first: int,
    turn: Ints,
    columns: int,
    width: int,
    height: int,
    starts: Ints,
    ids: Ints,
    screen: Floats2,
    picture: Floats2,
    ends: Ints,
    gradient: Floats2,
    rows: Floats2,
):
    """Fill `rows` (pairs, 2) for tiles `turn[first:...]`: sums over pixels of |gradient| of u and of v, per pixel of shift."""
    absolute_native(first + wp.tid(), turn, columns, width, height, starts, ids, screen, picture, ends, gradient, rows)
