"""The parts of a tri-plane field against oracles: lookup, blending, marching, occupancy, contraction, and the file."""

from __future__ import annotations

import json
import struct
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from wildfield.errors import UserError  # noqa: E402
from wildfield.fields.analytic import cast, ellipsoids, orbit  # noqa: E402
from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.launch import Launcher  # noqa: E402
from wildfield.fields.scene import View  # noqa: E402
from wildfield.fields.triplanes.blend import blended, distortion, median_distances  # noqa: E402
from wildfield.fields.triplanes.field_file import FILE, read_field, write_field  # noqa: E402
from wildfield.fields.triplanes.lookup import Layout, plane_features, sampled_features  # noqa: E402
from wildfield.fields.triplanes.march import ENDLESS, Pace, Rays, samples_of  # noqa: E402
from wildfield.fields.triplanes.model import Model, first_parameters  # noqa: E402
from wildfield.fields.triplanes.occupancy import Grid, carved, filled_surface, indices, marked  # noqa: E402
from wildfield.fields.triplanes.picture import rays_of, thinned  # noqa: E402
from wildfield.fields.triplanes.space import Space  # noqa: E402
from wildfield.fields.triplanes.trainer import load_checked  # noqa: E402

CPU = torch.device("cpu")


def numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


@pytest.mark.parametrize("join", ["product", "sum", "mean", "concat"])
def test_looking_up_agrees_with_torch_forward_and_backward_on_any_number_of_threads(join: str) -> None:
    layout, gains = Layout((4, 9, 16), 5, join), (1.0, 0.0, 0.3)
    points = torch.tanh(numbers(0, 3000, 3))
    points[:8] = torch.tensor([[a, b, c] for a in (-1.0, 1) for b in (-1, 1) for c in (-1, 1)])
    weights, found = numbers(1, 3000, layout.width), {}
    for threads in (1, 2, 0):
        planes = numbers(2, layout.numbers).requires_grad_()
        launch = Launcher(max(threads, 1))
        features = (
            plane_features(points, planes, layout, gains, launch)
            if threads
            else sampled_features(points, planes, layout, gains)
        )
        (features * weights).sum().backward()
        launch.close()
        assert planes.grad is not None
        found[threads] = features.detach(), planes.grad
    assert torch.equal(found[1][0], found[2][0]) and torch.equal(found[1][1], found[2][1])
    assert torch.allclose(found[1][0], found[0][0], atol=1e-5)
    assert torch.allclose(found[1][1], found[0][1], atol=1e-4)


def test_a_plane_holds_what_varies_along_y_and_z_alone() -> None:
    layout = Layout((5,), 1, "sum")
    planes = torch.zeros(layout.numbers)
    layout.level(planes, 0)[2] = torch.arange(25.0).view(5, 5, 1)
    at = torch.tensor([[0.3, -1.0, -1.0], [-0.9, 1.0, -1.0], [0.1, -1.0, 1.0]])
    assert plane_features(at, planes, layout, (1.0,), Launcher(1))[:, 0].tolist() == [0, 4, 20]


def test_memory_grows_with_the_square_of_the_resolution() -> None:
    sizes = [Layout((side,), 8, "product").numbers for side in (64, 128, 256)]
    assert [later / earlier for earlier, later in pairwise(sizes)] == [4, 4]
    assert sizes[0] == 3 * 64 * 64 * 8


def test_blending_agrees_with_a_plain_product_and_its_gradient() -> None:
    counts = [0, 5, 1, 40]
    starts = torch.tensor(np.cumsum([0, *counts]), dtype=torch.int32)
    thickness, values = numbers(0, 46).abs().requires_grad_(), numbers(1, 46, 4).requires_grad_()
    seen = blended(thickness, values, starts, Launcher(1))
    plain = torch.zeros(4, 5)
    weights = torch.zeros(46)
    for ray, count in enumerate(counts):
        part = slice(int(starts[ray]), int(starts[ray]) + count)
        left = torch.cat([torch.ones(1), torch.exp(-thickness[part].cumsum(0))])
        w = left[:-1] - left[1:]
        weights[part] = w
        plain[ray, :4], plain[ray, 4] = (w[:, None] * values[part]).sum(0), w.sum()
    assert torch.allclose(torch.cat([seen.sums, seen.alpha[:, None]], 1), plain, atol=1e-5)
    assert torch.allclose(seen.weights, weights, atol=1e-6)
    slopes, own = numbers(2, 4, 5), numbers(3, 46)
    got = torch.autograd.grad(
        (torch.cat([seen.sums, seen.alpha[:, None]], 1) * slopes).sum() + (seen.weights * own).sum(), (thickness, values)
    )
    wanted = torch.autograd.grad((plain * slopes).sum() + (weights * own).sum(), (thickness, values))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(got, wanted, strict=True))


def test_the_median_and_the_distortion_of_a_ray_are_those_of_their_definitions() -> None:
    starts = torch.tensor([0, 3, 3, 7], dtype=torch.int32)
    thickness, distances, spans = numbers(0, 7).abs(), numbers(1, 7).abs().cumsum(0), numbers(2, 7).abs()
    seen = blended(thickness, distances[:, None], starts, Launcher(1))
    median, total = [], 0.0
    for first, last in ((0, 3), (3, 3), (3, 7)):
        w, d = seen.weights[first:last], distances[first:last]
        reached = torch.nonzero(w.cumsum(0) >= 0.5)
        median.append(float(d[reached[0, 0]]) if len(reached) else 0.0)
        pairs = (w[:, None] * w[None] * (d[:, None] - d[None]).abs()).sum()
        total += float(pairs + (w * w * spans[first:last]).sum() / 3)
    assert median_distances(seen, distances, starts).tolist() == pytest.approx(median)
    assert float(distortion(seen.weights, distances, spans, starts)) == pytest.approx(total / 3, rel=1e-4)


@pytest.mark.parametrize("bent", [False, True])
def test_samples_lie_in_occupied_voxels_and_none_of_these_is_left_out(bent: bool) -> None:
    rng = np.random.default_rng(5)
    space = Space(np.array([-1.0, -2, 0]), np.array([1.0, 2, 3]), bent)
    shape = space.cells(24)
    full = torch.from_numpy((rng.random(shape) < 0.15).astype(np.uint8))
    middle = np.array([0, 0, 1.5])
    origins = middle + rng.uniform(-6, 6, (60, 3))
    directions = middle + rng.uniform(-0.9, 0.9, (60, 3)) - origins
    tensors = [torch.from_numpy(values.astype(np.float32)) for values in (origins, directions)]
    rays = Rays(tensors[0], tensors[1], torch.full((60,), 3.0 if bent else ENDLESS))
    pace = Pace(space.voxel(24) / 2, 0.01, 1 / 200)
    listed = samples_of(rays, space, Grid(full), pace, Launcher(1))
    every = samples_of(rays, space, Grid(torch.ones_like(full)), pace, Launcher(1))
    places, inside = indices(every.points.numpy().astype(np.float64), shape)
    kept = inside & (full.numpy()[tuple(np.clip(places, 0, np.array(shape) - 1).T)] > 0)
    assert len(listed.points) == pytest.approx(kept.sum(), rel=0.01)  # a sample on a voxel's side may fall on either
    world = origins[every.owners] + every.distances.numpy()[:, None] * directions[every.owners]
    assert np.abs(space.unit(world) - every.points.numpy()).max() < 1e-4
    if not bent:
        lengths = np.linalg.norm(directions, axis=1)
        assert np.abs(every.spans.numpy() - pace.step).max() < 1e-5
        near = np.bincount(every.owners, every.spans, 60) / lengths
        low, high = ((side - origins) / directions for side in (space.low, space.high))
        exact = np.maximum(0, np.maximum(low, high).min(1) - np.maximum(np.minimum(low, high).max(1), 0))
        assert np.abs(near - exact).max() * lengths.max() < 3 * pace.step * lengths.max() / lengths.min()


def test_a_bent_space_keeps_the_box_takes_infinity_in_and_is_undone() -> None:
    space = Space(np.array([-1.0, -1, -1]), np.array([3.0, 3, 3]), True)
    points = np.random.default_rng(0).standard_normal((500, 3)) * 30
    unit = space.unit(points)
    assert np.abs(unit).max() < 1
    assert np.abs(space.world(unit) - points).max() < 1e-6
    assert (
        np.abs(space.unit(np.array([[1.0, 1, 1], [3, 1, 1], [1e9, 1, 1]])) - [[0, 0, 0], [0.5, 0, 0], [1, 0, 0]]).max() < 1e-6
    )


def test_occupancy_from_exact_depth_holds_the_surface_and_loses_what_views_see_through() -> None:
    shapes = ellipsoids(4, np.random.default_rng(3))
    views = []
    for number in range(12):
        camera = orbit(number, 12, 48)
        depth = cast(shapes, camera.position, camera.directions().reshape(-1, 3))[0].reshape(48, 48)
        views.append((camera, depth))
    space = Space(np.full(3, -1.5), np.full(3, 1.5))
    shape = space.cells(40)
    clouds = [filled_surface(camera, np.where(np.isfinite(depth), depth, 0), 0.1) for camera, depth in views]
    shell = marked(space, shape, clouds)
    left = carved(space, shell, views)
    assert left.sum() < 0.97 * shell.sum() and not (left & ~shell).any()
    camera = orbit(5, 13, 64)
    depth = cast(shapes, camera.position, camera.directions().reshape(-1, 3))[0]
    hit = np.isfinite(depth)
    points = camera.position + depth[hit, None] * camera.directions().reshape(-1, 3)[hit]
    places, inside = indices(space.unit(points), shape)
    assert inside.all()
    assert left[tuple(places.T)].mean() > 0.97


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    layout, space = Layout((4, 8), 3, "product"), Space(np.full(3, -1.0), np.full(3, 1.0))
    grid = Grid(torch.from_numpy((np.random.default_rng(0).random((8, 8, 8)) < 0.5).astype(np.uint8)))
    model = Model(layout, space, grid, Pace(0.1), first_parameters(layout, 8, False, np.random.default_rng(1), CPU))
    write_field(tmp_path / FILE, model)
    return tmp_path / FILE


def header_of(path: Path) -> tuple[dict, bytes]:
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + size]), raw[8 + size :]


def with_header(path: Path, header: dict, rest: bytes) -> None:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + rest)


def test_a_field_comes_back_from_its_file_within_the_precision_of_its_numbers(stored: Path) -> None:
    layout, space = Layout((4, 8), 3, "product"), Space(np.full(3, -1.0), np.full(3, 1.0))
    first = first_parameters(layout, 8, False, np.random.default_rng(1), CPU)
    back = read_field(stored, CPU)
    for name, values in first.items():
        bound = 2**-11 * 1.3 if name == "planes" else 0
        assert (back.parameters[name] - values).abs().max() <= bound
    grid = np.random.default_rng(0).random((8, 8, 8)) < 0.5
    assert (back.grid.cells.numpy() == grid).all()
    assert (back.layout, back.space.low.tolist(), back.pace) == (layout, space.low.tolist(), Pace(0.1))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("levels", [4, 9]), ("levels", [4, 100_000]), ("levels", []), ("channels", 1 << 40), ("units", 16), ("planes", "magic"),
        ("cells", [8, 8, 100_000]), ("cells", [8, 8, 9]), ("cells", [8, 8]), ("low", [0, 0, float("nan")]), ("step", 0.0),
        ("step", 1e-12), ("format", 2), ("high", [[1], [1], [1]]), ("bent", True), ("low", None),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_refused_in_one_line_before_memory_is_taken(stored: Path, key: str, value: object) -> None:
    header, rest = header_of(stored)
    notes = json.loads(header["__metadata__"]["wildfield"])
    header["__metadata__"]["wildfield"] = json.dumps({**notes, key: value})
    with_header(stored, header, rest)
    tracemalloc.start()
    with pytest.raises(UserError) as caught:
        read_field(stored, CPU)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    assert "\n" not in str(caught.value)


def test_voxels_that_inflate_to_more_than_they_should_are_refused(stored: Path) -> None:
    import zlib

    header, rest = header_of(stored)
    bomb = zlib.compress(bytes(100_000_000))
    begin, end = header["occupied"]["data_offsets"]
    others = [name for name in header if name not in ("__metadata__", "occupied") and header[name]["data_offsets"][0] >= end]
    for name in others:
        header[name]["data_offsets"] = [place + len(bomb) - (end - begin) for place in header[name]["data_offsets"]]
    header["occupied"] |= {"data_offsets": [begin, begin + len(bomb)], "shape": [len(bomb)]}
    with_header(stored, header, rest[:begin] + bomb + rest[end:])
    tracemalloc.start()
    with pytest.raises(UserError, match="its voxels are damaged"):
        read_field(stored, CPU)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_no_damage_to_a_file_does_anything_but_one_line_or_a_field(stored: Path) -> None:
    whole, rng, said = stored.read_bytes(), np.random.default_rng(7), []
    for trial in range(150):
        broken = bytearray(whole)
        if trial % 3 == 0:
            broken = broken[: rng.integers(0, len(broken))]
        else:
            reach = 1200 if trial % 3 == 1 else len(broken)
            for place in rng.integers(0, reach, 4):
                broken[place] = rng.integers(0, 256)
        stored.write_bytes(broken)
        try:
            read_field(stored, CPU)
        except UserError as error:
            said.append(str(error))
    assert len(said) > 50
    assert not [line for line in said if "\n" in line]


def test_numbers_that_are_not_finite_are_refused(stored: Path) -> None:
    header, rest = header_of(stored)
    begin, _ = header["hidden"]["data_offsets"]
    with_header(stored, header, rest[:begin] + struct.pack("<f", float("nan")) + rest[begin + 4 :])
    with pytest.raises(UserError, match="hidden hold numbers that are not finite"):
        read_field(stored, CPU)


@pytest.mark.parametrize("apart", [1, 2, 3, 5])
def test_a_thinned_camera_looks_through_every_few_pixels_of_the_whole_one(apart: int) -> None:
    camera = Camera(13, 10, 20.0, 21.0, 6.2, 5.1, np.eye(4))
    directions = rays_of(camera)[1].reshape(10, 13, 3)[apart // 2 :: apart, apart // 2 :: apart]
    thin = thinned(camera, apart)
    assert (thin.height, thin.width) == directions.shape[:2]
    np.testing.assert_allclose(rays_of(thin)[1].reshape(directions.shape), directions, atol=1e-6)


@pytest.mark.parametrize(("row", "apart"), [(2, 4), (3, 1)])
def test_a_large_view_is_checked_on_a_grid_unless_its_mask_leaves_nothing_there(row: int, apart: int, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 250, 3), np.uint8)
    mask = np.zeros((200, 250), np.uint8)
    mask[row, 2] = 255
    for name, values in (("picture", pixels), ("mask", mask)):
        Image.fromarray(values).save(tmp_path / f"{name}.png")
    whole = Camera(250, 200, 200.0, 200.0, 125.0, 100.0, np.eye(4))
    view = View("picture", whole, tmp_path / "picture.png", None, mask=tmp_path / "mask.png")
    camera, shown, counted = load_checked(view)
    assert counted is not None and counted.sum() == 1
    assert np.array_equal(shown.numpy(), pixels[apart // 2 :: apart, apart // 2 :: apart])
    assert (camera.height, camera.width) == shown.shape[:2]
