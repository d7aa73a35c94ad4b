"""Rivers: drawn from the drainage of eroded land, downhill and in one piece, between banks that rise above them. No Blender."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wildfield.procgen.kinds import river
from wildfield.procgen.kinds.landscape import growths, look
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.scatter.river_habitat import RiverHabitat
from wildfield.procgen.scene_spec import SceneSpec, TerrainSpec, WaterSpec
from wildfield.procgen.spec import override, parameters
from wildfield.procgen.terrain.plans.river import river_course, river_terrain, valley
from wildfield.procgen.terrain.shaping import shaped
from wildfield.procgen.terrain.square import Square
from wildfield.procgen.terrain.stream import STEP, Course, bed_and_banks, beside, trunk
from wildfield.procgen.water.stream import in_stream

LAND, WATER = TerrainSpec(resolution=256, relief=0.5), WaterSpec(extent=0.6)


def small(seed: int, **values: Any) -> SceneSpec:
    """A drawn spec with a small land and small pictures."""
    size = {"terrain.resolution": 128, "render.width": 160, "render.height": 90}
    return override(river.sample(seed), size | values, "test")


@pytest.fixture(scope="module")
def dry() -> Any:
    """The eroded valley before the river is laid into it."""
    return shaped(valley(LAND, 3), LAND, 3)


@pytest.fixture(scope="module")
def wet() -> Any:
    return river_terrain(LAND, WATER, 3)


def test_a_trunk_stream_goes_from_cell_to_neighbour_down_a_tilted_trough_to_the_edge() -> None:
    row, column = np.mgrid[0:64, 0:64].astype(np.float32)
    heights = (0.5 * row + 0.2 * np.abs(column - 40)).astype(np.float32)
    cells = trunk(heights, 10.0, (32, 40), 6, 1)
    rows, columns = np.divmod(cells, 64)
    assert (np.maximum(np.abs(np.diff(rows)), np.abs(np.diff(columns))) == 1).all()
    assert rows[-1] == 0 and rows[0] > 50
    assert (np.abs(columns[rows < 50] - 40) <= 1).all()


def test_the_river_runs_downhill_in_the_eroded_land_in_one_piece(dry: Any) -> None:
    line = river_course(dry.near, WATER, 3)
    gaps = np.hypot(*np.diff(line.point, axis=0).T)
    assert gaps.max() < 3 * STEP and gaps.min() > 0.2 * STEP
    assert (np.diff(line.level) <= 1e-4).all() and line.level[0] > line.level[-1]
    half = dry.near.side / 2
    ends = np.abs(line.point[-1] - np.array([0.0, -half + half + dry.near.origin[1] + half]))
    assert (half - ends).min() < 60.0
    assert np.hypot(*line.point.T).min() < 400.0


def test_the_drainage_and_not_a_drawing_decides_where_it_runs(dry: Any) -> None:
    line = river_course(dry.near, WATER, 3)
    flow = dry.near.mask("flow", *line.point.T)
    aside = dry.near.mask("flow", line.point[:, 0] + 300, line.point[:, 1])
    assert np.median(flow) > np.median(aside)
    above = dry.near.height(*line.point.T) - line.level
    assert np.percentile(above, 80) < 20.0


def test_water_lies_below_zero_along_the_whole_course_and_banks_above(dry: Any, wet: Any) -> None:
    line = river_course(dry.near, WATER, 3)
    half = wet.near.side / 2
    well_inside = np.abs(line.point - np.array(wet.near.origin) - half).max(1) < 0.8 * half
    middle = line.point[well_inside]
    assert (wet.height(*middle.T) < -0.2).all()
    assert (wet.mask("water", *middle.T) > 0).all()
    heights, inside = wet.near.heights, wet.near.masks["water"]
    assert (heights[inside < -6.0] > 0.2).all()
    assert (heights[inside > 2.5] < 0.0).all()
    assert wet.wet and wet.far.heights.min() > 1.0


def test_a_straight_reach_has_its_closed_form_beside_it() -> None:
    x = np.arange(-200.0, 201.0, STEP).astype(np.float32)
    count = len(x)
    point = np.stack([x, np.zeros_like(x)], 1)
    line = Course(
        point, np.linspace(9, 5, count).astype(np.float32), np.full(count, 20, np.float32), np.zeros(count, np.float32)
    )
    square = Square(-160.0, -160.0, 320.0)
    place = beside(line, square, 128)
    east, north = square.centres(128)
    near = np.abs(north) < 100
    assert np.abs(place.across - north)[near].max() < 1e-3
    assert np.abs(place.along - (east + 200))[near].max() < 1e-2
    height, bar = bed_and_banks(place, 1.2)
    assert (height[np.abs(north) < 9] < 0).all() and (height[near & (np.abs(north) > 11)] > 0).all()
    assert np.allclose(height, height[:, ::-1], atol=1e-4) and not bar.any()


def test_inner_banks_are_flat_bars_and_outer_ones_are_cut() -> None:
    angle = np.linspace(0, np.pi, 120)
    point = (80 * np.stack([np.cos(angle), np.sin(angle)], 1)).astype(np.float32)
    flat = np.ones(120, np.float32)
    place = beside(Course(point, 0 * flat, 20 * flat, flat / 80), Square(-120.0, -20.0, 240.0), 240)
    height, bar = bed_and_banks(place, 1.5)
    x, y = Square(-120.0, -20.0, 240.0).centres(240)
    radius, ahead = np.hypot(x, y), (y > 30) & (np.abs(x) < 30)
    inner, outer = (ahead & (np.abs(radius - r) < 1.0) for r in (66.0, 94.0))
    assert height[inner].mean() < 0.6 * height[outer].mean()
    assert bar[inner].mean() > 0.5 and not bar[outer].any()
    shallow, deep = (ahead & (np.abs(radius - r) < 1.0) for r in (73.0, 87.0))
    assert height[deep].mean() < height[shallow].mean() < 0


def test_the_water_knows_its_way_along_the_course(wet: Any) -> None:
    inside = wet.near.masks["water"] > 2.0
    x, y = (axis[inside] for axis in wet.near.grid())
    sheet = MeshData(np.stack([x, y, 0 * x], 1), np.zeros((1, 4), np.int32), np.zeros(1, np.int32), ("river_water",))
    made = in_stream(sheet, wet)
    along, across = (made.attributes[f"wf_{name}"].values for name in ("along", "across"))
    assert (np.abs(across) < 30.0).all() and np.ptp(along) > 1500.0


def test_the_eye_stands_on_a_bank_before_the_water_clear_of_stems() -> None:
    spec = small(4)
    terrain = river.land(spec)
    view = look(river.RIVER, terrain, spec).view
    assert (terrain.height(*view.eyes[:, :2].T.astype(np.float32)) > 0.1).all()
    assert (-terrain.mask("water", *view.eyes[:1, :2].T)).max() < 15.0
    habitat = RiverHabitat(terrain, spec.scatter, spec.seed, tuple(view.eyes[0, :2]))
    grown = {growth.name: growth for growth in growths(river.RIVER, habitat, view, 0.2)}
    for name in ("willow undergrowth", "birch undergrowth"):
        foot = grown[name].foot
        if len(foot):
            assert view.distance(*foot[:, :2].T).min() > 4.0
            assert (habitat.bank(*foot[:, :2].T) > 1.0).all()
    reeds = grown["reed undergrowth"].foot
    assert not len(reeds) or np.abs(habitat.bank(*reeds[:, :2].T)).max() < 6.0


ENDS = ("terrain.relief", "terrain.ruggedness", "terrain.erosion", "terrain.shore_height", "terrain.size", "water.extent")


@pytest.mark.parametrize("name", ENDS)
def test_each_parameter_at_both_ends_still_makes_a_world(name: str) -> None:
    item = next(item for item in parameters(SceneSpec) if item.path == name)
    for value in (item.low, item.high):
        spec = small(2, **{name: value})
        terrain = river.land(spec)
        assert np.isfinite(terrain.near.heights).all() and terrain.wet
        view = look(river.RIVER, terrain, spec).view
        assert terrain.height(*view.eyes[:1, :2].T.astype(np.float32))[0] > 0.1


def test_the_width_of_the_river_follows_the_extent_of_its_water(dry: Any) -> None:
    for extent, width in ((0.0, 7.0), (1.0, 35.0)):
        line = river_course(dry.near, WaterSpec(extent=extent), 3)
        assert abs(line.width.mean() / width - 1) < 0.05


def test_a_river_has_the_same_bits_again(wet: Any) -> None:
    again = river_terrain(LAND, WATER, 3)
    assert (again.near.heights == wet.near.heights).all() and (again.far.heights == wet.far.heights).all()
    assert all((again.near.masks[name] == wet.near.masks[name]).all() for name in wet.near.masks)


def test_specs_of_a_river_differ_and_repeat() -> None:
    specs = [river.sample(seed) for seed in range(50)]
    assert specs == [river.sample(seed) for seed in range(50)]
    assert np.ptp([spec.water.extent for spec in specs]) > 0.4
