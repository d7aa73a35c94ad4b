"""COLMAP's models, judged by pycolmap: cameras, observations and tracks as text and as binary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_truth import frames_of, of_two_lenses

from wildfield.exporters.cameras import Camera, Intrinsics
from wildfield.exporters.formats import formats
from wildfield.exporters.formats.shared.colmap_files import Binary, Text
from wildfield.exporters.formats.shared.colmap_tracks import Tracks, observed
from wildfield.exporters.formats.shared.lenses import quaternion


@pytest.fixture(scope="module")
def colmap_folders(truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("colmap")
    for name in ("colmap", "colmap-binary"):
        formats[name].write(truth_dataset, root / name)
    return {name: root / name / "sparse" / "0" for name in ("colmap", "colmap-binary")}


def looking_along_y(height: float = 1.5, size: tuple[int, int] = (160, 120)) -> Camera:
    """A camera `height` above the world's ground, x right, y forward."""
    lens = Intrinsics(*size, 130.0, 130.0, size[0] / 2, size[1] / 2, 35.0, 36.0, 0.1, 1000.0)
    pose = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, height], [0, 0, 0, 1]])
    return Camera(lens, pose)


def test_quaternions_turn_like_their_matrix() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        rotation *= np.sign(np.linalg.det(rotation))
        w, x, y, z = quaternion(rotation)
        vector = rng.normal(size=3)
        axis = np.array([x, y, z])
        turned = vector + 2 * np.cross(axis, np.cross(axis, vector) + w * vector)
        assert np.abs(turned - rotation @ vector).max() < 1e-12


def test_pycolmap_reads_the_cameras_that_were_written(truth_dataset: Path, tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    formats["colmap"].write(truth_dataset, tmp_path / "out")
    model = pycolmap.Reconstruction(str(tmp_path / "out" / "sparse" / "0"))
    frames = {f"{name}.png": frame for name, frame in frames_of(truth_dataset).items()}
    assert len(model.points3D) > 1000
    assert {image.name for image in model.images.values()} == set(frames)
    for image in model.images.values():
        frame = frames[image.name]
        point = frame.read("position")[100, 80].astype(np.float64)
        assert image.project_point(point) == pytest.approx([80.5, 100.5], abs=1e-2)
        assert (tmp_path / "out" / "images" / image.name).is_file()


BENT = {
    "OPENCV": ("brown", (-0.2, 0.05, 0.001, -0.002, 0.0)),
    "FULL_OPENCV": ("brown", (-0.2, 0.05, 0.001, -0.002, -0.01)),
    "OPENCV_FISHEYE": ("fisheye", (-0.02, 0.004, -0.001, 0.0001)),
    "equidistant": ("fisheye", (0.0, 0.0, 0.0, 0.0)),
}


@pytest.mark.parametrize("encoding", [Text(), Binary()], ids=lambda item: item.suffix)
@pytest.mark.parametrize("name", BENT)
def test_pycolmaps_lens_sees_points_where_ours_does(name: str, encoding: Any, tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    model, coefficients = BENT[name]
    lens = Intrinsics(320, 240, 150.0, 151.0, 161.0, 119.0, 35.0, 36.0, 0.1, 1000.0, model, coefficients)
    for file, records in (("cameras", encoding.camera(1, lens)), ("images", b""), ("points3D", b"")):
        count = encoding.start(int(file == "cameras"))
        (tmp_path / f"{file}.{encoding.suffix}").write_bytes(count + records)
    camera = pycolmap.Reconstruction(str(tmp_path)).cameras[1]
    assert camera.model.name == ("OPENCV_FISHEYE" if name == "equidistant" else name)
    points = np.random.default_rng(0).uniform([-1, -0.7, 1], [1, 0.7, 2], (500, 3))
    ours, _ = lens.project(points)
    assert np.abs(camera.img_from_cam(points) - ours).max() < 1e-6


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


def test_each_lens_is_a_camera_of_the_model(bpy: Any, tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    dataset = of_two_lenses(tmp_path / "dataset")
    formats["colmap"].write(dataset, tmp_path / "out")
    model = pycolmap.Reconstruction(str(tmp_path / "out" / "sparse" / "0"))
    frames = frames_of(dataset)
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
