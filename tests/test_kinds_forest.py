"""Forests: trees as they grow in a stand, an eye clear of their stems, and what they shed on the ground below. No Blender."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.kinds import forest
from wildfield.procgen.kinds.landscape import growths, look
from wildfield.procgen.plants.anatomy.parts import LEAF
from wildfield.procgen.rng import stream
from wildfield.procgen.scatter.forest_habitat import ForestHabitat
from wildfield.procgen.scatter.grass import meadow
from wildfield.procgen.scatter.litter import litter
from wildfield.procgen.scatter.planting import individuals
from wildfield.procgen.scene_spec import ScatterSpec, SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.weather.climate import climate_of

WOODS = forest.FOREST.woods
assert WOODS is not None


def small(seed: int, **values: Any) -> SceneSpec:
    """A drawn spec with a small land and small pictures."""
    size = {"terrain.resolution": 128, "render.width": 160, "render.height": 90}
    return override(forest.sample(seed), size | values, "test")


def stood(spec: SceneSpec) -> tuple[Any, Any, Any]:
    """The land's habitat, the view, and all that grows."""
    terrain = forest.land(spec)
    view = look(forest.FOREST, terrain, spec).view
    habitat = ForestHabitat(terrain, spec.scatter, spec.seed)
    return habitat, view, growths(forest.FOREST, habitat, view, 0.2)


@pytest.fixture(scope="module")
def wood() -> tuple[Any, Any, Any]:
    return stood(small(3, **{"scatter.conifers": 0.5, "scatter.season": "autumn"}))


def trees_of(grown: Any) -> list[Any]:
    return [growth for growth in grown if growth.generator in WOODS.conifers + WOODS.broadleaf]


def test_the_eye_stands_in_a_wood_and_keeps_clear_of_every_stem(wood: Any) -> None:
    _, view, grown = wood
    feet = np.concatenate([growth.foot[:, :2] for growth in trees_of(grown)])
    away = np.hypot(*(feet[None] - view.eyes[:, None, :2]).transpose(2, 0, 1)).min(0)
    assert away.min() > 2.0
    assert (away < 30.0).sum() > 12


def test_all_of_it_stands_on_dry_ground(wood: Any) -> None:
    habitat, _, grown = wood
    assert habitat.land.near.heights.min() > 1.0 and not habitat.land.wet
    for growth in grown:
        if len(growth):
            below = habitat.height(*growth.foot[:, :2].T) - growth.foot[:, 2]
            assert below.min() > -1e-3 and (below < 0.02 + 0.2 * growth.scale + 0.1).all(), growth.name


@pytest.mark.parametrize(("share", "missing"), [(0.0, "conifers"), (1.0, "broadleaf")])
def test_the_share_of_conifers_at_its_ends_leaves_the_others_out(share: float, missing: str) -> None:
    _, _, grown = stood(small(5, **{"scatter.conifers": share}))
    assert not any(len(growth) for growth in trees_of(grown) if growth.generator in getattr(WOODS, missing))
    assert sum(len(growth) for growth in trees_of(grown)) > 500


def test_trees_of_a_stand_carry_their_crowns_higher_than_their_species_do_in_the_open() -> None:
    stand, open_land = individuals(1, ScatterSpec(), WOODS.habits), individuals(1, ScatterSpec())
    for name in WOODS.conifers + WOODS.broadleaf:
        low, high = WOODS.habits[name]["crown_base"]
        for variant in range(3):
            assert low <= stand(name, variant).crown_base <= high
        assert stand(name, 0).crown_base >= open_land(name, 0).crown_base - 0.05
    free = {name: value for name, value in vars(stand("beech", 0)).items() if name not in WOODS.habits["beech"]}
    assert free == {name: vars(open_land("beech", 0))[name] for name in free}


def test_litter_lies_on_the_ground_where_trees_stand_and_nowhere_else(wood: Any) -> None:
    habitat, view, _ = wood
    shed = litter(WOODS, habitat, view)
    assert shed is not None and len(shed.faces) > 1000
    x, y, z = shed.points.T
    above = z - habitat.height(x, y)
    assert above.max() < 0.15 and above.min() > -0.10
    assert np.percentile(above, 5) > -0.03
    root = shed.attributes["root"].values[shed.faces[:, 0]]
    assert (habitat.canopy(*root.T) > 0.0).mean() > 0.99


def test_more_leaves_lie_in_autumn_and_the_same_ones_for_a_seed(wood: Any) -> None:
    habitat, view, _ = wood
    counts = {}
    for season in ("summer", "autumn"):
        other = dataclasses.replace(habitat, scatter=dataclasses.replace(habitat.scatter, season=season))
        shed = litter(WOODS, other, view)
        assert shed is not None
        counts[season] = int((shed.attributes["part"].values == LEAF).sum())
        again = litter(WOODS, other, view)
        assert again is not None and again.digest() == shed.digest()
    assert counts["autumn"] > 1.2 * counts["summer"]


def test_without_litter_only_bare_ground_is_left(wood: Any) -> None:
    habitat, view, _ = wood
    bare = dataclasses.replace(habitat, scatter=dataclasses.replace(habitat.scatter, litter=0.0))
    assert litter(WOODS, bare, view) is None


def test_grass_turns_to_straw_in_a_drought_and_pales_in_winter(wood: Any) -> None:
    habitat, view, _ = wood
    colours = {}
    for season in ("summer", "dry", "winter"):
        scatter = dataclasses.replace(habitat.scatter, season=season, trees=0.0)
        blades = meadow(dataclasses.replace(habitat, scatter=scatter), view, 0.5, (1.0, 0.0), stream(1, "meadow"))
        colours[season] = blades.attributes["tint"].values.mean(0)
    assert colours["summer"][1] > colours["summer"][0]
    assert colours["dry"][0] > 1.1 * colours["dry"][1]
    assert colours["winter"][2] / colours["winter"][1] > 1.4 * colours["summer"][2] / colours["summer"][1]


ENDS = ("terrain.relief", "terrain.ruggedness", "terrain.erosion", "scatter.trees", "scatter.undergrowth", "scatter.tree_line")


@pytest.mark.parametrize("name", ENDS)
def test_each_parameter_at_both_ends_still_makes_a_world(name: str) -> None:
    from wildfield.procgen.spec import parameters

    item = next(item for item in parameters(SceneSpec) if item.path == name)
    for value in (item.low, item.high):
        habitat, view, _ = stood(small(2, **{name: value}))
        assert np.isfinite(habitat.land.near.heights).all() and habitat.land.near.heights.min() > 1.0
        assert view.eyes[0, 2] > 2.0


def test_specs_of_a_forest_differ_and_repeat() -> None:
    specs = [forest.sample(seed) for seed in range(50)]
    assert specs == [forest.sample(seed) for seed in range(50)]
    assert {spec.scatter.season for spec in specs} > {"summer", "autumn"}
    shares = np.array([spec.scatter.conifers for spec in specs])
    assert (shares < 0.1).any() and (shares > 0.9).any() and ((shares > 0.2) & (shares < 0.8)).any()
    assert "forest" in registry.kinds()


def test_a_photographer_opens_up_in_a_wood_under_closed_clouds_and_under_a_low_sun() -> None:
    skies = [forest.sample(seed).sky for seed in range(200)]
    closed = [sky.exposure for sky in skies if climate_of(sky).closed]
    low = [sky.exposure for sky in skies if not climate_of(sky).closed and 0 < sky.sun_elevation < 15]
    high = [sky.exposure for sky in skies if not climate_of(sky).closed and sky.sun_elevation > 45]
    assert min(len(closed), len(low), len(high)) > 3
    assert np.mean(closed) > np.mean(high) + 0.9
    assert np.mean(low) > np.mean(high) + 0.5
