"""Land as heights on a square grid: smooth look-ups between the samples, of the height and of the masks kept with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..elementary import hypot
from .blocks import Floats, in_blocks


@dataclass(frozen=True)
class Heightfield:
    """Heights (N, N) float32 in metres; sample [i, j] lies at origin + cell * (j, i), x to the right and y by rows.

    `masks` are maps of the same shape (flow, wear, deposit, rock, ...). Outside its square the land goes on as at its edge.
    """

    heights: Floats
    origin: tuple[float, float]
    cell: float
    masks: dict[str, Floats] = field(default_factory=dict)

    @property
    def side(self) -> float:
        """Metres from the first sample to the last."""
        return self.cell * (self.heights.shape[0] - 1)

    def axes(self) -> tuple[Floats, Floats]:
        """Return x (N,) and y (N,) of the samples."""
        steps = np.arange(self.heights.shape[0]) * self.cell
        return (self.origin[0] + steps).astype(np.float32), (self.origin[1] + steps).astype(np.float32)

    def grid(self) -> tuple[Floats, Floats]:
        """Return x and y of every sample, (N, N) each."""
        x, y = np.meshgrid(*self.axes())
        return x, y

    def height(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the height in metres, through the samples with continuous slope (Catmull-Rom); shape of x and y."""
        return in_blocks(lambda a, b: self.cubic_block(a, b)[:1], (x, y), 1)[0]

    def gradient(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return dz/dx and dz/dy of `height`."""
        _, dx, dy = in_blocks(self.cubic_block, (x, y), 3)
        return dx, dy

    def slope(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the steepness of `height`, rise over run."""
        return hypot(*self.gradient(x, y))

    def mask(self, name: str, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the mask `name` between its samples (bilinear)."""
        return in_blocks(lambda a, b: (self.mask_block(name, a, b),), (x, y), 1)[0]

    def mask_block(self, name: str, x: Floats, y: Floats) -> Floats:
        """Return the mask `name` at one flat block of points."""
        values = self.masks[name]
        j, u = self._place(x, 0, values.shape[1])
        i, v = self._place(y, 1, values.shape[0])
        flat, width = values.reshape(-1), values.shape[1]
        first = i * width + j
        low = flat[first]
        low += u * (flat[first + 1] - low)
        high = flat[first + width]
        high += u * (flat[first + width + 1] - high)
        return low + v * (high - low)

    def _place(self, positions: Floats, axis: int, samples: int) -> tuple[NDArray[np.int32], Floats]:
        """Return the sample before each position, and how far on it is, 0..1."""
        steps = (positions - np.float32(self.origin[axis])) * np.float32(1 / self.cell)
        np.clip(steps, 0, np.float32(samples - 1), out=steps)
        first = np.minimum(steps.astype(np.int32), samples - 2)
        return first, steps - first

    def cubic_block(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Return height, dz/dx and dz/dy at one flat block of points."""
        samples = self.heights.shape[0]
        j, u = self._place(x, 0, samples)
        i, v = self._place(y, 1, samples)
        across, across_slope = _weights(u)
        along, along_slope = _weights(v)
        flat, last = self.heights.reshape(-1), samples - 1
        columns = [np.clip(j + k, 0, last) for k in (-1, 0, 1, 2)]
        z, dx, dy = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
        for k in range(4):
            row = np.clip(i + (k - 1), 0, last) * samples
            taps = [flat[row + column] for column in columns]
            value = across[0] * taps[0]
            steep = across_slope[0] * taps[0]
            for n in (1, 2, 3):
                value += across[n] * taps[n]
                steep += across_slope[n] * taps[n]
            dx += along[k] * steep
            dy += along_slope[k] * value
            value *= along[k]
            z += value
        scale = np.float32(1 / self.cell)
        return z, dx * scale, dy * scale


def _weights(t: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return the Catmull-Rom weights of the samples at -1, 0, 1, 2 for a point at t in 0..1, and their derivatives."""
    t2 = t * t
    t3 = t2 * t
    half, two, three = np.float32(0.5), np.float32(2), np.float32(3)
    values = [
        half * (two * t2 - t3 - t),
        half * (three * t3 - np.float32(5) * t2 + two),
        half * (np.float32(4) * t2 - three * t3 + t),
        half * (t3 - t2),
    ]
    slopes = [
        half * (np.float32(4) * t - three * t2 - 1),
        half * (np.float32(9) * t2 - np.float32(10) * t),
        half * (np.float32(8) * t - np.float32(9) * t2 + 1),
        half * (three * t2 - two * t),
    ]
    return values, slopes
