"""Cameras against Blender's own projection, and against their inverse."""

from __future__ import annotations

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


def test_camera_json_gives_the_same_camera_again() -> None:
    camera = sample_camera(0.2)
    content = camera_json("main", [(1, 0.0, camera)])
    assert cameras_from_json(content)[1].same_as(camera)


def test_a_zooming_camera_is_refused() -> None:
    first = sample_camera()
    other = Camera(Intrinsics(64, 48, 90.0, 72.0, 31.0, 25.0, 35.0, 36.0, 0.1, 100.0), first.camera_to_world)
    with pytest.raises(UserError, match="lens"):
        camera_json("main", [(1, 0.0, first), (2, 0.1, other)])


@pytest.mark.parametrize("kind", ["ORTHO", "PANO"])
def test_cameras_without_perspective_are_refused(bpy: Any, kind: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    item = bpy.data.objects.new("eye", bpy.data.cameras.new("eye"))
    scene.collection.objects.link(item)
    item.data.type = kind
    scene.frame_set(1)
    with pytest.raises(UserError, match=r"'eye'.*perspective"):
        read_camera(scene, item, 64, 48)


def test_the_sky_moves_like_a_point_very_far_away() -> None:
    camera, other = sample_camera(0.0), sample_camera(0.02)
    far = camera.origin + 1e9 * (camera.intrinsics.directions() @ camera.rotation.T)
    rows, columns = np.mgrid[0:48, 0:64] + 0.5
    expected = other.project(far)[0] - np.stack([columns, rows], -1)
    assert np.abs(sky_flow(camera, other) - expected).max() < 1e-5
