"""The LiDAR's sweeps against the double-precision ray caster, by this test's own formulas for beams and speeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import ray_caster
import truth_scene

from wildfield.exporters.dataset import write_scene
from wildfield.exporters.reader import Scene, open_scene
from wildfield.procgen.scene_spec import LidarSpec

BEAMS, STEPS, LOWEST, HIGHEST = 24, 360, -35.0, 11.0
SPEC = LidarSpec(beams=BEAMS, steps=STEPS, lowest=LOWEST, highest=HIGHEST, range=30.0, above=0.4)
FRAMES = (1, 2)
RATE = 12.0


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, dict[int, ray_caster.Geometry]]:
    built = truth_scene.build(lidar=SPEC, truth="small", tracks=0)
    folder = tmp_path_factory.mktemp("scanned") / "7"
    write_scene(built, folder)
    return open_scene(folder), {frame: ray_caster.evaluated_geometry(built.scene, frame) for frame in range(4)}


def beams(pose: Any, ring: float = 0.0, column: float = 0.0) -> Any:
    """World directions (BEAMS * STEPS, 3), moved by parts of a ring and of a column."""
    rings, columns = (grid.ravel() for grid in np.mgrid[0:BEAMS, 0:STEPS])
    up = np.radians(HIGHEST - (rings + ring) * (HIGHEST - LOWEST) / (BEAMS - 1))
    left = np.pi - (columns + column + 0.5) * 2 * np.pi / STEPS
    return np.stack([np.cos(up) * np.cos(left), np.cos(up) * np.sin(left), np.sin(up)], -1) @ pose[:3, :3].T


def clear_of_edges(geometry: Any, pose: Any, ids: Any, normal: Any) -> Any:
    """Whether beams a hundredth of a step beside meet the same plane of the same thing."""
    clear = np.ones(len(ids), bool)
    for ring in (-0.01, 0.01):
        for column in (-0.01, 0.01):
            way = beams(pose, ring, column)
            distance, triangle, _, _ = ray_caster.cast(geometry, pose[:3, 3], way)
            other = np.where(np.isfinite(distance), geometry.ids[triangle], 0)
            turned = np.abs(ray_caster.normals(geometry, triangle, way) - normal).max(1) > 1e-6
            clear &= (other == ids) & ~(turned & (ids > 0))
    return clear


@pytest.mark.parametrize("frame", FRAMES)
def test_every_beam_comes_back_from_where_a_ray_meets_the_scene(scanned: Any, frame: int) -> None:
    scene, geometry = scanned
    pose, sweep, now = scene.lidar.poses[frame], scene.sweep(frame), geometry[frame]
    way = beams(pose)
    distance, triangle, u, v = ray_caster.cast(now, pose[:3, 3], way)
    ids = np.where(np.isfinite(distance), now.ids[triangle], 0)
    clear = clear_of_edges(now, pose, ids, ray_caster.normals(now, triangle, way))
    assert clear.mean() > 0.97
    met = scene.lidar.lidar.image(sweep, "range").ravel()
    expected = np.where(distance <= SPEC.range, distance, 0.0)
    clear &= np.abs(distance - SPEC.range) > 1e-3
    assert np.abs(met - expected)[clear].max() < 3e-4
    assert np.abs(met - expected)[clear].mean() < 5e-6
    told = scene.lidar.lidar.image(sweep, "instance").ravel()
    assert np.array_equal(told[clear], np.where(expected > 0, ids, 0)[clear])
    hit = clear & (expected > 0)
    world = scene.lidar.lidar.image(sweep, "xyz").reshape(-1, 3) @ pose[:3, :3].T + pose[:3, 3]
    assert np.abs(world - ray_caster.at(now, triangle, u, v))[hit].max() < 3e-4
    cosine = -(ray_caster.normals(now, triangle, way) * way).sum(1)
    ground = hit & (ids == 1)
    shine = scene.lidar.lidar.image(sweep, "reflectance").ravel()
    assert shine[ground] == pytest.approx(cosine[ground] * (0.2126 * 0.3 + 0.7152 * 0.25 + 0.0722 * 0.1), abs=2e-3)


@pytest.mark.parametrize("frame", FRAMES)
def test_the_radial_velocity_is_how_the_same_place_of_a_thing_moves_against_the_sensor(scanned: Any, frame: int) -> None:
    scene, geometry = scanned
    poses, sweep, now = scene.lidar.poses, scene.sweep(frame), geometry[frame]
    way = beams(poses[frame])
    distance, triangle, u, v = ray_caster.cast(now, poses[frame][:3, 3], way)
    ids = np.where(np.isfinite(distance), now.ids[triangle], 0)
    clear = clear_of_edges(now, poses[frame], ids, ray_caster.normals(now, triangle, way)) & (distance < SPEC.range - 1e-3)
    change, seconds = np.zeros((len(way), 3)), np.zeros(len(way))
    for step in (-1, 1):
        then = geometry[frame + step]
        first = np.array([np.append(np.flatnonzero(now.ids == number), 0)[0] for number in ids])
        other = np.array([np.append(np.flatnonzero(then.ids == number), 0)[0] for number in ids])
        there = np.isin(ids, then.ids)
        same = np.minimum(triangle - first + other, len(then.triangles) - 1)
        moved = ray_caster.at(then, same, u, v) - ray_caster.at(now, triangle, u, v)
        change += step * np.where(there[:, None], moved - (poses[frame + step] - poses[frame])[:3, 3], 0.0)
        seconds += there / RATE
    speed = (change * way).sum(1) / np.maximum(seconds, 1e-9)
    told = scene.lidar.lidar.image(sweep, "radial_velocity").ravel()
    assert np.abs(told - speed)[clear].max() < 2e-3
    waving = clear & (ids == 4)
    assert waving.sum() > 20 and np.abs(speed[waving]).max() > 1.0


@pytest.mark.parametrize("frame", FRAMES)
def test_a_return_is_as_far_from_the_camera_as_the_camera_says(scanned: Any, frame: int) -> None:
    scene, _ = scanned
    (view,) = [item for item in scene.frames() if item.number == frame]
    pose, sweep = scene.lidar.poses[frame], scene.sweep(frame)
    pixels, depth = view.camera.project(sweep["xyz"].astype(np.float64) @ pose[:3, :3].T + pose[:3, 3])
    inside = (depth > 0) & (pixels > 1).all(1) & (pixels[:, 0] < 159) & (pixels[:, 1] < 119)
    column, row = np.floor(pixels[inside]).astype(int).T
    ids, far = view.read("instance"), view.read("depth").astype(np.float64)
    ground = np.all([ids[row + y, column + x] == 1 for y in (-1, 0, 1) for x in (-1, 0, 1)], 0)
    share_x, share_y = (pixels[inside] - 0.5 - np.floor(pixels[inside] - 0.5)).T
    left, up = np.floor(pixels[inside] - 0.5).astype(int).T
    inverse = 1 / np.maximum(far, 1e-9)  # of a plane it is linear in the picture
    above = inverse[up, left] * (1 - share_x) + inverse[up, left + 1] * share_x
    below = inverse[up + 1, left] * (1 - share_x) + inverse[up + 1, left + 1] * share_x
    shown = 1 / (above * (1 - share_y) + below * share_y)
    own = sweep["instance"][inside] == 1
    assert (ground & own).sum() > 200
    assert own[ground].mean() > 0.99
    assert np.abs(shown - depth[inside])[ground & own].max() < 1e-3


def test_the_sensor_is_level_at_first_and_fixed_to_its_camera(scanned: Any) -> None:
    scene, _ = scanned
    cameras, poses = scene.cameras["main"], scene.lidar.poses
    assert poses[1][2, :3] == pytest.approx([0, 0, 1], abs=1e-6)
    assert poses[1][:3, 3] == pytest.approx(cameras[1].origin + np.array([0, 0, 0.4]), abs=1e-5)
    assert poses[1][:3, 0] @ cameras[1].rotation[:, 2] > 0.9
    for frame in FRAMES:
        assert np.abs(cameras[frame].camera_to_world @ scene.lidar.to_camera - poses[frame]).max() < 1e-5


def test_noise_and_lost_returns_come_from_the_seed_and_keep_the_clean_range(scanned: Any) -> None:
    from wildfield.exporters.lidar import measured

    scene, _ = scanned
    lidar, clean = scene.lidar.lidar, scene.sweep(1)
    worse = measured(lidar, clean, 0.05, 0.25, 7, 1)
    again = measured(lidar, clean, 0.05, 0.25, 7, 1)
    assert all(np.array_equal(values, again[name]) for name, values in worse.items())
    assert not np.array_equal(worse["range"], measured(lidar, clean, 0.05, 0.25, 8, 1)["range"][: len(worse["range"])])
    assert len(worse["range"]) == pytest.approx(0.75 * len(clean["range"]), rel=0.05)
    assert np.isin(worse["range_clean"], clean["range"]).all()
    off = worse["range"] - worse["range_clean"]
    assert off.std() == pytest.approx(0.05, rel=0.1) and abs(off.mean()) < 0.005
    assert np.linalg.norm(worse["xyz"], axis=1) == pytest.approx(worse["range"], rel=1e-5)
