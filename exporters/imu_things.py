"""What inertial measurement units in moving things would read, without noise or bias, from the closed forms of their motion.

A leaf that lands stops at once: no derivative tells that. So a reading is a mean over the 5 ms around its time, as a sensor
that integrates gives it: readings add up to the motion across landings too, and elsewhere differ from the instant's by about
1e-5 of it.
Such a unit sits in the middle of its thing's box and turns with it; its axes are the thing's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.cameras.imu import RATE
from ..procgen.cameras.trajectory import GRAVITY
from ..procgen.rigid import Motion
from .poses import Poses

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene

ThingImus = dict[str, NDArray[Any]]
"""`things` (N,) uint32 ids; `time` (M,) s, 0 at the first frame; `gyro` (N, M, 3) rad/s and `accel` (N, M, 3) m/s2 in the
thing's axes, 0 where it is not there; `exists` (N, M) bool; `place` (N, 3) m from its origin, in its axes."""

_NEAR = 1e-5
"""Seconds between which a speed is taken: float64 leaves 1e-8 m/s of noise, and the bend of the path less."""


def imu_of_things(built: BuiltScene, candidates: Sequence[int], poses: Poses) -> ThingImus:
    """Return the readings for the first `render.imu_things` of the candidates, ids of things, whose motion has a closed form.

    `poses` are those of the first frame, which is time 0: they tell how large each thing is.
    """
    render, first = built.spec.render, built.frames.start
    last = np.ceil((len(built.frames) - 1) / render.frame_rate * RATE - 1e-9)  # at the last frame or after it
    time = np.arange(int(last) + 1) / RATE
    seconds = time + first / render.frame_rate
    place = {number: (motion, row) for motion in built.table.motions for row, number in enumerate(motion.ids.tolist())}
    chosen = [number for number in candidates if number in place][: render.imu_things]
    boxes = np.array([built.table.things[number].box for number in chosen]).reshape(-1, 2, 3)
    sizes = np.linalg.norm(poses.find(np.array(chosen, np.int64))[1][:, :3, :3], axis=1)
    found = {
        "things": np.array(chosen, np.uint32),
        "time": time,
        "gyro": np.zeros((len(chosen), len(time), 3)),
        "accel": np.zeros((len(chosen), len(time), 3)),
        "exists": np.zeros((len(chosen), len(time)), bool),
        "place": boxes.mean(1) * sizes,
    }
    for index, number in enumerate(chosen):
        motion, row = place[number]
        there = motion.exists(np.array([row]), seconds)[0]
        gyro, accel = readings(motion, row, found["place"][index], seconds)
        found["exists"][index] = there
        found["gyro"][index, there], found["accel"][index, there] = gyro[there], accel[there]
    return found


def readings(
    motion: Motion, row: int, place: NDArray[np.float64], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return angular velocity (M, 3) rad/s and specific force (M, 3) m/s2 in the axes of thing `row`, at `place` (3,) in them.

    `seconds` (M,) of the scene's time are 1 / RATE apart. Specific force is acceleration less gravity: at rest it points up.
    """
    edges = np.append(seconds - 0.5 / RATE, seconds[-1:] + 0.5 / RATE)
    before, at, after, middle = (_carried(motion, row, place, when) for when in (edges - _NEAR, edges, edges + _NEAR, seconds))
    speed = (after[0] - before[0]) / (2 * _NEAR)
    turn = np.swapaxes(at[1][:-1], -1, -2) @ at[1][1:]
    skew = 0.5 * np.stack([turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], -1)
    sine = np.linalg.norm(skew, axis=1, keepdims=True)  # of less than a right angle in 5 ms
    gyro = skew * RATE * np.where(sine > 1e-12, np.arcsin(np.minimum(sine, 1.0)) / np.maximum(sine, 1e-12), 1.0)
    push = np.diff(speed, axis=0) * RATE + np.array([0.0, 0.0, GRAVITY])
    return gyro, np.einsum("mji,mj->mi", middle[1], push)


def _carried(
    motion: Motion, row: int, place: NDArray[np.float64], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where `place` in the thing's axes is at `seconds` (M,), (M, 3) m, and its rotation (M, 3, 3)."""
    origins, rotations = motion.pose(np.array([row]), seconds)
    return origins[0] + rotations[0] @ place, rotations[0]
