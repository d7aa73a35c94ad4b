"""Where a training starts: surface samples, COLMAP's points, or random places that cameras share; and views that share none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("warp")

from foreign_folders import CAMERAS_TXT, IMAGES_TXT, project

from wildfield.cli import BAD_INPUT, main
from wildfield.errors import UserError
from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.cameras import Camera
from wildfield.fields.data import open_scene
from wildfield.fields.overlap import points_in_common
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.trainer import SplatTrainer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_analytic_scene(tmp_path / "scene", views=10, size=24, points=300, samples=1)


def edit(folder: Path, **changes: object) -> dict[str, Any]:
    path = folder / "transforms.json"
    content: dict[str, Any] = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return content


def add_colmap(folder: Path, positions: np.ndarray) -> None:
    """Leave a model of COLMAP in the folder as ns-process-data does, in the coordinates of the cameras."""
    model = folder / "colmap/sparse/0"
    model.mkdir(parents=True)
    rows = [f"{k} {x} {y} {z} 10 20 30 1.0 16 1" for k, (x, y, z) in enumerate(positions.tolist())]
    (model / "cameras.txt").write_text(CAMERAS_TXT)
    (model / "images.txt").write_text(IMAGES_TXT)
    (model / "points3D.txt").write_text("\n".join(rows))
    edit(folder, applied_transform=np.eye(4)[:3].tolist())


def started(folder: Path, start: str) -> np.ndarray:
    """Return where the first splats are (N, 3)."""
    trainer = SplatTrainer(open_scene(folder), TrainSettings(steps=1, cap=400, threads=1, start=start))
    trainer.close()
    return trainer.model.cloud().means


def refused(folder: Path, words: str, start: str = "auto") -> None:
    with pytest.raises(UserError, match=words) as caught:
        started(folder, start)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_each_start_begins_at_its_own_points_and_auto_at_the_exact_ones(folder: Path) -> None:
    exact = open_scene(folder).read_points()
    assert exact is not None
    sparse = np.random.default_rng(3).uniform(-0.5, 0.5, (50, 3)).astype(np.float32)
    add_colmap(folder, sparse)
    known = set(map(tuple, exact.positions))
    assert {tuple(place) for place in started(folder, "points")} <= known
    assert len(started(folder, "points")) == 200
    assert np.array_equal(started(folder, "auto"), started(folder, "points"))
    assert np.allclose(np.sort(started(folder, "colmap"), 0), np.sort(sparse, 0))
    assert not {tuple(place) for place in started(folder, "random")} & known
    edit(folder, ply_file_path=None)
    assert np.allclose(np.sort(started(folder, "auto"), 0), np.sort(sparse, 0))


def test_a_start_that_the_folder_lacks_is_refused_and_auto_takes_random_places(folder: Path) -> None:
    refused(folder, "--start colmap: the folder has no points of COLMAP; choose another start", "colmap")
    edit(folder, ply_file_path=None)
    refused(folder, "--start points: the folder names no PLY of points", "points")
    assert np.array_equal(started(folder, "auto"), started(folder, "random"))


def test_the_command_line_takes_a_start_and_writes_nothing_where_it_is_not_there(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["train", str(folder), "--out", str(tmp_path / "field"), "--steps", "2", "--start", "colmap"]
    assert main(wanted) == BAD_INPUT
    assert "--start colmap" in capsys.readouterr().err
    assert not (tmp_path / "field").exists()


def test_random_places_of_an_orbit_are_seen_by_half_of_the_cameras(folder: Path) -> None:
    cameras = [view.camera for view in open_scene(folder).views["train"]]
    places = points_in_common(cameras, 500, np.random.default_rng(1), "here").positions
    assert len(places) == 500
    seen = sum(inside(camera, places) for camera in cameras)
    assert seen.min() >= len(cameras) // 2


def inside(camera: Camera, places: np.ndarray) -> np.ndarray:
    pixels = np.array([project(camera, place) for place in places])
    ahead = (places - camera.position) @ camera.camera_to_world[:3, 2] > 0
    return ahead & (pixels >= -1e-3).all(1) & (pixels <= [camera.width + 1e-3, camera.height + 1e-3]).all(1)


def test_random_places_of_opaque_pictures_stand_before_a_sky_in_their_colours(folder: Path) -> None:
    """The oracle: pictures of one blue, so that the dome can have no other colour."""
    import imageio.v3 as iio

    for view in open_scene(folder).views["train"] + open_scene(folder).views["val"]:
        iio.imwrite(view.picture, np.full((24, 24, 3), (50, 100, 200), np.uint8))
    trainer = SplatTrainer(open_scene(folder), TrainSettings(steps=1, cap=400, threads=1, start="random"))
    trainer.close()
    cloud = trainer.model.cloud()
    dome = np.linalg.norm(cloud.means, axis=1) > 8
    assert len(cloud) == 200 and dome.sum() == 20
    assert np.allclose(cloud.colours()[dome] * 255, (50, 100, 200), atol=0.1)
    assert np.allclose(cloud.colours()[~dome], 0.5)


def test_random_places_along_a_wall_are_ahead_of_the_cameras_and_seen_by_two(folder: Path) -> None:
    cameras = []
    for k in range(6):
        pose = np.eye(4)
        pose[0, 3] = 5 + 0.5 * k
        cameras.append(Camera(40, 30, 40, 40, 20, 15, pose))
    places = points_in_common(cameras, 300, np.random.default_rng(1), "here").positions
    assert len(places) == 300
    assert sum(inside(camera, places).astype(int) for camera in cameras).min() >= 2
    assert places[:, 2].max() > 5 * places[:, 2].min(), "near and far"


def test_one_view_alone_is_refused(folder: Path) -> None:
    names = [view.name for view in open_scene(folder).views["train"]]
    edit(folder, train_filenames=names[:1])
    refused(folder, "has one training view; a field needs at least 2")


@pytest.mark.parametrize("start", ["points", "random"])
def test_views_that_look_apart_are_refused(folder: Path, start: str) -> None:
    """Two cameras back to back: points stand before each of them, and none before both."""
    content = edit(folder)
    frames = content["frames"][:2]
    for frame, sign in zip(frames, (1, -1), strict=True):
        frame["transform_matrix"] = np.diag([sign, 1.0, sign, 1.0]).tolist()
    names = [frame["file_path"] for frame in frames]
    edit(folder, frames=frames, train_filenames=names, val_filenames=[], test_filenames=[])
    refused(folder, "no place is seen by two training views", start)


def test_points_in_other_coordinates_than_the_cameras_are_told_apart(folder: Path) -> None:
    from wildfield.fields.analytic import write_points

    rows = np.random.default_rng(4).random((50, 9))
    rows[:, :3] += 9000
    write_points(folder / "points.ply", rows)
    refused(folder, "no training view sees any of the points; do poses and points have the same coordinates")
