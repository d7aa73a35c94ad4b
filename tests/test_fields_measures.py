"""Metrics, losses, the start of a model and its growth: each against somebody else's code or a closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.data import Points  # noqa: E402
from wildfield.fields.launch import Launcher, as_warp  # noqa: E402
from wildfield.fields.losses import colour_loss, coverage_loss, depth_loss, ssim  # noqa: E402
from wildfield.fields.metrics import depth_errors, mean_ssim, on_paper, psnr  # noqa: E402
from wildfield.fields.overlap import points_in_common  # noqa: E402
from wildfield.fields.splats import similarity  # noqa: E402
from wildfield.fields.splats.densify import FADED, grow, share  # noqa: E402
from wildfield.fields.splats.kernels_optimise import BLOCK, adam, explore  # noqa: E402
from wildfield.fields.splats.model import NAMES, Model, spacing, turn_z_to  # noqa: E402
from wildfield.fields.splats.rasterize import Splats, rasterize  # noqa: E402
from wildfield.fields.splats.reference import rotations  # noqa: E402
from wildfield.fields.splats.similarity import fast_ssim  # noqa: E402


def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    smooth = np.cumsum(np.cumsum(rng.normal(size=(40, 56, 3)), 0), 1)
    truth = (smooth - smooth.min()) / np.ptp(smooth)
    noisy = np.clip(truth + 0.05 * rng.normal(size=truth.shape), 0, 1)
    return torch.from_numpy(noisy), torch.from_numpy(truth)


def test_psnr_and_ssim_are_those_of_scikit_image() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    noisy, truth = pictures()
    arrays = noisy.numpy(), truth.numpy()
    assert psnr(noisy, truth) == pytest.approx(metrics.peak_signal_noise_ratio(arrays[1], arrays[0], data_range=1))
    structural = metrics.structural_similarity(
        *arrays, data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert mean_ssim(noisy, truth) == pytest.approx(structural, abs=1e-6)


def test_equal_pictures_score_100_db_and_lose_nothing() -> None:
    _, truth = pictures()
    assert psnr(truth, truth) == 100
    assert ssim(truth, truth).item() == pytest.approx(1)
    assert colour_loss(truth, truth).item() == pytest.approx(0, abs=1e-9)


def test_the_gradient_of_the_colour_loss_is_its_finite_difference() -> None:
    noisy, truth = pictures()
    leaf = noisy.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda a: colour_loss(a, truth[:16, :16]), leaf[:16, :16].detach().requires_grad_())


def assert_same_similarity(size: tuple[int, int]) -> None:
    noisy, truth = (picture[: size[0], : size[1]].contiguous() for picture in pictures())
    leaf, fast = noisy.clone().requires_grad_(), noisy.float().requires_grad_()
    launch = Launcher(2)
    value = fast_ssim(fast, truth.float(), launch)
    launch.close()
    exact = ssim(leaf, truth)
    assert value.item() == pytest.approx(exact.item(), abs=2e-5)
    (3 * value).backward()
    (3 * exact).backward()
    assert (fast.grad - leaf.grad).norm() < 1e-3 * leaf.grad.norm()


@pytest.mark.parametrize("size", [(40, 56), (11, 11), (16, 33)])
def test_the_fast_similarity_and_its_gradient_are_those_of_the_readable_one(size: tuple[int, int]) -> None:
    assert_same_similarity(size)


@pytest.mark.parametrize("size", [(40, 56), (11, 11), (16, 33)])
def test_the_similarity_with_a_thread_for_each_number_is_the_same(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similarity, "by_rows", similarity.by_numbers)
    assert_same_similarity(size)


def test_depth_errors_count_valid_pixels_only() -> None:
    truth, depth = np.array([[0.0, 2, 4, 6]]), np.array([[9.0, 2.5, 4, 3]], np.float32)
    mean, median = depth_errors(depth, truth)
    assert mean == pytest.approx(3.5 / 3)
    assert median == pytest.approx(0.5)
    assert all(map(math.isnan, depth_errors(depth, np.zeros((1, 4)))))


def test_coverage_and_depth_losses_are_zero_on_the_truth_and_grow_with_the_error() -> None:
    alpha, depth, solid = torch.rand(5, 6), torch.rand(5, 6) + 1, torch.ones(5, 6)
    assert coverage_loss(alpha, alpha) == 0
    assert depth_loss(depth * alpha, alpha, depth, solid) == pytest.approx(0, abs=1e-7)
    assert depth_loss(depth * 1.1, torch.ones(5, 6), depth, solid) == pytest.approx(0.1, rel=1e-4)
    assert depth_loss(depth * 1.1, torch.ones(5, 6), depth, torch.zeros(5, 6)) == 0


def test_paper_is_white_under_alpha_and_black_without() -> None:
    half = torch.full((2, 2, 4), 0.25)
    half[..., 3] = 0.5
    drawn, truth = on_paper(half, torch.tensor([[[255, 0, 0, 51]]], dtype=torch.uint8).expand(2, 2, 4))
    assert torch.allclose(drawn, torch.tensor(0.75))
    assert torch.allclose(truth, torch.tensor([1.0, 0.8, 0.8]))
    drawn, _ = on_paper(half, torch.zeros(2, 2, 3, dtype=torch.uint8))
    assert torch.allclose(drawn, torch.tensor(0.25))


def test_spacing_finds_the_distance_of_a_square_lattice() -> None:
    side = np.arange(60) * 0.3
    lattice = np.stack([*map(np.ravel, np.meshgrid(side, side)), np.zeros(3600)], 1)
    distances = spacing(lattice)
    assert np.median(distances) == pytest.approx(0.3)
    assert distances.min() >= 0.3 - 1e-9
    assert np.mean(distances) < 0.35


def test_first_splats_lie_flat_on_the_surface() -> None:
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals[:2] = [[0, 0, 1], [0, 0, -1]]
    turned = rotations(torch.from_numpy(turn_z_to(normals)))[..., 2].numpy()
    assert np.allclose(turned, normals, atol=1e-6)
    model = Model.from_points(Points(normals.astype(np.float32), np.full((200, 3), 0.25), normals), 0.5, 0.1)
    scales = model.splats().scales
    assert torch.allclose(scales[:, 2], 0.1 * scales[:, 0])
    assert torch.allclose(0.5 + 0.28209479 * model.splats().base, torch.tensor(0.25))


def test_random_points_fill_what_the_cameras_look_at() -> None:
    cameras = []
    for turn in (0.0, 1.5, 3.0):
        pose = np.eye(4)
        back = np.array([math.sin(turn), 0, math.cos(turn)])
        pose[:3, :3] = np.stack([np.cross([0, 1, 0], -back), [0, 1, 0], -back], 1)
        pose[:3, 3] = np.array([5.0, 6, 7]) + 4 * back
        cameras.append(Camera(32, 32, 40, 40, 16, 16, pose))
    points = points_in_common(cameras, 500, np.random.default_rng(0), "here")
    assert np.allclose(points.positions.mean(0), [5, 6, 7], atol=0.2)
    assert np.linalg.norm(points.positions - [5, 6, 7], axis=1).max() <= 2 + 1e-5


def splats_on_one_place(copies: int, opacity: float, sigma: float) -> Splats:
    return Splats(
        torch.zeros(copies, 3) + torch.tensor([0, 0, 3.0]), torch.tensor([[1.0, 0, 0, 0]] * copies),
        torch.full((copies, 3), sigma), torch.full((copies,), opacity), torch.ones(copies, 3), torch.zeros(copies, 15, 3),
    )  # fmt: skip


@pytest.mark.parametrize("copies", [2, 3, 5])
def test_splats_that_share_a_place_look_like_the_one_they_came_from(copies: int) -> None:
    view = Camera(64, 64, 80, 80, 32, 32, np.eye(4))
    opacity, scale = share(torch.tensor([0.7]), torch.full((1, 3), 0.3), torch.tensor([copies]))
    one = rasterize(splats_on_one_place(1, 0.7, 0.3), 0, view, Launcher(1)).alpha
    many = rasterize(splats_on_one_place(copies, opacity.item(), scale[0, 0].item()), 0, view, Launcher(1)).alpha
    assert many[32, 32] == pytest.approx(one[32, 32].item(), abs=2e-3)
    # The equations keep the profile along a line, and the cut at 1/255 takes more of the fainter splats: a few per cent.
    assert many.sum() == pytest.approx(one.sum().item(), rel=0.08)


def test_growth_reaches_its_target_moves_the_faded_and_starts_the_fresh_without_momentum() -> None:
    rng = np.random.default_rng(0)
    count, target = 50, 80
    parameters = {name: torch.from_numpy(rng.normal(size=(count, width)).astype(np.float32)) for name, width in
                  {"means": 3, "quaternions": 4, "log_scales": 3, "base": 3}.items()}  # fmt: skip
    parameters["opacity_logits"], parameters["rest"] = torch.zeros(count), torch.zeros(count, 15, 3)
    parameters["opacity_logits"][:5] = -9
    moments = {name: (torch.ones_like(values), torch.ones_like(values)) for name, values in parameters.items()}
    grown, momenta = grow(parameters, moments, target, np.random.default_rng(1))
    assert set(grown) == set(NAMES)
    assert all(len(values) == target for values in grown.values())
    assert (grown["opacity_logits"].sigmoid() > FADED).all()
    old = {tuple(row) for row in parameters["means"][5:].tolist()}
    assert all(tuple(row) in old for row in grown["means"].tolist())
    assert not momenta["means"][0][:5].any()
    assert not momenta["means"][1][count:].any()
    untouched = (grown["opacity_logits"][5:count] == 0).numpy()
    assert untouched.any()
    assert momenta["means"][0][5:count][torch.from_numpy(untouched)].all()


def test_adam_moves_as_torch_s_adam_does() -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(BLOCK + 17, generator=generator)
    other = values.clone().requires_grad_()
    optimiser = torch.optim.Adam([other], lr=0.01, eps=1e-15)
    mean, square = torch.zeros_like(values), torch.zeros_like(values)
    launch = Launcher(2)
    for step in range(1, 6):
        gradient = torch.randn(len(values), generator=generator)
        other.grad = gradient.clone()
        optimiser.step()
        arrays = [as_warp(tensor) for tensor in (values, gradient, mean, square)]
        launch.spans(adam, len(values), BLOCK, len(values), 0.01 / (1 - 0.9**step), 1 / (1 - 0.999**step), *arrays)
    launch.close()
    assert torch.allclose(values, other, atol=1e-6)


def test_only_faint_splats_wander_and_each_by_its_own_covariance() -> None:
    import warp as wp

    count = 4000
    means = torch.zeros(count, 3)
    scales = torch.tensor([[0.2, 0.02, 0.002]]).repeat(count, 1)
    opacities = torch.full((count,), 0.001)
    opacities[:100] = 0.9
    half = math.sqrt(0.5)
    quaternions = torch.tensor([[half, 0, 0, half]]).repeat(count, 1)  # x to y about z
    arrays = (as_warp(quaternions, wp.vec4), as_warp(scales, wp.vec3), as_warp(opacities), as_warp(means, wp.vec3))
    Launcher(1)(explore, count, 5, 10.0, *arrays)
    assert not means[:100].any()
    gate = 1 / (1 + math.exp(100 * (0.001 - 0.005)))
    spread = means[100:].std(0).numpy()
    assert np.allclose(spread, gate * 10 * np.array([0.02, 0.2, 0.002]) ** 2, rtol=0.1)
