"""Gradient noise: range, continuity, independence of seeds and of how the points are cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest

from wildfield.procgen.terrain.blocks import BLOCK, in_blocks
from wildfield.procgen.terrain.noise import fbm2, fbm3, noise2, noise3, ridged2


def points(count: int, span: float = 300.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x, y, z = rng.uniform(-span, span, (3, count)).astype(np.float32)
    return x, y, z


def test_noise_lies_between_minus_one_and_one_with_mean_zero() -> None:
    x, y, z = points(200_000)
    for values in (noise2(x, y, 3), noise3(x, y, z, 3), fbm2(x, y, 3, 6) * 0.7, fbm3(x, y, z, 3, 4) * 0.7):
        assert np.abs(values).max() < 1.1
        assert abs(values.mean()) < 0.01
        assert 0.15 < values.std() < 0.4
    crests = ridged2(x, y, 3, 5)
    assert crests.min() >= 0
    assert crests.max() <= 1


def test_gradient_noise_vanishes_at_the_lattice_points() -> None:
    x, y, z = (np.round(values) for values in points(5_000))
    assert np.abs(noise2(x, y, 9)).max() < 1e-6
    assert np.abs(noise3(x, y, z, 9)).max() < 1e-6


@pytest.mark.parametrize("edge", [-3.0, 0.0, 7.0])
def test_noise_and_its_slope_are_continuous_across_cell_edges(edge: float) -> None:
    y = np.linspace(-5, 5, 4001, dtype=np.float32)
    step = np.float32(2**-8)
    before, at, after = (noise2(np.full_like(y, edge + k * step), y, 5) for k in (-1, 0, 1))
    slope = np.abs(after - at).max()
    assert slope < 3 * step
    assert np.abs((after - at) - (at - before)).max() < 0.05 * step


def test_seeds_give_unrelated_fields() -> None:
    x, y, _ = points(100_000)
    assert abs(np.corrcoef(noise2(x, y, 1), noise2(x, y, 2))[0, 1]) < 0.02


def test_noise_has_no_favoured_direction() -> None:
    x, y, _ = points(200_000, 100)
    step = np.float32(0.25)
    along = np.var(fbm2(x + step, y, 4, 5) - fbm2(x, y, 4, 5))
    diagonal = np.var(fbm2(x + step * np.float32(0.7071), y + step * np.float32(0.7071), 4, 5) - fbm2(x, y, 4, 5))
    assert along == pytest.approx(diagonal, rel=0.1)


def test_blocks_and_threads_do_not_change_a_bit() -> None:
    x, y, _ = points(2 * BLOCK + 1234)
    whole = fbm2(x, y, 7, 5)
    for threads in (1, 2, 3):
        assert np.array_equal(in_blocks(lambda a, b: (fbm2(a, b, 7, 5),), (x, y), 1, threads)[0], whole)
    part = slice(777, 40_000)
    assert np.array_equal(fbm2(x[part], y[part], 7, 5), whole[part])
