"""What judges a field: distances to an exact surface against closed forms, and the pictures of the worst views."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("imageio")

from wildfield.fields.analytic import cast, ellipsoids, orbit
from wildfield.fields.files import read_picture, write_picture
from wildfield.fields.points import Points
from wildfield.fields.surface import Surface, surface_errors, surface_points
from wildfield.fields.worst import WHOLE, error_map, ranked, write_worst


def ball(count: int) -> Points:
    """Samples of the unit sphere on a Fibonacci spiral."""
    number = np.arange(count) + 0.5
    height, turn = 1 - 2 * number / count, np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - height**2)
    positions = np.stack([across * np.cos(turn), across * np.sin(turn), height], 1).astype(np.float32)
    return Points(positions, np.full((count, 3), 0.5, np.float32), positions)


@pytest.mark.parametrize("off", [0.0, 0.02, 0.2, -0.1])
def test_points_off_a_sphere_are_as_far_as_they_are_off(off: float) -> None:
    direction = np.random.default_rng(1).normal(size=(500, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    distances = Surface(ball(5000)).distances((1 + off) * direction)
    assert np.abs(distances - abs(off)).max() < 1.5e-3  # the discs are flat: sagitta of half their width, 5 cm


def test_points_beside_a_patch_are_as_far_as_its_rim() -> None:
    x, y = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21))
    positions = np.stack([x.ravel(), y.ravel(), np.zeros(441)], 1).astype(np.float32)
    patch = Surface(Points(positions, positions, np.tile(np.float32([0, 0, 1]), (441, 1))))
    inside, beside = np.array([[0.512, 0.487, 0.3]]), np.array([[2.0, 0.5, 0.0], [2.0, 0.5, 1.0]])
    assert patch.distances(inside) == pytest.approx(0.3)
    reach = 1 + patch._radius[(positions == np.float32([1, 0.5, 0])).all(1)][0]
    assert patch.distances(beside) == pytest.approx(np.hypot(2 - reach, [0, 1]))


def test_exact_depth_scores_near_zero_and_moved_depth_by_as_much_as_it_moved() -> None:
    shapes = ellipsoids(5, np.random.default_rng(3))
    rows = []
    for number in range(12):
        camera = orbit(number, 12, 96)
        rays = camera.directions().reshape(-1, 3)
        depth, colour, normal = cast(shapes, camera.position, rays)
        hit = np.isfinite(depth)
        rows.append(np.concatenate([camera.position + depth[hit, None] * rays[hit], normal[hit], colour[hit]], 1))
    samples = np.concatenate(rows).astype(np.float32)
    surface = Surface(Points(samples[:, :3], samples[:, 6:], samples[:, 3:6]))
    camera = orbit(5, 37, 64)
    rays = camera.directions()
    depth, _, normal = cast(shapes, camera.position, rays.reshape(-1, 3))
    shown = np.isfinite(depth).reshape(64, 64)
    exact = surface_errors(surface.distances(surface_points(camera, depth.reshape(64, 64), shown)))
    assert exact["surface_median_distance"] < 1e-3
    assert exact["surface_95_distance"] < 0.02
    moved = surface_points(camera, depth.reshape(64, 64) - 0.1, shown)
    closed = 0.1 * np.abs((rays[shown] * normal.reshape(64, 64, 3)[shown]).sum(1))
    assert np.median(surface.distances(moved)) == pytest.approx(np.median(closed), rel=0.1)


def test_a_view_without_a_surface_has_no_surface_score() -> None:
    assert surface_errors(np.empty(0)) == {}


def test_the_error_map_is_black_where_equal_and_white_from_the_threshold_on() -> None:
    truth = np.full((4, 5, 3), 100, np.uint8)
    drawn = truth.copy()
    drawn[0, 0, 1] += int(np.ceil(255 * WHOLE))
    drawn[1, 1, 2] -= 20
    shown = error_map(drawn, truth)
    assert (shown[0, 0] == 255).all() and not shown[2:].any()
    assert shown[1, 1, 0] > 0 and shown[1, 1, 1] == shown[1, 1, 2] == 0
    assert (error_map(truth, drawn) == shown).all()


def test_the_worst_view_is_the_first_and_stands_as_truth_field_and_error(tmp_path: Path) -> None:
    names = ranked({"a": {"psnr": 30.0}, "b": {"psnr": 20.0}, "c": {"psnr": 25.0}})
    assert names == ["b", "c", "a"]
    both = np.random.default_rng(0).random((6, 16, 3))
    write_picture(tmp_path / "b.png", both)
    write_worst([tmp_path / "b.png"], tmp_path / "worst")
    strip, stored = read_picture(tmp_path / "worst/1_b.png"), read_picture(tmp_path / "b.png")
    assert strip.shape == (6, 24, 3)
    assert (strip[:, :16] == stored).all()
    assert (strip[:, 16:] == error_map(stored[:, 8:], stored[:, :8])).all()
