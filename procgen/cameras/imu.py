"""What an inertial measurement unit in the camera would read, without noise or bias: angular velocity and specific force.

The derivatives are central differences of the trajectory in float64, of fourth order in a step of a millisecond: for
motion up to 10 Hz their error stays below 1e-6 of the amplitude of what is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .trajectory import GRAVITY, Trajectory

RATE = 200.0
"""Samples a second."""
_STEP = 1e-3
"""Seconds between the points of a difference."""
_POINTS = np.arange(-2, 3)
_FIRST = np.array([1, -8, 0, 8, -1]) / (12 * _STEP)
_SECOND = np.array([-1, 16, -30, 16, -1]) / (12 * _STEP**2)


def imu_samples(trajectory: Trajectory, frames: int, frame_rate: float) -> NDArray[np.float64]:
    """Return samples (M, 7) from frame 1 to the last: time in s, angular velocity xyz in rad/s, specific force xyz in m/s2.

    Axes are the camera's (OpenCV: x right, y down, z ahead). Time 0 is frame 1. Specific force is what an accelerometer
    reads, acceleration minus gravity: at rest it is `GRAVITY` upward.
    """
    time = np.arange(int((frames - 1) / frame_rate * RATE + 1e-9) + 1) / RATE
    eyes, rotations = trajectory.pose(1 + (time[:, None] + _POINTS * _STEP) * frame_rate)
    rotation = rotations[:, 2]
    acceleration = np.einsum("p,mpi->mi", _SECOND, eyes - eyes[:, 2:3])
    # The columns of R^T R' are skew: they hold the angular velocity in the body's axes.
    skew = np.einsum("mji,p,mpjk->mik", rotation, _FIRST, rotations)
    turning = 0.5 * np.stack([skew[:, 2, 1] - skew[:, 1, 2], skew[:, 0, 2] - skew[:, 2, 0], skew[:, 1, 0] - skew[:, 0, 1]], -1)
    force = np.einsum("mji,mj->mi", rotation, acceleration + np.array([0.0, 0.0, GRAVITY]))
    return np.concatenate([time[:, None], turning, force], 1)
