"""Folders that other programs made, as a training reads them: NeRF-synthetic, nerfstudio, instant-ngp; and all are learned."""

from __future__ import annotations

import importlib.util
import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.cli import DONE, main
from wildfield.errors import UserError
from wildfield.fields.cameras import OPENGL_TO_OPENCV, Camera
from wildfield.fields.data import Scene, open_scene

iio = pytest.importorskip("imageio.v3")
from foreign_folders import by_name, opengl, picture, pose, project, read_all, refused, write_json, write_text  # noqa: E402

LEARNS = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("warp") is not None
needs_learning = pytest.mark.skipif(not LEARNS, reason="torch and warp are not in this Python: Blender's own has them not")


class TestNerfSynthetic:
    """The layout of the scenes of NeRF."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "lego"
        for split, count in (("train", 3), ("val", 1), ("test", 2)):
            frames: list[dict[str, object]] = []
            for k in range(count):
                picture(self.folder / split / f"r_{k}.png", (20, 20), 4)
                frames.append({"file_path": f"./{split}/r_{k}", "rotation": 0.012, "transform_matrix": opengl(k)})
            picture(self.folder / split / "r_0_depth_0001.png", (20, 20), 4)
            write_json(self.folder / f"transforms_{split}.json", camera_angle_x=0.6911112070083618, frames=frames)

    def test_splits_cameras_and_pictures_are_those_of_the_three_files(self) -> None:
        scene, points = read_all(self.folder)
        assert points is None
        assert {split: [view.name for view in views] for split, views in scene.views.items()} == {
            "train": ["train/r_0", "train/r_1", "train/r_2"], "val": ["val/r_0"], "test": ["test/r_0", "test/r_1"],
        }  # fmt: skip
        camera = scene.views["test"][1].camera
        assert np.allclose(camera.camera_to_world, pose(1))
        assert (camera.width, camera.height, camera.cx, camera.cy) == (20, 20, 10, 10)
        # At 800 pixels the focal length of these scenes is the well-known 1111.111.
        assert (camera.fl_x * 40, camera.fl_y * 40) == pytest.approx((1111.111, 1111.111), abs=1e-3)
        assert all(view.depth is None for view in scene.views["train"])

    def test_a_folder_of_training_views_alone_can_be_trained_on(self) -> None:
        for split in ("val", "test"):
            (self.folder / f"transforms_{split}.json").unlink()
        scene = open_scene(self.folder)
        assert len(scene.split("train")) == 3
        with pytest.raises(UserError, match="lego: has no test views"):
            scene.split("test")

    def test_what_is_wrong_names_the_file(self) -> None:
        (self.folder / "val/r_0.png").unlink()
        refused(self.folder, r"transforms_val.json: frame 0: .*val/r_0 is no picture")

    def test_no_angle_of_view(self) -> None:
        write_json(self.folder / "transforms_test.json", frames=[{"file_path": "test/r_0", "transform_matrix": opengl(0)}])
        refused(self.folder, "transforms_test.json: frame 0: fl_x is missing")


class TestNerfstudio:
    """Folders as ns-process-data and instant-ngp's scripts leave them."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "capture"
        self.frames: list[dict[str, Any]] = []
        for k in range(1, 4):
            picture(self.folder / f"images/frame_{k:05d}.jpg")
            self.frames.append({"file_path": f"images/frame_{k:05d}.jpg", "transform_matrix": opengl(k), "colmap_im_id": k})
        self.common: dict[str, Any] = {
            "camera_model": "OPENCV", "w": 24, "h": 16, "fl_x": 20.5, "fl_y": 19.5, "cx": 12, "cy": 8,
            "k1": 0.0, "k2": 0, "p1": 0.0, "p2": 0,
        }  # fmt: skip

    def write(self, **changes: object) -> Scene:
        write_json(self.folder / "transforms.json", **{**self.common, "frames": self.frames, **changes})
        return read_all(self.folder)[0]

    def refused(self, words: str, **changes: object) -> None:
        write_json(self.folder / "transforms.json", **{**self.common, "frames": self.frames, **changes})
        refused(self.folder, words)

    def test_intrinsics_of_all_frames_and_of_each(self) -> None:
        self.frames[1] |= {"fl_x": 30.0, "cx": 11.0}
        views = by_name(self.write())
        assert [views[name].camera.fl_x for name in sorted(views)] == [20.5, 30.0, 20.5]
        assert views["images/frame_00002.jpg"].camera.cx == 11
        assert np.allclose(views["images/frame_00002.jpg"].camera.camera_to_world, pose(2))

    def test_lists_of_file_names_make_the_splits_with_or_without_a_dot_in_front(self) -> None:
        names = [frame["file_path"] for frame in self.frames]
        scene = self.write(train_filenames=[f"./{names[0]}", names[2]], val_filenames=[], test_filenames=[names[1]])
        assert {split: [view.name for view in views] for split, views in scene.views.items()} == {
            "train": [names[0], names[2]], "val": [], "test": [names[1]],
        }  # fmt: skip

    @pytest.mark.parametrize("form", ["npy", "png", "small npy", "own unit", "instant-ngp"])
    def test_depth_in_millimetres_is_read_in_metres(self, form: str) -> None:
        depth = np.random.default_rng(2).uniform(0.5, 9, (16, 24)).round(3)
        depth[3, 4] = 0
        changes: dict[str, object] = {}
        for frame in self.frames:
            path = self.folder / "depths" / (Path(frame["file_path"]).stem + (".png" if form[0] in "pi" else ".npy"))
            path.parent.mkdir(exist_ok=True)
            key = "depth_path" if form == "instant-ngp" else "depth_file_path"
            frame[key] = path.relative_to(self.folder).as_posix()
            if form == "npy":
                np.save(path, np.where(depth > 0, depth * 1000, np.nan).astype(np.float32))
            elif form == "small npy":
                np.save(path, (depth[::2, ::2, None] * 1000).round().astype(np.uint16))
            elif form == "own unit":
                changes = {"depth_unit_scale_factor": 0.25}
                np.save(path, depth * 4)
            else:
                changes = {"integer_depth_scale": 1e-3}
                iio.imwrite(path, (depth * 1000).round().astype(np.uint16))
        read = self.write(**changes).views["train"][0].read_depth()
        expected = depth[::2, ::2].repeat(2, 0).repeat(2, 1) if form == "small npy" else depth
        assert read.dtype == np.float32
        assert np.allclose(read, expected, atol=6e-4)

    def test_an_exr_is_in_metres(self) -> None:
        from wildfield.fields.files import write_depth

        write_depth(self.folder / "a.exr", np.full((16, 24), 2.5))
        self.frames[0]["depth_file_path"] = "a.exr"
        view = by_name(self.write())["images/frame_00001.jpg"]
        assert np.all(view.read_depth() == 2.5)

    def test_points_of_the_ply_are_in_the_coordinates_of_the_file_whatever_was_applied(self) -> None:
        from wildfield.fields.analytic import write_points

        rows = np.random.default_rng(4).random((5, 9))
        write_points(self.folder / "sparse_pc.ply", rows)
        scene = self.write(ply_file_path="sparse_pc.ply", applied_transform=[[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0]])
        points = scene.read_points()
        assert points is not None
        assert np.allclose(points.positions, rows[:, :3])

    @pytest.mark.parametrize("named", [True, False])
    def test_points_that_are_left_in_colmaps_model_are_moved_to_where_the_cameras_are(self, named: bool) -> None:
        """The oracle: a COLMAP model in one system, its cameras in the other, one pixel for the same point."""
        write_text(self.folder / "colmap")
        (self.folder / "colmap/sparse").rename(self.folder / "colmap/0")
        (self.folder / "colmap/sparse").mkdir()
        (self.folder / "colmap/0").rename(self.folder / "colmap/sparse/0")
        applied = np.array(
            [[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0.5]] if named else [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, -1, 0]]
        )
        whole = np.vstack([applied, [0, 0, 0, 1]])
        self.frames[0]["transform_matrix"] = (whole @ pose(1) @ OPENGL_TO_OPENCV).tolist()
        scene = self.write(**({"applied_transform": applied.tolist()} if named else {}))
        points = scene.read_points()
        assert points is not None
        theirs = Camera(24, 16, 20.5, 19.5, 12, 8, pose(1))
        ours = by_name(scene)["images/frame_00001.jpg"].camera
        original = np.array([1.67241, 0.292931, 0.609726])
        assert np.allclose(project(ours, points.positions[0]), project(theirs, original), rtol=1e-4)

    def test_instant_ngps_keys_and_names_without_suffix(self) -> None:
        for frame in self.frames:
            frame["file_path"] = "./" + frame["file_path"].removesuffix(".jpg")
            frame["sharpness"] = 30.2
        common = {"camera_angle_x": 2 * math.atan(24 / 41), "camera_angle_y": 2 * math.atan(16 / 39), "w": 24.0, "h": 16.0}
        self.common = {**common, "k1": 0, "aabb_scale": 16, "scale": 0.3, "offset": [0.5, 0.5, 0.5], "is_fisheye": False}
        views = by_name(self.write())
        camera = views["images/frame_00003"].camera
        assert (camera.fl_x, camera.fl_y, camera.cx, camera.cy) == pytest.approx((20.5, 19.5, 12, 8))
        assert np.allclose(camera.camera_to_world, pose(3))

    def test_instant_ngps_held_out_pictures_have_files_of_their_own(self) -> None:
        for split, number in (("val", 4), ("test", 5)):
            picture(self.folder / split / "images/a.png")
            frame = {"file_path": "images/a.png", "transform_matrix": opengl(number)}
            write_json(self.folder / split / "transforms.json", **self.common, frames=[frame])
        scene = self.write()
        assert len(scene.views["train"]) == 3
        assert [view.name for split in ("val", "test") for view in scene.views[split]] == [
            "val/images/a.png",
            "test/images/a.png",
        ]
        assert np.allclose(scene.views["test"][0].camera.camera_to_world, pose(5))
        (self.folder / "val/transforms.json").write_text("{}")
        refused(self.folder, "val/transforms.json: has no frames")

    def test_a_dataset_without_depth_is_a_scene_without_depth(self) -> None:
        scene = self.write(wildfield={"scene_box": [[-1] * 3, [1] * 3], "background": "transparent"})
        assert all(view.depth is None for view in scene.views["train"])

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"k1": 0.02}, "frame 0: lens distortion .k1. .*colmap image_undistorter"),
            ({"camera_model": "OPENCV_FISHEYE"}, "OPENCV_FISHEYE"),
            ({"is_fisheye": True}, "OPENCV_FISHEYE"),
            ({"camera_model": "ORTHOGRAPHIC"}, "frame 0: the camera is orthographic"),
            ({"camera_model": "EQUIRECTANGULAR"}, "frame 0: the camera is equirectangular"),
            ({"camera_model": "FISHEYE_EQUISOLID"}, "frame 0: camera_model 'FISHEYE_EQUISOLID'; only pinhole"),
            ({"camera_model": "OPENCV_FISHEYE"}, "frame 0: camera_model 'OPENCV_FISHEYE'; only pinhole"),
            ({"w": math.inf}, "frame 0: a camera value is no number"),
            ({"fl_x": -3}, "frame 0: .*positive focal lengths"),
            ({"train_filenames": "all"}, "train_filenames is no list"),
            ({"fl_x": int("9" * 4000)}, "frame 0: a camera value is no number"),
            ({"ply_file_path": "nowhere.ply"}, "nowhere.ply: is missing"),
        ],
    )
    def test_what_cannot_be_read_ends_in_one_line(self, changes: dict[str, object], words: str) -> None:
        self.refused(words, **changes)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"transform_matrix": np.diag([2.0, 2, 2, 1]).tolist()}, "frame 1: transform_matrix is no 4 x 4 camera pose"),
            ({"transform_matrix": np.diag([1.0, 1, -1, 1]).tolist()}, "frame 1: transform_matrix is no 4 x 4 camera pose"),
            ({"transform_matrix": [[1, 2], [3]]}, "frame 1: a camera value is no number"),
            ({"file_path": "images/two\nlines.png"}, "frame 1 has no file_path"),
            ({"depth_file_path": "depth.tiff"}, "depth.tiff: depth is read from .exr, .npy, .png"),
            ({"depth_file_path": "a.npy", "depth_unit_scale_factor": 0}, "frame 1: depth_unit_scale_factor"),
            ({"depth_file_path": "a.npy"}, "a.npy: is missing or no whole .npy"),
            ({"depth_file_path": "images/frame_00001.png"}, "frame_00001.png: is missing"),
        ],
    )
    def test_a_broken_frame_ends_in_one_line(self, changes: dict[str, object], words: str) -> None:
        self.frames[1] |= changes
        self.refused(words)

    @pytest.mark.parametrize(
        "content",
        [
            np.zeros((16, 24), "f4").tobytes(),
            b"\x93NUMPY\x01\x00\x76\x00"
            + b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999), }".ljust(118),
            b"\x93NUMPY\x01\x00\x76\x00"
            + b"{'descr': '|O', 'fortran_order': False, 'shape': (16, 24), }".ljust(118)
            + bytes(3072),
            b"\x93NUMPY\x01\x00\x76\x00"
            + b"{'descr': '<f4', 'fortran_order': False, 'shape': (384,), }".ljust(118)
            + bytes(1536),
            b"\x93NUMPY\x01\x00\x76\x00" + b"(((((((((".ljust(118),
        ],
        ids=["no header", "a shape that is a lie", "objects", "one row", "an open bracket"],
    )
    def test_a_depth_array_that_is_none_is_refused_before_it_costs_memory(self, content: bytes) -> None:
        (self.folder / "a.npy").write_bytes(content)
        self.frames[1]["depth_file_path"] = "a.npy"
        tracemalloc.start()
        self.refused("a.npy: (is missing or no whole .npy|holds)")
        assert tracemalloc.get_traced_memory()[1] < 5e6
        tracemalloc.stop()

    def test_a_picture_of_eight_bits_is_no_depth(self) -> None:
        iio.imwrite(self.folder / "a.png", np.full((16, 24), 7, np.uint8))
        self.frames[1]["depth_file_path"] = "a.png"
        self.refused("a.png: has shape .* of uint8; depth is one channel of 16 bits")


def test_a_folder_of_none_of_the_layouts_says_which_there_are(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    refused(tmp_path, r"transforms_train.json .NeRF-synthetic. or sparse/0 .COLMAP.")


def sky_colour(directions: np.ndarray) -> np.ndarray:
    """A smooth sky of 0 to 1 for world directions (..., 3)."""
    unit = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    return 0.5 + 0.3 * unit


@needs_learning
def test_without_depth_and_alpha_the_dome_of_first_splats_has_the_colours_of_the_sky(tmp_path: Path) -> None:
    """The oracle: pictures of nothing but a sky whose colour is a formula of the direction."""
    from wildfield.fields.analytic import write_analytic_scene
    from wildfield.fields.files import write_picture
    from wildfield.fields.settings import TrainSettings
    from wildfield.fields.splats.trainer import SplatTrainer

    folder = write_analytic_scene(tmp_path / "scene", views=9, size=24, points=300, samples=1)
    content = json.loads((folder / "transforms.json").read_text())
    content["frames"] = [{key: frame[key] for key in frame if key != "depth_file_path"} for frame in content["frames"]]
    (folder / "transforms.json").write_text(json.dumps(content))
    scene = open_scene(folder)
    for view in by_name(scene).values():
        write_picture(view.picture, sky_colour(view.camera.directions()))
    trainer = SplatTrainer(scene, TrainSettings(steps=1, cap=2000, threads=1))
    trainer.launch.close()
    cloud = trainer.model.cloud()
    dome = np.linalg.norm(cloud.means, axis=1) > 8
    centre = np.mean([view.camera.position for view in scene.views["train"]], axis=0)
    assert 50 < dome.sum() <= 100
    assert np.allclose(0.5 + 0.28209479 * cloud.base[dome], sky_colour(cloud.means[dome] - centre), atol=0.003)


@pytest.fixture(scope="module")
def orbit(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("import") / "orbit"
    options = ["--asset", "fern", "--seed", "3", "--views", "12", "--resolution", "64x64", "--samples", "2"]
    assert main(["generate", str(out), *options, "--progress", "none"]) == DONE
    return out


@needs_learning
@pytest.mark.parametrize("form", ["colmap", "nerf-synthetic", "nerfstudio"])
def test_a_folder_in_each_layout_is_learned(form: str, orbit: Path, tmp_path: Path) -> None:
    """The mean loss over all views goes down from the first epoch to the last, which takes longer from random places;
    and both commands read the folder."""
    from wildfield.fields.settings import TrainSettings
    from wildfield.fields.splats.trainer import SplatTrainer
    from wildfield.fields.train import one_torch_thread

    folder, field = tmp_path / form, tmp_path / "field"
    assert main(["export", str(orbit), "--to", form, str(folder)]) == DONE
    scene = open_scene(folder)
    epoch = len(scene.split("train"))
    steps = 160 if scene.read_points() is None else 40
    losses = []
    with one_torch_thread():
        trainer = SplatTrainer(scene, TrainSettings(steps=steps, cap=2000, threads=1))
        for _ in range(steps):
            trainer.step()
            losses.append(trainer.loss)
    trainer.launch.close()
    assert np.mean(losses[-epoch:]) < 0.9 * np.mean(losses[:epoch])
    assert main(["train", str(folder), "--out", str(field), "--steps", "5", "--cap", "500"]) == DONE
    assert main(["render", str(field), "--scene", str(folder), "--split", "test", str(field / "test")]) == DONE
    scores = json.loads((field / "test/scores.json").read_text())
    assert len(scores["views"]) == len(scene.split("test"))
    assert ("depth_median_error" in scores["mean"]) == (form == "nerfstudio")
