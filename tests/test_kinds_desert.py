"""The desert: dunes with slip faces at the angle of repose, tables of flat beds, and what grows between."""

from __future__ import annotations

import dataclasses
import warnings
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.kinds import desert
from wildfield.procgen.kinds.landscape import look
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.beds import laid_down
from wildfield.procgen.terrain.dry_land import DryLand
from wildfield.procgen.terrain.dunes import REPOSE, Dunes
from wildfield.procgen.terrain.land import MASKS

SMALL = {"terrain.resolution": 256, "render.width": 96, "render.height": 54}


def small(seed: int, **values: float) -> SceneSpec:
    return override(desert.sample(seed), SMALL | {name.replace("__", "."): value for name, value in values.items()}, "test")


@cache
def land(seed: int, sand: float = 0.9) -> DryLand:
    made = desert.land(small(seed, terrain__sand=sand))
    assert isinstance(made, DryLand)
    return made


def test_slip_faces_lie_at_the_angle_of_repose_and_nothing_is_steeper() -> None:
    dunes = Dunes((0.8, 0.6), 120.0, 14.0, 0.9, 5)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-2000, 2000, (2, 60000)).astype(np.float32)
    full, step = np.ones_like(x), np.float32(0.2)
    height, slip, _ = dunes.block(x, y, full)
    east, west = dunes.block(x + step, y, full), dunes.block(x - step, y, full)
    north, south = dunes.block(x, y + step, full), dunes.block(x, y - step, full)
    slope = np.hypot(east[0] - west[0], north[0] - south[0]) / 0.4
    inner = (slip == 1) & (height > 3) & (np.minimum.reduce([east[1], west[1], north[1], south[1]]) == 1)
    assert inner.sum() > 500
    assert np.median(slope[inner]) == pytest.approx(REPOSE, rel=0.06)
    assert np.percentile(slope[inner], 95) < 1.25 * REPOSE
    windward = (np.maximum.reduce([slip, east[1], west[1], north[1], south[1]]) < 0.5) & (height > 1)
    assert np.percentile(slope[windward], 90) < 0.5 * REPOSE


def test_dunes_are_continuous_and_end_where_the_sand_ends() -> None:
    dunes = Dunes((1.0, 0.0), 90.0, 9.0, 0.8, 3)
    along = np.arange(-600, 600, 0.05, dtype=np.float32)
    height, _, _ = dunes.block(along, np.full_like(along, 12.0), np.ones_like(along))
    assert np.abs(np.diff(height)).max() < 0.12
    assert height.max() > 5
    assert not dunes.block(along, along, np.zeros_like(along))[0].any()


def test_beds_keep_the_heights_between_them_and_make_benches_and_walls() -> None:
    beds = laid_down(20.0, 120.0, (4.0, 15.0), (0.7, 0.9), np.random.default_rng(1), 7)
    assert (np.diff(beds.smooth) >= 0).all() and (np.diff(beds.stepped) >= 0).all()
    z = np.linspace(5, 140, 4000, dtype=np.float32)
    nowhere = np.zeros_like(z)
    stepped = z + beds.rise(nowhere, nowhere, z)
    assert not beds.rise(nowhere, nowhere, z)[(z < 12) | (z > 128)].any()
    gain = np.diff(stepped) / np.diff(z)
    assert gain.min() > -1e-3
    within = (z[1:] > 20) & (z[1:] < 120)
    assert (gain < 0.3)[within].mean() > 0.25
    assert (np.diff(stepped) * (gain > 1.8))[within].sum() > 25


def test_more_sand_covers_more_land_and_more_relief_makes_higher_tables() -> None:
    cover = [float(land(4, sand).near.masks["sand"].mean()) for sand in (0.0, 0.5, 1.0)]
    assert cover[0] < 0.1 < cover[1] < cover[2]
    top = [desert.land(small(4, terrain__relief=relief)).near.heights.max() for relief in (0.0, 0.5, 1.0)]
    assert top[0] < 0.6 * top[1] < 0.5 * top[2]


@pytest.mark.parametrize("name", ["relief", "ruggedness", "erosion", "sand"])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_both_ends_of_every_parameter_are_a_world_above_water(name: str, end: float) -> None:
    spec = small(2, **{f"terrain__{name}": end})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = desert.land(spec)
        rig = look(desert.DESERT, made, spec)
    assert not made.wet and made.near.heights.min() > 1.0
    assert set(MASKS) <= set(made.near.masks) and set(made.near.masks) == set(made.far.masks)
    assert rig.view.eyes[0, 2] == pytest.approx(made.height(*rig.view.eyes[0, :2]) + spec.camera.height, abs=1.0)


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads() -> None:
    from wildfield.procgen.terrain.plans.desert import desert_terrain

    first, second = (desert_terrain(small(3).terrain, 3, threads) for threads in (1, 3))
    assert np.array_equal(first.near.heights, second.near.heights)
    assert np.array_equal(first.far.masks["sand"], second.far.masks["sand"])
    x, y = np.random.default_rng(0).uniform(-900, 900, (2, 4000))
    assert np.array_equal(first.height(x, y), second.height(x, y))


def test_cacti_grow_in_the_new_world_and_thorn_trees_in_the_old() -> None:
    seeds = {desert.AridHabitat(land(1), small(1).scatter, seed).old_world: seed for seed in range(8)}
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-300, 300, (2, 4000)).astype(np.float32)
    rocky = land(1, 0.0)
    z, slope = rocky.height(x, y), rocky.slope(x, y)
    for old, seed in seeds.items():
        habitat = desert.AridHabitat(rocky, dataclasses.replace(small(1).scatter, undergrowth=0.6, trees=0.6), seed)
        rows = {row.generator: row.wanted(habitat, row.generator, x, y, z).mean() for row in desert.ARID}
        assert (habitat.forest(x, y, z, slope).mean() > 0) == old
        assert (rows["aloe"] > 0) == old and (rows["saguaro"] == 0) == old
