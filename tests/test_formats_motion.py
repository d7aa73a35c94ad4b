"""Exports for flow and stereo, read back by OpenCV or by the formulas of their devkits."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_truth import GRID, copied, edit, export, frames_by, generated, lands, load, local, only_scene, without

from wildfield.errors import UserError
from wildfield.exporters.formats.shared import codecs
from wildfield.exporters.images import read_png, write_png
from wildfield.exporters.layout import ABSENT, LABEL_COLOURS


@pytest.fixture(scope="module")
def rig(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two eyes, two frames; of some rows it says that their things will be gone."""
    root = generated(tmp_path_factory.mktemp("rig") / "dataset", stereo=True)
    path = frames_by(root, "left")[0].path("occlusion_forward")
    labels = read_png(path)
    labels[50:60] = ABSENT
    write_png(path, labels, LABEL_COLOURS)
    assert np.array_equal(np.unique(labels), range(4)), "a label of each kind"
    return root


def test_opencv_reads_sintels_flow_and_the_last_picture_has_none(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    flow = export("sintel", rig, tmp_path / "out")[0] / "training" / "flow" / "left"
    assert [path.name for path in flow.iterdir()] == ["frame_0001.flo"]
    found = cv2.readOpticalFlow(str(flow / "frame_0001.flo"))
    assert np.array_equal(found, frames_by(rig, "left")[0].read("flow_forward"))


def test_sintels_camera_projects_the_surface_onto_its_pixels_and_depth(rig: Path, tmp_path: Path) -> None:
    root = export("sintel", rig, tmp_path / "out")[0] / "training"
    for frame in frames_by(rig, "left"):
        name = f"left/frame_{frame.number:04d}"
        tag, *_ = np.fromfile(root / "camdata_left" / f"{name}.cam", "<f4", 1)
        numbers = np.fromfile(root / "camdata_left" / f"{name}.cam", "<f8", offset=4)
        width, height = np.fromfile(root / "depth" / f"{name}.dpt", "<i4", 2, offset=4)
        depth = np.fromfile(root / "depth" / f"{name}.dpt", "<f4", offset=12).reshape(height, width)
        assert tag == 202021.25 and (width, height) == (160, 120)
        valid, position = frame.read("valid"), frame.read("position").astype(np.float64)
        matrix = numbers[:9].reshape(3, 3) @ numbers[9:].reshape(3, 4)
        assert np.abs(lands(position, matrix) - GRID)[valid].max() < 0.01
        assert np.allclose((position @ numbers[9:].reshape(3, 4)[2, :3] + numbers[-1])[valid], depth[valid], atol=1e-3)
        assert (depth[~valid] > 1e9).all()


def test_sintels_masks_and_disparity_say_what_the_labels_say(rig: Path, tmp_path: Path) -> None:
    out = export("sintel", rig, tmp_path / "out")[0]
    frame, name = frames_by(rig, "left")[0], "left/frame_0001.png"
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
    assert (out / "stereo/training/final_right" / name).read_bytes() == frames_by(rig, "right")[0].path("rgb").read_bytes()


def _kitti_flow(path: Path) -> tuple[Any, Any]:
    """Decode as KITTI's readme says, through OpenCV, which turns the channels round."""
    cv2 = pytest.importorskip("cv2")
    found = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
    assert found.dtype == np.uint16
    return (found[..., :0:-1].astype(np.float64) - 2**15) / 64, found[..., 0] == 1


def test_kittis_flow_keeps_what_leaves_the_picture_in_occ_and_only_what_is_seen_in_noc(rig: Path, tmp_path: Path) -> None:
    root = export("kitti", rig, tmp_path / "out")[0] / "training"
    frame = frames_by(rig, "left")[0]
    labels, flow = frame.read("occlusion_forward"), frame.read("flow_forward")
    for folder, wanted in (("flow_occ", labels != 3), ("flow_noc", labels == 0)):
        found, valid = _kitti_flow(root / folder / "000000_10.png")
        assert np.array_equal(valid, wanted)
        assert np.abs(found - flow)[valid].max() <= 1 / 128 + 1e-6
    assert not (root / "flow_occ" / "000001_10.png").exists(), "nothing follows the last picture"


def test_kittis_pairs_are_the_pictures_of_both_eyes(rig: Path, tmp_path: Path) -> None:
    root = export("kitti", rig, tmp_path / "out")[0] / "training"
    for folder, eye in (("image_2", "left"), ("image_3", "right")):
        pictures = [frame.path("rgb").read_bytes() for frame in frames_by(rig, eye)]
        names = {"000000_10.png": 0, "000000_11.png": 1}
        assert {path.name for path in (root / folder).iterdir()} == set(names)
        assert all((root / folder / name).read_bytes() == pictures[index] for name, index in names.items())
    assert (root / "mapping.txt").read_text() == "left 1\n"


def test_kittis_disparity_is_what_its_calibration_projects(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    root = export("kitti", rig, tmp_path / "out")[0] / "training"
    frame = frames_by(rig, "left")[0]
    lines = dict(line.split(": ", 1) for line in (root / "calib_cam_to_cam" / "000000.txt").read_text().splitlines())
    left, right = (np.array(lines[f"P_rect_0{n}"].split(), float).reshape(3, 4) for n in (2, 3))
    pixels, other = lands(local(frame), left), lands(local(frame), right)
    code = cv2.imread(str(root / "disp_occ_0" / "000000_10.png"), cv2.IMREAD_UNCHANGED)
    seen = cv2.imread(str(root / "disp_noc_0" / "000000_10.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(code > 0, frame.read("valid") & (other[..., 0] >= -0.5))
    assert np.array_equal(seen > 0, (code > 0) & (frame.read("occlusion_stereo") == 0))
    assert np.abs(pixels - other - np.stack([code / 256.0, 0 * code], -1))[code > 0].max() < 0.01


def test_middleburys_disparity_and_calibration_give_the_depth_in_millimetres(rig: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    place = export("middlebury", rig, tmp_path / "out")[0] / "left_0001"
    frame = frames_by(rig, "left")[0]
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
    place = export("middlebury", rig, tmp_path / "out")[0] / "left_0001"
    frame = frames_by(rig, "left")[0]
    flow, gone = cv2.readOpticalFlow(str(place / "flow10.flo")), frame.read("occlusion_forward") == 3
    assert gone.any() and (flow[gone] > 1e9).all()
    assert np.array_equal(flow[~gone], frame.read("flow_forward")[~gone])


def test_middlebury_without_stereo_holds_depth(truth_dataset: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    place = export("middlebury", truth_dataset, tmp_path / "out")[0] / "main_0002"
    (frame,) = [frame for frame in only_scene(truth_dataset).frames() if frame.number == 2]
    depth, valid = cv2.imread(str(place / "depth0.pfm"), cv2.IMREAD_UNCHANGED), frame.read("valid")
    assert np.array_equal(depth[valid], frame.read("depth")[valid]) and np.isinf(depth[~valid]).all()
    assert {path.name for path in place.iterdir()} == {"im0.png", "depth0.pfm", "calib.txt"}


@pytest.mark.parametrize("name", ["kitti", "middlebury", "sintel"])
def test_two_eyes_without_disparity_are_still_exported(name: str, rig: Path, tmp_path: Path) -> None:
    out = export(name, without(rig, tmp_path / "dataset", "disparity", "occlusion_stereo"), tmp_path / "out")[0]
    right = frames_by(rig, "right")[0].path("rgb").read_bytes()
    assert any(path.read_bytes() == right for path in out.rglob("*.png"))
    assert not [path for path in out.rglob("*") if "disp" in path.name]


def test_kitti_keeps_single_pictures_where_nothing_follows_any(rig: Path, tmp_path: Path) -> None:
    dataset = copied(rig, tmp_path / "dataset")
    for path in dataset.rglob("camera.json"):
        edit(path, {"frames": load(path)["frames"][:1]})
    root = export("kitti", dataset, tmp_path / "out")[0] / "training"
    assert {path.name for path in root.iterdir()} == {
        "image_2", "image_3", "disp_occ_0", "disp_noc_0", "calib_cam_to_cam", "mapping.txt",
    }  # fmt: skip
    assert [path.name for path in (root / "image_2").iterdir()] == ["000000_10.png"]


def test_flow_that_skips_frames_pairs_the_pictures_it_joins_or_is_refused(rig: Path, tmp_path: Path) -> None:
    dataset = copied(rig, tmp_path / "dataset")
    edit(next(dataset.rglob("metadata.json")), {"flow_step": 2})
    with pytest.raises(UserError, match="reaches 2 frames"):
        export("sintel", dataset, tmp_path / "out")[0]
    root = export("kitti", dataset, tmp_path / "out")[0] / "training"
    assert not (root / "flow_occ").exists(), "two frames hold no two frames that are two apart"


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
