"""COLMAP folders as a training reads them: models that pycolmap writes and judges, and models written by hand."""

from __future__ import annotations

import contextlib
import math
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.fields.data import open_scene

pytest.importorskip("imageio")
from foreign_folders import CAMERAS_TXT, IMAGES_TXT, SIZE, by_name, picture, pose, project, read_all, refused, write_text


class TestColmapByPycolmap:
    """Models that COLMAP's own library writes, against what it says of them."""

    @pytest.fixture(params=["binary", "text"])
    def model(self, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Any]:
        pycolmap = pytest.importorskip("pycolmap")
        rng = np.random.default_rng(3)
        model = pycolmap.Reconstruction()
        lenses = {
            "PINHOLE": [20.0, 21.0, 12.5, 7.5],
            "SIMPLE_PINHOLE": [22.0, 12.0, 8.0],
            "OPENCV": [20, 21, 12, 8, 0, 0, 0, 0],
        }
        for number, (name, parameters) in enumerate(lenses.items(), 1):
            camera = pycolmap.Camera(camera_id=number, model=name, width=SIZE[0], height=SIZE[1], params=parameters)
            model.add_camera_with_trivial_rig(camera)
        for number in range(1, 10):
            corners = [pycolmap.Point2D(rng.uniform(0, 16, 2)) for _ in range(number)]
            name = f"left side/{number:03d}.jpg" if number % 2 else f"{number:03d}.png"
            image = pycolmap.Image(image_id=number, name=name, camera_id=1 + number % 3, points2D=corners)
            model.add_image_with_trivial_frame(image, pycolmap.Rigid3d(np.linalg.inv(pose(number))[:3]))
            picture(tmp_path / "images" / name)
        for number in range(1, 6):
            track = pycolmap.Track()
            for image in range(1, 1 + number):
                track.add_element(image, 0)
            if number < 3:
                model.add_point3D(rng.standard_normal(3), track if number == 1 else pycolmap.Track(), rng.integers(0, 256, 3))
        (tmp_path / "sparse/0").mkdir(parents=True)
        getattr(model, f"write_{request.param}")(str(tmp_path / "sparse/0"))
        return tmp_path, model

    def test_cameras_are_where_pycolmap_says_and_see_what_it_says(self, model: tuple[Path, Any]) -> None:
        folder, theirs = model
        views = by_name(open_scene(folder))
        assert sorted(views) == sorted(image.name for image in theirs.images.values())
        for image in theirs.images.values():
            camera = views[image.name].camera
            assert np.allclose(camera.camera_to_world[:3], image.cam_from_world().inverse().matrix(), atol=1e-12)
            k = image.camera.calibration_matrix()
            assert np.allclose([camera.fl_x, camera.fl_y, camera.cx, camera.cy], [k[0, 0], k[1, 1], k[0, 2], k[1, 2]])
            ahead = camera.position + camera.camera_to_world[:3, :3] @ [0.3, -0.2, 2.0]
            assert np.allclose(project(camera, ahead), image.project_point(ahead), atol=1e-9)

    def test_points_have_the_places_and_colours_of_the_model(self, model: tuple[Path, Any]) -> None:
        folder, theirs = model
        points = open_scene(folder).read_points()
        assert points is not None
        expected = [(*point.xyz, *(point.color / 255)) for point in theirs.points3D.values()]
        found = np.hstack([points.positions, points.colours])
        assert np.allclose(found[np.lexsort(found.T)], np.array(expected)[np.lexsort(np.array(expected).T)], atol=1e-6)

    def test_pictures_are_found_in_images_and_every_eighth_is_held_out(self, model: tuple[Path, Any]) -> None:
        scene, _ = read_all(model[0])
        assert [len(scene.views[split]) for split in ("train", "val", "test")] == [8, 1, 1]


def test_what_colmap_undistorts_is_read_after_what_it_was_made_from_is_refused(tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    model = pycolmap.Reconstruction()
    lens = pycolmap.Camera(camera_id=1, model="SIMPLE_RADIAL", width=48, height=32, params=[40.0, 24.0, 16.0, 0.1])
    model.add_camera_with_trivial_rig(lens)
    for number in range(1, 4):
        image = pycolmap.Image(image_id=number, name=f"{number}.png", camera_id=1)
        model.add_image_with_trivial_frame(image, pycolmap.Rigid3d(np.linalg.inv(pose(number))[:3]))
        picture(tmp_path / "bent/images" / f"{number}.png", (48, 32))
    (tmp_path / "bent/sparse").mkdir()
    model.write_binary(str(tmp_path / "bent/sparse"))
    refused(tmp_path / "bent", "sparse/cameras.bin: camera 1 is SIMPLE_RADIAL with lens distortion")
    pycolmap.undistort_images(str(tmp_path / "flat"), str(tmp_path / "bent/sparse"), str(tmp_path / "bent/images"))
    views = by_name(read_all(tmp_path / "flat")[0])
    assert sorted(views) == ["1.png", "2.png", "3.png"]
    for number in range(1, 4):
        assert np.allclose(views[f"{number}.png"].camera.camera_to_world, pose(number))


def write_binary(folder: Path) -> Path:
    """Write the same as `write_text` in binary, after reconstruction_io_binary.cc."""
    write_text(folder)
    model = folder / "sparse"
    for path in model.glob("*.txt"):
        path.unlink()
    half = math.sqrt(0.5)
    cameras = struct.pack("<QIiQQ3d", 2, 1, 0, 24, 16, 20.5, 12, 8) + struct.pack("<IiQQ4d", 2, 1, 24, 16, 20.5, 19.5, 12, 8)
    first = struct.pack("<QI7dI", 2, 1, 0.5, 0.5, 0.5, 0.5, 1, 2, 3, 1) + b"first picture.png\0" + struct.pack("<Q", 0)
    second = struct.pack("<I7dI", 2, half, 0, half, 0, 0, 0, 4, 2) + b"b.png\0"
    second += struct.pack("<QddQddQ", 2, 362.43, 259.92, 2**64 - 1, 784.89, 51.7, 7)
    points = struct.pack("<QQ3d3BdQ4I", 2, 63390, 1.67241, 0.292931, 0.609726, 115, 121, 122, 1.3, 2, 16, 6542, 15, 7345)
    points += struct.pack("<Q3d3BdQ2I", 63376, 2.01848, 0.108877, -0.0260841, 102, 209, 250, 1.7, 1, 16, 6519)
    for name, content in (("cameras", cameras), ("images", first + second), ("points3D", points)):
        (model / f"{name}.bin").write_bytes(content)
    return folder


class TestColmapByHand:
    """The published layout, without COLMAP."""

    @pytest.mark.parametrize("write", [write_text, write_binary])
    def test_the_same_model_in_text_and_in_binary_is_read_as_it_is_described(self, write: Any, tmp_path: Path) -> None:
        scene, points = read_all(write(tmp_path))
        views = by_name(scene)
        first, second = views["first picture.png"].camera, views["b.png"].camera
        assert (first.fl_x, first.fl_y, second.fl_x, second.fl_y) == (20.5, 20.5, 20.5, 19.5)
        # 0.5 0.5 0.5 0.5 turns x to y, y to z and z to x.
        assert np.allclose(first.world_to_camera, [[0, 0, 1, 1], [1, 0, 0, 2], [0, 1, 0, 3], [0, 0, 0, 1]])
        # A quarter turn around y takes z to x.
        assert np.allclose(second.world_to_camera, [[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 4], [0, 0, 0, 1]])
        assert points is not None
        assert np.allclose(points.positions, [[1.67241, 0.292931, 0.609726], [2.01848, 0.108877, -0.0260841]])
        assert np.allclose(points.colours * 255, [[115, 121, 122], [102, 209, 250]])

    def test_a_model_without_points_starts_at_random_places(self, tmp_path: Path) -> None:
        assert read_all(write_text(tmp_path / "none", points="# Number of points: 0\n"))[1] is None
        (write_text(tmp_path / "missing") / "sparse/points3D.txt").unlink()
        assert read_all(tmp_path / "missing")[1] is None

    @pytest.mark.parametrize(
        "lens",
        ["SIMPLE_RADIAL 24 16 20 12 8 0.01", "OPENCV 24 16 20 20 12 8 0 0 1e-4 0", "OPENCV_FISHEYE 24 16 20 20 12 8 0 0 0 0"],
    )
    def test_distortion_is_refused_with_the_command_that_takes_it_out(self, lens: str, tmp_path: Path) -> None:
        refused(write_text(tmp_path, f"1 {lens}\n2 PINHOLE 24 16 20 20 12 8\n"), "colmap image_undistorter")

    def test_a_camera_that_no_picture_was_taken_with_may_be_distorted(self, tmp_path: Path) -> None:
        scene, _ = read_all(write_text(tmp_path, CAMERAS_TXT + "3 FOV 24 16 20 20 12 8 0.9\n4 SIMPLE_RADIAL 24 16 20 12 8 0\n"))
        assert len(scene.views["train"]) == 2

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"cameras": "1 PINHOLE 24 16 20 12 8\n"}, "cameras.txt: line 1 .* PINHOLE with 3 parameters"),
            ({"cameras": "1 SIMPLE_PINHOLE 24 16 20 12 8\n"}, "images.txt: b.png has camera 2, which cameras.txt lacks"),
            ({"cameras": CAMERAS_TXT.replace("PINHOLE 24", "PINHOLE 48")}, "is 24 x 16 pixels, its camera 48 x 16"),
            ({"cameras": CAMERAS_TXT.replace("20.5", "nan")}, "camera 1 needs .* positive focal lengths"),
            ({"cameras": "1 EQUIRECTANGULAR 24 16 24 16\n"}, "equirectangular"),
            ({"images": "# none\n"}, "images.txt: has no pictures"),
            ({"images": "1 0.5 0.5 0.5 0.5 1 2 3 1\n"}, "images.txt: line 1 is no line"),
            ({"images": IMAGES_TXT.replace("0.5 0.5 0.5 0.5", "0 0 0 0")}, "pose of first picture.png"),
            ({"images": IMAGES_TXT.replace("b.png", "nobody.png")}, "nobody.png: is missing"),
            ({"points": "1 2 3\n"}, "points3D.txt: line 1 is no line"),
            ({"points": "1 inf 3 4 5 6 7 8\n"}, "points3D.txt: some points are not finite"),
        ],
    )
    def test_what_is_wrong_ends_in_one_line(self, changes: dict[str, str], words: str, tmp_path: Path) -> None:
        refused(write_text(tmp_path, **changes), words)

    def test_pictures_that_are_not_there(self, tmp_path: Path) -> None:
        (write_text(tmp_path) / "images").rename(tmp_path / "pictures")
        refused(tmp_path, "images: is missing")

    @pytest.mark.parametrize(("name", "at"), [("cameras", 0), ("images", 0), ("images", 90), ("points3D", 0), ("points3D", 51)])
    def test_a_count_that_is_a_lie_is_refused_before_it_costs_memory(self, name: str, at: int, tmp_path: Path) -> None:
        path = write_binary(tmp_path) / f"sparse/{name}.bin"
        content = bytearray(path.read_bytes())
        assert struct.unpack_from("<Q", content, at)[0] in (0, 2)
        struct.pack_into("<Q", content, at, 2**61 + 1)
        path.write_bytes(content)
        tracemalloc.start()
        refused(tmp_path, f"{name}.bin: is no whole COLMAP model")
        assert tracemalloc.get_traced_memory()[1] < 5e6
        tracemalloc.stop()

    @pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
    def test_a_file_cut_anywhere_is_refused(self, name: str, tmp_path: Path) -> None:
        path = write_binary(tmp_path) / f"sparse/{name}.bin"
        content = path.read_bytes()
        for length in range(len(content)):
            path.write_bytes(content[:length])
            refused(tmp_path, f"{name}.bin: is no whole COLMAP model")

    def test_changed_bytes_end_in_one_line_or_are_read(self, tmp_path: Path) -> None:
        write_binary(tmp_path)
        rng = np.random.default_rng(8)
        for path in sorted((tmp_path / "sparse").iterdir()):
            content = path.read_bytes()
            for _ in range(100):
                changed = bytearray(content)
                changed[rng.integers(len(content))] = rng.integers(256)
                path.write_bytes(changed)
                with contextlib.suppress(UserError):
                    read_all(tmp_path)
            path.write_bytes(content)
