"""EuRoC MAV: mav0 with a folder a camera, the inertial sensor and the true states, all stamped in nanoseconds.

The body is the rig's first camera (the left eye of a stereo rig), with OpenCV axes, and so is the inertial sensor: T_BS of
cam0 and imu0 is the identity. Stamps are nanoseconds from the first frame plus one second, for the tools that make a ROS bag
of such a folder take stamps below a second for no time at all. Pictures keep their colours. In the true states the velocity is
that of central differences between frames, and the biases are 0: imu.csv has neither bias nor noise. Source: M. Burri et al.,
"The EuRoC micro aerial vehicle datasets", IJRR 35, 2016, and the sensor.yaml files of its sequences.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...progress import Task
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.frames import copy_picture
from .shared.lenses import quaternion, steady_matrix
from .shared.sequences import Sequences

START_NS = 10**9
"""The stamp of time 0."""
RIGID = 1e-3
"""How far a mount may move, in metres and radians: Blender's 32-bit positions are 0.1 mm apart at 1 km from the origin."""

_IMU = "#timestamp [ns]" + "".join(
    f",{kind}_RS_S_{axis} [{unit}]" for kind, unit in (("w", "rad s^-1"), ("a", "m s^-2")) for axis in "xyz"
)
_STATE = (
    "#timestamp,p_RS_R_x [m],p_RS_R_y [m],p_RS_R_z [m],q_RS_w [],q_RS_x [],q_RS_y [],q_RS_z [],"
    "v_RS_R_x [m s^-1],v_RS_R_y [m s^-1],v_RS_R_z [m s^-1],b_w_RS_S_x [rad s^-1],b_w_RS_S_y [rad s^-1],b_w_RS_S_z [rad s^-1],"
    "b_a_RS_S_x [m s^-2],b_a_RS_S_y [m s^-2],b_a_RS_S_z [m s^-2]"
)


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write mav0/. Raises UserError where the cameras are no rigid rig, or a lens zooms."""
    root = folder / "mav0"
    first, *others = Sequences.of(scene).cameras.values()
    for number, frames in enumerate((first, *others)):
        _write_camera(list(frames.values()), _mounting(first, frames), root / f"cam{number}", task)
    _write_states(list(first.values()), root / "state_groundtruth_estimate0")
    measured = scene.imu()
    if measured is not None:
        rate = 1 / np.median(np.diff(measured[:, 0])) if len(measured) > 1 else 0.0
        noise = "".join(
            f"{sensor}_{kind}: 0.0\n" for sensor in ("gyroscope", "accelerometer") for kind in ("noise_density", "random_walk")
        )
        _write_table(root / "imu0", _IMU, measured[:, 0], measured[:, 1:])
        _write_sensor(root / "imu0", "imu", np.eye(4), f"rate_hz: {rate:.6g}\n{noise}")


def _mounting(body: dict[int, Frame], frames: dict[int, Frame]) -> NDArray[np.float64]:
    """Return T_BS (4, 4), sensor to body, the mean over all frames. Raises UserError where it is not the same in all."""
    name = next(iter(frames.values())).camera_name
    if body.keys() == frames.keys():
        poses = np.array([body[n].camera.world_to_camera @ frames[n].camera.camera_to_world for n in body])
        if np.ptp(poses, axis=0).max() < RIGID:
            return poses.mean(0)
    raise UserError(f"euroc has one rigid rig, and camera {name!r} moves against the first; generate with --rig mono or stereo")


def _write_camera(frames: list[Frame], mounting: NDArray[np.float64], folder: Path, task: Task) -> None:
    lines = ["#timestamp [ns],filename"]
    for frame in frames:
        stamp = _stamp(frame.time_s)
        copy_picture(frame, folder / "data" / f"{stamp}.png")
        lines.append(f"{stamp},{stamp}.png")
        task.advance(1, frame.name)
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="ascii")
    k, size = steady_matrix(frames, "euroc"), frames[0].camera.intrinsics
    steps = np.diff([frame.time_s for frame in frames])
    _write_sensor(
        folder, "camera", mounting,
        f"rate_hz: {1 / np.median(steps) if len(steps) else 0.0:.6g}\n"
        f"resolution: [{size.width}, {size.height}]\n"
        "camera_model: pinhole\n"
        f"intrinsics: {[float(value) for value in (k[0, 0], k[1, 1], k[0, 2], k[1, 2])]} # fu, fv, cu, cv\n"
        "distortion_model: radial-tangential\n"
        "distortion_coefficients: [0.0, 0.0, 0.0, 0.0]\n",
    )  # fmt: skip


def _write_states(frames: list[Frame], folder: Path) -> None:
    times = np.array([frame.time_s for frame in frames])
    positions = np.array([frame.camera.origin for frame in frames])
    velocity = np.gradient(positions, times, axis=0) if len(times) > 1 else np.zeros_like(positions)
    turns = np.array([quaternion(frame.camera.rotation) for frame in frames])
    _write_table(folder, _STATE, times, np.hstack([positions, turns, velocity, np.zeros((len(times), 6))]))
    _write_sensor(folder, "visual-inertial", np.eye(4), "")


def _write_table(folder: Path, header: str, times: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    folder.mkdir(parents=True)
    rows = [",".join([str(_stamp(time)), *map(repr, row)]) for time, row in zip(times, values.tolist(), strict=True)]
    (folder / "data.csv").write_text("\n".join([header, *rows]) + "\n", encoding="ascii")


def _write_sensor(folder: Path, kind: str, mounting: NDArray[np.float64], rest: str) -> None:
    text = f"sensor_type: {kind}\nT_BS:\n  cols: 4\n  rows: 4\n  data: {mounting.ravel().tolist()}\n"
    (folder / "sensor.yaml").write_text(text + rest, encoding="ascii")


def _stamp(time: Any) -> int:
    return START_NS + round(float(time) * 1e9)


EXPORTER = Exporter(
    "euroc", "EuRoC MAV's mav0: pictures by nanoseconds, sensor.yaml, imu0, true states", one_by_one(write_scene)
)
