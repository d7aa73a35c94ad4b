"""Growth by gradient: absolute gradients as finite differences have them, growth where the error is, a cap that holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.fields.cameras import OPENGL_TO_OPENCV, Camera  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.files import write_picture  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.densify_gradient import densify, reset_opacities  # noqa: E402
from wildfield.fields.splats.model import NAMES  # noqa: E402
from wildfield.fields.splats.rasterize import Splats, rasterize  # noqa: E402
from wildfield.fields.splats.recipe import Recipe  # noqa: E402
from wildfield.fields.splats.reference import rotations  # noqa: E402
from wildfield.fields.splats.trainer import SplatTrainer  # noqa: E402
from wildfield.fields.splats.watching import WatchingLauncher  # noqa: E402
from wildfield.fields.train import one_torch_thread, train  # noqa: E402
from wildfield.progress import Progress  # noqa: E402

SIZE, FOCAL, DEPTH = 40, 50.0, 4.0
LATE = Recipe(split_from=0.4)


def line_of_splats(shift: torch.Tensor) -> Splats:
    """Three round splats behind each other's edge near the middle of the picture, moved by `shift` (3, 2) pixels."""
    at = torch.tensor([[0.0, 0.0], [3.0, 1.0], [-2.0, 2.5]], dtype=torch.float64) + shift
    depth = torch.tensor([DEPTH, DEPTH + 0.5, DEPTH + 1.0], dtype=torch.float64)
    means = torch.cat([at * depth[:, None] / FOCAL, depth[:, None]], 1).float()
    turns = torch.tensor([[1.0, 0, 0, 0]]).repeat(3, 1)
    opacities, base = torch.tensor([0.6, 0.7, 0.5]), torch.tensor([[1.0, -0.5, 0.2], [-1, 1, 0.5], [0.3, 0.1, -1]])
    return Splats(means, turns, torch.full((3, 3), 0.25), opacities, base, torch.zeros(3, 15, 3))


def test_the_watched_sums_are_those_of_finite_differences_pixel_by_pixel() -> None:
    camera = Camera(SIZE, SIZE, FOCAL, FOCAL, SIZE / 2, SIZE / 2, np.eye(4))
    launch = WatchingLauncher(1)
    launch.begin(3)
    launch.watching = True
    weights = torch.randn(SIZE, SIZE, 4, generator=torch.Generator().manual_seed(2))

    def drawn(shift: torch.Tensor) -> torch.Tensor:
        picture = rasterize(line_of_splats(shift), 0, camera, launch)
        return (torch.cat([picture.colour, picture.alpha[..., None]], -1) * weights).sum(-1).double()

    splats = line_of_splats(torch.zeros(3, 2))
    splats.means.requires_grad_()
    picture = rasterize(splats, 0, camera, launch)
    (torch.cat([picture.colour, picture.alpha[..., None]], -1) * weights).sum().backward()
    step, expected = 0.02, []
    for number in range(3):
        sums = []
        for axis in range(2):
            shift = torch.zeros(3, 2, dtype=torch.float64)
            shift[number, axis] = step
            slope = (drawn(shift) - drawn(-shift)) / (2 * step)
            sums.append(slope.abs().sum().item() * SIZE / 2)
        expected.append(np.hypot(*sums))
    assert launch.times.tolist() == [1, 1, 1]
    assert np.allclose(launch.mean(), expected, rtol=0.03)


def random_field(count: int) -> tuple[dict[str, torch.Tensor], dict[str, tuple[torch.Tensor, torch.Tensor]]]:
    rng = np.random.default_rng(0)
    shapes = {"means": (3,), "quaternions": (4,), "log_scales": (3,), "opacity_logits": (), "base": (3,), "rest": (15, 3)}
    values = {name: torch.from_numpy(rng.normal(size=(count, *shape)).astype(np.float32)) for name, shape in shapes.items()}
    values["log_scales"] = torch.full((count, 3), -5.0)
    return values, {name: (torch.ones_like(tensor), torch.ones_like(tensor)) for name, tensor in values.items()}


def no_limit(count: int) -> np.ndarray:
    return np.full(count, np.inf)


def test_small_splats_get_a_twin_and_large_ones_fall_into_two_smaller_within_themselves() -> None:
    values, moments = random_field(6)
    values["log_scales"][3] = torch.tensor([0.0, -2.0, -4.0])
    pull = np.array([0, 2.0, 0, 2, 0, 0])
    grown, momenta = densify(values, moments, pull, 1.0, (np.full(6, 0.5), no_limit(6)), 100, np.random.default_rng(1))
    assert set(grown) == set(NAMES)
    assert all(len(tensor) == 8 for tensor in grown.values())
    assert (grown["means"] == values["means"][1]).all(1).sum() == 2, "the twin lies on the one it came from"
    halves = torch.where(grown["log_scales"][:, 0] > -1)[0]
    assert len(halves) == 2
    assert torch.allclose(grown["log_scales"][halves], values["log_scales"][3] - np.log(1.6))
    apart = (grown["means"][halves] - values["means"][3]) @ rotations(values["quaternions"][3:4])[0]
    assert (apart.abs() < 5 * values["log_scales"][3].exp()).all() and (apart != 0).all()
    assert momenta["means"][0][:5].all() and not momenta["means"][0][5:].any()


def test_the_cap_goes_to_those_that_are_pulled_hardest() -> None:
    values, moments = random_field(10)
    pull = np.arange(10) + 1.0
    grown, _ = densify(values, moments, pull, 0.5, (no_limit(10), no_limit(10)), 13, np.random.default_rng(1))
    assert len(grown["means"]) == 13
    assert torch.equal(grown["means"][10:], values["means"][7:])


def test_transparent_and_far_too_large_splats_go() -> None:
    values, moments = random_field(5)
    values["opacity_logits"][1] = -8
    values["log_scales"][2, 1] = 3
    limits = (no_limit(5), np.full(5, 1.0))
    grown, _ = densify(values, moments, np.zeros(5), 1.0, limits, 9, np.random.default_rng(1))
    assert torch.equal(grown["means"], values["means"][[0, 3, 4]])


def test_a_reset_leaves_faint_opacities_and_no_momentum() -> None:
    values, moments = random_field(50)
    faint, momenta = reset_opacities(values, moments)
    assert faint["opacity_logits"].sigmoid().max() == pytest.approx(0.01)
    assert torch.equal(faint["means"], values["means"])
    assert not momenta["opacity_logits"][1].any() and momenta["means"][1].all()


def write_board(folder: Path) -> Path:
    """A board at z = 0, grey at x < 0 and finely chequered at x > 0, under 8 cameras; start points lie evenly on it."""
    from wildfield.fields.analytic import write_points

    frames = []
    for number in range(8):
        pose = np.diag([1.0, -1.0, -1.0, 1.0])
        pose[:3, 3] = [0.3 * np.cos(number), 0.3 * np.sin(number), 3]
        camera = Camera(64, 64, 80, 80, 32, 32, pose)
        places = camera.position + 3 * camera.directions()
        chequered = 0.5 + 0.5 * np.sign(np.sin(25 * places[..., 0]) * np.sin(25 * places[..., 1]))
        grey = np.where(places[..., 0] > 0, chequered, 0.5)
        name = f"{number}.png"
        folder.mkdir(exist_ok=True)
        write_picture(folder / name, np.dstack([grey, grey, grey, np.ones_like(grey)]))
        frames.append({"file_path": name, "transform_matrix": (pose @ OPENGL_TO_OPENCV).tolist()})
    rows = np.full((400, 9), 0.5)
    rows[:, :2] = np.random.default_rng(1).uniform(-1.6, 1.6, (400, 2))
    rows[:, 2:6] = [0, 0, 0, 1]
    write_points(folder / "points.ply", rows)
    content = {"w": 64, "h": 64, "fl_x": 80, "ply_file_path": "points.ply", "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


def test_splats_multiply_where_the_error_is_and_keep_the_cap(tmp_path: Path) -> None:
    """Growth begins late here, when both halves are covered and only the chequers are wrong."""
    scene = open_scene(write_board(tmp_path / "board"))
    with one_torch_thread():
        trainer = SplatTrainer(scene, TrainSettings(steps=400, cap=700, threads=1, densify="gradient"), LATE)
        before = trainer.model.cloud().means[:, 0]
        counts = []
        for _ in range(201):
            trainer.step()
            counts.append(len(trainer.model))
        trainer.close()
    after = trainer.model.cloud().means[:, 0]
    born_right, born_left = ((side * after > 0).sum() - (side * before > 0).sum() for side in (1, -1))
    assert len(before) == 350 and 500 < max(counts) <= 700
    assert born_right > 200 and born_left < 0.2 * born_right


def test_growth_by_gradient_has_the_same_bits_on_two_threads_and_through_a_stop(tmp_path: Path) -> None:
    folder = write_board(tmp_path / "board")

    class Stopping(Progress):
        def _show(self, task: object, last: bool) -> None:
            if getattr(task, "values", {}).get("step") == 37:
                raise KeyboardInterrupt

    def trained(name: str, progress: Progress, **more: Any) -> bytes:
        train(folder, tmp_path / name, TrainSettings(steps=80, cap=700, densify="gradient", **more), progress)
        return (tmp_path / name / "splats.ply").read_bytes()

    whole = trained("whole", Progress(), threads=1)
    assert trained("two", Progress(), threads=2) == whole
    with pytest.raises(KeyboardInterrupt):
        trained("stopped", Stopping(), threads=1)
    assert trained("stopped", Progress(), threads=1, resume=True) == whole


def test_opacities_are_reset_in_long_trainings_only(tmp_path: Path) -> None:
    scene = open_scene(write_board(tmp_path / "board"))
    resets = {}
    for steps in (400, 20_000):
        trainer = SplatTrainer(scene, TrainSettings(steps=steps, cap=500, threads=1, densify="gradient"))
        for share in (0.06, 0.11, 0.21, 0.31, 0.41):
            trainer.steps_done = int(share * steps)
            trainer._grow(share)
            resets.setdefault(steps, []).append(trainer.growth.last_reset)
        trainer.close()
    assert resets == {400: [0] * 5, 20_000: [0, 2200, 4200, 6200, 8200]}
