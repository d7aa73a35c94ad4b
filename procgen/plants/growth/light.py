"""Light inside a crown by shadow propagation: everything that grows shades a widening cone below it (Palubicki et al. 2009)."""

from __future__ import annotations

import numpy as np

from ..anatomy.skeleton import Floats

_FADE = 0.86
_BEAM = 0.25
_ASIDE = 0.45


def light(points: Floats, cells: int = 26, shade: float = 1.6) -> Floats:
    """Return the light 0..1 at each of the points (N, 3) m that they leave one another.

    Space is cut into cubes, `cells` along the longest side. A cube passes the shadow that falls on it, and what grows in it,
    to the nine below it. Light comes from above and, less of it, from the side that is
    clearest. `shade` is the optical depth of a cube that holds the mean number of points of those that hold any.
    """
    low = points.min(0)
    size = max(float((points.max(0) - low).max()) / cells, 1e-6)
    cube = np.minimum((points - low) / size, cells - 1).astype(np.int32) + 1
    shape = (cells + 2, cells + 2, cells + 2)
    flat = (cube[:, 0] * shape[1] + cube[:, 1]) * shape[2] + cube[:, 2]
    held = np.bincount(flat, minlength=int(np.prod(shape))).astype(np.float64).reshape(shape)
    held *= shade / max(held[held > 0].mean(), 1.0)
    shadow = np.zeros(shape)
    for level in range(cells, 0, -1):
        above = shadow[:, :, level + 1] * _FADE + held[:, :, level + 1]
        shadow[:, :, level] = _widened(above)
    own = 0.3 * held.ravel()[flat]
    above = np.exp(-_BEAM * (shadow.ravel()[flat] + own))
    aside = np.exp(-_BEAM * (_from_aside(held).ravel()[flat] + own))
    return ((1 - _ASIDE) * above + _ASIDE * aside).astype(np.float32)


def _from_aside(held: Floats) -> Floats:
    """Return the shadow (X, Y, Z) on the way from the clearest of the four sides."""
    ways = []
    for axis in (0, 1):
        before = np.cumsum(held, axis) - held
        ways += [before, held.sum(axis, keepdims=True) - before - held]
    return np.minimum(np.minimum(ways[0], ways[1]), np.minimum(ways[2], ways[3]))


def _widened(layer: Floats) -> Floats:
    """Spread a layer (X, Y) over its neighbours, a quarter of the weight at the sides of each axis."""
    for axis in (0, 1):
        layer = 0.5 * layer + 0.25 * (np.roll(layer, 1, axis) + np.roll(layer, -1, axis))
    return layer
