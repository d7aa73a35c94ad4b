"""Tri-planes end to end on an analytic scene: trained, drawn, resumed to the bit, meshed, turned into splats, and refused."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.cli import BAD_INPUT, DONE, main  # noqa: E402
from wildfield.errors import UserError  # noqa: E402
from wildfield.fields.analytic import ellipsoids, write_analytic_scene  # noqa: E402
from wildfield.fields.convert import convert  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.render import render  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.ply import read_splats  # noqa: E402
from wildfield.fields.train import train  # noqa: E402
from wildfield.fields.triplanes.trainer import PlaneTrainer  # noqa: E402
from wildfield.progress import Progress, Task  # noqa: E402

SHORT = {"field": "triplanes", "steps": 80, "seed": 3, "levels": (16, 32, 64)}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("analytic") / "scene", views=16, size=48, points=6000)


@pytest.fixture(scope="module")
def field(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("field") / "field"
    train(scene, out, TrainSettings(**SHORT, threads=1), Progress())
    return out


@pytest.fixture(scope="module")
def bare(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same scene without depth and without points."""
    folder = shutil.copytree(scene, tmp_path_factory.mktemp("bare") / "scene")
    content = json.loads((folder / "transforms.json").read_text())
    del content["ply_file_path"]
    for frame in content["frames"]:
        del frame["depth_file_path"]
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


class Interrupting(Progress):
    """Acts like a person who presses Ctrl-C while a given step is under way."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.said: list[str] = []

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        self.said.append(text)
        yield Task(self, text, total)

    def _show(self, task: Task, last: bool) -> None:
        if task.values.get("step") == self.at:
            signal.raise_signal(signal.SIGINT)


def test_a_short_training_learns_the_scene_and_writes_the_whole_field(scene: Path, field: Path) -> None:
    description = json.loads((field / "field.json").read_text())
    assert (description["format"], description["type"], description["steps"]) == (1, "triplanes", SHORT["steps"])
    assert (description["planes"], description["levels"], description["occupancy"]) == (9, [16, 32, 64], "exact")
    assert description["curve"][-1]["psnr"] > 19
    assert description["curve"][-1]["psnr"] > description["curve"][0]["psnr"] + 4
    assert sorted(path.name for path in field.iterdir()) == ["checkpoint.safetensors", "field.json", "planes.safetensors"]


def test_the_same_seed_and_steps_make_the_same_bytes_on_one_and_on_two_threads(
    scene: Path, field: Path, tmp_path: Path
) -> None:
    train(scene, tmp_path / "two", TrainSettings(**SHORT, threads=2), Progress())
    assert (tmp_path / "two/planes.safetensors").read_bytes() == (field / "planes.safetensors").read_bytes()
    train(scene, tmp_path / "other", TrainSettings(**{**SHORT, "seed": 4, "steps": 3}, threads=1), Progress())
    assert (tmp_path / "other/planes.safetensors").read_bytes() != (field / "planes.safetensors").read_bytes()


@pytest.mark.parametrize(("at", "depth"), [(1, True), (31, True), (33, False)])
def test_an_interrupted_and_resumed_training_ends_in_the_same_bytes(
    scene: Path, bare: Path, field: Path, tmp_path: Path, at: int, depth: bool
) -> None:
    folder, out, settings = scene if depth else bare, tmp_path / "field", TrainSettings(**SHORT, threads=1)
    whole = field
    if not depth:
        whole = tmp_path / "whole"
        train(folder, whole, settings, Progress())
    pressing = Interrupting(at)
    with pytest.raises(KeyboardInterrupt):
        train(folder, out, settings, pressing)
    assert "Training triplanes" in pressing.said
    assert not (out / "field.json").exists()
    done = train(folder, out, TrainSettings(**SHORT, threads=1, resume=True), Progress())
    assert done["steps"] == SHORT["steps"]
    assert (out / "planes.safetensors").read_bytes() == (whole / "planes.safetensors").read_bytes()
    assert done["curve"] == [
        {**point, "seconds": mine["seconds"]}
        for point, mine in zip(json.loads((whole / "field.json").read_text())["curve"], done["curve"], strict=True)
    ]


def test_rendering_scores_what_the_training_saw_last(scene: Path, field: Path, tmp_path: Path) -> None:
    scores = render(field, scene, "val", tmp_path / "drawn", "cpu", Progress())["mean"]
    last = json.loads((field / "field.json").read_text())["scores"]["val"]["psnr"]
    assert scores["psnr"] == pytest.approx(last, abs=0.02)  # planes are stored as float16
    assert scores["depth_median_error"] < 0.1
    assert 0 < scores["surface_median_distance"] < 0.1


def test_the_mesh_and_the_splats_of_a_field_lie_on_the_surface(scene: Path, field: Path, tmp_path: Path) -> None:
    from scipy.spatial import cKDTree

    trimesh = pytest.importorskip("trimesh")
    pytest.importorskip("skimage")
    points = open_scene(scene).read_points()
    assert points is not None
    tree = cKDTree(points.positions)
    assert main(["mesh", str(field), str(tmp_path / "mesh.ply"), "--voxel", "0.06"]) == DONE
    mesh = trimesh.load(tmp_path / "mesh.ply", process=False)
    assert len(mesh.faces) > 1000 and mesh.visual.vertex_colors.std(0)[:3].min() > 10
    assert np.median(tree.query(mesh.vertices)[0]) < 0.1
    result = convert(field, tmp_path / "surface.ply")
    cloud = read_splats(tmp_path / "surface.ply")
    assert len(cloud) == result["splats"] > 2000
    distance, nearest = tree.query(cloud.means)
    assert np.median(distance) < 0.08
    assert np.abs(cloud.colours() - points.colours[nearest]).mean() < 0.15


def test_splats_of_a_field_are_a_field_that_can_be_drawn(scene: Path, field: Path, tmp_path: Path) -> None:
    convert(field, tmp_path / "splats")
    scores = render(tmp_path / "splats", scene, "val", tmp_path / "drawn", "cpu", Progress())["mean"]
    assert scores["psnr"] > 13
    assert scores["surface_median_distance"] < 0.05


def test_a_scene_without_depth_is_learned_and_its_empty_voxels_are_found(bare: Path, tmp_path: Path) -> None:
    settings = TrainSettings(**{**SHORT, "steps": 300}, threads=1)
    done = train(bare, tmp_path / "field", settings, Progress())
    assert done["occupancy"] == "learned"
    assert done["occupied"] < 0.9
    assert done["curve"][-1]["psnr"] > done["curve"][0]["psnr"] + 4


@pytest.mark.parametrize("planes", ["sum", "mean", "concat"])
def test_every_way_to_join_planes_learns(scene: Path, tmp_path: Path, planes: str) -> None:
    settings = TrainSettings(field="triplanes", steps=30, planes=planes, channels=4, levels=(32,), threads=1)
    done = train(scene, tmp_path / "field", settings, Progress())
    assert done["curve"][-1]["psnr"] > done["curve"][0]["psnr"] + 1.5


def test_options_of_another_kind_of_field_are_refused_in_one_line(
    scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["train", str(scene), "--out", str(tmp_path / "field"), "--steps", "2"]
    assert main([*wanted, "--field", "triplanes", "--cap", "500"]) == BAD_INPUT
    assert "--cap belongs to --field splats" in capsys.readouterr().err
    assert main([*wanted, "--levels", "32,64"]) == BAD_INPUT
    assert "--levels belongs to --field triplanes" in capsys.readouterr().err
    for option, value in (("--levels", "64,32"), ("--levels", "a"), ("--channels", "0"), ("--bounds", "0,0,0,1,1,0")):
        assert main([*wanted, "--field", "triplanes", option, value]) == BAD_INPUT
        said = capsys.readouterr().err.strip()
        assert f": {option} " in said and "\n" not in said
    assert not (tmp_path / "field").exists()


@pytest.mark.parametrize("bounds", [(5.0, 5, 5, 6, 6, 6), (-0.2, -0.2, -0.2, 0.2, 0.2, 0.2)])
def test_wrong_bounds_are_refused_with_the_box_that_fits(scene: Path, tmp_path: Path, bounds: tuple[float, ...]) -> None:
    with pytest.raises(UserError, match="the box that fits is --bounds") as caught:
        train(scene, tmp_path / "field", TrainSettings(**SHORT, bounds=bounds), Progress())
    told = tuple(map(float, str(caught.value).split("--bounds ")[-1].split(",")))
    shapes = ellipsoids(7, np.random.default_rng([0, 7]))
    points = open_scene(scene).read_points()
    assert points is not None
    assert (points.positions >= told[:3]).all() and (points.positions <= told[3:]).all()
    assert np.abs(np.array(told)).max() < np.abs(shapes[:, :3]).max() + shapes[:, 3:6].max() + 0.3
    trainer = PlaneTrainer(open_scene(scene), TrainSettings(**SHORT, bounds=told, threads=1))
    trainer.close()


def test_one_view_is_refused(scene: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(scene, tmp_path / "scene")
    content = json.loads((folder / "transforms.json").read_text())
    content["train_filenames"] = content["train_filenames"][:1]
    (folder / "transforms.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="has one training view; a field needs at least 2"):
        train(folder, tmp_path / "field", TrainSettings(**SHORT), Progress())
    assert not (tmp_path / "field").exists()


def test_a_checkpoint_of_other_planes_or_another_kind_is_not_resumed(scene: Path, field: Path, tmp_path: Path) -> None:
    out = shutil.copytree(field, tmp_path / "field")
    for changed in ({"levels": (16, 32)}, {"seed": 4}, {"planes": "sum"}):
        with pytest.raises(UserError, match=r"checkpoint\.safetensors"):
            train(scene, out, TrainSettings(**{**SHORT, **changed}, resume=True), Progress())
    with pytest.raises(UserError, match="no whole checkpoint of a splat training"):
        train(scene, out, TrainSettings(steps=60, seed=3, resume=True), Progress())
