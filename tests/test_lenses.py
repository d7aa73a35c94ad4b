"""Lenses that bend straight lines: against OpenCV, against rays, and what a spec may ask of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import ray_caster
from test_things import masks_of

from wildfield.errors import UserError
from wildfield.exporters.cameras import Camera, Intrinsics
from wildfield.exporters.things.projection import bounds
from wildfield.exporters.things.shapes import Shape, Shapes
from wildfield.procgen.cameras.distortion import brown
from wildfield.procgen.cameras.fisheye import fisheye
from wildfield.procgen.cameras.lenses import bent_lens
from wildfield.procgen.cameras.optics import optics
from wildfield.procgen.scene_spec import CameraSpec, RenderSpec

BARREL = (-0.3, 0.1, 0.002, -0.003, -0.01)
KANNALA = (-0.03, 0.006, -0.002, 0.0003)
LENSES = {
    "brown": Intrinsics(64, 48, 50.0, 50.0, 32.0, 24.0, 35.0, 36.0, 0.5, 1000.0, "brown", BARREL),
    "fisheye": Intrinsics(64, 64, 20.0, 20.0, 32.0, 32.0, 35.0, 36.0, 0.5, 1000.0, "fisheye", (0.0,) * 4, 1.9),
    "kannala": Intrinsics(64, 48, 30.0, 30.0, 32.0, 24.0, 35.0, 36.0, 0.5, 1000.0, "fisheye", KANNALA, 1.2),
    "equisolid": Intrinsics(64, 64, 22.0, 22.0, 32.0, 32.0, 35.0, 36.0, 0.5, 1000.0, "equisolid", (), 1.6),
}


def test_opencv_distorts_as_we_do() -> None:
    cv2 = pytest.importorskip("cv2")
    points = np.random.default_rng(0).uniform([-1, -1, 1], [1, 1, 2], (500, 3))
    still = np.zeros(3)
    theirs = cv2.projectPoints(points, still, still, np.eye(3), np.array(BARREL))[0][:, 0]
    assert np.abs(brown(BARREL).bend(points[:, :2] / points[:, 2:]) - theirs).max() < 1e-12
    theirs = cv2.fisheye.projectPoints(points[:, None], still, still, np.eye(3), np.array(KANNALA))[0][:, 0]
    aside = np.hypot(points[:, 0], points[:, 1])
    away = fisheye("fisheye", KANNALA)(np.arctan2(aside, points[:, 2]))
    assert np.abs(points[:, :2] * (away / aside)[:, None] - theirs).max() < 1e-12


@pytest.mark.parametrize("name", LENSES)
def test_rays_end_where_they_are_projected_to(name: str) -> None:
    lens = LENSES[name]
    pixels = np.random.default_rng(1).uniform(0, [lens.width, lens.height], (4000, 2))
    pixels = np.append(pixels, [[lens.cx, lens.cy]], 0)
    pixels = pixels[lens.covers(pixels)]
    start, ways = lens.rays(pixels)
    again, depth = lens.project(start + 7.0 * ways)
    assert np.abs(again - pixels).max() < 1e-11
    assert np.abs(depth - 7.0).max() < 1e-12


@pytest.mark.parametrize("name", LENSES)
def test_what_lies_outside_never_folds_back_into_the_picture(name: str) -> None:
    lens = LENSES[name]
    points = np.random.default_rng(2).normal(size=(200_000, 3))
    points = points[points[:, 2] > 0.02] if name == "brown" else points
    pixels, _ = lens.project(points)
    inside = lens.covers(pixels) & ((pixels > 0) & (pixels < (lens.width, lens.height))).all(-1)
    _, ways = lens.rays(pixels[inside])
    unit = points[inside] / np.linalg.norm(points[inside], axis=1, keepdims=True)
    assert inside.sum() > 5000
    assert np.abs(ways / np.linalg.norm(ways, axis=1, keepdims=True) - unit).max() < 1e-9


@pytest.mark.parametrize("name", LENSES)
def test_silhouettes_are_where_rays_hit_triangles(name: str) -> None:
    """Edges may lie 0.02 pixels beside the truth, so rays through the corners of that square must not all disagree."""
    lens, rng = LENSES[name], np.random.default_rng(3)
    middles = rng.uniform([-6, -5, 1 if name == "brown" else -4], [6, 5, 9], (60, 1, 3))
    soups = (middles + rng.normal(size=(60, 3, 3)) * rng.choice([0.3, 1.0, 3.0], (60, 1, 1))).astype(np.float32)
    shapes = Shapes(np.arange(1, 61), np.arange(60), [Shape.of(soup, np.array([[0, 1, 2]], np.int32)) for soup in soups])
    matrices = np.tile(np.eye(4), (60, 1, 1))
    masks = masks_of(Camera(lens, np.eye(4)), shapes.ids, matrices, shapes.index, shapes)
    covered, touched = lens.covered().ravel(), 0
    for soup, mask in zip(soups, masks, strict=True):
        hits = []
        for x, y in ((0.0, 0.0), *((a, b) for a in (-0.02, 0.02) for b in (-0.02, 0.02))):
            rays = lens.rays(lens.centres().reshape(-1, 2) + np.array([x, y]))[1]
            triangle = ray_caster.Geometry(soup.astype(float), np.array([[0, 1, 2]]), np.array([1]), np.full((1, 3, 2), np.nan))
            depth = ray_caster.cast(triangle, np.zeros(3), rays)[0]
            hits.append(np.isfinite(depth) & ((depth >= lens.near) | (name != "brown")))
        clear = covered & (np.all(hits, 0) | ~np.any(hits, 0))
        assert np.array_equal(mask.ravel()[clear], hits[0][clear])
        touched += hits[0][covered].any()
    assert touched > 15


@pytest.mark.parametrize("name", LENSES)
def test_a_box_bounds_every_point_of_a_triangle(name: str) -> None:
    lens, rng = LENSES[name], np.random.default_rng(4)
    soup = np.array([[-3, -0.5, 4], [4, 0.2, 5], [0.5, 1.5, 4]], np.float32)
    camera, shape = Camera(lens, np.eye(4)), Shape.of(soup, np.array([[0, 1, 2]], np.int32))
    (box,) = bounds(camera, shape, np.eye(4)[None])
    weights = rng.dirichlet([0.4] * 3, 200_000)
    pixels, _ = camera.project(weights @ soup.astype(float))
    assert (pixels.min(0) >= box[:2] - 0.02).all() and (pixels.max(0) <= box[2:] + 0.02).all()
    assert np.abs(np.concatenate([pixels.min(0), pixels.max(0)]) - box).max() < 0.3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"k1": -0.6, "field_of_view": 100.0}, ("camera.k1 = -0.6", "folds the picture", "field_of_view")),
        ({"p1": 0.2, "field_of_view": 120.0}, ("camera.p1 = 0.2", "folds")),
        ({"projection": "fisheye", "k1": -0.2}, ("camera.k1 = -0.2", "turns back", "fisheye_angle = 180")),
    ],
)
def test_a_lens_that_folds_its_picture_is_refused(values: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        bent_lens(CameraSpec(**values), RenderSpec())
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("angle", [120.0, 180.0, 220.0])
@pytest.mark.parametrize("projection", ["fisheye", "equisolid"])
def test_a_fisheyes_circle_touches_the_shorter_sides(projection: str, angle: float) -> None:
    lens = bent_lens(CameraSpec(projection=projection, fisheye_angle=angle), RenderSpec(width=320, height=200))
    assert lens is not None
    focal = lens.focal * 320
    seen = Intrinsics(320, 200, focal, focal, 160.0, 100.0, 35.0, 36.0, 0.1, 9.0, projection, lens.coefficients, lens.farthest)
    pixels, _ = seen.project(np.array([[0.0, np.sin(np.radians(angle / 2)), np.cos(np.radians(angle / 2))]]))
    assert pixels[0] == pytest.approx([160.0, 200.0])
    assert not seen.covers(np.array([[160.0, 200.5], [20.0, 100.0]])).any()


def test_a_world_is_built_for_all_that_a_barrel_shows() -> None:
    camera, render = CameraSpec(k1=-0.25, k2=0.05, field_of_view=80.0), RenderSpec(width=640, height=480)
    lens, seen = bent_lens(camera, render), optics(camera, render)
    assert lens is not None
    focal = lens.focal * 640
    rays = Intrinsics(640, 480, focal, focal, 320.0, 240.0, 35.0, 36.0, 0.1, 9.0, "brown", lens.coefficients).directions()
    widest = 2 * np.arctan(np.abs(rays[..., :2]).max((0, 1)))
    assert (np.array([seen.horizontal, seen.vertical]) >= widest).all()
    assert seen.horizontal == pytest.approx(widest[0], abs=0.01) and seen.horizontal > np.radians(80)
    plain = optics(replace(camera, k1=0.0, k2=0.0), render)
    assert seen.pixel_angle == pytest.approx(plain.pixel_angle, rel=0.01)


def test_a_blender_without_camera_scripts_says_so(bpy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import _cycles

    from wildfield.procgen.cameras.lens_script import set_lens

    monkeypatch.setattr(_cycles, "with_osl", False)
    with pytest.raises(UserError, match="no fisheye and no lens distortion"):
        set_lens(bpy.data.cameras.new("lens"), "fisheye", 0.3, 1.5, (0.0,) * 4)
