"""The arctic kind: floes that float and never overlap, bergs clear of them, flat fast ice, snow, sastrugi along the wind."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.cameras.view import View, skyline
from wildfield.procgen.kinds.arctic import ARCTIC, land, sample
from wildfield.procgen.kinds.landscape import REACH, Feature, look
from wildfield.procgen.rng import subseed
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.land import MASKS, Terrain
from wildfield.procgen.terrain.plans.arctic import ARCTIC_MASKS, FREEBOARD, arctic_terrain
from wildfield.procgen.terrain.sea_ice import Pressure, snow_relief
from wildfield.procgen.water.bergs import icebergs
from wildfield.procgen.water.floes import CORNERS, Floes, directions, floe_mesh, floes

SEEDS = (1, 2)


def small(seed: int, **values: float) -> SceneSpec:
    return override(sample(seed), {"terrain.resolution": 256, **{k.replace("__", "."): v for k, v in values.items()}}, "test")


@cache
def terrain(seed: int) -> Terrain:
    return land(small(seed))


@cache
def view(seed: int) -> View:
    return look(ARCTIC, terrain(seed), small(seed)).view


@cache
def drift(seed: int, cover: float = 0.6) -> Floes:
    horizon = skyline(view(seed), terrain(seed).height, REACH)
    return floes(terrain(seed), view(seed), horizon, cover, np.zeros((0, 3)), subseed(seed, "floes"))


@cache
def features(seed: int) -> list[Feature]:
    habitat = ARCTIC.habitat(terrain(seed), small(seed).scatter, seed)
    return ARCTIC.features(small(seed), habitat, view(seed))


def outline(ice: Floes, number: int) -> np.ndarray:
    """The corners (CORNERS, 2) of a floe."""
    return ice.middles[number] + ice.outlines[number][:, None] * np.stack(directions(), 1)


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which points lie in a polygon: by crossings of a ray along +x."""
    x, y = points.T[:, :, None]
    (ax, ay), (bx, by) = polygon.T, np.roll(polygon, -1, 0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        crosses = ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return crosses.sum(1) % 2 == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_no_floe_overlaps_another(seed: int) -> None:
    ice = drift(seed)
    assert len(ice) > 60
    reach = ice.outlines.max(1)
    shapes = [outline(ice, number) for number in range(len(ice))]
    for number in range(len(ice)):
        apart = np.hypot(*(ice.middles - ice.middles[number]).T)
        for other in np.flatnonzero(apart < reach + reach[number]):
            if other != number:
                assert not inside(shapes[other], shapes[number]).any(), (number, other)


@pytest.mark.parametrize("seed", SEEDS)
def test_floes_float_at_the_waters_level_over_deep_enough_water(seed: int) -> None:
    mesh = floe_mesh(drift(seed), view(seed), "floe")
    low, high = mesh.bounds[:, 2]
    assert -1.0 < low < -0.5 and 0.1 < high < 2.0
    z = mesh.points[:, 2]
    afloat = mesh.points[(z > 0) & (z < 0.05)]
    assert (terrain(seed).height(*afloat[:, :2].T) < -0.2).mean() > 0.995


def test_more_ice_covers_more_of_the_water() -> None:
    def area(ice: Floes) -> float:
        r = ice.outlines
        return float((0.5 * np.sin(2 * np.pi / CORNERS) * r * np.roll(r, 1, 1)).sum())

    assert area(drift(2, 0.15)) < 0.6 * area(drift(2, 0.45)) < 0.9 * area(drift(2, 0.9))


@pytest.mark.parametrize("seed", SEEDS)
def test_icebergs_stand_in_the_water_clear_of_land_floes_and_each_other(seed: int) -> None:
    bergs = icebergs(terrain(seed), view(seed), 0.6, seed)
    ice = next(item.mesh for item in features(seed) if item.name == "floes")
    assert len(bergs) >= 1
    for berg in bergs:
        low, high = berg.mesh.bounds[:, 2]
        assert low < -0.5 and high > 0.5
        assert terrain(seed).height(berg.x, berg.y) < 0
        assert all(np.hypot(berg.x - b.x, berg.y - b.y) > 0.7 * (berg.radius + b.radius) for b in bergs if b is not berg)
    for berg in icebergs(terrain(seed), view(seed), small(seed).water.ice, seed):
        assert (np.hypot(ice.points[:, 0] - berg.x, ice.points[:, 1] - berg.y) > berg.radius).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_fast_ice_is_flat_and_lies_just_above_the_water(seed: int) -> None:
    calm = replace(terrain(seed), forms=None)
    near = terrain(seed).near
    x, y = (axis.ravel() for axis in near.grid())
    fast = (terrain(seed).mask("sea_ice", x, y) > 0.99) & (terrain(seed).mask("water", x, y) < -8)
    z = calm.height(x[fast], y[fast])
    assert fast.sum() > 100
    assert abs(np.median(z) - FREEBOARD) < 0.5 and np.percentile(z, 95) < 3.0


def test_sastrugi_are_longer_along_the_wind_than_across_it() -> None:
    pressure = replace(Pressure.of(2), ridges=0.0)
    along = np.array(pressure.wind)
    across = np.array([-along[1], along[0]])
    steps, shifts = np.meshgrid(np.linspace(-15, 15, 600), np.arange(-15, 16))

    def roughness(way: np.ndarray, beside: np.ndarray) -> float:
        places = np.array([0.0, -60.0]) + steps[..., None] * way + shifts[..., None] * beside
        x, y = places.reshape(-1, 2).T.astype(np.float32)
        relief = snow_relief(pressure, terrain(2), np.ascontiguousarray(x), np.ascontiguousarray(y)).reshape(steps.shape)
        return float(np.abs(np.diff(relief, axis=1)).mean())

    assert roughness(across, along) > 1.5 * roughness(along, across)


def test_snow_covers_the_land_and_a_raised_snow_line_uncovers_the_tundra() -> None:
    x, y = (axis.ravel() for axis in terrain(2).near.grid())
    z, slope = terrain(2).height(x, y), terrain(2).slope(x, y)
    land = (z > 3) & (slope < 0.5)
    shares = []
    for line in (-500.0, 300.0):
        spec = small(2, scatter__snow_line=line)
        habitat = ARCTIC.habitat(terrain(2), spec.scatter, 2)
        shares.append(float(habitat.snow(x, y, z, slope)[land].mean()))
    assert shares[0] > 0.7 and shares[1] < 0.15


def test_same_seed_gives_the_same_bits_for_any_threads_and_again() -> None:
    spec = small(2)
    one = arctic_terrain(spec.terrain, spec.water, 2, threads=1)
    assert (one.near.heights == terrain(2).near.heights).all()
    assert all((one.near.masks[name] == terrain(2).near.masks[name]).all() for name in (*MASKS, *ARCTIC_MASKS))
    habitat = ARCTIC.habitat(one, spec.scatter, 2)
    again = ARCTIC.features(spec, habitat, look(ARCTIC, one, spec).view)
    assert [item.mesh.digest() for item in again] == [item.mesh.digest() for item in features(2)]


@pytest.mark.parametrize("name", ["terrain.relief", "terrain.ruggedness", "terrain.size", "water.extent", "water.ice"])
@pytest.mark.parametrize("end", [0, 1])
def test_every_parameter_of_the_land_at_its_ends_gives_a_world_with_a_view(name: str, end: int) -> None:
    value = {"terrain.size": (400.0, 6000.0)}.get(name, (0.0, 1.0))[end]
    spec = override(small(4), {name: value, "terrain.resolution": 128}, "test")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = land(spec)
        rig = look(ARCTIC, made, spec)
        found = ARCTIC.features(spec, ARCTIC.habitat(made, spec.scatter, spec.seed), rig.view)
    assert made.wet and np.isfinite(rig.view.eyes).all()
    assert all(np.isfinite(item.mesh.points).all() for item in found)
