"""Exports for SLAM, read back by evo and OpenCV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_truth import GRID, copied, edit, export, frames_by, generated, load, local

from wildfield.errors import UserError
from wildfield.exporters.formats import formats
from wildfield.exporters.reader import Frame

BASELINE = 0.3
"""Metres between the eyes of `truth_scene`."""
SENSED = np.array([[0.0, 1, 2, 3, 4, 5, 6.5], [0.005, -1, -2, -3, -4, -5, -9.80665]])
"""Two samples of an inertial sensor, no two numbers alike."""


@pytest.fixture(scope="module")
def rig(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two eyes, two frames, with an inertial sensor."""
    return generated(tmp_path_factory.mktemp("rig") / "dataset", SENSED, stereo=True, truth="motion,position", tracks=0)


def _error_against(track: Any, frames: list[Frame]) -> float:
    """evo's absolute pose error of a trajectory against our matrices, rotation and translation together, the worst pose."""
    metrics, trajectory = pytest.importorskip("evo.core.metrics"), pytest.importorskip("evo.core.trajectory")
    wanted = trajectory.PosePath3D(poses_se3=[frame.camera.camera_to_world for frame in frames])
    error = metrics.APE(metrics.PoseRelation.full_transformation)
    error.process_data((wanted, track))
    return float(error.get_statistic(metrics.StatisticsType.max))


def test_evo_reads_tums_trajectory_without_error(rig: Path, tmp_path: Path) -> None:
    reader = pytest.importorskip("evo.tools.file_interface")
    out = export("tum", rig, tmp_path / "out")[0]
    for eye in ("left", "right"):
        track = reader.read_tum_trajectory_file(out / eye / "groundtruth.txt")
        assert _error_against(track, frames_by(rig, eye)) < 1e-6
        assert track.timestamps == pytest.approx([0, 1 / 12], abs=1e-6)


def test_tums_depth_is_planar_5000_a_metre_and_nothing_beyond_its_reach(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    out = export("tum", rig, tmp_path / "out")[0] / "left"
    focal_x, focal_y, x, y = map(float, (out / "calibration.txt").read_text().split())
    for line, frame in zip((out / "depth.txt").read_text().splitlines()[1:], frames_by(rig, "left"), strict=True):
        code = cv2.imread(str(out / line.split()[1]), cv2.IMREAD_UNCHANGED)
        depth = frame.read("depth")
        reached = (depth > 0) & (depth < 65535 / 5000)
        assert code.dtype == np.uint16 and reached.any() and (depth > 13.2).any()
        assert np.abs(code / 5000 - depth)[reached].max() <= 1e-4 + 1e-6
        assert (code[depth > 13.2] == 0).all()
        metres = code[reached, None] / 5000
        points = np.hstack([(GRID[reached] - [x, y]) / [focal_x, focal_y] * metres, metres])
        assert np.abs(points - local(frame)[reached]).max() < 1e-3
    assert len((out / "associations.txt").read_text().splitlines()) == 2
    assert all((out / line.split()[1]).is_file() for line in (out / "rgb.txt").read_text().splitlines()[1:])


def test_evo_reads_eurocs_states_without_error(rig: Path, tmp_path: Path) -> None:
    reader = pytest.importorskip("evo.tools.file_interface")
    root = export("euroc", rig, tmp_path / "out")[0] / "mav0"
    track = reader.read_euroc_csv_trajectory(root / "state_groundtruth_estimate0" / "data.csv")
    frames = frames_by(rig, "left")
    assert _error_against(track, frames) < 1e-6
    assert track.timestamps == pytest.approx([1, 1 + 1 / 12], abs=1e-9)
    states = np.loadtxt(root / "state_groundtruth_estimate0" / "data.csv", delimiter=",")
    assert states.shape == (2, 17)
    assert states[0, 8:11] == pytest.approx((frames[1].camera.origin - frames[0].camera.origin) * 12, abs=1e-5)


def test_eurocs_cameras_are_mounted_where_they_stand_and_named_by_nanoseconds(rig: Path, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    root = export("euroc", rig, tmp_path / "out")[0] / "mav0"
    for number, (eye, aside) in enumerate((("left", 0.0), ("right", BASELINE))):
        frames = frames_by(rig, eye)
        sensor = yaml.safe_load((root / f"cam{number}" / "sensor.yaml").read_text())
        mounting = np.eye(4)
        mounting[0, 3] = aside
        assert np.allclose(np.reshape(sensor["T_BS"]["data"], (4, 4)), mounting, atol=1e-6)
        k = frames[0].camera.intrinsics
        assert sensor["intrinsics"] == pytest.approx([k.fl_x, k.fl_y, k.cx - 0.5, k.cy - 0.5])
        assert sensor["resolution"] == [160, 120] and sensor["rate_hz"] == pytest.approx(12, rel=1e-4)
        lines = (root / f"cam{number}" / "data.csv").read_text().splitlines()
        assert lines == ["#timestamp [ns],filename", "1000000000,1000000000.png", "1083333333,1083333333.png"]
        for line, frame in zip(lines[1:], frames, strict=True):
            picture = root / f"cam{number}" / "data" / line.split(",")[1]
            assert picture.read_bytes() == frame.path("rgb").read_bytes()


def test_eurocs_inertial_columns_are_time_gyroscope_accelerometer(rig: Path, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    folder = export("euroc", rig, tmp_path / "out")[0] / "mav0" / "imu0"
    head, *rows = (folder / "data.csv").read_text().splitlines()
    assert head == (
        "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
        "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]"
    )
    assert rows == ["1000000000,1.0,2.0,3.0,4.0,5.0,6.5", "1005000000,-1.0,-2.0,-3.0,-4.0,-5.0,-9.80665"]
    assert yaml.safe_load((folder / "sensor.yaml").read_text())["rate_hz"] == 200


def test_euroc_refuses_cameras_that_are_no_rigid_rig(rig: Path, tmp_path: Path) -> None:
    dataset = copied(rig, tmp_path / "dataset")
    path = next(dataset.rglob("right/camera.json"))
    moments = load(path)["frames"]
    moments[1]["camera_to_world"][0][3] += 0.01
    edit(path, {"frames": moments})
    with pytest.raises(UserError, match="'right' moves against the first"):
        formats["euroc"].write(dataset, tmp_path / "out")
    assert not (tmp_path / "out").exists()
