"""Exports for radiance fields and generators of scenes, judged by the readers' own arithmetic."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_truth import frames_of, of_two_lenses

from wildfield.errors import UserError
from wildfield.exporters.cameras import opencv_to_opengl
from wildfield.exporters.formats import formats
from wildfield.exporters.formats.instant_ngp import unit_cube
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import open_dataset


@pytest.fixture(scope="module")
def square_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_two_lenses(tmp_path_factory.mktemp("square") / "dataset")


def test_instant_ngp_places_the_cameras_of_the_dataset_in_its_unit_cube(truth_dataset: Path, tmp_path: Path) -> None:
    """Its loader's position, scale * p + offset, leads back to metres; a ray of it meets the surface."""
    formats["instant-ngp"].write(truth_dataset, tmp_path / "out")
    described = json.loads((tmp_path / "out" / "transforms.json").read_text())
    frames = frames_of(truth_dataset)
    assert {Path(entry["file_path"]).stem for entry in described["frames"]} == set(frames)
    scale, offset = described["scale"], np.array(described["offset"])
    for entry in described["frames"]:
        frame = frames[Path(entry["file_path"]).stem]
        assert (tmp_path / "out" / entry["file_path"]).read_bytes() == frame.path("rgb").read_bytes()
        matrix = np.array(entry["transform_matrix"])
        assert np.array_equal(opencv_to_opengl(matrix), frame.camera.camera_to_world)
        placed = scale * matrix[:3, 3] + offset
        assert (placed >= -1e-9).all() and (placed <= 1 + 1e-9).all()
        assert (placed - offset) / scale == pytest.approx(frame.camera.origin, abs=1e-9)
        x, y = 80.5 - described["cx"], 100.5 - described["cy"]
        local = np.array([x / described["fl_x"], -y / described["fl_y"], -1]) * frame.read("depth")[100, 80]
        assert matrix[:3, :3] @ local + matrix[:3, 3] == pytest.approx(frame.read("position")[100, 80], abs=1e-3)
        seen = scale * frame.read("position")[frame.read("valid")] + offset
        assert (np.abs(seen - 0.5) <= described["aabb_scale"] / 2 + 1e-3).all()
    assert described["camera_angle_x"] == pytest.approx(2 * np.arctan(80 / described["fl_x"]))
    assert described["camera_angle_y"] == pytest.approx(2 * np.arctan(60 / described["fl_y"]))
    assert {"k1", "k2", "p1", "p2", "h"} <= set(described)


def test_instant_ngp_has_the_lens_in_each_frame_where_lenses_differ(square_dataset: Path, tmp_path: Path) -> None:
    formats["instant-ngp"].write(square_dataset, tmp_path / "out")
    described = json.loads((tmp_path / "out" / "transforms.json").read_text())
    frames = frames_of(square_dataset)
    assert "fl_x" not in described
    for entry in described["frames"]:
        assert entry["fl_x"] == frames[Path(entry["file_path"]).stem].camera.intrinsics.fl_x
    assert len({entry["camera_angle_x"] for entry in described["frames"]}) == 2


def test_instant_ngp_does_not_train_on_what_is_held_out(truth_dataset: Path, tmp_path: Path) -> None:
    """It reads every JSON of the folder it opens, so the held out pictures are in a folder of their own."""
    dataset, out = tmp_path / "dataset", tmp_path / "out"
    shutil.copytree(truth_dataset, dataset)
    path = next(dataset.rglob("transforms.json"))
    content = json.loads(path.read_text())
    content["train_filenames"], content["test_filenames"] = ([name] for name in content["train_filenames"])
    path.write_text(json.dumps(content))
    formats["instant-ngp"].write(dataset, out)
    assert {item.name for item in out.iterdir()} == {"images", "test", "transforms.json"}
    train, test = (json.loads((out / name / "transforms.json").read_text()) for name in (".", "test"))
    assert [entry["file_path"] for entry in train["frames"]] == ["images/main_0001.png"]
    assert [entry["file_path"] for entry in test["frames"]] == ["images/main_0002.png"]
    assert (out / "test" / "images" / "main_0002.png").is_file() and not (out / "images" / "main_0002.png").exists()
    assert train["scale"] == test["scale"] and train["offset"] == test["offset"]


@pytest.mark.parametrize(("reach", "expected"), [(0.5, 1), (1.1, 4), (7.9, 16), (1e5, 128)])
def test_the_box_of_instant_ngp_is_the_smallest_power_of_two_that_holds_the_scene(reach: float, expected: int) -> None:
    cameras = np.array([[9.5, 10, 10], [10.5, 10, 10]])
    points = np.array([[10.0, 10, 10]] * 8 + [[10, 10 + reach, 10]])
    box = unit_cube(cameras, points)
    assert box["scale"] == pytest.approx(1.0)
    assert box["offset"] == pytest.approx([-9.5, -9.5, -9.5])
    assert box["aabb_scale"] == expected


def test_eg3d_refuses_pictures_that_are_not_square(truth_dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="160x120; generate with --resolution 512x512"):
        formats["eg3d"].write(truth_dataset, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_eg3d_labels_project_the_surface_to_its_place_in_the_picture(square_dataset: Path, tmp_path: Path) -> None:
    formats["eg3d"].write(square_dataset, tmp_path / "out")
    labels = dict(json.loads((tmp_path / "out" / "dataset.json").read_text())["labels"])
    pictures = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert sorted(labels) == pictures and len(pictures) == 4, "every picture has a label, as its loader demands"
    for name, frame in frames_of(square_dataset).items():
        label = np.array(labels[f"7_{name}.png"])
        pose, intrinsics = label[:16].reshape(4, 4), label[16:].reshape(3, 3)
        local = np.linalg.inv(pose) @ [*frame.read("position")[50, 30].astype(np.float64), 1]
        seen = intrinsics @ (local[:3] / local[2])
        assert seen == pytest.approx([30.5 / 64, 50.5 / 64, 1], abs=1e-4)


def test_eg3d_lays_transparent_pictures_over_white(square_dataset: Path, tmp_path: Path) -> None:
    formats["eg3d"].write(square_dataset, tmp_path / "out")
    for name, frame in frames_of(square_dataset).items():
        picture, written = frame.read("rgb"), read_png(tmp_path / "out" / f"7_{name}.png")
        assert written.shape == (64, 64, 3)
        assert (picture[..., 3] == 0).any()
        assert (written[picture[..., 3] == 0] == 255).all()
        solid = picture[..., 3] == 255
        assert np.array_equal(written[solid], picture[solid][:, :3])


def test_the_arithmetic_of_ivid_gives_metres_back(truth_dataset: Path, tmp_path: Path) -> None:
    """What datasets/base.py does: arr_0 / 6250, at least 1e-3, inverted."""
    out = tmp_path / "out"
    formats["ivid"].write(truth_dataset, out)
    listed = json.loads((out / "dataset.json").read_text())
    frames = frames_of(truth_dataset)
    assert set(listed) == {"images", "depths"}
    assert listed["images"] == [f"images/7_{name}.png" for name in frames]
    for image, path in zip(listed["images"], listed["depths"], strict=True):
        assert path == image.replace("images/", "depths/").replace(".png", ".npz")
        frame = frames[Path(image).stem.removeprefix("7_")]
        assert (out / image).read_bytes() == frame.path("rgb").read_bytes()
        stored = np.load(out / path)["arr_0"]
        assert stored.dtype == np.float16
        metres = 1 / np.maximum(stored.astype(np.float32) / 6250, 1e-3)
        depth = frame.read("depth")
        assert np.allclose(metres[depth > 0], depth[depth > 0], rtol=1e-3)
        assert np.allclose(metres[depth == 0], 1000)


def test_our_own_learner_opens_the_nerfstudio_export(truth_dataset: Path, tmp_path: Path) -> None:
    pytest.importorskip("imageio")
    from wildfield.fields.data import open_scene

    formats["nerfstudio"].write(truth_dataset, tmp_path / "out")
    scene, frames = open_scene(tmp_path / "out"), frames_of(truth_dataset)
    assert len(scene.split("train")) == 2
    for view in scene.split("train"):
        frame = frames[Path(view.name).stem]
        assert np.array_equal(view.read_colour(), frame.read("rgb"))
        assert view.depth is not None and view.depth.is_file()
    points = scene.read_points()
    assert points is not None and len(points.positions) > 1000


def test_nerf_synthetic_rays_meet_the_surface(truth_dataset: Path, tmp_path: Path) -> None:
    """A ray made from camera_angle_x alone, as NeRF's own loader makes it, at the written depth, is the written position."""
    formats["nerf-synthetic"].write(truth_dataset, tmp_path / "out")
    (scene,) = open_dataset(truth_dataset).scenes
    content = json.loads((tmp_path / "out" / "transforms_train.json").read_text())
    frame = scene.split("train")[0]
    entry = content["frames"][0]
    picture = read_png(tmp_path / "out" / f"{entry['file_path']}.png")
    assert picture.shape == (120, 160, 4)
    focal = 0.5 * 160 / np.tan(0.5 * content["camera_angle_x"])
    local = np.array([(80.5 - 80) / focal, -(100.5 - 60) / focal, -1.0]) * frame.read("depth")[100, 80]
    matrix = np.array(entry["transform_matrix"])
    assert matrix[:3, :3] @ local + matrix[:3, 3] == pytest.approx(frame.read("position")[100, 80], abs=1e-3)


def test_nerfstudio_finds_every_file_and_every_split(truth_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    formats["nerfstudio"].write(truth_dataset, out)
    content = json.loads((out / "transforms.json").read_text())
    (scene,) = open_dataset(truth_dataset).scenes
    for entry, frame in zip(content["frames"], scene.frames(), strict=True):
        assert (out / entry["file_path"]).is_file()
        metres = np.load(out / entry["depth_file_path"]) * 1e-3
        assert np.allclose(metres, frame.read("depth"), rtol=1e-6)
        assert np.array_equal(entry["transform_matrix"], opencv_to_opengl(frame.camera.camera_to_world))
    names = [entry["file_path"] for entry in content["frames"]]
    for split in ("train", "val", "test"):
        assert set(content[f"{split}_filenames"]) <= set(names)
    assert (out / content["ply_file_path"]).is_file()
