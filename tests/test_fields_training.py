"""Training end to end on an analytic scene: it learns, repeats itself to the bit, resumes, and fails in one line."""

from __future__ import annotations

import errno
import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.errors import UserError  # noqa: E402
from wildfield.fields import requirements, tensor_file  # noqa: E402
from wildfield.fields.analytic import write_analytic_scene  # noqa: E402
from wildfield.fields.files import read_depth, read_picture  # noqa: E402
from wildfield.fields.render import render  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.checkpoint import read_checkpoint  # noqa: E402
from wildfield.fields.splats.ply import read_splats  # noqa: E402
from wildfield.fields.train import train  # noqa: E402
from wildfield.progress import Progress, Task  # noqa: E402

SHORT = {"steps": 120, "cap": 1500, "seed": 3}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("analytic") / "scene", views=16, size=48, points=6000)


@pytest.fixture(scope="module")
def field(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("field") / "field"
    train(scene, out, TrainSettings(**SHORT, threads=1), Progress())
    return out


class Interrupting(Progress):
    """Acts like a person who presses Ctrl-C while a given step is under way."""

    def __init__(self, at: int) -> None:
        self.at = at

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        yield Task(self, text, total)

    def _show(self, task: Task, last: bool) -> None:
        if task.values.get("step") == self.at:
            raise KeyboardInterrupt


def test_a_short_training_learns_the_scene_and_writes_the_whole_field(scene: Path, field: Path) -> None:
    description = json.loads((field / "field.json").read_text())
    assert description["format"] == 1
    assert description["type"] == "splats"
    assert description["steps"] == SHORT["steps"]
    assert description["curve"][0]["step"] == 0
    assert description["curve"][-1]["psnr"] > 19
    assert description["curve"][-1]["psnr"] > description["curve"][0]["psnr"] + 3
    assert len(read_splats(field / "splats.ply")) == description["splats"] <= SHORT["cap"]
    assert sorted(path.name for path in field.iterdir()) == ["checkpoint.safetensors", "field.json", "splats.ply"]


def test_the_same_seed_and_steps_make_the_same_bytes_on_one_and_on_two_threads(
    scene: Path, field: Path, tmp_path: Path
) -> None:
    train(scene, tmp_path / "two", TrainSettings(**SHORT, threads=2), Progress())
    assert (tmp_path / "two/splats.ply").read_bytes() == (field / "splats.ply").read_bytes()
    train(scene, tmp_path / "other", TrainSettings(**{**SHORT, "seed": 4, "steps": 5}, threads=1), Progress())
    assert (tmp_path / "other/splats.ply").read_bytes() != (field / "splats.ply").read_bytes()


@pytest.mark.parametrize("at", [1, 57, 101])
def test_an_interrupted_and_resumed_training_ends_in_the_same_bytes(scene: Path, field: Path, tmp_path: Path, at: int) -> None:
    out = tmp_path / "field"
    with pytest.raises(KeyboardInterrupt):
        train(scene, out, TrainSettings(**SHORT, threads=1), Interrupting(at))
    assert not (out / "field.json").exists()
    done = train(scene, out, TrainSettings(**SHORT, threads=1, resume=True), Progress())
    assert done["steps"] == SHORT["steps"]
    assert (out / "splats.ply").read_bytes() == (field / "splats.ply").read_bytes()
    steps = [point["step"] for point in done["curve"]]
    assert steps == [point["step"] for point in json.loads((field / "field.json").read_text())["curve"]]


class Watching(Progress):
    """Reads the field whenever it has been written anew, like the panel in Blender."""

    def __init__(self, field: Path) -> None:
        self.file, self.seen = field / "splats.ply", [(0, 0)]

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        yield Task(self, text, total)

    def _show(self, task: Task, last: bool) -> None:
        if self.file.exists() and (written := self.file.stat().st_mtime_ns) != self.seen[-1][0]:
            self.seen.append((written, len(read_splats(self.file))))


def test_who_looks_on_sees_a_whole_field_at_every_point_of_the_curve(scene: Path, field: Path, tmp_path: Path) -> None:
    watching = Watching(tmp_path / "field")
    done = train(scene, tmp_path / "field", TrainSettings(**SHORT, threads=1), watching)
    assert [count for _, count in watching.seen[1:]] == [point["splats"] for point in done["curve"]]
    assert (tmp_path / "field/splats.ply").read_bytes() == (field / "splats.ply").read_bytes()


class Signalling(Interrupting):
    """Sends this process the signal of Ctrl-C while a given step is under way."""

    def _show(self, task: Task, last: bool) -> None:
        if task.values.get("step") == self.at:
            signal.raise_signal(signal.SIGINT)


def test_control_c_ends_after_a_whole_step_with_a_checkpoint_of_it(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(scene, tmp_path / "field", TrainSettings(**SHORT, threads=2), Signalling(30))
    *_, notes = read_checkpoint(tmp_path / "field/checkpoint.safetensors")
    assert notes["step"] == 30
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_resuming_a_finished_training_changes_nothing(scene: Path, field: Path, tmp_path: Path) -> None:
    out = shutil.copytree(field, tmp_path / "field")
    train(scene, out, TrainSettings(**SHORT, threads=1, resume=True), Progress())
    assert (out / "splats.ply").read_bytes() == (field / "splats.ply").read_bytes()


def test_training_by_seconds_stops_in_time_and_records_its_steps(scene: Path, tmp_path: Path) -> None:
    done = train(scene, tmp_path / "field", TrainSettings(seconds=1.0, cap=500, threads=1), Progress())
    assert done["steps"] > 5
    assert 1.0 <= done["seconds"] < 3


def test_rendering_writes_pictures_depth_and_scores_that_agree_with_the_files(scene: Path, field: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    scores = render(field, scene, "test", out, "cpu", Progress())
    assert scores == json.loads((out / "scores.json").read_text())
    assert scores["mean"]["psnr"] > 19
    assert scores["mean"]["ssim"] > 0.75
    assert scores["mean"]["depth_median_error"] < 0.15
    assert 0 < scores["mean"]["surface_median_distance"] < scores["mean"]["depth_median_error"]
    assert scores["mean"]["surface_95_distance"] < 0.5
    psnrs = [scores["views"][name]["psnr"] for name in scores["worst"]]
    assert psnrs == sorted(psnrs) and len(list((out / "worst").iterdir())) == len(psnrs) == 2
    for name, score in scores["views"].items():
        number = name.split("/")[1]
        drawn, truth = read_picture(out / f"rgb/{number}_0001.png") / 255, read_picture(scene / name) / 255
        assert drawn.shape == truth.shape == (48, 48, 4)
        over = [picture[..., :3] * picture[..., 3:] + 1 - picture[..., 3:] for picture in (drawn, truth)]
        assert -10 * np.log10(np.mean((over[0] - over[1]) ** 2)) == pytest.approx(score["psnr"], abs=0.2)
        both = read_picture(out / f"comparison/{number}_0001.png")
        assert both.shape == (48, 96, 3)
        assert np.abs(both[:, :48] / 255 - over[1]).max() < 0.01
        depth, exact = read_depth(out / f"depth/{number}_0001.exr"), read_depth(scene / f"frames/{number}/depth/0001.exr")
        assert np.abs(depth - exact)[exact > 0].mean() == pytest.approx(score["depth_mean_error"], rel=1e-4)


def test_pictures_with_a_sky_and_no_alpha_are_learned_with_a_dome(scene: Path, tmp_path: Path) -> None:
    import imageio.v3 as iio

    sky = shutil.copytree(scene, tmp_path / "scene")
    for path in sky.glob("frames/*/rgb/*.png"):
        pixels = read_picture(path) / 255
        mixed = pixels[..., :3] * pixels[..., 3:] + np.array([0.3, 0.5, 0.8]) * (1 - pixels[..., 3:])
        iio.imwrite(path, np.round(mixed * 255).astype(np.uint8))
    done = train(sky, tmp_path / "field", TrainSettings(steps=150, cap=2000, threads=1), Progress())
    assert done["curve"][-1]["psnr"] > 22
    scores = render(tmp_path / "field", sky, "val", tmp_path / "drawn", "cpu", Progress())
    assert scores["mean"]["psnr"] == pytest.approx(done["curve"][-1]["psnr"], abs=0.01)
    assert read_picture(next((tmp_path / "drawn/rgb").iterdir())).shape == (48, 48, 3)


def test_a_scene_without_points_starts_from_random_ones(scene: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(scene, tmp_path / "scene")
    description = json.loads((bare / "transforms.json").read_text())
    del description["ply_file_path"]
    (bare / "transforms.json").write_text(json.dumps(description))
    done = train(bare, tmp_path / "field", TrainSettings(steps=60, cap=1000, threads=1), Progress())
    assert done["curve"][-1]["psnr"] > done["curve"][0]["psnr"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "--seconds or --steps"),
        ({"steps": 5, "seconds": 1.0}, "--seconds or --steps"),
        ({"steps": 0}, "--steps is 0"),
        ({"seconds": -1.0}, "--seconds is -1.0"),
        ({"steps": 5, "cap": 0}, "--cap is 0"),
        ({"steps": 5, "threads": 0}, "--threads is 0"),
        ({"steps": 5, "seed": -1}, "--seed is -1"),
        ({"steps": 5, "field": "splat"}, "did you mean 'splats'"),
        ({"steps": 5, "device": "gpu"}, "--device 'gpu'"),
        ({"steps": 5, "resume": True}, "there is no checkpoint"),
    ],
)
def test_settings_out_of_range_end_in_one_line_and_write_nothing(
    scene: Path, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError, match=words) as caught:
        train(scene, tmp_path / "field", TrainSettings(**settings), Progress())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "field").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_cuda_without_a_device_is_refused_in_one_line(scene: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--device cuda: no CUDA device"):
        train(scene, tmp_path / "field", TrainSettings(steps=5, device="cuda"), Progress())


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(requirements.LEARNING, "no_such_module_here", "no-such-package")
    with pytest.raises(UserError, match=r"no-such-package.*wildfield\[learn\]"):
        train(scene, tmp_path / "field", TrainSettings(steps=5), Progress())


def test_an_output_folder_in_use_is_refused_and_left_alone(scene: Path, field: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for act in (
        lambda: train(scene, tmp_path, TrainSettings(steps=5), Progress()),
        lambda: render(field, scene, "test", tmp_path, "cpu", Progress()),
    ):
        with pytest.raises(UserError, match="not empty"):
            act()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_full_disk_is_one_line_and_keeps_the_checkpoint_before(
    scene: Path, field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(field, tmp_path / "field")

    def full(*_: object) -> None:
        words = f"Error while serializing: I/O error: No space left on device (os error {errno.ENOSPC})"
        raise tensor_file.SafetensorError(words)

    before = (out / "checkpoint.safetensors").read_bytes()
    monkeypatch.setattr(tensor_file, "save_file", full)
    with pytest.raises(UserError, match="the disk is full"):
        train(scene, out, TrainSettings(**SHORT, threads=1, resume=True), Progress())
    assert (out / "checkpoint.safetensors").read_bytes() == before
    assert not list(out.glob(".*"))


def test_a_broken_or_foreign_checkpoint_is_refused(scene: Path, field: Path, tmp_path: Path) -> None:
    out = shutil.copytree(field, tmp_path / "field")
    whole = (out / "checkpoint.safetensors").read_bytes()
    with pytest.raises(UserError, match="--seed 3, not 9"):
        train(scene, out, TrainSettings(**{**SHORT, "seed": 9}, resume=True), Progress())
    for broken in (whole[: len(whole) // 2], b"\x80\x04 pickled", b"", b"\xff" * 64):
        (out / "checkpoint.safetensors").write_bytes(broken)
        with pytest.raises(UserError, match="no whole checkpoint"):
            train(scene, out, TrainSettings(**SHORT, resume=True), Progress())


def test_a_field_of_another_format_version_or_none_is_refused(scene: Path, field: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no field"):
        render(tmp_path, scene, "test", tmp_path / "drawn", "cpu", Progress())
    out = shutil.copytree(field, tmp_path / "field")
    description = json.loads((out / "field.json").read_text())
    (out / "field.json").write_text(json.dumps({**description, "format": 99}))
    with pytest.raises(UserError, match="format 99, this version reads 1"):
        render(out, scene, "test", tmp_path / "drawn", "cpu", Progress())
    assert not (tmp_path / "drawn").exists()
    with pytest.raises(UserError, match="did you mean 'test'"):
        render(field, scene, "tests", tmp_path / "drawn", "cpu", Progress())
