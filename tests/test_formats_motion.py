"""Exports for flow, stereo and SLAM, read back by OpenCV, evo, webdataset and h5py, or by the formulas of their devkits."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.exporters.dataset import write_map
from wildfield.exporters.formats import codecs, formats
from wildfield.exporters.formats import webdataset as shards
from wildfield.exporters.images import read_png
from wildfield.exporters.layout import MAPS, Map
from wildfield.exporters.reader import Frame, Scene, open_dataset

BASELINE = 0.12
PINHOLES = ("euroc", "kitti", "middlebury", "sintel", "tum")


@pytest.fixture(scope="module")
def rig(truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy whose camera is the left eye of two, with disparity, labels of all kinds and an inertial sensor."""
    root = tmp_path_factory.mktemp("rig") / "dataset"
    shutil.copytree(truth_dataset, root)
    with pytest.MonkeyPatch.context() as patch:
        _know_labels(patch)
        folder = root / "scenes" / "7"
        (folder / "frames" / "main").rename(folder / "frames" / "left")
        shutil.copytree(folder / "frames" / "left", folder / "frames" / "right")
        _move_right(folder / "frames" / "right" / "camera.json")
        for frame in _frames(root, "left"):
            _add_stereo(frame)
        (folder / "imu.csv").write_text(
            "time_s,gyro_x,gyro_y,gyro_z,accel_x,accel_y,accel_z\n0.0,1,2,3,4,5,6.5\n0.005,-1,-2,-3,-4,-5,-9.80665\n"
        )
        _relist(root)
        yield root


def _know_labels(patch: pytest.MonkeyPatch) -> None:
    """Make the maps of a stereo rig known, and occlusion a picture of labels, where the layout does not have them yet."""
    if "disparity" not in MAPS:
        patch.setitem(MAPS, "disparity", Map("disparity", "float32", ("D",), ""))
        patch.setitem(MAPS, "occlusion_stereo", Map("occlusion_stereo", "rgb", (), ""))
    if MAPS["occlusion_forward"].type == "mask":
        patch.setitem(MAPS, "occlusion_forward", Map("occlusion_forward", "rgb", (), ""))


def _move_right(path: Path) -> None:
    camera = json.loads(path.read_text())
    camera["name"] = "right"
    for entry in camera["frames"]:
        pose = np.array(entry["camera_to_world"])
        pose[:3, 3] += BASELINE * pose[:3, 0]
        entry["camera_to_world"] = pose.tolist()
    path.write_text(json.dumps(camera))


def _add_stereo(frame: Frame) -> None:
    depth = frame.read("depth")
    disparity = np.where(depth > 0, frame.camera.intrinsics.fl_x * BASELINE / np.maximum(depth, 1e-3), 0).astype(np.float32)
    labels = np.where(np.arange(160) + 0.5 < disparity, 2, 0).astype(np.uint8)
    labels[60:70, 40:60] = 1
    motion = np.zeros((120, 160), np.uint8)
    motion[10:20], motion[30:40], motion[50:60] = 1, 2, 3
    for name, values in (("disparity", disparity), ("occlusion_stereo", labels), ("occlusion_forward", motion)):
        frame.path(name).parent.mkdir(exist_ok=True)
        write_map(name, values, frame.path(name))


def _relist(root: Path) -> None:
    manifest = json.loads((root / "dataset.json").read_text())
    folder = root / "scenes" / "7"
    files = [path for path in folder.rglob("*") if path.is_file()]
    manifest["scenes"][0]["files"] = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    (root / "dataset.json").write_text(json.dumps(manifest))


def _scene(root: Path) -> Scene:
    (scene,) = open_dataset(root).scenes
    return scene


def _frames(root: Path, camera: str) -> list[Frame]:
    return [frame for frame in _scene(root).frames() if frame.camera_name == camera]


def _export(name: str, dataset: Path, out: Path) -> Path:
    formats[name].write(dataset, out)
    return out


def _local(frame: Frame) -> Any:
    """Surface points in the axes of the picture's camera, (H, W, 3)."""
    return frame.camera.to_camera(frame.read("position").astype(np.float64))


GRID = np.stack(np.meshgrid(np.arange(160.0), np.arange(120.0)), -1)
"""Pixels with the centre of the first at (0, 0), as OpenCV counts."""


def _lands(points: Any, matrix: Any) -> Any:
    homogeneous = np.concatenate([points, np.ones((*points.shape[:-1], 1))], -1) @ matrix.T
    return homogeneous[..., :2] / homogeneous[..., 2:]


def test_opencv_reads_sintels_flow_and_the_last_picture_has_none(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    flow = _export("sintel", rig, tmp_path / "out") / "training" / "flow" / "left"
    assert [path.name for path in flow.iterdir()] == ["frame_0001.flo"]
    found = cv2.readOpticalFlow(str(flow / "frame_0001.flo"))
    assert np.array_equal(found, _frames(rig, "left")[0].read("flow_forward"))


def test_sintels_camera_projects_the_surface_onto_its_pixels_and_depth(rig: Path, tmp_path: Path) -> None:
    root = _export("sintel", rig, tmp_path / "out") / "training"
    for frame in _frames(rig, "left"):
        name = f"left/frame_{frame.number:04d}"
        tag, *_ = np.fromfile(root / "camdata_left" / f"{name}.cam", "<f4", 1)
        numbers = np.fromfile(root / "camdata_left" / f"{name}.cam", "<f8", offset=4)
        width, height = np.fromfile(root / "depth" / f"{name}.dpt", "<i4", 2, offset=4)
        depth = np.fromfile(root / "depth" / f"{name}.dpt", "<f4", offset=12).reshape(height, width)
        assert tag == 202021.25 and (width, height) == (160, 120)
        valid, position = frame.read("valid"), frame.read("position").astype(np.float64)
        matrix = numbers[:9].reshape(3, 3) @ numbers[9:].reshape(3, 4)
        assert np.abs(_lands(position, matrix) - GRID)[valid].max() < 0.01
        assert np.allclose((position @ numbers[9:].reshape(3, 4)[2, :3] + numbers[-1])[valid], depth[valid], atol=1e-3)
        assert (depth[~valid] > 1e9).all()


def test_sintels_masks_and_disparity_say_what_the_labels_say(rig: Path, tmp_path: Path) -> None:
    out = _export("sintel", rig, tmp_path / "out")
    frame, name = _frames(rig, "left")[0], "left/frame_0001.png"
    motion, stereo = frame.read("occlusion_forward"), frame.read("occlusion_stereo")
    masks = {
        "training/occlusions": motion != 0, "training/invalid": motion == 3,
        "stereo/training/occlusions": stereo == 1, "stereo/training/outofframe": stereo == 2,
    }  # fmt: skip
    for folder, mask in masks.items():
        assert np.array_equal(read_png(out / folder / name), np.where(mask, 255, 0)), folder
    red, green, blue = np.moveaxis(read_png(out / "stereo/training/disparities" / name).astype(np.float64), -1, 0)
    error = frame.read("disparity") - (red * 4 + green / 2**6 + blue / 2**14)
    assert error.min() >= 0 and error.max() < 2**-14
    assert (out / "stereo/training/final_right" / name).read_bytes() == _frames(rig, "right")[0].path("rgb").read_bytes()


def _kitti_flow(path: Path) -> tuple[Any, Any]:
    """Decode as KITTI's readme says, through OpenCV, which turns the channels round."""
    cv2 = pytest.importorskip("cv2")
    found = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
    assert found.dtype == np.uint16
    return (found[..., :0:-1].astype(np.float64) - 2**15) / 64, found[..., 0] == 1


def test_kittis_flow_keeps_what_leaves_the_picture_in_occ_and_only_what_is_seen_in_noc(rig: Path, tmp_path: Path) -> None:
    root = _export("kitti", rig, tmp_path / "out") / "training"
    frame = _frames(rig, "left")[0]
    labels, flow = frame.read("occlusion_forward"), frame.read("flow_forward")
    for folder, wanted in (("flow_occ", labels != 3), ("flow_noc", labels == 0)):
        found, valid = _kitti_flow(root / folder / "000000_10.png")
        assert np.array_equal(valid, wanted)
        assert np.abs(found - flow)[valid].max() <= 1 / 128 + 1e-6
    assert not (root / "flow_occ" / "000001_10.png").exists(), "nothing follows the last picture"


def test_kittis_pairs_are_the_pictures_of_both_eyes(rig: Path, tmp_path: Path) -> None:
    root = _export("kitti", rig, tmp_path / "out") / "training"
    for folder, eye in (("image_2", "left"), ("image_3", "right")):
        pictures = [frame.path("rgb").read_bytes() for frame in _frames(rig, eye)]
        names = {"000000_10.png": 0, "000000_11.png": 1}
        assert {path.name for path in (root / folder).iterdir()} == set(names)
        assert all((root / folder / name).read_bytes() == pictures[index] for name, index in names.items())
    assert (root / "mapping.txt").read_text() == "left 1\n"


def test_kittis_disparity_is_what_its_calibration_projects(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    root = _export("kitti", rig, tmp_path / "out") / "training"
    frame = _frames(rig, "left")[0]
    lines = dict(line.split(": ", 1) for line in (root / "calib_cam_to_cam" / "000000.txt").read_text().splitlines())
    left, right = (np.array(lines[f"P_rect_0{n}"].split(), float).reshape(3, 4) for n in (2, 3))
    pixels, other = _lands(_local(frame), left), _lands(_local(frame), right)
    code = cv2.imread(str(root / "disp_occ_0" / "000000_10.png"), cv2.IMREAD_UNCHANGED)
    seen = cv2.imread(str(root / "disp_noc_0" / "000000_10.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(code > 0, frame.read("valid") & (other[..., 0] >= -0.5))
    assert np.array_equal(seen > 0, (code > 0) & (frame.read("occlusion_stereo") == 0))
    assert np.abs(pixels - other - np.stack([code / 256.0, 0 * code], -1))[code > 0].max() < 0.01


def test_middleburys_disparity_and_calibration_give_the_depth_in_millimetres(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    place = _export("middlebury", rig, tmp_path / "out") / "left_0001"
    frame = _frames(rig, "left")[0]
    disparity = cv2.imread(str(place / "disp0.pfm"), cv2.IMREAD_UNCHANGED)
    calibration = dict(line.split("=") for line in (place / "calib.txt").read_text().splitlines())
    focal = float(calibration["cam0"].strip("[").split()[0])
    valid = frame.read("valid")
    assert np.array_equal(np.isfinite(disparity), valid)
    depth = float(calibration["baseline"]) * focal / (disparity + float(calibration["doffs"]))
    assert np.allclose(depth[valid], frame.read("depth")[valid] * 1000, rtol=1e-4)
    assert int(calibration["vmin"]) <= disparity[valid].min() and disparity[valid].max() < int(calibration["ndisp"])
    assert (int(calibration["width"]), int(calibration["height"])) == (160, 120)
    nocc = read_png(place / "mask0nocc.png")
    assert np.array_equal(nocc == 255, valid & (frame.read("occlusion_stereo") == 0))
    assert not any(path.name.startswith("right") for path in place.parent.iterdir())


def test_middleburys_flow_is_unknown_where_the_thing_is_gone(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    place = _export("middlebury", rig, tmp_path / "out") / "left_0001"
    frame = _frames(rig, "left")[0]
    flow, gone = cv2.readOpticalFlow(str(place / "flow10.flo")), frame.read("occlusion_forward") == 3
    assert gone.any() and (flow[gone] > 1e9).all()
    assert np.array_equal(flow[~gone], frame.read("flow_forward")[~gone])


def test_middlebury_without_stereo_holds_depth(truth_dataset: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    place = _export("middlebury", truth_dataset, tmp_path / "out") / "main_0002"
    (frame,) = [frame for frame in _scene(truth_dataset).frames() if frame.number == 2]
    depth, valid = cv2.imread(str(place / "depth0.pfm"), cv2.IMREAD_UNCHANGED), frame.read("valid")
    assert np.array_equal(depth[valid], frame.read("depth")[valid]) and np.isinf(depth[~valid]).all()
    assert {path.name for path in place.iterdir()} == {"im0.png", "depth0.pfm", "calib.txt"}


def _error_against(track: Any, frames: list[Frame]) -> float:
    """evo's absolute pose error of a trajectory against our matrices, rotation and translation together, the worst pose."""
    metrics, trajectory = pytest.importorskip("evo.core.metrics"), pytest.importorskip("evo.core.trajectory")
    wanted = trajectory.PosePath3D(poses_se3=[frame.camera.camera_to_world for frame in frames])
    error = metrics.APE(metrics.PoseRelation.full_transformation)
    error.process_data((wanted, track))
    return float(error.get_statistic(metrics.StatisticsType.max))


def test_evo_reads_tums_trajectory_without_error(rig: Path, tmp_path: Path) -> None:
    reader = pytest.importorskip("evo.tools.file_interface")
    out = _export("tum", rig, tmp_path / "out")
    for eye in ("left", "right"):
        track = reader.read_tum_trajectory_file(out / eye / "groundtruth.txt")
        assert _error_against(track, _frames(rig, eye)) < 1e-6
        assert track.timestamps == pytest.approx([0, 1 / 12], abs=1e-6)


def test_tums_depth_is_planar_5000_a_metre_and_nothing_beyond_its_reach(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    out = _export("tum", rig, tmp_path / "out") / "left"
    focal_x, focal_y, x, y = map(float, (out / "calibration.txt").read_text().split())
    for line, frame in zip((out / "depth.txt").read_text().splitlines()[1:], _frames(rig, "left"), strict=True):
        code = cv2.imread(str(out / line.split()[1]), cv2.IMREAD_UNCHANGED)
        depth = frame.read("depth")
        reached = (depth > 0) & (depth < 65535 / 5000)
        assert code.dtype == np.uint16 and reached.any() and (depth > 13.2).any()
        assert np.abs(code / 5000 - depth)[reached].max() <= 1e-4 + 1e-6
        assert (code[depth > 13.2] == 0).all()
        metres = code[reached, None] / 5000
        points = np.hstack([(GRID[reached] - [x, y]) / [focal_x, focal_y] * metres, metres])
        assert np.abs(points - _local(frame)[reached]).max() < 1e-3
    assert len((out / "associations.txt").read_text().splitlines()) == 2
    assert all((out / line.split()[1]).is_file() for line in (out / "rgb.txt").read_text().splitlines()[1:])


def test_evo_reads_eurocs_states_without_error(rig: Path, tmp_path: Path) -> None:
    reader = pytest.importorskip("evo.tools.file_interface")
    root = _export("euroc", rig, tmp_path / "out") / "mav0"
    track = reader.read_euroc_csv_trajectory(root / "state_groundtruth_estimate0" / "data.csv")
    frames = _frames(rig, "left")
    assert _error_against(track, frames) < 1e-6
    assert track.timestamps == pytest.approx([1, 1 + 1 / 12], abs=1e-9)
    states = np.loadtxt(root / "state_groundtruth_estimate0" / "data.csv", delimiter=",")
    assert states.shape == (2, 17)
    assert states[0, 8:11] == pytest.approx((frames[1].camera.origin - frames[0].camera.origin) * 12, abs=1e-5)


def test_eurocs_cameras_are_mounted_where_they_stand_and_named_by_nanoseconds(rig: Path, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    root = _export("euroc", rig, tmp_path / "out") / "mav0"
    for number, (eye, aside) in enumerate((("left", 0.0), ("right", BASELINE))):
        frames = _frames(rig, eye)
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
    folder = _export("euroc", rig, tmp_path / "out") / "mav0" / "imu0"
    head, *rows = (folder / "data.csv").read_text().splitlines()
    assert head == (
        "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],"
        "a_RS_S_x [m s^-2],a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]"
    )
    assert rows == ["1000000000,1.0,2.0,3.0,4.0,5.0,6.5", "1005000000,-1.0,-2.0,-3.0,-4.0,-5.0,-9.80665"]
    assert yaml.safe_load((folder / "sensor.yaml").read_text())["rate_hz"] == 200


def test_euroc_refuses_cameras_that_are_no_rigid_rig(rig: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(rig, dataset)
    path = next(dataset.rglob("right/camera.json"))
    camera = json.loads(path.read_text())
    camera["frames"][1]["camera_to_world"][0][3] += 0.01
    path.write_text(json.dumps(camera))
    with pytest.raises(UserError, match="'right' moves against the first"):
        formats["euroc"].write(dataset, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _samples(folder: Path) -> list[dict[str, Any]]:
    library = pytest.importorskip("webdataset")
    urls = sorted(str(path) for path in folder.glob("*.tar"))
    return list(library.WebDataset(urls, shardshuffle=False, empty_check=False).decode("rgb8"))


def test_webdataset_decodes_every_map_to_what_the_dataset_holds(rig: Path, tmp_path: Path) -> None:
    samples = _samples(_export("webdataset", rig, tmp_path / "out"))
    frames = list(_scene(rig).frames())
    assert [sample["__key__"] for sample in samples] == ["7_left_0001", "7_left_0002", "7_right_0001", "7_right_0002"]
    for sample, frame in zip(samples, frames, strict=True):
        assert np.array_equal(sample["rgb.png"], frame.read("rgb")[..., :3])
        for name in ("depth", "flow_forward", "position", "instance", "valid", "occlusion_forward"):
            wanted = frame.read(name)
            assert sample[f"{name}.npy"].dtype == wanted.dtype and np.array_equal(sample[f"{name}.npy"], wanted), name
        assert ("disparity.npy" in sample) == (frame.camera_name == "left")
        assert np.array_equal(sample["camera.json"]["camera_to_world"], frame.camera.camera_to_world)
        assert sample["camera.json"]["fl_x"] == frame.camera.intrinsics.fl_x


def test_webdataset_shards_keep_samples_whole_and_stay_below_their_size(
    rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, again = (_export("webdataset", rig, tmp_path / name) for name in ("once", "again"))
    assert (once / "shard-000000.tar").read_bytes() == (again / "shard-000000.tar").read_bytes()
    monkeypatch.setattr(shards, "SHARD_BYTES", int((once / "shard-000000.tar").stat().st_size * 0.6))
    paths = sorted(_export("webdataset", rig, tmp_path / "small").iterdir())
    assert [path.name for path in paths] == ["shard-000000.tar", "shard-000001.tar"]
    keys = []
    for path in paths:
        assert path.stat().st_size <= shards.SHARD_BYTES
        with tarfile.open(path) as archive:
            assert all(member.mtime == 0 for member in archive)
            keys.append({name.split(".")[0] for name in archive.getnames()})
    assert not keys[0] & keys[1] and len(keys[0] | keys[1]) == 4
    assert len(_samples(tmp_path / "small")) == 4


def test_hdf5_holds_what_blenderproc_names(rig: Path, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    out = _export("hdf5", rig, tmp_path / "out")
    frames = list(_scene(rig).frames())
    assert sorted(path.name for path in out.iterdir()) == ["0.hdf5", "1.hdf5", "2.hdf5", "3.hdf5"]
    for number, frame in enumerate(frames):
        with h5py.File(out / f"{number}.hdf5") as file:
            assert (file.attrs["camera"], file.attrs["frame"]) == (frame.camera_name, frame.number)
            valid = frame.read("valid")
            assert np.array_equal(file["colors"], frame.read("rgb"))
            assert np.array_equal(file["depth"][()][valid], frame.read("depth")[valid])
            assert (file["depth"][()][~valid] == 1e10).all()
            for name, ours in (("instance", "instance_segmaps"), ("class", "class_segmaps")):
                assert np.array_equal(file[ours], frame.read(name))
            for name, ours in (("flow_forward", "forward_flow"), ("flow_backward", "backward_flow")):
                assert np.array_equal(file[ours], frame.read(name))
            things = {row["idx"]: row for row in json.loads(file["instance_attribute_maps"][()])}
            assert set(things) == set(np.unique(frame.read("instance")).tolist()) - {0}
            for number_seen, row in things.items():
                assert set(np.unique(frame.read("class")[frame.read("instance") == number_seen])) == {row["category_id"]}


def test_hdf5_normals_and_pose_have_opengl_axes(rig: Path, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    frame = _frames(rig, "left")[0]
    with h5py.File(_export("hdf5", rig, tmp_path / "out") / "0.hdf5") as file:
        normals, (pose,) = file["normals"][()] * 2 - 1, json.loads(file["campose"][()])
    matrix, valid = np.array(pose["cam2world_matrix"]), frame.read("valid")
    assert np.abs(normals @ matrix[:3, :3].T - frame.read("shading_normal")).max() < 1e-5
    pixels = _lands(_local(frame), np.column_stack([pose["cam_K"], np.zeros(3)]))
    assert np.abs(pixels - GRID)[valid].max() < 0.01
    ahead = frame.camera.origin - matrix[:3, 2]
    assert frame.camera.to_camera(ahead) == pytest.approx([0, 0, 1], abs=1e-6), "a camera in OpenGL axes looks along -z"


def test_hdf5_without_h5py_says_how_to_get_it(rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match=r"pip install 'wildfield\[formats\]'"):
        formats["hdf5"].write(rig, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["kitti", "middlebury", "sintel"])
def test_two_eyes_without_disparity_are_still_exported(name: str, rig: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(rig, dataset)
    for folder in dataset.rglob("disparity"):
        shutil.rmtree(folder)
    out = _export(name, dataset, tmp_path / "out")
    right = _frames(dataset, "right")[0].path("rgb").read_bytes()
    assert any(path.read_bytes() == right for path in out.rglob("*.png"))
    assert not [path for path in out.rglob("*") if "disp" in path.name]


def test_kitti_keeps_single_pictures_where_nothing_follows_any(rig: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(rig, dataset)
    for path in dataset.rglob("camera.json"):
        camera = json.loads(path.read_text())
        path.write_text(json.dumps(camera | {"frames": camera["frames"][:1]}))
    root = _export("kitti", dataset, tmp_path / "out") / "training"
    assert {path.name for path in root.iterdir()} == {
        "image_2", "image_3", "disp_occ_0", "disp_noc_0", "calib_cam_to_cam", "mapping.txt",
    }  # fmt: skip
    assert [path.name for path in (root / "image_2").iterdir()] == ["000000_10.png"]


def test_flow_that_skips_frames_pairs_the_pictures_it_joins_or_is_refused(rig: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(rig, dataset)
    (dataset / "scenes" / "7" / "metadata.json").write_text('{"flow_step": 2}')
    with pytest.raises(UserError, match="reaches 2 frames"):
        formats["sintel"].write(dataset, tmp_path / "out")
    root = _export("kitti", dataset, tmp_path / "out") / "training"
    assert not (root / "flow_occ").exists(), "two frames hold no two frames that are two apart"


@pytest.mark.parametrize("name", ["sintel", "kitti", "middlebury"])
def test_a_map_that_was_not_made_is_named_with_the_words_that_make_it(name: str, rig: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(rig, dataset)
    for folder in dataset.rglob("flow_forward"):
        shutil.rmtree(folder)
    with pytest.raises(UserError, match="left/0001 has no flow_forward; generate with --truth flow_forward"):
        formats[name].write(dataset, tmp_path / "out")


@pytest.mark.parametrize("name", PINHOLES)
def test_a_camera_that_is_no_pinhole_is_refused(name: str, rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildfield.exporters.formats.shared.sequences.model_of", lambda frame: "equirectangular")
    with pytest.raises(UserError, match="'left' is equirectangular"):
        formats[name].write(rig, tmp_path / "out")


def test_what_kittis_16_bits_cannot_hold_is_not_valid() -> None:
    png = pytest.importorskip("png")
    flow = np.array([[[511.9, -512.0], [512.0, 0.0], [0.0, -513.0], [1.0, 2.0]]])
    rows = png.Reader(io.BytesIO(codecs.encode_kitti_flow(flow, np.array([[True, True, True, False]])))).read()[2]
    assert np.array(list(rows)).reshape(4, 3)[:, 2].tolist() == [1, 0, 0, 0]
    disparity = np.array([[255.9, 256.0, 1e-4, 0.0]])
    rows = png.Reader(io.BytesIO(codecs.encode_kitti_disparity(disparity, disparity >= 0))).read()[2]
    assert np.array(list(rows)).tolist() == [[round(255.9 * 256), 0, 1, 0]]


def test_sintels_disparity_is_capped_below_1024_pixels() -> None:
    red, green, blue = codecs.encode_sintel_disparity(np.array([[2000.0, 513.25]])).astype(float).transpose(2, 0, 1)
    assert (red * 4 + green / 2**6 + blue / 2**14).tolist() == [[1024 - 2**-14, 513.25]]
