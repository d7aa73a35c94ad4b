"""Splats as they are stored, whatever the file: one set of arrays that every format is read into and written from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import UserError
from ..cameras import FARTHEST

SH_BASE = 0.28209479177387814
COEFFICIENTS = (0, 3, 8, 15)
"""How many coefficients the bands 1 to a degree have together, by degree."""
SOLID = 1e-6
"""What is left of transparency where a byte says solid, and of opacity where it says clear."""


@dataclass(frozen=True, eq=False)
class SplatCloud:
    """N splats as they are stored, before the activations; all float32, world coordinates in metres."""

    means: np.ndarray
    """(N, 3)"""
    quaternions: np.ndarray
    """(N, 4) as w, x, y, z, of any length but zero."""
    log_scales: np.ndarray
    """(N, 3) natural logarithms of the standard deviations in metres."""
    opacity_logits: np.ndarray
    """(N,) opacity is 1 / (1 + exp(-logit))."""
    base: np.ndarray
    """(N, 3) spherical harmonics of degree 0; colour is 0.5 + 0.28209479 * base + higher degrees."""
    rest: np.ndarray
    """(N, 15, 3) spherical harmonics of degrees 1 to 3, 0 where the file has fewer."""

    def __len__(self) -> int:
        return len(self.means)

    @property
    def degree(self) -> int:
        """The highest degree of spherical harmonics that is not 0 everywhere."""
        return next((degree for degree in (3, 2, 1) if self.rest[:, COEFFICIENTS[degree - 1] : COEFFICIENTS[degree]].any()), 0)

    def unit_quaternions(self) -> np.ndarray:
        """Return the rotations (N, 4) float64 at length 1."""
        turns = self.quaternions.astype(np.float64)
        return turns / np.linalg.norm(turns, axis=1, keepdims=True)

    def opacities(self) -> np.ndarray:
        """Return (N,) float64 of 0 to 1."""
        return 1 / (1 + np.exp(-np.clip(self.opacity_logits.astype(np.float64), -50, 50)))

    def colours(self) -> np.ndarray:
        """Return (N, 3) float64, 0 to 1 for what a screen can show, of degree 0 alone."""
        return 0.5 + SH_BASE * self.base.astype(np.float64)


def stored(path: Path, **arrays: np.ndarray) -> SplatCloud:
    """Return the cloud of what was read from `path`, as float32; infinite opacities, which are solid splats, as solid.

    Raises UserError where numbers are not finite or absurdly large, or a rotation has no length.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        arrays["opacity_logits"] = np.clip(arrays["opacity_logits"], -30, 30)
        cloud = SplatCloud(**{name: np.ascontiguousarray(values, np.float32) for name, values in arrays.items()})
    parts = (cloud.means, cloud.quaternions, cloud.log_scales, cloud.opacity_logits, cloud.base, cloud.rest)
    sound = (cloud.quaternions != 0).any(1) & (cloud.log_scales < np.log(FARTHEST)).all(1)
    for part in parts:
        sound &= (np.abs(part) < FARTHEST).reshape(len(cloud), -1).all(1)
    broken = np.flatnonzero(~sound)
    if len(broken):
        raise UserError(
            f"{path}: {len(broken)} of {len(cloud)} splats hold numbers that are not finite or absurdly large, or no rotation, "
            f"first at row {broken[0]}; clean the file in the program that wrote it"
        )
    return cloud


def to_levels(values: np.ndarray, levels: int) -> np.ndarray:
    """Return the whole numbers of 0 to `levels` - 1 nearest to `values`, of 0 to 1 or cut to that, as int64."""
    return np.floor(np.clip(values, 0, 1) * (levels - 1) + 0.5).astype(np.int64)


def logits_of_bytes(opacities: np.ndarray) -> np.ndarray:
    """Return the logits of opacities that are stored as bytes."""
    share = np.clip(opacities / 255, SOLID, 1 - SOLID)
    return np.log(share / (1 - share))
