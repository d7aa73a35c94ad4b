"""Cameras against Blender's own projection, and against their inverse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.exporters.cameras import Camera, Intrinsics, camera_json, cameras_from_json, opencv_to_opengl, read_camera
from wildfield.exporters.visibility import sky_flow

FITS = [("AUTO", 64, 48), ("AUTO", 48, 64), ("HORIZONTAL", 48, 64), ("VERTICAL", 64, 48)]


def sample_camera(angle: float = 0.0) -> Camera:
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    tilt = np.array([[1, 0, 0, 2.0], [0, 0, 1, -3.0], [0, -1, 0, 1.0], [0, 0, 0, 1]])
    return Camera(Intrinsics(64, 48, 70.0, 72.0, 31.0, 25.0, 35.0, 36.0, 0.1, 100.0), turn @ tilt)


@pytest.mark.parametrize(("fit", "width", "height"), FITS)
@pytest.mark.parametrize("aspect", [(1.0, 1.0), (1.0, 1.5)])
def test_pixels_are_where_blender_projects_them(
    bpy: Any, fit: str, width: int, height: int, aspect: tuple[float, float]
) -> None:
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    item = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(item)
    data = item.data
    data.sensor_fit, data.lens, data.sensor_width, data.sensor_height = fit, 40, 32, 20
    data.shift_x, data.shift_y = 0.13, -0.07
    item.location, item.rotation_euler, item.scale = (1, 2, 3), (1.1, 0.1, 0.4), (2, 2, 2)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.pixel_aspect_x, render.pixel_aspect_y = aspect
    scene.frame_set(1)
    camera = read_camera(scene, item, width, height)
    points = np.random.default_rng(0).normal(size=(20, 3)) + camera.origin + 8 * camera.rotation[:, 2]
    pixels, depth = camera.project(points)
    for point, pixel, z in zip(points, pixels, depth, strict=True):
        across, up, away = world_to_camera_view(scene, item, Vector(point))
        assert pixel == pytest.approx([across * width, (1 - up) * height], abs=2e-3)
        assert np.sign(away) == np.sign(z)


def test_unproject_undoes_project() -> None:
    camera = sample_camera(0.3)
    points = np.random.default_rng(1).normal(size=(50, 3)) + camera.origin + 6 * camera.rotation[:, 2]
    pixels, depth = camera.project(points)
    assert np.abs(camera.unproject(pixels, depth) - points).max() < 1e-12


def test_opengl_looks_along_minus_z() -> None:
    camera = sample_camera()
    opengl = opencv_to_opengl(camera.camera_to_world)
    assert np.array_equal(-opengl[:3, 2], camera.rotation[:, 2])
    assert np.array_equal(opencv_to_opengl(opengl), camera.camera_to_world)


@pytest.mark.parametrize("model", ["pinhole", "brown", "fisheye", "equisolid"])
def test_camera_json_gives_the_same_camera_again(model: str) -> None:
    camera = sample_camera(0.2)
    lens = replace(camera.intrinsics, model=model, distortion=BENT.get(model, ()))
    camera = replace(camera, intrinsics=replace(lens, half_angle=1.2) if lens.is_fisheye else lens)
    content = camera_json("main", [(1, 0.0, camera)])
    assert cameras_from_json(content)[1].same_as(camera)


def test_a_lens_that_zooms_keeps_its_values_frame_by_frame() -> None:
    first = sample_camera()
    other = Camera(Intrinsics(64, 48, 90.0, 72.0, 31.0, 25.0, 35.0, 36.0, 0.1, 100.0), first.camera_to_world)
    again = cameras_from_json(camera_json("main", [(1, 0.0, first), (2, 0.1, other)]))
    assert again[1].same_as(first) and again[2].same_as(other)


def test_orthographic_pixels_are_where_blender_projects_them(bpy: Any) -> None:
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    scene, item = lone_camera(bpy, "ORTHO")
    item.data.ortho_scale, item.data.shift_x, item.data.shift_y = 7.0, 0.1, -0.2
    item.location, item.rotation_euler = (1, 2, 3), (1.1, 0.1, 0.4)
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    scene.frame_set(1)
    camera = read_camera(scene, item, 64, 48)
    points = np.random.default_rng(0).normal(size=(20, 3)) + camera.origin + 8 * camera.rotation[:, 2]
    pixels, depth = camera.project(points)
    for point, pixel, z in zip(points, pixels, depth, strict=True):
        across, up, away = world_to_camera_view(scene, item, Vector(point))
        assert (*pixel, z) == pytest.approx([across * 64, (1 - up) * 48, away], abs=2e-3)


def lone_camera(bpy: Any, kind: str) -> tuple[Any, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    item = bpy.data.objects.new("eye", bpy.data.cameras.new("eye"))
    scene.collection.objects.link(item)
    item.data.type = kind
    return scene, item


BENT = {"brown": (0.02, -0.003, 0.001, -0.002, 0.0001), "fisheye": (-0.02, 0.003, -0.0005, 0.0001)}


@pytest.mark.parametrize("model", ["pinhole", "orthographic", "equirectangular", "brown", "fisheye", "equisolid"])
def test_every_model_projects_what_it_unprojects(model: str) -> None:
    focal = 32 if model == "brown" else 64 / (2 * np.pi)
    lens = Intrinsics(
        64, 32, focal, focal if model == "brown" else 32 / np.pi, 32.0, 16.0, 35.0, 36.0, 0.1, 100.0, model, BENT.get(model, ())
    )
    if model == "equisolid":
        lens = replace(lens, fl_x=20.0, fl_y=20.0)
    camera = Camera(lens, sample_camera(0.3).camera_to_world)
    depth = np.random.default_rng(2).uniform(0.5, 20.0, (32, 64))
    pixels, again = camera.project(camera.surface(depth))
    assert np.abs(pixels - lens.centres()).max() < 1e-9
    assert np.abs(again - depth).max() < 1e-9
    start = camera.unproject(lens.centres(), np.zeros_like(depth))
    assert np.abs(np.linalg.norm(camera.surface(depth) - start, axis=-1) - camera.distance(depth)).max() < 1e-9


def test_a_panorama_of_less_than_the_sphere_is_refused(bpy: Any) -> None:
    scene, item = lone_camera(bpy, "PANO")
    owner = item.data if hasattr(item.data, "panorama_type") else item.data.cycles
    owner.panorama_type = "FISHEYE_EQUIDISTANT"
    scene.frame_set(1)
    with pytest.raises(UserError, match=r"'eye'.*whole sphere"):
        read_camera(scene, item, 64, 32)
    owner.panorama_type, owner.longitude_max = "EQUIRECTANGULAR", 1.0
    scene.frame_set(2)
    with pytest.raises(UserError, match=r"'eye'.*whole sphere"):
        read_camera(scene, item, 64, 32)


def test_the_sky_moves_like_a_point_very_far_away() -> None:
    camera, other = sample_camera(0.0), sample_camera(0.02)
    far = camera.origin + 1e9 * (camera.intrinsics.directions() @ camera.rotation.T)
    rows, columns = np.mgrid[0:48, 0:64] + 0.5
    expected = other.project(far)[0] - np.stack([columns, rows], -1)
    assert np.abs(sky_flow(camera, other)[0] - expected).max() < 1e-5
