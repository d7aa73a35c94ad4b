"""Meadows: parcels of a Voronoi diagram, hedges in lines along their borders, wheat inside, flowers by season. No Blender."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import numpy as np
import pytest

from wildfield.procgen.kinds import meadow
from wildfield.procgen.kinds.landscape import growths, look
from wildfield.procgen.scatter.fields import fields_of
from wildfield.procgen.scatter.meadow_habitat import FLOWERS, MeadowHabitat
from wildfield.procgen.scene_spec import ScatterSpec, SceneSpec
from wildfield.procgen.spec import override, parameters
from wildfield.procgen.terrain.land import Terrain


def small(seed: int, **values: Any) -> SceneSpec:
    """A drawn spec with a small land and small pictures."""
    size = {"terrain.resolution": 128, "render.width": 160, "render.height": 90}
    return override(meadow.sample(seed), size | values, "test")


def stood(spec: SceneSpec) -> tuple[Any, Any, Any]:
    """The land's habitat, the view, and all that grows."""
    terrain = meadow.land(spec)
    rig = look(meadow.MEADOW, terrain, spec)
    habitat = MeadowHabitat(terrain, spec.scatter, spec.seed, rig.glade)
    return habitat, rig.view, growths(meadow.MEADOW, habitat, rig.view, 0.2)


def landless(scatter: ScatterSpec, seed: int) -> MeadowHabitat:
    """A habitat of which only what follows from the spec and the seed is asked."""
    return MeadowHabitat(cast(Terrain, None), scatter, seed)


def seed_with(wanted: Any) -> int:
    """The first seed whose world has what is wanted of its habitat."""
    for seed in range(200):
        if wanted(landless(meadow.sample(seed).scatter, seed)):
            return seed
    raise AssertionError("no seed has it")


@pytest.fixture(scope="module")
def fields() -> Any:
    return fields_of(4)


def test_parcels_are_those_of_the_nearest_middle_as_brute_force_says(fields: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-500, 500, (2, 400)).astype(np.float32)
    number, border = fields.at(x, y)
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(-12, 13), np.arange(-12, 13)))
    middle = np.stack(fields._middle(column, row), 1).astype(np.float64)
    place = np.stack(fields._to_parcels(x, y), 1).astype(np.float64)
    nearest = ((place[:, None] - middle) ** 2).sum(2).argmin(1)
    for first in range(0, 400, 40):
        alike = nearest == nearest[first]
        assert (number[alike] == number[first]).all()
        assert (number[~alike] != number[first]).all()
    assert (border >= -1e-3).all() and border.max() < fields.length


def test_the_distance_to_a_border_is_the_way_to_another_parcel(fields: Any) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-300, 300, (2, 60)).astype(np.float32)
    number, border = fields.at(x, y)
    angle = np.linspace(0, 2 * np.pi, 240).astype(np.float32)
    for share, same in ((0.97, True), (1.04, False)):
        way = share * border[:, None] + (0.0 if same else 0.05)
        around, _ = fields.at(x[:, None] + way * np.cos(angle), y[:, None] + way * np.sin(angle))
        assert ((around == number[:, None]).all(1) == same).mean() > 0.95


def test_points_on_borders_lie_on_them_in_straight_lines(fields: Any) -> None:
    borders = fields.borders((-400.0, -400.0, 400.0, 400.0), 2.0)
    _, away = fields.at(*borders.place.T)
    assert np.abs(away).max() < 0.15
    ahead = np.stack([np.cos(borders.heading), np.sin(borders.heading)], 1)
    for luck in np.unique(borders.luck)[:25]:
        line = borders.luck == luck
        place, along = borders.place[line], borders.along[line]
        straight = place[0] + (along - along[0])[:, None] * ahead[line][0]
        assert np.abs(place - straight).max() < 0.05


def test_hedges_stand_in_lines_along_the_borders_of_fields() -> None:
    for seed in (4, 2):
        habitat, view, grown = stood(small(seed))
        rows = [growth for growth in grown if growth.name.endswith(" row") and len(growth)]
        assert rows
        for row in rows:
            _, away = habitat.fields.at(*row.foot[:, :2].T)
            assert np.abs(away).max() < 0.15
            assert np.abs(habitat.height(*row.foot[:, :2].T) - row.foot[:, 2]).max() < 0.6
            assert view.distance(*row.foot[:, :2].T).min() > 2.9


def test_wheat_fills_fields_and_nothing_else_grows_there() -> None:
    seed = seed_with(lambda habitat: habitat.wheat_share > 0.3 and habitat.scatter.season == "summer")
    habitat, _, grown = stood(small(seed))
    x, y = (axis.astype(np.float32) for axis in np.meshgrid(np.arange(-400.0, 400.0, 4.0), np.arange(-400.0, 400.0, 4.0)))
    wheat = habitat.wheat(x, y)
    number, border = habitat.fields.at(x, y)
    assert 0.1 < wheat.mean() < 0.6
    assert (border[wheat > 0] > 2.5).all() and number[wheat > 0].max() < habitat.wheat_share
    height, ripe = habitat.sward(x, y, np.zeros_like(x))
    assert height[ripe > 0].min() > 2.0 * height[ripe == 0].max()
    for growth in grown:
        inside = habitat.wheat(*growth.foot[:, :2].T) > 0
        stones = growth.generator == "rock"
        woods = growth.name in meadow.MEADOW.woods.species(seed)[0] + meadow.MEADOW.woods.species(seed)[1]
        assert growth.generator == "wheat" or stones or woods or not inside.any(), growth.name


def test_flowers_are_those_of_the_season() -> None:
    spring, winter = (
        landless(dataclasses.replace(meadow.sample(1).scatter, season=season), 1) for season in ("spring", "winter")
    )
    assert set(spring.flora) <= {"tulip", "dandelion", "buttercup", "daisy"} and len(spring.flora) == 4
    assert not winter.flora
    assert set(FLOWERS) <= {row.generator for row in meadow.MEADOW.sowings}


def test_the_eye_stands_in_a_meadow_among_flowers() -> None:
    habitat, view, grown = stood(small(1))
    number, border = habitat.fields.at(*view.eyes[:, :2].T)
    assert (border > 4.0).all() and (number > max(0.44, habitat.wheat_share)).all()
    near = [view.distance(*growth.foot[:, :2].T) for growth in grown if growth.generator in habitat.flora and len(growth)]
    assert (np.concatenate(near) < 10.0).sum() > 20
    assert habitat.land.near.heights.min() > 1.0 and not habitat.land.wet


ENDS = ("terrain.relief", "terrain.ruggedness", "scatter.trees", "scatter.grass", "scatter.undergrowth", "scatter.conifers")


@pytest.mark.parametrize("name", ENDS)
def test_each_parameter_at_both_ends_still_makes_a_world(name: str) -> None:
    item = next(item for item in parameters(SceneSpec) if item.path == name)
    for value in (item.low, item.high):
        habitat, view, _ = stood(small(2, **{name: value}))
        assert np.isfinite(habitat.land.near.heights).all() and view.eyes[0, 2] > 2.0


def test_specs_of_a_meadow_differ_and_repeat() -> None:
    specs = [meadow.sample(seed) for seed in range(50)]
    assert specs == [meadow.sample(seed) for seed in range(50)]
    shares = [landless(spec.scatter, spec.seed).wheat_share for spec in specs]
    assert 10 < sum(share > 0 for share in shares) < 40
