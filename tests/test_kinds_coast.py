"""The coast: the sea reaches the horizon, beaches slope into it, cliffs stand over it, and stacks rise from its bed."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.kinds import coast
from wildfield.procgen.kinds.landscape import look
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.land import Terrain
from wildfield.procgen.terrain.patches import border_points, patch
from wildfield.procgen.terrain.plans.coast import FORESHORE
from wildfield.procgen.terrain.rock_forms import Stack
from wildfield.procgen.water.surface import lake_surface

SMALL = {"terrain.resolution": 256, "render.width": 96, "render.height": 54}


def small(seed: int, **values: float) -> SceneSpec:
    return override(coast.sample(seed), SMALL | {name.replace("__", "."): value for name, value in values.items()}, "test")


@cache
def land(seed: int, sand: float = 0.5) -> Terrain:
    return coast.land(small(seed, terrain__sand=sand))


def test_the_sea_reaches_the_horizon_from_every_eye() -> None:
    spec = small(1)
    rig = look(coast.COAST, land(1), spec)
    low, high = land(1).water_bounds().tolist()
    sheet = lake_surface((low[0], low[1]), (high[0], high[1]), rig.view, land(1).height, "sea_surf", sounded=True)
    assert (sheet.points[:, 2] == 0).all()
    eye = rig.view.eyes[0]
    reach = np.hypot(*(sheet.points[:, :2] - eye[:2]).T)
    azimuth = np.arctan2(*(sheet.points[:, :2] - eye[:2]).T)
    for sector in range(16):
        here = np.floor((azimuth + np.pi) / (2 * np.pi) * 15.999) == sector
        # The sheet's edge lies less than half a pixel of a picture 1,920 wide under the horizon.
        assert np.arctan2(eye[2], reach[here].max()) < 0.5 * np.radians(60) / 1920 * max(1.0, eye[2] / 3)


def test_the_water_knows_the_depth_of_the_sea() -> None:
    rig = look(coast.COAST, land(1), small(1))
    sheet = lake_surface((-400.0, -400.0), (400.0, 400.0), rig.view, land(1).height, "sea_surf", sounded=True)
    depth = sheet.attributes["wf_depth"].values
    np.testing.assert_allclose(depth, np.clip(-land(1).height(*sheet.points[:, :2].T), -1, 50), atol=1e-5)
    assert depth.max() > 4


def test_the_mask_of_water_and_the_sign_of_heights_agree() -> None:
    made = land(2)
    assert np.array_equal(made.near.masks["water"] > 0, made.near.heights < 0)
    assert made.wet and 0.2 < (made.near.heights < 0).mean() < 0.9


def test_beaches_slope_gently_into_the_water() -> None:
    made = land(2, 0.9)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-900, 900, (2, 60000)).astype(np.float32)
    z = made.height(x, y)
    shore = (np.abs(z) < 0.3) & (made.mask("sand", x, y) > 0.99) & (made.mask("rock", x, y) < 0.01)
    assert shore.sum() > 50
    assert np.median(made.slope(x, y, 6.0)[shore]) == pytest.approx(FORESHORE, rel=0.6)


def test_more_relief_makes_higher_cliffs_and_more_sand_less_of_them() -> None:
    def cliff(relief: float) -> float:
        field = coast.land(small(3, terrain__relief=relief, terrain__sand=0.2)).near
        return float(np.percentile(field.heights[field.masks["rock"] > 0.5], 95))

    assert cliff(0.0) < 0.7 * cliff(0.5) < 0.6 * cliff(1.0)
    rock = [float((land(3, sand).near.masks["rock"] > 0.5).mean()) for sand in (0.0, 0.5, 1.0)]
    assert rock[0] > 1.1 * rock[1] > rock[2]


def test_a_stack_stands_on_the_seas_bed_without_a_gap() -> None:
    made = land(1)
    y = np.linspace(0, 600, 601, dtype=np.float32)
    bed = made.height(np.zeros_like(y), y)
    at = int(np.argmax(bed < -3))
    stack = Stack(0.0, float(y[at]), float(bed[at]) - 1.0, 7.0, 22.0, 0.3, 5)
    skin = patch(made, stack.form, *stack.box, 0.8)
    border = border_points(skin.faces, len(skin.points))
    assert np.abs(skin.points[border, 2] - made.height(*skin.points[border, :2].T)).max() < 0.01
    assert skin.points[border, 2].max() < 0 and skin.points[:, 2].max() > 12


@pytest.mark.parametrize("name", ["relief", "ruggedness", "erosion", "sand"])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_both_ends_of_every_parameter_are_a_world_with_a_view(name: str, end: float) -> None:
    spec = small(2, **{f"terrain__{name}": end})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = coast.land(spec)
        rig = look(coast.COAST, made, spec)
        habitat = coast.CoastHabitat(made, spec.scatter, spec.seed)
        for feature in coast.features(spec, habitat, rig.view):
            assert np.isfinite(feature.mesh.points).all()
    assert made.wet
    assert rig.view.eyes[0, 2] > 1.0


def test_palms_and_pines_never_mix_and_the_same_seed_gives_the_same_bits() -> None:
    habitat = coast.CoastHabitat(land(1), small(1).scatter, 1)
    share = habitat.broadleaf(0, 0, np.linspace(1, 50, 50, dtype=np.float32))
    assert len(np.unique(share)) == 1
    again = coast.land(small(1, terrain__sand=0.5))
    assert np.array_equal(again.near.heights, land(1).near.heights)
    assert np.array_equal(again.far.heights, land(1).far.heights)
