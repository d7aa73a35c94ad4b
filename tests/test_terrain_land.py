"""The lake world's land: look-ups, determinism, composition, shores, and the mesh that cameras see."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from wildfield.procgen.scene_spec import TerrainSpec, WaterSpec
from wildfield.procgen.terrain.camera_mesh import SKIRT, View, mesh_for_cameras
from wildfield.procgen.terrain.heightfield import Heightfield
from wildfield.procgen.terrain.land import MASKS, Terrain
from wildfield.procgen.terrain.plans.lake import lake_terrain, wanted_rise
from wildfield.procgen.terrain.shaping import near_stages

SMALL = TerrainSpec(resolution=256)


@cache
def terrain(seed: int = 1) -> Terrain:
    return lake_terrain(SMALL, WaterSpec(), seed)


def views(seed: int = 1) -> list[View]:
    level = float(terrain(seed).height(0, 0)) + 1.6
    return [View((0.8 * step, 0.0, level), 0.1, -0.05, np.radians(60), 320, 180) for step in (-2, 0, 2)]


def digest(land: Terrain) -> str:
    x, y = np.meshgrid(np.linspace(-3000, 3000, 200), np.linspace(-2000, 5000, 200))
    state = hashlib.blake2b(digest_size=8)
    for values in (land.near.heights, land.far.heights, *land.near.masks.values(), land.height(x, y)):
        state.update(values.tobytes())
    return state.hexdigest()


def test_height_passes_through_the_samples_and_masks_do_too() -> None:
    rng = np.random.default_rng(0)
    field = Heightfield(rng.normal(size=(20, 20)).astype(np.float32), (-5.0, 3.0), 2.0, {"flow": np.eye(20, dtype=np.float32)})
    np.testing.assert_allclose(field.height(*field.grid()), field.heights, atol=1e-5)
    np.testing.assert_allclose(field.mask("flow", *field.grid()), np.eye(20), atol=1e-5)


def test_gradient_agrees_with_differences_and_is_exact_on_a_plane() -> None:
    rng = np.random.default_rng(0)
    field = Heightfield(rng.normal(size=(20, 20)).astype(np.float32), (0.0, 0.0), 1.0)
    x, y = rng.uniform(2, 17, (2, 500)).astype(np.float32)
    dx, dy = field.gradient(x, y)
    e = np.float32(0.01)
    np.testing.assert_allclose(dx, (field.height(x + e, y) - field.height(x - e, y)) / (2 * e), atol=2e-2)
    np.testing.assert_allclose(dy, (field.height(x, y + e) - field.height(x, y - e)) / (2 * e), atol=2e-2)
    gx, gy = field.grid()
    plane = Heightfield(2 * gx - gy, (0.0, 0.0), 1.0)
    np.testing.assert_allclose(plane.height(x, y), 2 * x - y, atol=1e-4)
    np.testing.assert_allclose(plane.slope(x, y), 5**0.5, atol=1e-3)


def test_slopes_from_known_heights_are_those_from_both_sides_but_for_half_a_metre() -> None:
    land = terrain()
    x, y = np.random.default_rng(1).uniform(-60, 60, (2, 4000)).astype(np.float32)
    both, known = land.slope(x, y), land.slope(x, y, z=land.height(x, y))
    assert np.corrcoef(both, known)[0, 1] > 0.85
    assert float(known.mean()) == pytest.approx(float(both.mean()), rel=0.1)


def test_same_seed_gives_the_same_bits_for_any_threads_and_in_a_fresh_process() -> None:
    expected = digest(terrain())
    for threads in (1, 3):
        assert digest(lake_terrain(SMALL, WaterSpec(), 1, threads=threads)) == expected
    code = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('t', sys.argv[1]);"
        "t = importlib.util.module_from_spec(spec); spec.loader.exec_module(t); print(t.digest(t.terrain()))"
    )
    fresh = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == expected


def test_seeds_give_different_lands() -> None:
    assert abs(np.corrcoef(terrain(1).near.heights.ravel(), terrain(2).near.heights.ravel())[0, 1]) < 0.95
    assert digest(terrain(1)) != digest(terrain(2))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seed_has_a_bank_to_stand_on_a_lake_ahead_and_summits_behind(seed: int) -> None:
    land = terrain(seed)
    assert 0.4 < float(land.height(0, 0)) < 3.5
    shore = land.shoreline()
    near = np.hypot(*shore.points.T) < 60
    assert near.any()
    assert shore.open_water[near].max() > 60
    np.testing.assert_allclose(np.linalg.norm(shore.outward, axis=1), 1, atol=1e-3)
    assert np.abs(land.height(*shore.points.T)).max() < 1.0
    x, y = np.meshgrid(np.linspace(-700, 700, 300), np.linspace(400, 2000, 300))
    rise = (land.height(x, y) / np.hypot(x, y))[np.abs(x) < 0.6 * y].max()
    assert rise == pytest.approx(wanted_rise(SMALL.relief), rel=0.35)
    low, high = land.water_bounds()
    x, y = np.meshgrid(np.linspace(-1290, 1290, 300), np.linspace(-430, 2140, 300))
    outside = (x < low[0]) | (x > high[0]) | (y < low[1]) | (y > high[1])
    assert land.height(x, y)[outside].min() > 0


def test_outward_points_from_land_into_water() -> None:
    shore = terrain().shoreline(4.0)
    tip = shore.points + 6 * shore.outward
    back = shore.points - 6 * shore.outward
    assert np.mean(terrain().height(*tip.T) < terrain().height(*back.T)) > 0.95


def test_land_has_no_step_where_the_near_map_meets_the_far_one() -> None:
    y = np.linspace(600, 2000, 700)
    x = np.linspace(1150, 1450, 900)
    z = terrain().height(*np.meshgrid(x, y))
    assert np.abs(np.diff(z, n=2, axis=1)).max() < 3.0


def test_masks_are_known_and_bounded() -> None:
    land = terrain()
    assert set(land.near.masks) == set(land.far.masks) == set(MASKS)
    for name in ("flow", "wear", "deposit", "rock"):
        assert 0 <= land.near.masks[name].min() <= land.near.masks[name].max() <= 1


def test_normals_are_unit_and_upward() -> None:
    x, y = np.random.default_rng(3).uniform(-800, 800, (2, 1000))
    normal = terrain().normal(x, y)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-5)
    assert normal[:, 2].min() > 0


@pytest.mark.parametrize("resolution", [128, 200, 256, 1000, 1024, 4096])
def test_stages_double_up_to_the_resolution(resolution: int) -> None:
    samples = [stage.samples for stage in near_stages(resolution, 0.5)][1:]
    assert all(fine == 2 * coarse for coarse, fine in pairwise(samples))
    assert resolution <= samples[-1] < 1.05 * resolution + 32


def test_mesh_is_one_closed_sheet_with_normals_up() -> None:
    mesh = mesh_for_cameras(terrain(), views(), max_faces=120_000)
    edges = np.sort(np.stack([mesh.faces, np.roll(mesh.faces, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    assert counts.max() == 2
    border = np.unique(unique[counts == 1])
    assert np.allclose(mesh.points[border, 2], -SKIRT)
    assert len(np.unique(mesh.faces)) == len(mesh.points)
    a, b, c, d = mesh.points[mesh.faces].astype(np.float64).transpose(1, 0, 2)
    up = np.cross(c - a, d - b)[:, 2]
    assert up.min() >= 0
    assert len(mesh.faces) <= 121_000


def test_mesh_stands_on_the_same_ground_as_everything_else() -> None:
    mesh = mesh_for_cameras(terrain(), views(), max_faces=60_000)
    x, y, z = mesh.points.T
    land = z > -SKIRT
    np.testing.assert_allclose(z[land], terrain().height(x, y)[land], atol=1e-4)
    assert {"flow", "wear", "deposit", "wetness"} <= set(mesh.attributes)
    for item in mesh.attributes.values():
        assert item.domain == "POINT"
        assert item.values.shape == (len(mesh.points),)
        assert item.values.dtype == np.float32


def test_faces_near_every_camera_of_the_path_are_a_few_pixels_large() -> None:
    mesh = mesh_for_cameras(terrain(2), views(2), pixels=1.3)
    centres = mesh.points[mesh.faces].mean(axis=1)
    for view in views(2):
        offset = mesh.points[mesh.faces] - np.asarray(view.position, np.float32)
        forward = np.array([np.sin(view.heading), np.cos(view.heading), 0])
        right = np.array([np.cos(view.heading), -np.sin(view.heading), 0])
        ahead, aside, high = offset @ forward, offset @ right, offset[..., 2]
        seen = (ahead > 1).all(1) & (np.abs(aside) < 0.57 * ahead).all(1) & (np.abs(high) < 0.35 * ahead).all(1)
        seen &= (centres[:, 2] > -0.5) & (np.linalg.norm(offset.mean(1), axis=1) < 60)
        assert seen.sum() > 1000
        u, v = view.focal * aside / ahead, view.focal * high / ahead
        width, height = np.ptp(u[seen], axis=1), np.ptp(v[seen], axis=1)
        assert np.percentile(width, 95) < 5
        assert np.percentile(height, 95) < 5
