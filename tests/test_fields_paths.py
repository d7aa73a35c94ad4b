"""Camera paths and what is drawn along them: against closed forms, round trips, the views' own pictures and OpenCV's reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("warp")
pytest.importorskip("scipy")

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.fields import requirements
from wildfield.fields.analytic import orbit as dome
from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.cameras import OPENGL_TO_OPENCV, Camera
from wildfield.fields.data import open_scene
from wildfield.fields.files import read_picture
from wildfield.fields.orbit import looking_at, orbit
from wildfield.fields.path_file import read_path, resized, write_path
from wildfield.fields.render import render
from wildfield.fields.render_path import PathSettings, render_path
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.cloud import SplatCloud
from wildfield.fields.splats.ply import read_splats
from wildfield.fields.tour import sorted_stops, through
from wildfield.fields.train import train
from wildfield.progress import Progress

Z = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("paths") / "scene", views=16, size=48, points=2000)


@pytest.fixture(scope="module")
def field(scene: Path) -> Path:
    out = scene.parent / "field"
    train(scene, out, TrainSettings(steps=20, cap=500, threads=1), Progress())
    return out


def ring(count: int, focal: float = 60.0) -> list[Camera]:
    """Cameras evenly around (1, 2, 0), 3 m off and 1 m above."""
    middle = np.array([1.0, 2.0, 0.0])
    turns = 2 * np.pi * np.arange(count) / count
    places = middle + np.stack([3 * np.cos(turns), 3 * np.sin(turns), np.ones(count)], 1)
    return [Camera(48, 32, focal, focal, 24, 16, looking_at(place, middle, Z)) for place in places]


def ball(centre: np.ndarray, radius: float, count: int = 2000) -> SplatCloud:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(count, 3))
    means = centre + radius * means / np.linalg.norm(means, axis=1, keepdims=True)
    ones = np.ones((count, 4), np.float32)
    return SplatCloud(
        means.astype(np.float32), ones, ones[:, :3], ones[:, 0], ones[:, :3], np.zeros((count, 15, 3), np.float32)
    )


def test_an_orbit_keeps_the_height_and_distance_of_cameras_that_stand_around_something() -> None:
    cameras = ring(9)
    path = orbit(ball(np.zeros(3), 1.0), cameras, cameras[0], 12)
    offsets = np.stack([camera.position for camera in path]) - [1, 2, 0]
    assert np.linalg.norm(offsets, axis=1) == pytest.approx(np.sqrt(10))
    assert offsets[:, 2] == pytest.approx(1.0)
    turns = np.unwrap(np.arctan2(offsets[:, 1], offsets[:, 0]))
    assert np.diff(turns) == pytest.approx(2 * np.pi / 12)
    assert offsets[0, 1] == pytest.approx(-3) and offsets[0, 0] == pytest.approx(0, abs=1e-9)
    for camera, offset in zip(path, offsets, strict=True):
        pose = camera.camera_to_world
        assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3))
        assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
        assert pose[:3, 2] == pytest.approx(-offset / np.sqrt(10))
        assert pose[:3, 0] @ Z == pytest.approx(0, abs=1e-9) and pose[2, 1] < 0


def test_an_orbit_without_cameras_shows_the_splats_on_two_thirds_of_the_picture_and_no_sky() -> None:
    near, sky = ball(np.array([5.0, -3.0, 2.0]), 1.0, 4000), ball(np.zeros(3), 900.0, 800)
    both = SplatCloud(*(np.concatenate(parts) for parts in zip(vars(near).values(), vars(sky).values(), strict=True)))
    lens = Camera(64, 32, 40, 40, 32, 16, np.eye(4))
    for camera in orbit(both, [], lens, 5):
        assert np.linalg.norm(camera.position - [5, -3, 2]) == pytest.approx(1.5 / (16 / 40), rel=0.05)


def test_an_orbit_of_cameras_whose_up_is_another_axis_goes_around_that() -> None:
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]  # z becomes y
    cameras = [Camera(48, 32, 60, 60, 24, 16, turn @ camera.camera_to_world) for camera in ring(9)]
    path = np.stack([camera.position for camera in orbit(ball(np.zeros(3), 1.0), cameras, cameras[0], 8)])
    assert np.ptp(path[:, 1]) == pytest.approx(0, abs=1e-6)
    assert np.ptp(path[:, 0]) == pytest.approx(6) and np.ptp(path[:, 2]) == pytest.approx(6)


def test_a_path_passes_through_its_stops_at_an_even_pace_and_stays_on_their_circle() -> None:
    stops = ring(24)
    path = through(stops, 23 * 8 + 1)
    for stop, camera in zip(stops, path[::8], strict=True):
        assert camera.camera_to_world == pytest.approx(stop.camera_to_world, abs=1e-6)
    places = np.stack([camera.position for camera in path])
    assert np.hypot(*(places[8:-8, :2] - [1, 2]).T) == pytest.approx(3, abs=2e-3)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)[8:-8]
    assert steps.max() / steps.min() < 1.02
    middle = np.array([1.0, 2.0, 0.0])
    for camera in path:
        toward = (middle - camera.position) / np.linalg.norm(middle - camera.position)
        assert camera.camera_to_world[:3, 2] @ toward > 0.999


def test_a_path_bears_equal_stops_one_stop_turning_in_place_and_another_lens() -> None:
    wide, tele = ring(5, 40.0)[0], ring(5, 80.0)[1]
    assert [camera.fl_x for camera in through([wide, wide, tele, tele], 3)] == pytest.approx([40, np.sqrt(3200), 80])
    assert through([wide], 4) == [wide] * 4 == through([wide, wide], 4)
    turned = Camera(48, 32, 40, 40, 24, 16, wide.camera_to_world @ np.diag([-1.0, 1, -1, 1]))
    path = through([wide, turned], 5)
    assert all(camera.position == pytest.approx(wide.position) for camera in path)
    assert abs(path[2].camera_to_world[:3, 2] @ wide.camera_to_world[:3, 2]) < 1e-6


def test_a_tour_leaves_a_walk_as_it_is_and_undoes_the_crossings_of_a_shuffled_one() -> None:
    walk = ring(40)[:30]
    assert sorted_stops(walk) == walk
    order = np.concatenate([[0], 1 + np.random.default_rng(2).permutation(29)])
    sorted_again = np.stack([camera.position for camera in sorted_stops([walk[k] for k in order])])
    length = np.linalg.norm(np.diff(sorted_again, axis=0), axis=1).sum()
    exact = np.linalg.norm(np.diff(np.stack([camera.position for camera in walk]), axis=0), axis=1).sum()
    assert length == pytest.approx(exact)
    spread = [dome(number, 60, 32) for number in range(60)]
    steps = [
        np.linalg.norm(np.diff([c.position for c in order], axis=0), axis=1).sum() for order in (spread, sorted_stops(spread))
    ]
    assert steps[1] < 0.4 * steps[0]


def test_a_path_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    cameras = ring(5)
    write_path(tmp_path / "path.json", cameras, [f"{k}.png" for k in range(5)])
    for read, camera in zip(read_path(tmp_path / "path.json", cameras[0]), cameras, strict=True):
        assert read.camera_to_world == pytest.approx(camera.camera_to_world)
        assert (read.width, read.height, read.fl_x, read.cx, read.cy) == (48, 32, 60, 24, 16)


def test_nerfstudios_camera_path_is_the_same_path(tmp_path: Path) -> None:
    cameras, angle = ring(3), float(np.degrees(2 * np.arctan(16 / 60)))
    poses = [(camera.camera_to_world @ OPENGL_TO_OPENCV).ravel().tolist() for camera in cameras]
    saved = [{"camera_to_world": pose, "fov": angle, "aspect": 1.5} for pose in poses]
    text = {"camera_type": "perspective", "render_height": 32, "render_width": 48, "camera_path": saved, "fps": 24}
    (tmp_path / "path.json").write_text(json.dumps(text))
    for read, camera in zip(read_path(tmp_path / "path.json", cameras[0]), cameras, strict=True):
        assert read.camera_to_world == pytest.approx(camera.camera_to_world)
        assert (read.width, read.height, read.fl_x) == (48, 32, pytest.approx(60))


def test_poses_without_a_lens_take_that_of_the_training() -> None:
    lens = resized(ring(3)[0], 96, 64)
    assert (lens.width, lens.height, lens.fl_x, lens.cx, lens.cy) == (96, 64, 120, 48, 32)
    middle = lens.directions()[31:33, 47:49].mean((0, 1))
    assert middle == pytest.approx(ring(3)[0].directions()[15:17, 23:25].mean((0, 1)))


def test_pictures_along_the_poses_of_the_views_are_the_pictures_of_the_views(scene: Path, field: Path, tmp_path: Path) -> None:
    render(field, scene, "test", tmp_path / "views", "cpu", Progress())
    views = open_scene(scene).split("test")
    frames = [{"transform_matrix": (view.camera.camera_to_world @ OPENGL_TO_OPENCV).tolist()} for view in views]
    (tmp_path / "poses.json").write_text(json.dumps({"frames": frames}))
    done = render_path(field, None, tmp_path / "path", PathSettings(str(tmp_path / "poses.json")), "cpu", Progress())
    assert done == {"out": str(tmp_path / "path"), "frames": 2, "width": 48, "height": 48}
    for number, drawn in enumerate(sorted((tmp_path / "views/rgb").iterdir()), 1):
        assert (read_picture(tmp_path / f"path/{number:04d}.png") == read_picture(drawn)).all()
    again = render_path(
        field, None, tmp_path / "again", PathSettings(str(tmp_path / "path/transforms.json")), "cpu", Progress()
    )
    assert again["frames"] == 2
    assert (read_picture(tmp_path / "again/0002.png") == read_picture(tmp_path / "path/0002.png")).all()


def test_a_field_alone_is_drawn_without_its_scene(field: Path, tmp_path: Path) -> None:
    alone = tmp_path / "field"
    alone.mkdir()
    for name in ("splats.ply", "field.json"):
        (alone / name).write_bytes((field / name).read_bytes())
    described = json.loads((alone / "field.json").read_text())
    (alone / "field.json").write_text(json.dumps({**described, "scene": str(tmp_path / "gone")}))
    settings = PathSettings("orbit", frames=2, size=(80, 60), background="#204060")
    render_path(alone, None, tmp_path / "out", settings, "cpu", Progress())
    picture = read_picture(tmp_path / "out/0001.png")
    assert picture.shape == (60, 80, 3)
    assert picture[0, 0].tolist() == [0x20, 0x40, 0x60]
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
    assert main(["render", str(alone), "--path", "tour", str(tmp_path / "tour")]) == BAD_INPUT


def test_a_film_has_the_pictures_in_their_colours_for_opencv(field: Path, tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    cv2 = pytest.importorskip("cv2")
    settings = {"frames": 7, "size": (81, 61), "background": "#2080c0"}
    done = render_path(field, None, tmp_path / "orbit.mp4", PathSettings("orbit", **settings, fps=12), "cpu", Progress())
    assert (done["frames"], done["width"], done["height"]) == (7, 80, 60)
    still = PathSettings("orbit", frames=7, size=(80, 60), background="#2080c0")
    render_path(field, None, tmp_path / "stills", still, "cpu", Progress())
    film = cv2.VideoCapture(str(tmp_path / "orbit.mp4"))
    assert film.get(cv2.CAP_PROP_FPS) == 12
    for number in range(1, 8):
        there, picture = film.read()
        assert there
        exact = cv2.imread(str(tmp_path / f"stills/{number:04d}.png"))
        assert np.abs(picture[:8, :8].astype(int).mean((0, 1)) - exact[:8, :8].mean((0, 1))).max() < 16
        assert np.abs(picture.astype(int) - exact).mean() < 8
    assert not film.read()[0]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_film_without_the_library_is_refused_in_one_line(
    field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requirements.importlib.util, "find_spec", lambda name: None if name == "imageio_ffmpeg" else name)
    assert main(["render", str(field), "--path", "orbit", "--out", str(tmp_path / "a.mp4")]) == BAD_INPUT
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "imageio-ffmpeg" in told and "wildfield[view]" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--path", "orbit"], "give it last, or with --out"),
        (["--path", "orbit", "--frames", "0", "OUT"], "--frames is 0"),
        (["--path", "orbit", "--resolution", "8x8", "OUT"], "--resolution is 8x8"),
        (["--path", "orbit", "--fps", "nan", "OUT"], "--fps is nan"),
        (["--path", "orbit", "--background", "pink", "OUT"], "--background 'pink'"),
        (["--path", "orbit", "--background", "transparent", "OUT.mp4"], "a film has none"),
        (["--path", "orbit", "--split", "val", "OUT"], "--split goes with the views"),
        (["--path", "orbits", "OUT"], "orbits: no such file"),
        (["--frames", "3", "--scene", "SCENE", "OUT"], "--frames goes with --path only"),
        (["--resolution", "64x64", "--scene", "SCENE", "OUT"], "--resolution goes with --path only"),
        (["OUT"], "render needs --scene"),
    ],
)
def test_what_a_path_cannot_be_is_refused_in_one_line_and_nothing_is_written(
    scene: Path, field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    real = [str(tmp_path / text) if text.startswith("OUT") else str(scene) if text == "SCENE" else text for text in arguments]
    assert main(["render", str(field), *real, "--progress", "none"]) == BAD_INPUT
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


POSE = np.eye(4).tolist()
BROKEN: list[Any] = [
    [], {}, {"frames": []}, {"frames": [3]}, {"frames": [{}]}, {"frames": [{"transform_matrix": "x"}]},
    {"frames": [{"transform_matrix": POSE, "fl_x": 50}]}, {"frames": [{"transform_matrix": [[float("nan")] * 4] * 4}]},
    {"frames": [{"transform_matrix": POSE, "w": 10**9, "h": 10**9, "fl_x": 50}]},
    {"frames": [{"transform_matrix": POSE, "w": 64, "h": 64, "fl_x": 50, "k1": 0.2}]},
    {"frames": [{"transform_matrix": POSE, "w": 64, "h": 64, "fl_x": 50, "camera_model": "EQUIRECTANGULAR"}]},
    {"camera_path": 3}, {"camera_path": []}, {"camera_path": [{}], "render_width": 9, "render_height": 9},
    {"camera_path": [{"camera_to_world": [1] * 9, "fov": 50}], "render_width": 64, "render_height": 64},
    {"camera_path": [{"camera_to_world": [0] * 16, "fov": 0}], "render_width": 64, "render_height": 64},
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_path_file_is_one_line(field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any) -> None:
    path = tmp_path / "path.json"
    path.write_text(json.dumps(content))
    assert main(["render", str(field), "--path", str(path), str(tmp_path / "out"), "--progress", "none"]) == BAD_INPUT
    told = capsys.readouterr().err
    assert str(path) in told and told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_command_line_draws_a_tour_and_says_where(field: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tour"
    assert main(["render", str(field), "--path", "tour", "--frames", "3", "--out", str(out), "--json"]) == DONE
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["result"]
    assert told == {"out": str(out), "frames": 3, "width": 48, "height": 48}
    assert sorted(path.name for path in out.iterdir()) == ["0001.png", "0002.png", "0003.png", "transforms.json"]
    assert read_picture(out / "0001.png").shape == (48, 48, 4)
    assert len(read_splats(field / "splats.ply")) <= 500
