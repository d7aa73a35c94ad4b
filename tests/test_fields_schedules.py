"""Schedules follow the share of the training that is done, and pulls on opacity and scale do what their names say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.fields.analytic import write_analytic_scene  # noqa: E402
from wildfield.fields.clock import Clock  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.trainer import SplatTrainer  # noqa: E402
from wildfield.fields.train import one_torch_thread  # noqa: E402


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("schedule") / "scene", views=10, size=32, points=2000, samples=1)


class SteadyClock(Clock):
    """The clock of a machine that takes 10 ms for every step of a training."""

    def __init__(self, trainer: SplatTrainer) -> None:
        super().__init__()
        self.trainer = trainer

    def now(self) -> float:
        return 0.01 * self.trainer.steps_done


def steady(trainer: SplatTrainer) -> SplatTrainer:
    trainer.clock = SteadyClock(trainer)
    return trainer


def run(trainer: SplatTrainer, each: Callable[[SplatTrainer], Any] = lambda _: None) -> list[Any]:
    noted = []
    with one_torch_thread():
        while trainer.fraction() < 1:
            trainer.step()
            noted.append(each(trainer))
    trainer.close()
    return noted


@pytest.mark.parametrize("densify", ["mcmc", "gradient"])
def test_a_second_on_a_steady_machine_is_the_same_training_as_its_steps(scene: Path, densify: str) -> None:
    fixed = {"cap": 300, "threads": 1, "densify": densify}
    by_steps = SplatTrainer(open_scene(scene), TrainSettings(steps=100, **fixed))
    by_seconds = steady(SplatTrainer(open_scene(scene), TrainSettings(seconds=1.0, **fixed)))
    run(by_steps)
    run(by_seconds)
    assert by_seconds.steps_done == 100
    for name, values in by_steps.model.parameters.items():
        assert torch.equal(values, by_seconds.model.parameters[name]), name


def test_a_training_twice_as_long_has_the_same_degrees_and_counts_at_the_same_shares(scene: Path) -> None:
    seen = []
    for steps in (60, 120):
        trainer = SplatTrainer(open_scene(scene), TrainSettings(steps=steps, cap=400, threads=1))
        noted = run(trainer, lambda trainer: (trainer.degree(), len(trainer.model)))
        seen.append(np.array(noted[steps // 12 - 1 :: steps // 12]))
    assert np.array_equal(seen[0][:, 0], seen[1][:, 0])
    assert np.abs(seen[0][:, 1] - seen[1][:, 1]).max() <= 0.05 * 400
    assert seen[0][-1].tolist() == seen[1][-1].tolist() == [3, 400]


@pytest.mark.parametrize("densify", ["mcmc", "gradient"])
def test_pulls_make_splats_fainter_and_smaller(scene: Path, densify: str) -> None:
    def trained(**weights: Any) -> tuple[float, float]:
        settings = TrainSettings(steps=60, cap=300, threads=1, densify=densify, **weights)
        trainer = SplatTrainer(open_scene(scene), settings)
        run(trainer)
        splats = trainer.model.splats()
        return splats.opacities.mean().item(), splats.scales.mean().item()

    plain = trained(opacity_weight=0.0, scale_weight=0.0)
    assert trained(opacity_weight=0.3, scale_weight=0.0)[0] < 0.9 * plain[0]
    assert trained(opacity_weight=0.0, scale_weight=10.0)[1] < 0.9 * plain[1]
