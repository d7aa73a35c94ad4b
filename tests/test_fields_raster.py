"""The Warp rasteriser against the float64 reference, a closed form, and itself on other numbers of threads."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from raster_oracle import camera, cloud, degenerate, layers, parallel_camera, same_as_the_reference  # noqa: E402

from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.launch import Launcher  # noqa: E402
from wildfield.fields.splats.rasterize import Splats, rasterize, view_of  # noqa: E402
from wildfield.fields.splats.reference import rasterize_reference  # noqa: E402


@pytest.mark.parametrize("surface", [False, True])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_the_picture_and_all_gradients_are_those_of_the_float64_reference(degree: int, surface: bool) -> None:
    same_as_the_reference(cloud(300), degree, camera(), surface=surface)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("view", [camera(), parallel_camera()])
def test_degenerate_splats_are_drawn_and_have_gradients_as_in_the_reference(view: Camera, antialias: bool) -> None:
    same_as_the_reference(degenerate(), 3, view, True, antialias)


@pytest.mark.parametrize(("view", "antialias"), [(camera(), True), (parallel_camera(), False), (parallel_camera(), True)])
def test_antialiased_and_parallel_views_are_those_of_the_reference(view: Camera, antialias: bool) -> None:
    same_as_the_reference(cloud(300), 2, view, antialias=antialias)


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


@pytest.mark.parametrize("view", [camera(), parallel_camera()])
def test_the_gradient_of_the_pose_is_the_difference_between_moved_cameras(view: Camera) -> None:
    splats = cloud(200, size=0.15)
    exact = Splats(*(tensor.double() for tensor in splats))

    def slope(tangent: np.ndarray, step: float) -> torch.Tensor:
        ends = [layers(rasterize_reference(exact, 3, view.moved(sign * step * tangent))) for sign in (1, -1)]
        return (ends[0] - ends[1]) / (2 * step)

    slopes = torch.stack([slope(tangent, 1e-6) for tangent in np.eye(6)])
    finer = torch.stack([slope(tangent, 1e-7) for tangent in np.eye(6)])
    # Where a splat fades through 1/255 between the two, there is no slope.
    smooth = ((slopes - finer).abs() < 1e-3 * (1 + slopes.abs())).all(0).all(-1, keepdim=True)
    assert smooth.double().mean() > 0.95
    weights = torch.randn(view.height, view.width, 5, generator=torch.Generator().manual_seed(4)) * smooth
    pose = torch.zeros(6, requires_grad=True)
    (layers(rasterize(splats, 3, view, Launcher(1), pose=pose)) * weights).sum().backward()
    numeric = (slopes * weights).sum((1, 2, 3))
    assert pose.grad is not None
    assert (pose.grad - numeric).norm() < 1e-3 * numeric.norm()


@pytest.mark.parametrize("sigma", [0.0005, 0.02, 0.2])
def test_the_mip_filter_keeps_what_a_splat_covers_however_small_it_is(sigma: float) -> None:
    view = Camera(64, 64, 60, 60, 32.2, 31.6, np.eye(4))
    splat = veils([0.99])._replace(means=torch.tensor([[0, 0, 3.0]]), scales=torch.full((1, 3), sigma))
    exact = 0.99 * 2 * math.pi * (60 * sigma / 3) ** 2
    covered = rasterize(splat, 0, view_of(view, antialias=True), Launcher(1)).alpha.sum().item()
    assert covered == pytest.approx(exact, rel=0.02, abs=0.002)
    if sigma < 0.1:
        assert rasterize(splat, 0, view, Launcher(1)).alpha.sum().item() > 2 * exact


def test_a_parallel_view_draws_equal_splats_equally_large_at_any_depth() -> None:
    view = Camera(64, 64, 20, 20, 32, 32, np.eye(4), orthographic=True)
    ball = veils([0.8])._replace(scales=torch.full((1, 3), 0.2))
    near, far = (rasterize(ball._replace(means=torch.tensor([[0.5, -0.4, z]])), 0, view, Launcher(1)) for z in (1.0, 9.0))
    assert torch.equal(near.alpha, far.alpha)
    row, column = np.unravel_index(int(near.alpha.argmax()), near.alpha.shape)
    assert abs(column + 0.5 - (32 + 20 * 0.5)) <= 0.5 and abs(row + 0.5 - (32 - 20 * 0.4)) <= 0.5
    assert far.depth[row, column] == pytest.approx(9)


def test_any_background_lies_behind_what_is_not_covered() -> None:
    view, splats = camera(), cloud(100)
    picture = rasterize(splats, 0, view, Launcher(1))
    open_ = 1 - picture.alpha
    random = torch.rand(view.height, view.width, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    picture.over(random).sum().backward()
    assert torch.allclose(random.grad, open_[..., None].expand(-1, -1, 3))
    red = picture.over(torch.tensor([1.0, 0, 0]))
    assert torch.allclose(red[..., 0], picture.colour[..., 0] + open_)
    assert torch.equal(red[..., 1:], picture.colour[..., 1:])


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


def veils(opacities: list[float]) -> Splats:
    """Wide discs across the axis at 2, 3, 4... metres in front of a camera at the origin."""
    count = len(opacities)
    return Splats(
        torch.tensor([[0, 0, 2.0 + k] for k in range(count)]), torch.tensor([[1.0, 0, 0, 0]] * count),
        torch.tensor([[9.0, 9.0, 0.01]] * count), torch.tensor(opacities), torch.zeros(count, 3), torch.zeros(count, 15, 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("opacities", "median", "expected"),
    [([0.4, 0.4, 0.9], 3.0, 0.4 * 2 + 0.24 * 3 + 0.324 * 4), ([0.6, 0.9], 2.0, 0.6 * 2 + 0.36 * 3), ([0.3, 0.2], 0.0, 1.02)],
)
def test_median_depth_is_where_the_transmittance_falls_to_a_half(
    opacities: list[float], median: float, expected: float
) -> None:
    picture = rasterize(veils(opacities), 0, Camera(32, 32, 40, 40, 16, 16, np.eye(4)), Launcher(1), surface=True)
    assert picture.median_depth is not None
    assert picture.median_depth[16, 16] == pytest.approx(median, abs=1e-6)
    assert picture.depth_sum[16, 16] == pytest.approx(expected, abs=5e-3)


def test_the_normal_of_a_tilted_disc_is_its_axis_on_the_side_that_is_seen() -> None:
    angle, view = 0.4, Camera(32, 32, 40, 40, 16, 16, np.eye(4))
    for half in (angle / 2, angle / 2 + math.pi / 2):
        disc = veils([0.8])._replace(quaternions=3 * torch.tensor([[math.cos(half), math.sin(half), 0, 0]]))
        picture = rasterize(disc, 0, view, Launcher(1), surface=True)
        assert picture.normal_sum is not None
        normal = picture.normal_sum[16, 16] / picture.alpha[16, 16]
        assert normal.tolist() == pytest.approx([0, math.sin(angle), -math.cos(angle)], abs=1e-5)


@pytest.mark.parametrize("surface", [False, True])
def test_pictures_and_gradients_have_the_same_bits_on_one_two_and_eight_threads(surface: bool) -> None:
    view, results = camera(150, 110), []
    for threads in (1, 2, 8):
        launch = Launcher(threads)
        leaves = Splats(*(tensor.clone().requires_grad_() for tensor in cloud(2000)))
        pose = torch.zeros(6, requires_grad=True)
        drawn = layers(rasterize(leaves, 3, view_of(view, antialias=surface), launch, surface, pose))
        drawn.square().sum().backward()
        results.append([drawn.detach(), pose.grad, *(leaf.grad for leaf in leaves)])
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
