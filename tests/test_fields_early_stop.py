"""Trainings that stop when they no longer get better, and what they say on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.errors import UserError
from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.early_stop import stalled
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats import trainer as trainer_module
from wildfield.fields.train import train
from wildfield.progress import Progress, Task

SETTINGS = {"steps": 80, "cap": 200, "threads": 1}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("early") / "scene", views=10, size=24, points=400, samples=1)


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [
        ([10, 12, 12, 12], 2, True),
        ([10, 12, 12, 12.5], 2, False),
        ([10, 12, 11, 11.9], 2, True),
        ([10, 12], 2, False),
        ([10, 10], 1, True),
        ([10, 12, 12.005, 12.008], 2, True),
        ([10, 10, 10, 10], None, False),
    ],
)
def test_patience_ends_when_so_many_points_bring_no_gain(values: list[float], patience: int | None, expected: bool) -> None:
    assert stalled([{"psnr": value} for value in values], patience) is expected


@pytest.fixture
def saturating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the PSNR grow with the steps up to step 20, and no further."""

    def validate(trainer: Any) -> float:
        return float(min(trainer.steps_done, 20))

    monkeypatch.setattr(trainer_module.SplatTrainer, "validate", validate)


class Listening(Progress):
    """Keeps what the training says, and presses Ctrl-C at a step."""

    def __init__(self, stop: int | None = None) -> None:
        self.stop, self.notes, self.values = stop, list[str](), list[dict[str, Any]]()

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        yield Task(self, text, total)

    def _show(self, task: Task, last: bool) -> None:
        if "step" in task.values:
            self.notes.append(task.note)
            self.values.append(task.values)
            if task.values["step"] == self.stop:
                raise KeyboardInterrupt


def test_a_training_without_gain_stops_early_also_through_a_resume(scene: Path, tmp_path: Path, saturating: None) -> None:
    """40 points of the curve over 80 steps: three points after step 20 is step 26."""
    done = train(scene, tmp_path / "whole", TrainSettings(**SETTINGS, patience=3), Progress())
    assert (done["steps"], done["stopped_early"]) == (26, True)
    with pytest.raises(KeyboardInterrupt):
        train(scene, tmp_path / "field", TrainSettings(**SETTINGS, patience=3), Listening(23))
    for _ in range(2):
        again = train(scene, tmp_path / "field", TrainSettings(**SETTINGS, patience=3, resume=True), Progress())
        assert again["steps"] == 26
        assert (tmp_path / "field/splats.ply").read_bytes() == (tmp_path / "whole/splats.ply").read_bytes()
    assert json.loads((tmp_path / "field/field.json").read_text())["stopped_early"] is True


def test_without_patience_all_steps_are_taken(scene: Path, tmp_path: Path, saturating: None) -> None:
    done = train(scene, tmp_path / "field", TrainSettings(**{**SETTINGS, "steps": 40}), Progress())
    assert (done["steps"], done["stopped_early"]) == (40, False)


def test_patience_without_views_to_judge_by_is_refused(scene: Path, tmp_path: Path) -> None:
    import shutil

    bare = shutil.copytree(scene, tmp_path / "scene")
    content = json.loads((bare / "transforms.json").read_text())
    (bare / "transforms.json").write_text(json.dumps({**content, "val_filenames": []}))
    with pytest.raises(UserError, match="--patience needs val views"):
        train(bare, tmp_path / "field", TrainSettings(**SETTINGS, patience=3), Progress())
    assert not (tmp_path / "field").exists()


def test_progress_tells_quality_speed_memory_and_time_left(scene: Path, tmp_path: Path) -> None:
    listening = Listening()
    train(scene, tmp_path / "field", TrainSettings(**{**SETTINGS, "steps": 20}), listening)
    last = listening.values[-1]
    assert {"psnr", "steps_per_second", "memory", "left", "splats", "loss", "seconds"} <= set(last)
    assert last["step"] == 20 and last["left"] == 0
    assert 1 << 27 < last["memory"] < 1 << 34, "Python with torch is some hundred mebibytes"
    for words in ("dB", "steps/s", "k splats", "GiB", "s left"):
        assert words in listening.notes[-1]
