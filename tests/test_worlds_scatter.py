"""Where things stand: the lattice, spacing, the view, and the sketch that places the camera. No Blender needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wildfield.procgen.cameras.view import Optics, View, skyline
from wildfield.procgen.kinds import lake
from wildfield.procgen.kinds.landscape import look as look_at
from wildfield.procgen.scatter.lattice import cell_random, lattice
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import from_dict, override, to_dict
from wildfield.procgen.terrain.plans.lake import lake_terrain

LENS = Optics(np.radians(60.0), np.radians(36.0), 960, 540)


def small(seed: int, **values: Any) -> SceneSpec:
    """A drawn spec with a small land and small pictures."""
    size = {"terrain.resolution": 256, "render.width": 96, "render.height": 54, "render.frames": 24}
    return override(lake.sample(seed), size | values, "test")


def test_a_cell_has_the_same_candidate_whatever_box_is_asked_for() -> None:
    whole, part = lattice(2.5, (-40.0, -40.0, 40.0, 40.0), 5), lattice(2.5, (3.0, -11.0, 17.0, 9.0), 5)
    table = {tuple(cell): (x, y) for cell, x, y in zip(whole.cells.reshape(-1, 2), whole.x.flat, whole.y.flat, strict=True)}
    for cell, x, y, u in zip(part.cells.reshape(-1, 2), part.x.flat, part.y.flat, part.random(3).flat, strict=True):
        assert table[tuple(cell)] == (x, y)
        assert u == cell_random(np.array([cell[0]]), np.array([cell[1]]), 5 + 0x9E37 * 4)[0]


def test_random_numbers_of_cells_are_uniform_and_independent() -> None:
    places = lattice(1.0, (-150.0, -150.0, 150.0, 150.0), 9)
    first, second = places.random(0).ravel(), places.random(1).ravel()
    assert abs(first.mean() - 0.5) < 0.01
    assert abs(np.histogram(first, 10, (0, 1))[0] / first.size - 0.1).max() < 0.01
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.02


def test_spaced_things_keep_their_distance_as_brute_force_says() -> None:
    places = lattice(2.0, (0.0, 0.0, 50.0, 50.0), 3)
    radius = 1.5 + 1.5 * places.random(0)
    stands = places.spaced(places.random(1) < 0.8, places.random(2), radius)
    points = np.stack([places.x[stands], places.y[stands]], 1)
    apart = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    wanted = 0.5 * (radius[stands][:, None] + radius[stands][None, :])
    np.fill_diagonal(apart, np.inf)
    assert len(points) > 100
    assert (apart >= wanted).all()


def test_the_wedge_of_a_view_contains_what_a_pinhole_camera_projects_into_its_picture() -> None:
    view = View(np.array([[3.0, -2.0, 1.7]]), np.array([0.4]), np.array([0.0]), LENS, 1.7)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-200, 200, (2, 5000))
    east, north = x - 3.0, y + 2.0
    right, ahead = east * np.cos(0.4) - north * np.sin(0.4), east * np.sin(0.4) + north * np.cos(0.4)
    inside = (ahead > 0) & (np.abs(right) < ahead * np.tan(LENS.horizontal / 2))
    seen = view.sees(x, y, 0.5)
    assert seen[inside].all()
    assert seen.mean() < 0.25
    beside = view.beside(x[inside], y[inside])
    assert np.abs(beside).max() <= 1.0 + 1e-5
    assert (np.sign(beside) == np.sign(right[inside])).all()


def test_only_things_wholly_behind_a_ridge_are_hidden() -> None:
    def ridge(x: Any, y: Any) -> Any:
        return (20.0 * np.exp(-(((y - 200.0) / 15.0) ** 2))).astype(np.float32)

    view = View(np.array([[0.0, 0.0, 2.0]]), np.array([0.0]), np.array([0.0]), LENS, 2.0)
    land = skyline(view, ridge, 1000.0)
    x, y = np.zeros(3, np.float32), np.array([100.0, 400.0, 400.0], np.float32)
    # The line of sight over the crest (18 m above the eye at 200 m) is 38 m high at 400 m.
    assert land.hides(x, y, np.array([5.0, 30.0, 45.0], np.float32)).tolist() == [False, True, False]


@pytest.mark.parametrize("seed", range(5))
def test_the_camera_stays_clear_of_ground_and_water_and_sees_the_lake(seed: int) -> None:
    spec = small(seed)
    terrain = lake_terrain(spec.terrain, spec.water, seed)
    rig = look_at(lake.LAKE, terrain, spec)
    view = rig.view
    eyes = rig.first.pose(range(spec.render.frames + 2))[0]
    ground = np.maximum(terrain.height(eyes[:, 0], eyes[:, 1]), 0.0)
    assert (eyes[:, 2] - ground > 0.5 * spec.camera.height).all()
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert steps.max() < 1.1 * spec.camera.speed / spec.render.frame_rate
    lowest = 0.0
    angles = view.heading + np.linspace(-0.5, 0.5, 21) * LENS.horizontal
    radii = np.geomspace(5, 300, 120)
    x, y = eyes[0, 0] + np.outer(radii, np.sin(angles)), eyes[0, 1] + np.outer(radii, np.cos(angles))
    z = terrain.height(x, y)
    slope = np.maximum.accumulate((np.maximum(z, 0) - eyes[0, 2]) / radii[:, None], axis=0)
    fresh = np.vstack([np.ones((1, 21), bool), np.diff(slope, axis=0) > 1e-6])
    assert ((z < lowest) & fresh).any(0).mean() > 0.5, "water is seen in less than half of the picture's width"


def test_drawn_specs_lie_in_their_ranges_and_differ() -> None:
    specs = [lake.sample(seed) for seed in range(40)]
    for spec in specs:
        assert from_dict(SceneSpec, to_dict(spec), "sample") == spec
    assert len({spec.terrain for spec in specs}) == len({spec.sky for spec in specs}) == 40
