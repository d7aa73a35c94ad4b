"""The Warp rasteriser against the float64 reference, a closed form, and itself on other numbers of threads."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.splats.launch import Launcher  # noqa: E402
from wildfield.fields.splats.rasterize import Picture, Splats, rasterize  # noqa: E402
from wildfield.fields.splats.reference import rasterize_reference  # noqa: E402


def camera(width: int = 50, height: int = 37, distance: float = 3.5) -> Camera:
    pose = np.eye(4)
    angle = 0.3
    pose[:3, :3] = [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]]
    pose[:3, 3] = [-1.1, -0.1, -distance]
    return Camera(width, height, 1.2 * width, 1.25 * width, width / 2 + 0.7, height / 2 - 1.2, pose)


def cloud(count: int, seed: int = 0, size: float = 0.05) -> Splats:
    rng = np.random.default_rng(seed)
    arrays = (
        rng.normal(size=(count, 3)) * 0.6,
        rng.normal(size=(count, 4)),
        np.exp(rng.normal(size=(count, 3)) * 0.5) * size,
        1 / (1 + np.exp(-2 * rng.normal(size=count))),
        rng.normal(size=(count, 3)),
        rng.normal(size=(count, 15, 3)) * 0.2,
    )
    return Splats(*(torch.from_numpy(array.astype(np.float32)) for array in arrays))


def weighted(picture: Picture, weights: torch.Tensor) -> torch.Tensor:
    layers = torch.cat([picture.colour, picture.alpha[..., None], picture.depth_sum[..., None]], -1)
    return (layers * weights).sum()


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_the_picture_and_all_gradients_are_those_of_the_float64_reference(degree: int) -> None:
    view, splats = camera(), cloud(300)
    weights = torch.randn(view.height, view.width, 5, generator=torch.Generator().manual_seed(1))
    leaves = Splats(*(tensor.clone().requires_grad_() for tensor in splats))
    exact = Splats(*(tensor.double().requires_grad_() for tensor in splats))
    picture = rasterize(leaves, degree, view, Launcher(1))
    truth = rasterize_reference(exact, degree, view)
    for name, mine, other in zip(Picture._fields, picture, truth, strict=True):
        error = (mine - other).abs()
        # Where a splat fades through 1/255, float32 and float64 may cut it one pixel apart: a few pixels, little each.
        assert error.mean() < 2e-5, name
        assert (error > 1e-3).double().mean() < 5e-3, name
        assert error.max() < 0.03, name
    weighted(picture, weights).backward()
    weighted(truth, weights.double()).backward()
    for name, mine, other in zip(Splats._fields, leaves, exact, strict=True):
        if degree == 0 and name == "rest":
            assert mine.grad is None
            continue
        assert (mine.grad - other.grad).norm() < 3e-3 * other.grad.norm(), name


def test_the_direction_of_view_has_a_gradient_to_the_mean() -> None:
    """One splat in the middle of a wide picture: only its colour depends on its mean, so that gradient stands alone."""
    view = camera(64, 64)
    mean = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64)
    base, rest = torch.zeros(1, 3).double(), torch.randn(1, 15, 3, generator=torch.Generator().manual_seed(2)).double()
    fixed = (torch.tensor([[1.0, 0, 0, 0]]), torch.full((1, 3), 0.2), torch.tensor([0.5]))

    def red(at: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
        splats = Splats(at, *(tensor.to(at.dtype) for tensor in (*fixed, base, coefficients)))
        draw = rasterize_reference(splats, 3, view) if at.dtype == torch.float64 else rasterize(splats, 3, view, Launcher(1))
        return (draw.colour * torch.tensor([1.0, -0.5, 0.2])).sum()

    single = mean.float().requires_grad_()
    red(single, rest).backward()
    step, numeric = 1e-5, []
    for axis in range(3):
        shift = torch.zeros(1, 3).double()
        shift[0, axis] = step
        numeric.append(((red(mean + shift, rest) - red(mean - shift, rest)) / (2 * step)).item())
    assert np.allclose(single.grad[0].numpy(), numeric, rtol=5e-3, atol=5e-3 * np.abs(numeric).max())


def test_one_round_splat_is_the_gaussian_of_its_closed_form() -> None:
    size, focal, depth, sigma, opacity = 48, 60.0, 3.0, 0.15, 0.8
    view = Camera(size, size, focal, focal, size / 2, size / 2, np.eye(4))
    splats = Splats(
        torch.tensor([[0.0, 0, depth]]), torch.tensor([[1.0, 0, 0, 0]]), torch.full((1, 3), sigma),
        torch.tensor([opacity]), torch.zeros(1, 3), torch.zeros(1, 15, 3),
    )  # fmt: skip
    picture = rasterize(splats, 0, view, Launcher(1))
    offset = np.arange(size) + 0.5 - size / 2
    square = offset[None, :] ** 2 + offset[:, None] ** 2
    alpha = opacity * np.exp(-0.5 * square / ((focal * sigma / depth) ** 2 + 0.3))
    alpha[alpha < 1 / 255] = 0
    assert np.abs(picture.alpha.numpy() - alpha).max() < 1e-3
    assert np.allclose(picture.colour[..., 0].numpy(), 0.5 * alpha, atol=1e-3)
    assert np.allclose(picture.depth.numpy()[alpha > 0.01], depth, rtol=1e-5)


def test_the_nearer_of_two_solid_splats_hides_the_other_whatever_their_order() -> None:
    view = Camera(32, 32, 40, 40, 16, 16, np.eye(4))
    for order in ([2.0, 4.0], [4.0, 2.0]):
        means = torch.tensor([[0, 0, z] for z in order])
        base = torch.tensor([[1.0 if z == 2 else -1.0] * 3 for z in order])
        turned = torch.tensor([[1.0, 0, 0, 0]] * 2)
        splats = Splats(means, turned, torch.full((2, 3), 3.0), torch.full((2,), 0.9999), base, torch.zeros(2, 15, 3))
        picture = rasterize(splats, 0, view, Launcher(1))
        assert picture.colour[16, 16, 0] == pytest.approx(0.5 + 0.2821, abs=2e-3)
        assert picture.depth[16, 16] == pytest.approx(2, abs=5e-3)


def test_pictures_and_gradients_have_the_same_bits_on_one_two_and_three_threads() -> None:
    view, results = camera(150, 110), []
    for threads in (1, 2, 3):
        launch = Launcher(threads)
        leaves = Splats(*(tensor.clone().requires_grad_() for tensor in cloud(2000)))
        picture = rasterize(leaves, 3, view, launch)
        (picture.colour.square().sum() + picture.depth_sum.sum()).backward()
        results.append([picture.colour.detach(), picture.alpha.detach(), *(leaf.grad for leaf in leaves)])
        launch.close()
    for other in results[1:]:
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(results[0], other, strict=True))


@pytest.mark.parametrize(
    ("mean", "scale", "opacity"),
    [
        ([0, 0, -5.0], 0.1, 0.9),  # behind the camera
        ([1e6, 0, 3.0], 0.1, 0.9),  # far outside the picture
        ([0, 0, 3.0], 0.1, 0.001),  # too faint to be seen
        ([0, 0, 0.001], 0.1, 0.9),  # nearer than the near plane
    ],
)
def test_a_splat_that_cannot_be_seen_leaves_an_empty_picture_and_no_gradient(
    mean: list[float], scale: float, opacity: float
) -> None:
    view = Camera(32, 24, 40, 40, 16, 12, np.eye(4))
    tensors = (
        torch.tensor([mean]), torch.tensor([[1.0, 0, 0, 0]]), torch.full((1, 3), scale), torch.tensor([opacity]),
        torch.ones(1, 3), torch.zeros(1, 15, 3),
    )  # fmt: skip
    leaves = Splats(*(tensor.requires_grad_() for tensor in tensors))
    picture = rasterize(leaves, 0, view, Launcher(1))
    assert not picture.alpha.any()
    picture.colour.sum().backward()
    assert not leaves.means.grad.any()


def test_huge_splats_that_cover_every_tile_are_finite() -> None:
    view = camera(70, 50)
    splats = cloud(40, size=30.0)
    leaves = Splats(*(tensor.requires_grad_() for tensor in splats))
    picture = rasterize(leaves, 3, view, Launcher(2))
    picture.colour.sum().backward()
    assert torch.isfinite(picture.colour).all()
    assert all(torch.isfinite(leaf.grad).all() for leaf in leaves)
