"""What stands before a point, by rays: against the double-precision caster, against Blender's, and as geometry says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import bpy
import ray_caster
import truth_scene
from mathutils import Vector

from wildfield.exporters.bending import read_topologies, read_vertices
from wildfield.exporters.blockers import in_the_way
from wildfield.exporters.cameras import Camera, Intrinsics, read_camera
from wildfield.exporters.motion import Moment, Topology
from wildfield.exporters.poses import geometry_digest, read_poses
from wildfield.exporters.raycast import Raycaster, Rays
from wildfield.exporters.rays import Occluders

WIDTH, HEIGHT = 160, 120


def moment_of(built: Any, occluders: Occluders, topologies: Any, frame: int) -> Moment:
    built.scene.frame_set(frame)
    occluders.learn(built)
    return Moment(read_poses(built), read_vertices(built, topologies))


@pytest.mark.parametrize("lens", ["fixed", "ortho", "panorama"])
def test_rays_find_what_the_double_precision_caster_finds(lens: str) -> None:
    built = truth_scene.build(width=WIDTH, height=HEIGHT, lens=lens)
    names = {number: thing.name for number, thing in built.table.things.items()}
    unknown = [number for number, name in names.items() if name in ("card", "swollen")]
    built.scene.frame_set(1)
    topologies = read_topologies(built)
    found, expected = [], []
    with Occluders(topologies) as occluders:
        for frame in (3, 1, 0):
            moment = moment_of(built, occluders, topologies, frame)
            camera = read_camera(built.scene, built.cameras[0], WIDTH, HEIGHT)
            geometry = ray_caster.evaluated_geometry(built.scene, frame)
            keep = ~np.isin(geometry.ids, unknown)
            geometry = replace(geometry, triangles=geometry.triangles[keep], ids=geometry.ids[keep], uv=geometry.uv[keep])
            start, way = camera.intrinsics.rays(camera.intrinsics.centres().reshape(-1, 2))
            starts, ways = start @ camera.rotation.T + camera.origin, way @ camera.rotation.T
            one = (starts, camera.rotation[:, 2]) if lens == "ortho" else (camera.origin, ways)
            first = ray_caster.cast(geometry, *one)[0]
            depth = np.random.default_rng(frame).uniform(3, 25, len(ways))
            depth[::2] = np.where(np.isfinite(first), first, depth)[::2]  # every second point is on a surface itself
            things = np.broadcast_to(
                np.array([number for number in names if number not in unknown]), (len(ways), len(names) - 2)
            )
            assert occluders.knows(things[0]).all()
            assert not occluders.knows(np.array([0, *unknown])).any()
            found.append(occluders.hidden(camera, moment, starts + ways * depth[:, None], things))
            expected.append(first < depth * (1 - 2e-4))
    assert np.mean(np.concatenate(found) == np.concatenate(expected)) >= 0.999
    assert 0.1 < np.mean(found) < 0.9


def test_only_the_things_asked_about_hide_a_point() -> None:
    built = truth_scene.build(width=WIDTH, height=HEIGHT)
    ids = {thing.name: number for number, thing in built.table.things.items()}
    built.scene.frame_set(1)
    topologies = read_topologies(built)
    with Occluders(topologies) as occluders:
        moment = moment_of(built, occluders, topologies, 1)
        camera = read_camera(built.scene, built.cameras[0], WIDTH, HEIGHT)
        for name in ("cube", "wave", "rock"):
            centre = moment.poses.find(np.array([ids[name]]))[1][0, :3, 3]
            behind = camera.origin + (centre - camera.origin) * 1.3
            asked = [[ids[name], 0], [0, 0], [ids["nest 0"], 0], [ids["newborn"], ids["card"]]]
            assert occluders.hidden(camera, moment, np.tile(behind, (4, 1)), np.array(asked)).tolist() == [True] + [False] * 3


def test_a_lake_hides_what_blender_says_that_it_hides() -> None:
    from wildfield.procgen.compose import compose, draw
    from wildfield.procgen.spec import override

    size = {"render.width": 320, "render.height": 180, "render.frames": 1}
    built = compose(override(draw("lake", 4), size, "test"))
    built.scene.frame_set(1)
    topologies = read_topologies(built)
    rng = np.random.default_rng(1)
    with Occluders(topologies) as occluders:
        moment = moment_of(built, occluders, topologies, 1)
        camera = read_camera(built.scene, built.cameras[0], 320, 180)
        digest = geometry_digest(built.scene)
        pixels = rng.uniform([0, 60], [320, 170], (200, 2))
        points = camera.unproject(pixels, rng.uniform(3.0, 60.0, 200))
        every = np.array(list(built.table.things))
        every = every[occluders.knows(every)]
        assert len(every) > 0.99 * len(built.table.things)
        found = occluders.hidden(camera, moment, points, np.broadcast_to(every, (len(points), len(every))))
        assert geometry_digest(built.scene) == digest
    depsgraph = built.scene.view_layers[0].depsgraph
    expected = []
    for point in points:
        way = point - camera.origin
        reach = float(np.linalg.norm(way)) * (1 - 2e-4)
        expected.append(built.scene.ray_cast(depsgraph, Vector(camera.origin), Vector(way).normalized(), distance=reach)[0])
    assert np.mean(found == expected) >= 0.99
    assert 0.1 < np.mean(expected) < 0.9


def test_nothing_is_left_in_the_file() -> None:
    built = truth_scene.build(width=WIDTH, height=HEIGHT)
    kinds = ("scenes", "objects", "meshes", "node_groups", "collections")
    before = [len(getattr(bpy.data, kind)) for kind in kinds]
    built.scene.frame_set(1)
    topologies = read_topologies(built)
    with Occluders(topologies) as occluders:
        moment = moment_of(built, occluders, topologies, 1)
        camera = read_camera(built.scene, built.cameras[0], WIDTH, HEIGHT)
        things = np.array(list(built.table.things))[None]
        occluders.hidden(camera, moment, camera.unproject(np.array([[80.0, 90.0]]), np.array([30.0])), things)
        assert [len(getattr(bpy.data, kind)) for kind in kinds] != before
    assert [len(getattr(bpy.data, kind)) for kind in kinds] == before


@pytest.fixture
def caster() -> Iterator[Raycaster]:
    with Raycaster() as made:
        yield made


def test_rays_end_where_their_lengths_end_and_meet_both_sides(caster: Raycaster) -> None:
    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    target = caster.target(square, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    starts = np.array([[0.5, 0.2, 2], [0.5, 0.2, -2], [0.5, 0.2, 2], [1.5, 0, 2], [0.5, 0.2, 2]], np.float32)
    ways = np.array([[0, 0, -3], [0, 0, 0.1], [0, 0, -1], [0, 0, -1], [0, 0, 1]], np.float32)
    lengths = np.array([2.01, 2.01, 1.99, 9, 9], np.float32)
    (hits,) = caster.cast([Rays(target, starts, ways, lengths)])
    assert hits.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("model", ["pinhole", "orthographic", "equirectangular"])
def test_no_polygon_in_the_way_is_left_out(model: str) -> None:
    rng = np.random.default_rng(5)
    scale = {"pinhole": 60.0, "orthographic": 12.0, "equirectangular": 80 / np.pi}[model]
    lens = Intrinsics(160, 80, scale, scale, 80.0, 40.0, 35.0, 36.0, 0.01, 100.0, model)
    camera = Camera(lens, np.eye(4))
    centres = rng.normal(size=(3000, 1, 3)) * 4 + [0, 0, 0 if model == "equirectangular" else 6]
    corners = centres + rng.normal(size=(3000, 3, 3)) * rng.choice([0.03, 0.3, 2.0], (3000, 1, 1))
    triangles = np.arange(9000, dtype=np.int32).reshape(-1, 3)
    pixels = rng.uniform([20, 10], [60, 40], (300, 2))
    points = camera.unproject(pixels, rng.uniform(1.0, 8.0, 300))
    near = in_the_way(camera, corners.reshape(-1, 3), Topology(triangles, np.arange(3001)), points)
    kept = np.isin(np.arange(3000), np.concatenate([near.small, near.large]))
    assert kept.mean() < 0.8
    geometry = ray_caster.Geometry(
        corners[~kept].reshape(-1, 3), np.arange(3 * (~kept).sum()).reshape(-1, 3), None, np.full(((~kept).sum(), 3, 2), np.nan)
    )
    if model == "orthographic":
        first = ray_caster.cast(geometry, points * [1, 1, 0], np.array([0.0, 0.0, 1.0]))[0]
        assert (first >= points[:, 2]).all()
    else:
        assert (ray_caster.cast(geometry, np.zeros(3), points)[0] >= 1.0).all()
