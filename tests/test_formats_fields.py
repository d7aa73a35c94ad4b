"""Exports for reconstruction and radiance fields, judged by pycolmap and by the readers' own arithmetic."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.exporters.cameras import Camera, Intrinsics, opencv_to_opengl
from wildfield.exporters.formats import formats
from wildfield.exporters.formats.instant_ngp import unit_cube
from wildfield.exporters.formats.shared.colmap_tracks import Tracks, observed
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import Frame, open_dataset


@pytest.fixture(scope="module")
def colmap_folders(truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("colmap")
    for name in ("colmap", "colmap-binary"):
        formats[name].write(truth_dataset, root / name)
    return {name: root / name / "sparse" / "0" for name in ("colmap", "colmap-binary")}


@pytest.fixture(scope="module")
def square_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cameras of different lenses, two frames each, 64x64 before a transparent background."""
    from truth_scene import build

    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest

    root = tmp_path_factory.mktemp("square") / "dataset"
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    built = build(64, 64, transparent=True, cameras=2)
    built.cameras[1].data.lens = 50
    manifest.put(write_scene(built, root / "scenes" / "7"))
    return root


def frames_of(dataset: Path) -> dict[str, Frame]:
    (scene,) = open_dataset(dataset).scenes
    return {f"{frame.camera_name}_{frame.number:04d}": frame for frame in scene.frames()}


def looking_along_y(height: float = 1.5, size: tuple[int, int] = (160, 120)) -> Camera:
    """A camera `height` above the world's ground, x right, y forward."""
    lens = Intrinsics(*size, 130.0, 130.0, size[0] / 2, size[1] / 2, 35.0, 36.0, 0.1, 1000.0)
    pose = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, height], [0, 0, 0, 1]])
    return Camera(lens, pose)


def test_pycolmap_reads_the_same_model_from_text_and_binary(colmap_folders: dict[str, Path]) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    text, binary = (pycolmap.Reconstruction(str(folder)) for folder in colmap_folders.values())
    assert {path.suffix for path in colmap_folders["colmap"].iterdir()} == {".txt"}
    assert {path.suffix for path in colmap_folders["colmap-binary"].iterdir()} == {".bin"}
    assert [str(camera) for camera in text.cameras.values()] == [str(camera) for camera in binary.cameras.values()]
    assert set(text.images) == set(binary.images)
    assert set(text.points3D) == set(binary.points3D)
    for number, image in text.images.items():
        other = binary.images[number]
        assert (image.name, image.camera_id) == (other.name, other.camera_id)
        assert np.allclose(image.cam_from_world().matrix(), other.cam_from_world().matrix(), atol=1e-12)
        for one, two in zip(image.points2D, other.points2D, strict=True):
            assert one.point3D_id == two.point3D_id
            assert np.array_equal(one.xy, two.xy)
    for number, point in text.points3D.items():
        other = binary.points3D[number]
        assert np.array_equal(point.xyz, other.xyz)
        assert np.array_equal(point.color, other.color)
        assert [(e.image_id, e.point2D_idx) for e in point.track.elements] == [
            (e.image_id, e.point2D_idx) for e in other.track.elements
        ]


def test_tracks_reproject_onto_their_observations(colmap_folders: dict[str, Path]) -> None:
    """pycolmap's own error, with its own projection, over all observations of all tracks."""
    pycolmap = pytest.importorskip("pycolmap")
    model = pycolmap.Reconstruction(str(colmap_folders["colmap-binary"]))
    assert model.compute_num_observations() == sum(len(image.points2D) for image in model.images.values())
    assert model.compute_num_observations() > 10_000
    for point in model.points3D.values():
        for element in point.track.elements:
            image = model.images[element.image_id]
            assert np.abs(image.project_point(point.xyz) - image.points2D[element.point2D_idx].xy).max() < 1e-3
    model.update_point_3d_errors()
    assert model.compute_mean_reprojection_error() < 1e-2


def test_observations_show_the_surface_they_name(colmap_folders: dict[str, Path], truth_dataset: Path) -> None:
    """Against position and normal, which the exporter never reads: the sample lies on the tangent plane of a pixel there."""
    pycolmap = pytest.importorskip("pycolmap")
    model = pycolmap.Reconstruction(str(colmap_folders["colmap"]))
    frames = frames_of(truth_dataset)
    assert all(point.track.length() > 0 for point in model.points3D.values()), "each was sampled in a picture"
    for image in model.images.values():
        frame = frames[Path(image.name).stem]
        position, normal, depth = (frame.read(name) for name in ("position", "normal", "depth"))
        column, row = np.floor([point.xy for point in image.points2D]).astype(int).T
        points = np.array([model.points3D[point.point3D_id].xyz for point in image.points2D])
        away = np.full(len(points), np.inf)
        for x, y in np.ndindex(3, 3):
            at = np.clip(row + y - 1, 0, 119), np.clip(column + x - 1, 0, 159)
            plane = np.abs(((points - position[at]) * normal[at]).sum(-1))
            away = np.minimum(away, np.where(depth[at] > 0, plane, np.inf))
        assert (away <= frame.camera.project(points)[1] / frame.camera.intrinsics.fl_x).mean() > 0.995


def test_each_lens_is_a_camera_of_the_model(square_dataset: Path, tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    formats["colmap"].write(square_dataset, tmp_path / "out")
    model = pycolmap.Reconstruction(str(tmp_path / "out" / "sparse" / "0"))
    frames = frames_of(square_dataset)
    assert len(model.cameras) == 2
    for image in model.images.values():
        assert np.allclose(image.camera.calibration_matrix(), frames[Path(image.name).stem].camera.intrinsics.matrix)
    model.update_point_3d_errors()
    assert model.compute_mean_reprojection_error() < 1e-2


def test_a_floor_at_a_grazing_angle_is_seen_between_pixel_centres_and_what_lies_under_it_is_not() -> None:
    camera = looking_along_y()
    rays = camera.intrinsics.directions() @ camera.rotation.T
    depth = np.where(rays[..., 2] < -1e-3, -1.5 / np.minimum(rays[..., 2], -1e-3), 0).astype(np.float32)
    rng = np.random.default_rng(1)
    floor = np.stack([rng.uniform(-4, 4, 4000), rng.uniform(10, 40, 4000), np.zeros(4000)], -1)
    pixels, indices = observed(floor, camera, depth)
    expected = np.flatnonzero((np.abs(camera.project(floor)[0] - (80, 60)) < (80, 60)).all(-1))
    assert np.array_equal(indices, expected)
    assert np.array_equal(pixels, camera.project(floor[indices])[0])
    assert not len(observed(floor - (0, 0, 0.5), camera, depth)[1])
    assert not len(observed(floor * (1, -1, 1), camera, depth)[1]), "behind the camera"
    assert not len(observed(floor, camera, np.zeros_like(depth))[1]), "no surface"


def test_tracks_of_more_points_than_a_block_are_those_that_were_observed() -> None:
    cameras = [looking_along_y(height) for height in (0.0, 1.0, 2.5)]
    rng = np.random.default_rng(2)
    points = np.stack([rng.uniform(-8, 8, 5003), np.full(5003, 10.0), rng.uniform(-8, 8, 5003)], -1)
    tracks = Tracks(points, len(cameras))
    expected: list[list[tuple[int, int]]] = [[] for _ in points]
    for picture, camera in enumerate(cameras):
        _, indices = tracks.observe(picture, camera, np.full((120, 160), 10, np.float32))
        for place, index in enumerate(indices):
            expected[index].append((picture, place))
    assert [list(map(tuple, track)) for track in tracks] == expected
    assert {len(track) for track in expected} == {0, 1, 2, 3}


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


@pytest.mark.parametrize("name", ["colmap", "colmap-binary", "eg3d", "instant-ngp", "ivid", "nerf-synthetic"])
def test_cameras_that_are_no_pinholes_are_refused(
    name: str, truth_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = property(lambda _: "orthographic", lambda _, value: None)
    monkeypatch.setattr(Intrinsics, "model", always, raising=False)
    with pytest.raises(UserError, match=f"camera 'main' is orthographic: {name.removesuffix('-binary')} knows pinhole"):
        formats[name].write(truth_dataset, tmp_path / "out")
    assert not list(tmp_path.iterdir())


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
        label = np.array(labels[f"{name}.png"])
        pose, intrinsics = label[:16].reshape(4, 4), label[16:].reshape(3, 3)
        local = np.linalg.inv(pose) @ [*frame.read("position")[50, 30].astype(np.float64), 1]
        seen = intrinsics @ (local[:3] / local[2])
        assert seen == pytest.approx([30.5 / 64, 50.5 / 64, 1], abs=1e-4)


def test_eg3d_lays_transparent_pictures_over_white(square_dataset: Path, tmp_path: Path) -> None:
    formats["eg3d"].write(square_dataset, tmp_path / "out")
    for name, frame in frames_of(square_dataset).items():
        picture, written = frame.read("rgb"), read_png(tmp_path / "out" / f"{name}.png")
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
    assert listed["images"] == [f"images/{name}.png" for name in frames]
    for image, path in zip(listed["images"], listed["depths"], strict=True):
        assert path == image.replace("images/", "depths/").replace(".png", ".npz")
        frame = frames[Path(image).stem]
        assert (out / image).read_bytes() == frame.path("rgb").read_bytes()
        stored = np.load(out / path)["arr_0"]
        assert stored.dtype == np.float16
        metres = 1 / np.maximum(stored.astype(np.float32) / 6250, 1e-3)
        depth = frame.read("depth")
        assert np.allclose(metres[depth > 0], depth[depth > 0], rtol=1e-3)
        assert np.allclose(metres[depth == 0], 1000)


def test_our_own_learner_opens_the_nerfstudio_export(truth_dataset: Path, tmp_path: Path) -> None:
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
