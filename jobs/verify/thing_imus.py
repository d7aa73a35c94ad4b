"""The IMUs of things: integrated from each thing's first pose, their readings must lead through its other poses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...exporters.imu_things import ThingImus
from ...exporters.layout import THING_IMU
from ...exporters.reader import Scene
from .extras import turned
from .laws import Worst

_GRAVITY = np.array([0.0, 0.0, -9.80665])


def check_thing_imus(scene: Scene, worst: Worst) -> None:
    """Integrate the readings as the means over their time that they are, and hold what comes out against poses/.

    The speed at the start is not written anywhere: it is the one that brings the last pose to its place.
    """
    imus = scene.thing_imus()
    if imus is None or not len(imus["things"]):
        return
    path = scene.folder / THING_IMU
    times = next(iter(scene.times.values()))
    frames = sorted(times)
    poses = [scene.poses(frame).find(imus["things"]) for frame in frames]
    known = np.logical_and.accumulate([found for found, _ in poses])
    there = known & np.array([imus["exists"][:, _sample(imus, times[frame])] for frame in frames])
    worst.count("the IMU of a thing turns as it does", known[0] & (known != there).any(0), path)
    matrices = np.array([found for _, found in poses])
    rotations = matrices[..., :3, :3] / np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)
    places = matrices[..., :3, 3] + np.einsum("fnij,nj->fni", rotations, imus["place"])
    turns, ways = _integrated(imus, np.array([times[frame] for frame in frames]), rotations[0])
    rows = np.arange(len(imus["things"]))
    last = there.sum(0) - 1
    seconds = np.array([times[frame] for frame in frames])
    start = (places[last, rows] - places[0] - ways[last, rows]) / np.maximum(seconds[last], 1e-9)[:, None]
    off = np.linalg.norm(places[0] + ways + seconds[:, None, None] * start - places, axis=-1)
    travelled = (np.linalg.norm(np.diff(places, axis=0), axis=-1) * there[1:]).sum(0)
    worst.most("the IMU of a thing moves as it does", (off / np.maximum(travelled, 1.0))[there], path)
    trace = np.einsum("fnij,fnij->fn", turns, rotations)
    worst.most("the IMU of a thing turns as it does", np.arccos(np.clip((trace - 1) / 2, -1, 1))[there], path)


def _sample(imus: ThingImus, seconds: float) -> int:
    """The sample whose time is nearest."""
    return int(np.argmin(np.abs(imus["time"] - seconds)))


def _integrated(
    imus: ThingImus, seconds: NDArray[np.float64], rotation: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rotations (F, N, 3, 3) at the `seconds` (F,) and the ways (F, N, 3) m from the first, for a start at rest.

    Sample k holds from half a step before its time to half a step after; `rotation` (N, 3, 3) is that at time 0.
    """
    step = float(imus["time"][1] - imus["time"][0])
    turns, ways = np.zeros((len(seconds), *rotation.shape)), np.zeros((len(seconds), len(rotation), 3))
    speed, way = np.zeros((len(rotation), 3)), np.zeros((len(rotation), 3))
    begin = 0.0
    for sample, middle in enumerate(imus["time"].tolist()):
        end = middle + step / 2
        gyro = imus["gyro"][:, sample]
        at_middle = rotation @ turned(gyro * (middle - begin))
        push = (at_middle @ imus["accel"][:, sample, :, None])[..., 0] + _GRAVITY
        for frame in np.flatnonzero((seconds >= begin) & (seconds < end)):
            late = seconds[frame] - begin
            turns[frame] = rotation @ turned(gyro * late)
            ways[frame] = way + speed * late + push * late**2 / 2
        late = end - begin
        way, speed = way + speed * late + push * late**2 / 2, speed + push * late
        rotation, begin = rotation @ turned(gyro * late), end
    return turns, ways
