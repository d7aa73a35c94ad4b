"""Rigs and trajectories: where cameras stand, what keeps out of their way, and what Blender makes of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from wildfield.procgen.cameras.flight import TREES, above_trees
from wildfield.procgen.cameras.imu import imu_samples
from wildfield.procgen.cameras.orbit import FILL, TURNTABLE_ELEVATION, orbit, turntable
from wildfield.procgen.cameras.trajectory import Trajectory
from wildfield.procgen.cameras.view import Optics, View, skyline
from wildfield.procgen.cameras.world_rig import Rig
from wildfield.procgen.kinds import lake
from wildfield.procgen.kinds.landscape import look as look_at
from wildfield.procgen.scene_spec import CameraSpec, RenderSpec, SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.land import Terrain
from wildfield.procgen.terrain.plans.lake import lake_terrain

CLOUD = np.random.default_rng(1).normal(size=(2000, 3)) * [1, 2, 3] + [5, 0, 2]
SEEDS = (0, 3, 11)


def small(seed: int, **values: Any) -> SceneSpec:
    """A lake with a small land and small pictures; keys are those of `camera` and, with two underscores, of other sections."""
    named = {key.replace("__", ".") if "__" in key else f"camera.{key}": value for key, value in values.items()}
    size = {"terrain.resolution": 256, "render.width": 96, "render.height": 48}
    return override(lake.sample(seed), size | named, "test")


@cache
def terrain(seed: int) -> Terrain:
    spec = small(seed)
    return lake_terrain(spec.terrain, spec.water, seed)


def rig(seed: int, **values: Any) -> Rig:
    return look_at(lake.LAKE, terrain(seed), small(seed, **values))


def ground_below(seed: int, eyes: np.ndarray) -> np.ndarray:
    return np.maximum(terrain(seed).height(eyes[:, 0], eyes[:, 1]), 0.0)


def around(seed: int, eyes: np.ndarray, radius: float) -> np.ndarray:
    """The highest ground on rings of up to `radius` m around each eye."""
    angle, ring = np.linspace(0, 2 * np.pi, 16), np.linspace(0, radius, 4)[:, None]
    x = eyes[:, 0, None, None] + ring * np.sin(angle)
    y = eyes[:, 1, None, None] + ring * np.cos(angle)
    return np.maximum(terrain(seed).height(x, y), 0.0).max((1, 2))


@pytest.mark.parametrize("trajectory", ["stroll", "walk", "handheld"])
def test_who_stands_still_feels_nothing_but_a_trembling_hand(trajectory: str) -> None:
    samples = imu_samples(rig(0, trajectory=trajectory, speed=0.0, render__frames=12).first, 12, 12.0)
    assert (np.abs(samples[:, 1:4]).max() < 1e-6) == (trajectory != "handheld")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("trajectory", ["walk", "handheld"])
def test_a_path_on_foot_stays_at_eye_level_over_dry_land(seed: int, trajectory: str) -> None:
    eyes = rig(seed, trajectory=trajectory, render__frames=60).first.pose(np.arange(-1, 63))[0]
    over = eyes[:, 2] - ground_below(seed, eyes)
    assert over.min() > 0.5 * 1.7 and over.max() < 2 * 1.7
    assert (terrain(seed).height(eyes[:, 0], eyes[:, 1]) > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("frames", [24, 400])
def test_a_flight_rises_banks_into_its_turn_and_stays_clear_of_land_and_woods(seed: int, frames: int) -> None:
    flight = rig(seed, trajectory="fly", render__frames=frames)
    moments = np.arange(-1, frames + 3)
    eyes = flight.first.pose(moments)[0]
    assert (np.diff(eyes[:, 2]) > 0).all()
    assert (eyes[:, 2] - around(seed, eyes, 6.0)).min() > 6.0
    look = flight.first.look(moments)
    speed = np.linalg.norm(np.diff(eyes, axis=0), axis=1) * 12
    assert speed.min() > 4 * 1.2
    turned = np.sign(np.diff(look.heading))
    assert (np.sign(look.roll[:-1]) == -turned).all() and np.abs(look.roll).max() < np.radians(16)
    # Where the view does not clear woods away, the flight is above them.
    far = np.linalg.norm(eyes[:, :2] - eyes[2, :2], axis=1) > 60
    wooded = far & (around(seed, eyes, 8.0) > 0.5)
    assert (eyes[wooded, 2] - around(seed, eyes[wooded], 8.0) > 26.0).all()


def test_an_eye_above_the_trees_lets_them_stand_below_it() -> None:
    level = np.zeros_like

    def flat(x: Any, y: Any) -> Any:
        return level(x)

    eyes = np.array([[0.0, 0.0, 10.0], [100.0, 0.0, 60.0]])
    above = above_trees(flat, eyes)
    assert above.tolist() == [0.0, 33.0]
    view = View(eyes, np.zeros(2), np.zeros(2), Optics(1.0, 0.6, 96, 54), 10.0, above, apart=True)
    assert view.distance(np.array([3.0, 100.0], np.float32), np.array([4.0, 0.0], np.float32)).tolist() == [5.0, 33.0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("views", [2, 7, 60])
def test_many_views_stand_on_dry_land_around_the_place_that_they_all_look_at(seed: int, views: int) -> None:
    made = rig(seed, rig="multiview", views=views)
    assert len(made.cameras) == views
    focus, radius = np.array(made.record["look_at"]), made.record["radius_m"]
    poses = [camera.pose(1) for camera in made.cameras.values()]
    eyes, ahead = np.array([eye for eye, _ in poses]), np.array([rotation[:, 2] for _, rotation in poses])
    to_focus = focus - eyes
    assert np.allclose(np.linalg.norm(to_focus[:, :2], axis=1), radius)
    assert np.allclose(ahead, to_focus / np.linalg.norm(to_focus, axis=1, keepdims=True))
    assert np.allclose(eyes[:, 2] - terrain(seed).height(eyes[:, 0], eyes[:, 1]), 1.7, atol=1e-4)
    assert (terrain(seed).height(eyes[:, 0], eyes[:, 1]) > 0.1).all()
    bearing = np.unwrap(np.arctan2(to_focus[:, 0], to_focus[:, 1]))
    assert np.ptp(np.diff(bearing)) < 1e-6
    assert np.degrees(np.ptp(bearing)) == pytest.approx(made.record["arc_degrees"])
    between = eyes + np.linspace(0, 1, 50)[:, None, None] * to_focus
    assert (between[..., 2] > np.maximum(terrain(seed).height(between[..., 0], between[..., 1]), 0)).all()


def test_the_view_of_many_cameras_holds_what_each_of_them_sees() -> None:
    made = rig(3, rig="multiview", views=5)
    rng = np.random.default_rng(2)
    points = np.append(rng.uniform(-300, 300, (20000, 2)) + made.glade, np.zeros((20000, 1)), 1)
    land = skyline(made.view, lambda x, y: np.zeros_like(x), 2000.0)
    for camera in made.cameras.values():
        eye, rotation = camera.pose(1)
        local = (points - eye) @ rotation
        flat = np.linalg.norm(points[:, :2] - eye[:2], axis=1)
        inside = (local[:, 2] > 0) & (np.abs(local[:, 0]) < local[:, 2] * np.tan(np.radians(30))) & (flat > 2)
        x, y = points[inside, :2].T.astype(np.float32)
        assert inside.any() and made.view.sees(x, y, 0.5).all()
        assert not land.hides(x, y, np.full_like(x, 2.0)).any()


def test_a_panorama_sees_in_every_direction_and_only_land_hides() -> None:
    lens = Optics(2 * np.pi, np.pi, 256, 128, all_round=True)
    view = View(np.array([[3.0, -2.0, 1.7]]), np.array([0.4]), np.array([0.0]), lens, 1.7, facing=0.4)
    angle = np.linspace(-np.pi, np.pi, 400)
    x, y = (3 + 50 * np.sin(angle)).astype(np.float32), (-2 + 50 * np.cos(angle)).astype(np.float32)
    assert view.sees(x, y, 0.0).all()
    low_x, low_y, high_x, high_y = view.box(50.0)
    assert (x >= low_x - 1e-3).all() and (x <= high_x + 1e-3).all() and (y >= low_y - 1e-3).all() and (y <= high_y + 1e-3).all()

    def wall(x: Any, y: Any) -> Any:
        return np.where((y < -20) & (y > -30), 9.0, 0.0).astype(np.float32)

    hidden = skyline(view, wall, 500.0).hides(x, y, np.full_like(x, 3.0))
    assert hidden[y < -45].all() and not hidden[y > -15].any()
    bearings = np.sort(np.arctan2(*(np.array(view.around(np.full(2000, 9.0), np.random.default_rng(1))[:2]) - [[3], [-2]])))
    assert np.diff(bearings).max() < 0.05
    assert len(view.sights()) == 6


def test_a_lidar_has_the_world_all_round_within_its_range_and_takes_nothing_from_the_picture() -> None:
    lens = Optics(1.05, 0.63, 96, 54)
    eye = np.array([[3.0, -2.0, 1.7]])
    plain = View(eye, np.array([0.4]), np.array([0.0]), lens, 1.7)
    view = View(eye, np.array([0.4]), np.array([0.0]), replace(lens, swept=80.0), 1.7)
    angle = np.linspace(-np.pi, np.pi, 400)
    near, far = (np.array([3 + r * np.sin(angle), -2 + r * np.cos(angle)]).astype(np.float32) for r in (79.0, 81.0))
    assert view.sees(*near, 0.0).all()
    assert np.array_equal(view.sees(*far, 0.0), plain.sees(*far, 0.0)) and not plain.sees(*far, 0.0).all()
    low_x, low_y, high_x, high_y = view.box(50.0)
    assert low_x <= -47 and low_y <= -52 and high_x >= 53 and high_y >= 48
    x, y, _ = view.around(np.full(20000, 9.0), np.random.default_rng(1))
    within = plain.sees(x, y, 0.0)
    assert within.mean() == pytest.approx(0.5, abs=0.02)
    assert view.pixels == 2 * plain.pixels and len(view.sights()) == len(plain.sights()) + 4
    bearings = np.sort(np.arctan2(x - 3, y + 2))
    assert np.diff(bearings).max() < 0.01


@pytest.mark.parametrize("rig_name", ["dome", "turntable"])
@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_one_thing_fills_domes_and_turntables_at_one_distance_and_is_never_cut(rig_name: str, projection: str) -> None:
    camera = CameraSpec(rig=rig_name, views=40, field_of_view=40.0, projection=projection)
    render = RenderSpec(width=640, height=360, frames=40)
    if rig_name == "dome":
        placed = orbit(CLOUD, camera, render)
        eyes, rotations, width = placed.eyes, placed.rotations * [1, -1, -1], placed.width
    else:
        way, width = turntable(CLOUD, camera, render)
        eyes, rotations = way.pose(np.arange(1, 41))
    away = eyes - 0.5 * (CLOUD.min(0) + CLOUD.max(0))
    assert np.ptp(np.linalg.norm(away, axis=1)) < 1e-9
    elevation = np.arcsin(away[:, 2] / np.linalg.norm(away, axis=1))
    low, high = (0.0, np.pi / 2) if rig_name == "dome" else (TURNTABLE_ELEVATION - 1e-9, TURNTABLE_ELEVATION + 1e-9)
    assert low <= elevation.min() and elevation.max() <= high
    spans = []
    for eye, rotation in zip(eyes, rotations, strict=True):
        local = (CLOUD - eye) @ rotation
        assert (local[:, 2] > 0).all()
        scale = width / 2 if projection == "orthographic" else np.tan(np.radians(20)) * local[:, 2]
        spans.append(max(np.abs(local[:, 0] / scale).max(), np.abs(local[:, 1] / scale).max() * 640 / 360))
    assert max(spans) <= FILL + 1e-6
    assert max(spans) > 0.97 * FILL


def test_a_turntable_goes_once_around_in_equal_steps() -> None:
    way, _ = turntable(CLOUD, CameraSpec(rig="turntable", field_of_view=40.0), RenderSpec(frames=12))
    eyes, rotations = way.pose(np.arange(1, 14))
    assert np.allclose(eyes[0], eyes[-1]) and np.allclose(rotations[0], rotations[-1])
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert np.ptp(steps) < 1e-9
    assert np.allclose(rotations[0][:, 2], [0, np.cos(TURNTABLE_ELEVATION), -np.sin(TURNTABLE_ELEVATION)])


def test_every_trajectory_is_a_trajectory() -> None:
    for name in ("stroll", "walk", "handheld", "fly"):
        first = rig(0, trajectory=name, render__frames=4).first
        assert isinstance(first, Trajectory)
        eye, rotation = first.pose(1.5)
        assert eye.shape == (3,) and np.allclose(rotation.T @ rotation, np.eye(3)) and np.linalg.det(rotation) > 0


@pytest.mark.parametrize("seed", [0, 3, 8])
def test_an_overflight_stays_above_the_trees_and_its_view_holds_all_that_its_pictures_show(seed: int) -> None:
    made = rig(seed, projection="orthographic", ortho_width=90.0, render__frames=800)
    eyes, rotations = made.first.pose(np.arange(0, 802))
    assert np.allclose(rotations[:, :, 2], [0, 0, -1]) and np.ptp(eyes[:, 2]) == 0
    assert 100 < np.linalg.norm(np.ptp(eyes[:, :2], axis=0)) <= 120.1
    rng = np.random.default_rng(5)
    place = rng.uniform([-45, -22.5], [45, 22.5], (20_000, 2))
    moment = rng.integers(0, 802, len(place))
    shown = eyes[moment] + (rotations[moment] @ np.append(place, np.zeros((len(place), 1)), 1)[..., None])[..., 0]
    x, y = shown[:, :2].T.astype(np.float32)
    assert (eyes[0, 2] - np.maximum(terrain(seed).height(x, y), 0.0) > TREES + 5.0).all()
    assert made.view.sees(x, y, 0.0).all()
    low_x, low_y, high_x, high_y = made.view.box(500.0)
    assert ((x > low_x) & (x < high_x) & (y > low_y) & (y < high_y)).all()
    land = skyline(made.view, terrain(seed).height, 2000.0)
    assert not land.hides(x, y, terrain(seed).height(x, y)).any()
    sown = np.stack(made.view.around(np.full(400_000, 9.0), rng)[:2], 1)
    squares, _, _ = np.histogram2d(*(sown - shown[:, :2].mean(0)).T, bins=8, range=[[-20, 20]] * 2)
    assert squares.min() > 0.6 * squares.max() > 0
