"""Gaussian splats as the arrays that the viewport draws, and their depth order. Knows neither Blender nor torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DEPTH_LEVELS = 65535
"""Depth is cut to 16 bits, for which NumPy's stable sort is a radix sort (38 ms for a million splats)."""


@dataclass(frozen=True)
class SplatArrays:
    """N Gaussians in the field's own frame, in metres.

    `covariances` holds the upper triangle (xx, xy, xz, yy, yz, zz). `harmonics` are spherical-harmonics coefficients of the
    colour in sRGB as 3DGS trains it (colour = 0.5 + sum), in the order of the 3DGS paper's code; K is 1, 4, 9 or 16.
    """

    means: Floats  # (N, 3)
    covariances: Floats  # (N, 6)
    opacities: Floats  # (N,), 0 to 1
    harmonics: Floats  # (N, K, 3)

    def __len__(self) -> int:
        return len(self.means)

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return round(self.harmonics.shape[1] ** 0.5) - 1

    def bounds(self) -> Floats:
        """Return the box (2, 3) that holds the middle 98% of the means on each axis, so that strays do not count."""
        return np.quantile(self.means, (0.01, 0.99), axis=0).astype(np.float32)


def from_parameters(
    means: NDArray[np.floating],
    scales: NDArray[np.floating],
    quaternions: NDArray[np.floating],
    opacities: NDArray[np.floating],
    harmonics: NDArray[np.floating],
) -> SplatArrays:
    """Return splats from what a PLY file means once its logarithms and logits are undone.

    `scales` (N, 3) are standard deviations in metres, `quaternions` (N, 4) are wxyz of any length, `opacities` (N,) lie in
    0 to 1, `harmonics` is (N, K, 3).
    """
    factor = rotations(quaternions) * scales[:, None, :].astype(np.float32)
    full = factor @ factor.transpose(0, 2, 1)
    triangle = full[:, [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]]
    return SplatArrays(
        np.ascontiguousarray(means, np.float32),
        np.ascontiguousarray(triangle, np.float32),
        np.ascontiguousarray(opacities, np.float32),
        np.ascontiguousarray(harmonics, np.float32),
    )


def rotations(quaternions: NDArray[np.floating]) -> Floats:
    """Return rotation matrices (N, 3, 3) of wxyz quaternions (N, 4), which are normalised here."""
    length = np.linalg.norm(quaternions, axis=1, keepdims=True)
    w, x, y, z = (quaternions / np.maximum(length, 1e-12)).T.astype(np.float32)
    matrix = np.empty((len(quaternions), 3, 3), np.float32)
    matrix[:, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], 1)
    matrix[:, 1] = np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], 1)
    matrix[:, 2] = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], 1)
    return matrix


def back_to_front(means: Floats, direction: Floats) -> NDArray[np.intp]:
    """Return indices of `means` (N, 3) from the farthest to the nearest along `direction` (3,), away from the eye.

    The 65,536 depth levels span four standard deviations to either side of the average depth: a stray splat a kilometre
    away shares the outermost level and costs the others nothing of their resolution.
    """
    depth = means @ direction.astype(np.float32)
    middle, reach = depth.mean(dtype=np.float64), 4 * depth.std(dtype=np.float64) + 1e-12
    nearness = (middle + reach - depth) * (0.5 * DEPTH_LEVELS / reach)
    keys = np.clip(nearness, 0, DEPTH_LEVELS).astype(np.uint16)
    return np.argsort(keys, kind="stable")
