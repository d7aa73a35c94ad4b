"""The alpine kind: a glacier that lies in its valley, moraines around it, snow above its line, and nothing grows on ice."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.kinds.alpine import ALPINE, land, sample
from wildfield.procgen.kinds.landscape import look
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.glacier import GLACIER_MASKS, _plastic, _reached
from wildfield.procgen.terrain.land import MASKS, Terrain
from wildfield.procgen.terrain.plans.alpine import alpine_terrain, high_valley

SEEDS = (1, 2, 3)


def small(seed: int, **values: float) -> SceneSpec:
    return override(sample(seed), {"terrain.resolution": 256, **{k.replace("__", "."): v for k, v in values.items()}}, "test")


@cache
def terrain(seed: int) -> Terrain:
    return land(small(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_glacier_lies_in_its_valley_below_the_land_beside_it(seed: int) -> None:
    near, plan = terrain(seed).near, high_valley(small(seed).terrain, seed)
    ice = near.masks["ice"] > 0.5
    x, y = near.grid()
    off = np.abs(x - plan.centre(y))
    assert 0.01 < ice.mean() < 0.2
    assert off[ice].max() < 400
    beside = (off > 420) & (off < 700) & ice.any(1)[:, None]
    assert np.median(near.heights[beside]) > np.median(near.heights[ice]) + 30
    walls = near.heights[beside & (y > 600)]
    assert np.percentile(walls, 75) > np.median(near.heights[ice & (y > 600)])


@pytest.mark.parametrize("seed", SEEDS)
def test_ice_rises_from_its_snout_up_the_valley(seed: int) -> None:
    near = terrain(seed).near
    ice = near.masks["ice"] > 0.5
    level = np.where(ice, near.heights, np.nan)[ice.any(1)]
    middle = np.array([np.nanmedian(row) for row in level])
    third = len(middle) // 3
    assert middle[:third].mean() < middle[third : 2 * third].mean() < middle[2 * third :].mean()


@pytest.mark.parametrize("seed", SEEDS)
def test_moraine_stands_before_the_ice_and_not_on_it(seed: int) -> None:
    near = terrain(seed).near
    ice, moraine = near.masks["ice"], near.masks["moraine"]
    assert (ice * moraine).max() < 0.3
    first_ice = np.flatnonzero((ice > 0.5).any(1))[0]
    assert 0 < first_ice - np.flatnonzero((moraine > 0.5).any(1))[0] < 300 / near.cell


def test_plastic_ice_on_a_flat_bed_has_the_parabola_of_nye() -> None:
    cell, stiffness = 1.0, 11.0
    surface = _plastic(np.zeros(2000), 0, cell, stiffness)
    distance = np.arange(2000)[200:] * cell
    np.testing.assert_allclose(surface[200:], np.sqrt(2 * stiffness * distance), rtol=0.03)


def test_ice_reaches_only_what_is_joined_to_its_axis() -> None:
    free = np.array([[1, 1, 0, 1], [0, 1, 0, 1], [0, 1, 0, 1], [0, 0, 0, 1]], bool)
    start = np.zeros((4, 4), bool)
    start[2, 1] = True
    assert (_reached(start, free) == (free & (np.arange(4) < 2))).all()


def test_snow_lies_above_its_line_and_not_below() -> None:
    spec = small(2)
    habitat = ALPINE.habitat(terrain(2), spec.scatter, 2)
    x, y = (axis.ravel() for axis in terrain(2).near.grid())
    z, slope = terrain(2).height(x, y), terrain(2).slope(x, y)
    snow, line = habitat.snow(x, y, z, slope), spec.scatter.snow_line
    assert snow[z < line - 160].max() == 0
    high = (z > line + 170) & (slope < 0.5)
    assert high.any() and snow[high].mean() > 0.9


def test_nothing_grows_on_ice_or_young_rubble() -> None:
    habitat = ALPINE.habitat(terrain(1), small(1).scatter, 1)
    x, y = (axis.ravel() for axis in terrain(1).near.grid())
    z, slope = terrain(1).height(x, y), terrain(1).slope(x, y)
    bare = habitat.bare(x, y) > 0.95
    assert habitat.turf(x, y, z, slope)[bare].max() < 1e-3
    assert habitat.forest(x, y, z, slope)[bare].max() < 0.06


def test_crevasses_are_cut_into_the_ice_alone() -> None:
    near = terrain(1).near
    x, y = (axis.ravel() for axis in near.grid())
    depth = replace(terrain(1), forms=None).height(x, y) - terrain(1).height(x, y)
    broken = (near.masks["crevasse"] > 0.5).ravel()
    other = (near.masks["ice"] + near.masks["moraine"] == 0).ravel()
    assert np.percentile(depth[broken], 97) > 2.0
    assert (np.abs(depth[other]) < 1e-4).all()


def test_same_seed_gives_the_same_bits_for_any_threads() -> None:
    one = alpine_terrain(small(3).terrain, 3, threads=1)
    assert (one.near.heights == terrain(3).near.heights).all()
    assert all((one.near.masks[name] == terrain(3).near.masks[name]).all() for name in (*MASKS, *GLACIER_MASKS))


@pytest.mark.parametrize("name", ["relief", "ruggedness", "erosion", "size"])
@pytest.mark.parametrize("end", [0, 1])
def test_every_parameter_of_the_land_at_its_ends_gives_a_dry_world_with_a_view(name: str, end: int) -> None:
    value = {"size": (400.0, 6000.0)}.get(name, (0.0, 1.0))[end]
    spec = small(4, **{f"terrain__{name}": value})
    spec = replace(spec, terrain=replace(spec.terrain, resolution=128))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = land(spec)
        rig = look(ALPINE, made, spec)
    assert not made.wet and made.near.heights.min() > 1
    assert np.isfinite(rig.view.eyes).all()
