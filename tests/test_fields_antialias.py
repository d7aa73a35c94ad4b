"""Mip-Splatting's filters: closed forms, and what they are for: pictures of another size than those learned."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from raster_oracle import cloud  # noqa: E402

from wildfield.cli import DONE, main  # noqa: E402
from wildfield.fields.analytic import orbit, write_analytic_scene  # noqa: E402
from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.drawing import Drawer, open_field  # noqa: E402
from wildfield.fields.metrics import psnr  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.smoothing import pixel_variance, smoothed  # noqa: E402
from wildfield.fields.splats.trainer import SplatTrainer  # noqa: E402
from wildfield.fields.train import one_torch_thread  # noqa: E402


def test_the_filter_is_as_wide_as_the_finest_pixel_that_sees_a_splat() -> None:
    cameras = [orbit(number, 6, 64) for number in range(6)]
    focal = cameras[0].fl_x
    near = cameras[2].position * 0.5  # 2 m from the third camera, behind none
    hidden = 50 * np.ones(3)
    variance = pixel_variance(torch.from_numpy(np.stack([np.zeros(3), near, hidden])), cameras)
    assert math.sqrt(variance[0] / 0.2) == pytest.approx(4 / focal, rel=1e-5)
    assert math.sqrt(variance[1] / 0.2) == pytest.approx(2 / focal, rel=1e-5)
    assert variance[2] == variance[:2].max()


def test_smoothing_is_a_convolution_that_keeps_the_mass() -> None:
    splats = cloud(50)
    variance = torch.linspace(0, 0.1, 50)
    wide = smoothed(splats, variance)
    assert torch.allclose(wide.scales.square(), splats.scales.square() + variance[:, None], atol=1e-6)
    assert torch.allclose(wide.opacities * wide.scales.prod(1), splats.opacities * splats.scales.prod(1))
    assert torch.equal(wide.opacities[0], splats.opacities[0])


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    folder = tmp_path_factory.mktemp("mip")
    scene = write_analytic_scene(folder / "scene", views=24, size=64, points=4000)
    trained = []
    for name, flags in (("plain", []), ("mip", ["--antialias"])):
        command = ["train", str(scene), "--out", str(folder / name), "--steps", "200", "--cap", "3000", "--threads", "1"]
        assert main([*command, *flags, "--json"]) == DONE
        trained.append(folder / name)
    return scene, trained


def quality(field: Path, scene: Path, times: int) -> float:
    """Mean PSNR over white at a `times`-th of the size, against pictures averaged to that size."""
    scores = []
    with Drawer(field) as drawer:
        for view in open_scene(scene).split("test"):
            truth, c = view.read_colour() / 255, view.camera
            truth = truth[..., :3] * truth[..., 3:] + 1 - truth[..., 3:]
            small = truth.reshape(c.height // times, times, c.width // times, times, 3).mean((1, 3))
            far = Camera(
                c.width // times, c.height // times, c.fl_x / times, c.fl_y / times, c.cx / times, c.cy / times,
                c.camera_to_world,
            )  # fmt: skip
            layers, _ = drawer.draw(far)
            drawn = layers[..., :3] + 1 - layers[..., 3:]
            scores.append(psnr(torch.from_numpy(drawn), torch.from_numpy(small)))
    return sum(scores) / len(scores)


def test_small_pictures_of_an_antialiased_field_are_better_and_large_ones_no_worse(fields: tuple[Path, list[Path]]) -> None:
    scene, (plain, mip) = fields
    assert [open_field(field)["antialias"] for field in (plain, mip)] == [False, True]
    assert quality(mip, scene, 8) > quality(plain, scene, 8) + 3
    assert quality(mip, scene, 1) > quality(plain, scene, 1) - 0.5


def test_a_resumed_antialiased_training_ends_in_the_same_bits(fields: tuple[Path, list[Path]], tmp_path: Path) -> None:
    def trainer() -> SplatTrainer:
        return SplatTrainer(open_scene(fields[0]), TrainSettings(steps=60, cap=500, threads=1, antialias=True))

    whole, first, second = trainer(), trainer(), trainer()
    with one_torch_thread():
        for _ in range(60):
            whole.step()
        for _ in range(33):
            first.step()
        first.save(tmp_path)
        second.load(tmp_path)
        for _ in range(27):
            second.step()
    for name, values in whole.model.parameters.items():
        assert torch.equal(values, second.model.parameters[name]), name
    for each in (whole, first, second):
        each.close()
