"""The volcanic kind: a cone with a crater, flows with thick fronts on what was there, and plants that come with age."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.kinds.landscape import look
from wildfield.procgen.kinds.volcanic import VOLCANIC, land, sample
from wildfield.procgen.registry import generators
from wildfield.procgen.rng import stream
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.land import MASKS, Terrain
from wildfield.procgen.terrain.lava import ROPE, pahoehoe
from wildfield.procgen.terrain.plans.volcanic import CONE, volcanic_terrain, volcano
from wildfield.procgen.terrain.volcano import VOLCANIC_MASKS

SEEDS = (1, 2, 3)


def small(seed: int, **values: float) -> SceneSpec:
    return override(sample(seed), {"terrain.resolution": 256, **{k.replace("__", "."): v for k, v in values.items()}}, "test")


@cache
def terrain(seed: int) -> Terrain:
    return land(small(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cone_has_a_crater_that_is_lower_than_its_rim_but_for_the_breach(seed: int) -> None:
    cone = volcano(small(seed).terrain, seed).cones[0]
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)[:, None]
    radii = np.linspace(0, 1, 60)[None, :] * cone.foot
    z = terrain(seed).height(cone.x + radii * np.cos(angles), cone.y + radii * np.sin(angles))
    rim = z.max(1)
    whole = rim > z[0, 0] + 0.08 * cone.rise
    assert whole.mean() > 0.7
    place = np.argmax(z, 1)[whole] / 59
    assert 0.5 * cone.mouth < np.median(place) < 1.6 * cone.mouth
    assert np.median(rim) - np.median(z[:, -1]) > 0.6 * cone.rise


def test_relief_raises_the_cone() -> None:
    low, high = (volcano(replace(small(1).terrain, relief=relief), 1).cones[0].rise for relief in (0.0, 1.0))
    assert (low, high) == (pytest.approx(CONE[0]), pytest.approx(CONE[1]))


@pytest.mark.parametrize("seed", SEEDS)
def test_flows_lie_on_the_plain_and_end_in_steep_fronts(seed: int) -> None:
    made = volcano(small(seed).terrain, seed)
    with_lava = volcanic_terrain(small(seed).terrain, seed)
    near = with_lava.near
    lava, cinder = near.masks["lava"], near.masks["cinder"]
    plain = cinder < 0.05
    assert 0.02 < lava.mean() < 0.4
    thickest = max(flow.thickness for flow in made.flows)
    edge = (lava > 0.2) & (lava < 0.8) & plain
    assert np.median(near.masks["slope"][edge]) > 1.5 * np.median(near.masks["slope"][(lava == 0) & plain])
    assert thickest < 6


def test_ropes_repeat_at_their_length_down_a_toe_and_toes_do_not() -> None:
    y = np.linspace(0, 40, 8192, dtype=np.float32)
    profile = pahoehoe(3, np.full_like(y, 2.0), y)
    power = np.abs(np.fft.rfft(profile - profile.mean())) ** 2
    wavelength = 40 / np.maximum(np.arange(len(power)), 1)
    rope = (wavelength > 0.6 * ROPE) & (wavelength < 1.6 * ROPE)
    finer = (wavelength > 0.15 * ROPE) & (wavelength < 0.4 * ROPE)
    assert power[rope].sum() > 3 * power[finer].sum()
    assert np.ptp(profile) > 0.3


def test_moss_comes_with_age_and_nothing_else_grows_on_new_lava() -> None:
    spec = small(1, scatter__undergrowth=1.0, scatter__grass=1.0, scatter__trees=1.0)
    habitat = VOLCANIC.habitat(terrain(1), spec.scatter, 1)
    x, y = (axis.ravel() for axis in terrain(1).near.grid())
    z, slope = terrain(1).height(x, y), terrain(1).slope(x, y)
    lava, age = terrain(1).mask("lava", x, y), terrain(1).mask("age", x, y)
    new, old = (lava > 0.95) & (age < 0.2), (lava > 0.95) & (age > 0.6)
    assert new.any() and old.any()
    moss = habitat.moss(x, y)
    assert moss[new].max() == 0 and moss[old].mean() > 0.3
    assert habitat.turf(x, y, z, slope)[new].max() < 0.06
    assert habitat.forest(x, y, z, slope)[lava > 0.95].max() < 0.06


def test_cracks_glow_on_the_newest_flow_of_a_hot_volcano_alone() -> None:
    hot = next(seed for seed in range(40) if volcano(small(seed).terrain, seed).heat > 0)
    cold = next(seed for seed in range(40) if volcano(small(seed).terrain, seed).heat == 0)
    masks = terrain(hot).near.masks
    glowing = masks["heat"] > 0.2
    assert glowing.any() and masks["lava"][glowing].min() > 0.5
    assert np.ptp(masks["age"][masks["heat"] > 0.4]) < 0.1
    assert terrain(cold).near.masks["heat"].max() == 0


def test_stones_of_a_volcano_are_of_lava() -> None:
    pytest.importorskip("bpy")
    from wildfield.procgen.scatter.planting import individuals

    draw = individuals(1, sample(1).scatter, geology=VOLCANIC.geology)
    for number in range(6):
        assert generators()["rock"].build(draw("rock", number), stream(number, "test"), "far").materials == ("stone_basalt",)


def test_same_seed_gives_the_same_bits_for_any_threads() -> None:
    one = volcanic_terrain(small(3).terrain, 3, threads=1)
    assert (one.near.heights == terrain(3).near.heights).all()
    assert all((one.near.masks[name] == terrain(3).near.masks[name]).all() for name in (*MASKS, *VOLCANIC_MASKS))


@pytest.mark.parametrize("name", ["relief", "ruggedness", "erosion", "size"])
@pytest.mark.parametrize("end", [0, 1])
def test_every_parameter_of_the_land_at_its_ends_gives_a_dry_world_with_a_view(name: str, end: int) -> None:
    value = {"size": (400.0, 6000.0)}.get(name, (0.0, 1.0))[end]
    spec = small(4, terrain__resolution=128, **{f"terrain__{name}": value})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = land(spec)
        rig = look(VOLCANIC, made, spec)
    assert not made.wet and made.near.heights.min() > 1
    assert np.isfinite(rig.view.eyes).all()
