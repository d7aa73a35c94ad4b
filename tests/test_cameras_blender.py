"""What Blender makes of rigs: poses and lenses at every frame, and small lakes looked at from all sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wildfield.procgen import compose
from wildfield.procgen.kinds import lake
from wildfield.procgen.kinds.landscape import look as look_at
from wildfield.procgen.scene_spec import ASSET_RIGS, SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.plans.lake import lake_terrain


def small(seed: int, **values: Any) -> SceneSpec:
    """A lake with a small land and small pictures; keys are those of `camera` and, with two underscores, of other sections."""
    named = {key.replace("__", ".") if "__" in key else f"camera.{key}": value for key, value in values.items()}
    size = {"terrain.resolution": 256, "render.width": 96, "render.height": 48}
    return override(lake.sample(seed), size | named, "test")


def evaluated(built: Any, camera: Any, frame: int) -> Any:
    built.scene.frame_set(frame)
    graph = built.scene.view_layers[0].depsgraph
    graph.update()
    return camera.evaluated_get(graph)


@pytest.mark.parametrize("trajectory", ["walk", "fly", "handheld"])
def test_blenders_cameras_stand_where_the_trajectory_says_before_and_after_the_frames_too(bpy: Any, trajectory: str) -> None:
    from wildfield.procgen.cameras.rigs import add_rig

    compose.clear()
    spec = small(3, rig="stereo", trajectory=trajectory, zoom=2.0, render__frames=5)
    made = look_at(lake.LAKE, lake_terrain(spec.terrain, spec.water, 3), spec)
    scene = bpy.data.scenes.new("rig")
    cameras = add_rig(scene, made.cameras, spec.camera, spec.render, margin=2)
    for name, item in cameras.items():
        for frame in range(-2, 9):
            scene.frame_set(frame)
            graph = scene.view_layers[0].depsgraph
            graph.update()
            seen = item.evaluated_get(graph)
            eye, rotation = made.cameras[name].pose(frame)
            matrix = np.array(seen.matrix_world)
            assert np.allclose(matrix[:3, 3], eye, atol=1e-4)
            assert np.allclose(matrix[:3, :3] * [1, -1, -1], rotation, atol=1e-6)
            share = np.clip((frame - 1) / 4, 0, 1)
            focal = seen.data.lens / seen.data.sensor_width
            assert focal * 2 * np.tan(np.radians(30)) == pytest.approx(2.0**share, rel=1e-5)


@pytest.fixture(scope="module", params=["panorama", "multiview", "fly"])
def world(request: Any, bpy: Any) -> Any:
    """A small lake built for each of the ways to look that see more than a path on foot."""
    compose.clear()
    named = {"trajectory": "fly"} if request.param == "fly" else {"rig": request.param, "views": 4}
    return compose.compose(small(3, render__frames=24, **named))


def test_a_lake_says_how_it_is_seen_and_lit(world: Any) -> None:
    names = {"panorama": "equirectangular"}
    assert world.rig["projection"] == names.get(world.rig["name"], "perspective")
    assert (world.imu is None) == (world.rig["name"] == "multiview")
    assert ("look_at" in world.rig) == (world.rig["name"] == "multiview")
    assert np.linalg.norm(world.light["sun_direction"]) == pytest.approx(1)
    assert {"sun_irradiance", "sky", "exposure", "view_transform", "look"} < set(world.light)
    (sun,) = (item for item in world.scene.objects if item.type == "LIGHT")
    assert np.allclose(evaluated(world, sun, 1).matrix_world.col[2][:3], world.light["sun_direction"], atol=1e-5)
    camera = world.cameras[0]
    if world.rig["name"] == "panorama":
        holder = camera.data if hasattr(camera.data, "panorama_type") else camera.data.cycles
        assert (camera.data.type, holder.panorama_type) == ("PANO", "EQUIRECTANGULAR")
        level = np.array(evaluated(world, camera, 2).matrix_world)
        assert abs(level[2, 2]) < 1e-6 and abs(level[2, 0]) < 1e-6


def test_nothing_that_grows_reaches_a_camera(world: Any) -> None:
    hosts = [item for item in world.scene.objects if "wildfield.instances" in item.modifiers]
    assert len(hosts) > 3
    moments = [(camera, frame) for frame in range(0, 26, 5) for camera in world.cameras]
    eyes = [np.array(evaluated(world, camera, frame).matrix_world.translation) for camera, frame in moments]
    for host in hosts:
        columns = {}
        for name, width in (("position", 3), ("wf_scale", 1), ("wf_id", 1)):
            kind, key = (np.int32, "value") if name == "wf_id" else (np.float32, "vector" if width == 3 else "value")
            values = np.empty(len(host.data.vertices) * width, kind)
            host.data.attributes[name].data.foreach_get(key, values)
            columns[name] = values.reshape(-1, width)
        things = [world.table.things[number] for number in columns["wf_id"].ravel().tolist()]
        scale = columns["wf_scale"].ravel()
        width = np.array([np.abs(thing.box[:, :2]).max() for thing in things]) * scale
        top = columns["position"][:, 2] + np.array([thing.box[1, 2] for thing in things]) * scale
        for (_, frame), eye in zip(moments, eyes, strict=True):
            away = np.linalg.norm(columns["position"][:, :2] - eye[:2], axis=1)
            assert ((away > 0.7 * width) | (top < eye[2] - 0.3)).all(), (host.name, frame)


def test_whoever_looks_down_sees_land_and_no_edge_of_the_world(world: Any) -> None:
    from mathutils.bvhtree import BVHTree

    land = world.scene.objects["land"].data
    tree = BVHTree.FromPolygons([v.co for v in land.vertices], [p.vertices for p in land.polygons])
    rng = np.random.default_rng(6)
    for camera in world.cameras:
        eye = evaluated(world, camera, 12).matrix_world.translation
        azimuth, elevation = rng.uniform(-np.pi, np.pi, 400), -np.radians(np.geomspace(0.7, 89.9, 400))
        flat = np.cos(elevation)
        for ray in np.stack([flat * np.sin(azimuth), flat * np.cos(azimuth), np.sin(elevation)], 1):
            assert tree.ray_cast(eye, ray.tolist())[0] is not None


@pytest.mark.parametrize("rig_name", ASSET_RIGS)
def test_an_orthographic_asset_is_as_wide_as_the_spec_says(bpy: Any, rig_name: str) -> None:
    compose.clear()
    values = {"asset.generator": "rock", "camera.rig": rig_name, "camera.views": 3, "camera.projection": "orthographic"}
    more = {"camera.ortho_width": 2.5, "render.frames": 4, "render.width": 32, "render.height": 32}
    built = compose.compose(override(compose.draw("asset", 1), values | more, "test"))
    turns = rig_name == "turntable"
    assert (len(built.cameras), len(built.frames)) == ((1, 4) if turns else (3, 1))
    assert (built.imu is not None) == turns
    for camera in built.cameras:
        assert (camera.data.type, camera.data.ortho_scale) == ("ORTHO", 2.5)
    assert built.rig["projection"] == "orthographic"


def test_an_orthographic_world_is_seen_from_straight_above_and_has_land_under_every_pixel(bpy: Any) -> None:
    from mathutils.bvhtree import BVHTree

    compose.clear()
    built = compose.compose(small(3, projection="orthographic", ortho_width=80.0, render__frames=24))
    (camera,) = built.cameras
    assert (camera.data.type, camera.data.ortho_scale) == ("ORTHO", 80.0)
    assert built.rig["projection"] == "orthographic" and built.imu is not None
    land = built.scene.objects["land"].data
    tree = BVHTree.FromPolygons([v.co for v in land.vertices], [p.vertices for p in land.polygons])
    for frame in (0, 12, 25):
        matrix = np.array(evaluated(built, camera, frame).matrix_world)
        assert np.allclose(matrix[:3, 2], [0, 0, 1], atol=1e-6)
        for x, y in np.random.default_rng(frame).uniform([-40, -20], [40, 20], (300, 2)):
            start = matrix @ [x, y, 0.0, 1.0]
            assert tree.ray_cast(start[:3].tolist(), (0.0, 0.0, -1.0))[0] is not None
