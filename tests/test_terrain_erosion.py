"""Drainage and erosion against closed forms, brute force and conservation."""

from __future__ import annotations

import numpy as np
import pytest

from wildfield.procgen.terrain.drainage import drainage
from wildfield.procgen.terrain.erosion import (
    AREA_EXPONENT,
    Ground,
    Stage,
    erode,
    fluvial_step,
    refine,
    slump,
    thermal_step,
)
from wildfield.procgen.terrain.noise import fbm2


def lumpy(samples: int) -> np.ndarray:
    x, y = np.meshgrid(*[np.arange(samples, dtype=np.float32)] * 2)
    return (100 + 60 * fbm2(x.ravel() / 23, y.ravel() / 23, 5, 5)).reshape(samples, samples)


def edge(samples: int) -> np.ndarray:
    base = np.ones((samples, samples), bool)
    base[1:-1, 1:-1] = False
    return base


def plain_rock(samples: int, uplift: float) -> Ground:
    full = np.ones((samples, samples), np.float32)
    return Ground(uplift * full, 0.9 * full, 0.6 * full, full, edge(samples))


def test_all_water_reaches_the_base_and_areas_sum_up() -> None:
    heights = lumpy(97)
    flow = drainage(heights, edge(97), 10.0, np.random.default_rng(2))
    area = flow.accumulate(np.full(heights.size, 100.0))
    receivers = np.empty(heights.size, np.intp)
    receivers[flow.order] = flow.order[flow.parents]
    assert area[edge(97).ravel()].sum() == pytest.approx(heights.size * 100.0)
    assert np.array_equal(np.flatnonzero(receivers == np.arange(heights.size)), np.flatnonzero(edge(97)))
    expected = np.full(heights.size, 100.0)
    for cell in flow.order[::-1]:
        if receivers[cell] != cell:
            expected[receivers[cell]] += expected[cell]
    np.testing.assert_allclose(area, expected)


def test_receivers_are_neighbours_and_their_distances_true() -> None:
    heights = lumpy(64)
    flow = drainage(heights, edge(64), 3.0, np.random.default_rng(2))
    here, there = flow.order, flow.order[flow.parents]
    moved = here != there
    rows, columns = np.abs(here // 64 - there // 64)[moved], np.abs(here % 64 - there % 64)[moved]
    assert max(rows.max(), columns.max()) == 1
    np.testing.assert_allclose(flow.distances[moved], 3.0 * np.hypot(rows, columns), rtol=1e-6)


def test_a_bowl_spills_over_its_lowest_pass() -> None:
    x, y = np.meshgrid(*[np.linspace(-1, 1, 41, dtype=np.float32)] * 2)
    r = np.hypot(x, y)
    heights = np.where(r < 0.6, r, 1.2 - r) + np.float32(2)
    heights[20, 32] = 2.3
    flow = drainage(heights, edge(41), 1.0, np.random.default_rng(1))
    area = flow.accumulate(np.ones(heights.size)).reshape(41, 41)
    inside = int((r < 0.55).sum())
    assert area[20, 32] > inside


def test_long_erosion_reaches_the_slope_of_the_stream_power_law() -> None:
    heights = lumpy(64) * 0.05
    rock = plain_rock(64, 0.4)
    rock = Ground(rock.uplift, rock.steepest * 100, rock.repose, rock.soil, rock.base)
    heights[rock.base] = 0
    flow = drainage(heights, rock.base, 20.0, np.random.default_rng(0))
    area = flow.accumulate(np.full(heights.size, 400.0))
    for _ in range(300):
        heights = fluvial_step(heights, rock, 20.0, flow, area)
    z = heights.ravel()[flow.order]
    moved = flow.parents != np.arange(len(z))
    slope = (z - z[flow.parents])[moved] / flow.distances[moved]
    np.testing.assert_allclose(slope, 0.4 * area[flow.order][moved] ** -AREA_EXPONENT, rtol=0.02)


def test_falling_rock_keeps_its_mass_and_lowers_slopes() -> None:
    heights = lumpy(80) * 3
    stands = np.full_like(heights, 0.6)
    before = np.abs(np.diff(heights, axis=0)).max()
    fallen = heights
    for _ in range(50):
        fallen = thermal_step(fallen, stands, 5.0)
    assert fallen.sum(dtype=np.float64) == pytest.approx(heights.sum(dtype=np.float64), rel=1e-6)
    assert np.abs(np.diff(fallen, axis=0)).max() < before
    gentle = heights * 0.01
    assert np.array_equal(thermal_step(gentle, stands, 5.0), gentle)


def test_slumping_and_refining_leave_a_plane_alone() -> None:
    x, y = np.meshgrid(*[np.arange(32, dtype=np.float32)] * 2)
    plane = 3 + 0.2 * x - 0.1 * y
    soft = slump(plane, np.full_like(plane, 0.9), 1.0, np.full_like(plane, 0.1))
    np.testing.assert_allclose(soft[1:-1, 1:-1], plane[1:-1, 1:-1], atol=1e-5)
    fine = refine(plane)
    np.testing.assert_allclose(np.diff(fine[4:-4, 4:-4], axis=1), 0.1, atol=1e-5)
    assert fine.mean() == pytest.approx(plane.mean(), rel=1e-6)


def test_erosion_without_uplift_lowers_peaks_and_stays_finite() -> None:
    heights = lumpy(64) + 100
    eroded = erode(
        heights,
        1000.0,
        [Stage(64, 10, 0.05, 3), Stage(128, 3, 0.05, 3)],
        lambda samples, _: plain_rock(samples, 0.0),
        lambda _, z: z,
        seed=1,
    )
    assert eroded.heights.shape == (128, 128)
    for values in (eroded.heights, eroded.drainage_area, eroded.wear, eroded.deposit):
        assert np.isfinite(values).all()
        assert values.dtype == np.float32
    assert eroded.heights.max() < heights.max()
    assert eroded.heights.mean() < heights.mean()
    assert min(eroded.wear.min(), eroded.deposit.min()) >= 0
