"""The IMU against its own definition: integrated from the first pose, its readings arrive at the last one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from wildfield.procgen.cameras.flight import Flight
from wildfield.procgen.cameras.imu import RATE, imu_samples
from wildfield.procgen.cameras.trajectory import GRAVITY, Beside, Levelled, Still, Trajectory, Turntable
from wildfield.procgen.cameras.walking import Stroll, handheld, walk
from wildfield.procgen.rng import stream

FRAMES, FRAME_RATE = 37, 12.0
PATH = Stroll(np.array([3.0, -2.0, 1.7]), np.array([0.6, 0.8, 0.05]), 0.4, -0.05, 0.012, 1.2, FRAME_RATE)
TRAJECTORIES: dict[str, Trajectory] = {
    "stroll": PATH,
    "walk": walk(PATH, stream(1, "walk")),
    "handheld": handheld(PATH, stream(1, "handheld")),
    "fly": Flight(np.array([0.0, 0.0, 12.0]), 2.0, -0.1, -1.0, 60.0, 6.0, FRAME_RATE),
    "right eye of a walk": Beside(walk(PATH, stream(2, "walk")), 0.06),
    "panorama of a walk": Levelled(walk(PATH, stream(3, "walk"))),
    "turntable": Turntable(np.array([0.0, 0.0, 4.0]), 15.0, 0.26, FRAMES),
}


def rotation_of(vector: np.ndarray) -> np.ndarray:
    """Rodrigues' formula: the rotation by |vector| rad about it."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / max(angle, 1e-300)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def integrated(samples: np.ndarray, eye: np.ndarray, rotation: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, ...]:
    """Dead reckoning: the mean of neighbouring samples turns the body and pushes it from one to the next."""
    gravity = np.array([0.0, 0.0, -GRAVITY])
    for before, after in pairwise(samples):
        step = after[0] - before[0]
        turned = rotation @ rotation_of(0.5 * (before[1:4] + after[1:4]) * step)
        first, last = rotation @ before[4:] + gravity, turned @ after[4:] + gravity
        eye = eye + velocity * step + (2 * first + last) * step**2 / 6
        velocity = velocity + 0.5 * (first + last) * step
        rotation = turned
    return eye, rotation


@pytest.mark.parametrize("name", TRAJECTORIES)
def test_dead_reckoning_from_the_first_pose_arrives_at_the_last(name: str) -> None:
    trajectory = TRAJECTORIES[name]
    samples = imu_samples(trajectory, FRAMES, FRAME_RATE)
    assert samples.dtype == np.float64
    assert samples[-1, 0] == pytest.approx((FRAMES - 1) / FRAME_RATE)
    assert np.allclose(np.diff(samples[:, 0]), 1 / RATE)
    near = 1e-4
    velocity = (trajectory.pose(1 + near)[0] - trajectory.pose(1 - near)[0]) * FRAME_RATE / (2 * near)
    eye, rotation = integrated(samples, *trajectory.pose(1), velocity)
    there, turned = trajectory.pose(FRAMES)
    travelled = np.linalg.norm(np.diff(trajectory.pose(np.linspace(1, FRAMES, 400))[0], axis=0), axis=1).sum()
    assert np.linalg.norm(eye - there) < 1e-3 * travelled
    assert np.arccos(np.clip((np.trace(rotation.T @ turned) - 1) / 2, -1, 1)) < 5e-4


def test_at_rest_it_reads_gravity_upward_in_the_cameras_own_axes() -> None:
    samples = imu_samples(Still(np.array([200.0, 900.0, 3.0]), 1.1, 0.0), 24, 12.0)
    assert np.abs(samples[:, 1:4]).max() < 1e-9
    assert np.abs(samples[:, 4:] - [0.0, -GRAVITY, 0.0]).max() < 1e-6
    tilted = imu_samples(Still(np.zeros(3), -2.0, 0.3), 2, 12.0)
    assert np.allclose(tilted[:, 4:], [0.0, -GRAVITY * np.cos(0.3), GRAVITY * np.sin(0.3)], atol=1e-6)


def test_a_circle_is_read_as_its_turning_rate_and_centripetal_force() -> None:
    samples = imu_samples(Turntable(np.zeros(3), 5.0, 0.0, 48), 48, 12.0)
    rate = 2 * np.pi / 4.0
    # Anticlockwise from above with y down is a negative turn; the camera looks at the centre, where the force points.
    assert np.allclose(samples[:, 1:4], [0.0, -rate, 0.0], atol=1e-8)
    assert np.allclose(samples[:, 4:], [0.0, -GRAVITY, 5.0 * rate**2], atol=1e-6)


def test_a_banked_flight_feels_no_force_to_the_side() -> None:
    flight = TRAJECTORIES["fly"]
    samples = imu_samples(flight, FRAMES, FRAME_RATE)
    assert np.abs(samples[:, 4]).max() < 0.06
    assert np.abs(samples[:, 5]).min() > 0.95 * GRAVITY
