"""Normals of exact depth, the loss on them, and what a training learns from it: against ellipsoids in closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.fields.analytic import cast, ellipsoids, orbit, write_analytic_scene  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.depth_normals import depth_normals  # noqa: E402
from wildfield.fields.launch import Launcher  # noqa: E402
from wildfield.fields.losses import normal_loss  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.rasterize import rasterize  # noqa: E402
from wildfield.fields.splats.recipe import Recipe  # noqa: E402
from wildfield.fields.splats.targets import load_target  # noqa: E402
from wildfield.fields.splats.trainer import SplatTrainer  # noqa: E402
from wildfield.fields.train import one_torch_thread  # noqa: E402

SHAPES = ellipsoids(7, np.random.default_rng([0, 7]))
"""Those of `write_analytic_scene`."""


def exact_normals(number: int, size: int) -> np.ndarray:
    camera = orbit(number, 16, size)
    return cast(SHAPES, camera.position, camera.directions().reshape(-1, 3))[2].reshape(size, size, 3)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("normals") / "scene", views=16, size=64, points=4000)


def test_normals_of_depth_are_those_of_the_surface_where_no_edge_is_near(scene: Path) -> None:
    view = open_scene(scene).views["train"][2]
    target, number = load_target(view, True), int(view.name.split("_")[1][:3])
    assert target.depth is not None and target.solid is not None
    found = depth_normals(target.depth, torch.from_numpy(view.camera.directions())).numpy()
    solid = target.solid.numpy()
    solid[[0, -1]] = solid[:, [0, -1]] = False
    cosine = (found * exact_normals(number, 64)).sum(-1)[solid]
    assert np.median(cosine) > 0.9995
    assert np.quantile(cosine, 0.05) > 0.97
    assert not found[0].any() and not found[:, -1].any()


def test_the_loss_is_one_minus_the_cosine_times_coverage() -> None:
    truth = torch.zeros(4, 5, 3)
    truth[:, 1:, 2] = 1  # the first column is unknown
    alpha, solid = torch.full((4, 5), 0.5), torch.ones(4, 5)
    assert normal_loss(0.5 * truth, alpha, truth, solid) == 0
    assert normal_loss(-0.5 * truth, alpha, truth, solid) == pytest.approx(0.8)
    assert normal_loss(torch.zeros(4, 5, 3), alpha, truth, 0 * solid) == 0


@pytest.mark.parametrize("densify", ["mcmc", "gradient"])
def test_a_training_on_normals_draws_better_normals(scene: Path, densify: str) -> None:
    opened, errors = open_scene(scene), []
    view = opened.views["test"][0]
    solid = load_target(view, True).solid
    truth = torch.from_numpy(exact_normals(int(view.name.split("_")[1][:3]), 64)).float()
    for weight in (0.0, 1.0):
        settings = TrainSettings(steps=120, cap=2000, threads=1, densify=densify)
        trainer = SplatTrainer(opened, settings, Recipe(normal_weight=weight))
        with one_torch_thread():
            for _ in range(120):
                trainer.step()
            with torch.no_grad():
                picture = rasterize(trainer.model.splats(), 3, view.camera, Launcher(1), surface=True)
        trainer.close()
        assert picture.normal_sum is not None
        cosine = (torch.nn.functional.normalize(picture.normal_sum, dim=-1) * truth).sum(-1)
        errors.append((1 - cosine)[solid].mean().item())
    assert errors[1] < 0.8 * errors[0]
