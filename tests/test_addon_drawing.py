"""The splat drawer against its NumPy reference: every shader term, on whatever GPU or software rasteriser is there."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from wildfield.addon.splat_arrays import SplatArrays, back_to_front, from_parameters

needs_bpy = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs Blender's Python module")
SIZE = (72, 48)
BOUND = 6e-3  # half-float blending of some dozens of layers


def cloud(count: int, degree: int, seed: int = 0) -> SplatArrays:
    """Return splats of all shapes and colours in front of a viewer at the origin who looks along -Z."""
    rng = np.random.default_rng(seed)
    means = rng.uniform((-1.6, -1.1, -6.0), (1.6, 1.1, -2.5), (count, 3))
    scales = np.exp(rng.uniform(np.log(0.01), np.log(0.5), (count, 3)))
    harmonics = 0.4 * rng.standard_normal((count, (degree + 1) ** 2, 3))
    return from_parameters(means, scales, rng.standard_normal((count, 4)), rng.uniform(0.02, 0.98, count), harmonics)


def perspective(focal: float = 1.6, near: float = 0.1, far: float = 50.0, shift: float = 0.0) -> np.ndarray:
    aspect = SIZE[0] / SIZE[1]
    return np.array(
        [
            [focal, 0, shift, 0],
            [0, focal * aspect, 0, 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )


def parallel(half_width: float = 2.0, far: float = 20.0) -> np.ndarray:
    half_height = half_width * SIZE[1] / SIZE[0]
    return np.array([[1 / half_width, 0, 0, 0], [0, 1 / half_height, 0, 0], [0, 0, -2 / far, -1], [0, 0, 0, 1]], np.float64)


def turned(angle: float = 0.4, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """Return a model-view matrix that turns the cloud about its middle and stretches it along the world's axes."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1]])
    to, back = np.eye(4), np.eye(4)
    to[2, 3], back[2, 3] = 4.2, -4.2
    return back @ turn @ np.diag([*stretch, 1.0]) @ to


def drawn(splats: SplatArrays, model_view: np.ndarray, projection: np.ndarray, depth: Any = None, **look: float) -> np.ndarray:
    from mathutils import Matrix

    from wildfield.addon.picture import Picture, ShownField
    from wildfield.addon.splat_drawer import Look, SplatDrawer

    picture = Picture(SIZE)
    field = ShownField(SplatDrawer(splats), Matrix.Identity(4), Look(**look))
    picture.draw([field], Matrix(model_view.tolist()), Matrix(projection.tolist()), depth, exact=True)
    pixels = picture.read()
    picture.free()
    return pixels


@needs_bpy
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_a_cloud_looks_as_the_reference_says_at_every_degree_of_harmonics(gpu: Any, degree: int) -> None:
    from wildfield.addon.splat_reference import draw

    splats, view, projection = cloud(40, degree), turned(), perspective()
    expected = draw(splats, view, projection, SIZE)
    assert expected[..., 3].max() > 0.5
    assert np.abs(drawn(splats, view, projection) - expected).max() < BOUND


@needs_bpy
@pytest.mark.parametrize(
    ("view", "projection"),
    [
        pytest.param(turned(), parallel(), id="parallel"),
        pytest.param(turned(), perspective(shift=0.3), id="shifted lens"),
        pytest.param(turned(stretch=(1.5, 0.6, 0.8)), perspective(), id="stretched object"),
        pytest.param(turned(1.2), perspective(focal=4.0), id="long lens, splats beyond the border"),
    ],
)
def test_every_camera_agrees_with_the_reference(gpu: Any, view: np.ndarray, projection: np.ndarray) -> None:
    from wildfield.addon.splat_reference import draw

    splats = cloud(30, 1, seed=3)
    assert np.abs(drawn(splats, view, projection) - draw(splats, view, projection, SIZE)).max() < BOUND


@needs_bpy
def test_opacity_and_size_factors_agree_with_the_reference(gpu: Any) -> None:
    from wildfield.addon.splat_reference import draw

    splats, view, projection = cloud(30, 0, seed=4), turned(), perspective()
    expected = draw(splats, view, projection, SIZE, opacity=0.5, scale=0.6)
    assert np.abs(drawn(splats, view, projection, opacity=0.5, size=0.6) - expected).max() < BOUND


@needs_bpy
def test_what_stands_in_front_hides_the_splats_behind_it(gpu: Any) -> None:
    from wildfield.addon.gpu_resources import texture
    from wildfield.addon.splat_reference import draw

    splats, view, projection = cloud(30, 0, seed=5), turned(), perspective()
    wall = projection @ np.array([0, 0, -4.2, 1])
    depth = np.ones((SIZE[1], SIZE[0]), np.float32)
    depth[:, : SIZE[0] // 2] = 0.5 * wall[2] / wall[3] + 0.5
    expected = draw(splats, view, projection, SIZE, scene_depth=depth)
    assert np.abs(expected - draw(splats, view, projection, SIZE)).max() > 0.2
    assert np.abs(drawn(splats, view, projection, texture(depth[..., None], "R32F")) - expected).max() < BOUND


@needs_bpy
def test_the_composite_blends_in_srgb_and_hands_over_linear_light(gpu: Any) -> None:
    """One flat translucent layer: its straight colour is exact, whatever its alpha."""
    from mathutils import Matrix

    from wildfield.addon.picture import Picture, ShownField
    from wildfield.addon.splat_drawer import Look, SplatDrawer
    from wildfield.addon.splat_reference import to_linear

    colour = np.array([0.8, 0.4, 0.1])
    harmonics = ((colour - 0.5) / 0.28209479177387814)[None, None]
    one = from_parameters(np.array([[0, 0, -4.0]]), np.full((1, 3), 9.0), np.eye(1, 4), np.array([0.6]), harmonics)
    picture = Picture(SIZE)
    camera = Matrix(perspective().tolist())
    picture.draw([ShownField(SplatDrawer(one), Matrix.Identity(4), Look())], Matrix.Identity(4), camera, exact=True)
    target = Picture(SIZE, "RGBA32F")
    with target.offscreen.bind():
        gpu.state.active_framebuffer_get().clear(color=(0, 0, 0, 0), depth=1.0)
        picture.composite()
    middle = target.read()[SIZE[1] // 2, SIZE[0] // 2]
    assert middle[3] == pytest.approx(0.6, abs=2e-3)
    assert middle[:3] / middle[3] == pytest.approx(to_linear(colour), abs=3e-3)


def test_the_order_is_from_far_to_near_and_strays_do_not_spoil_it() -> None:
    rng = np.random.default_rng(0)
    means = rng.uniform(-1, 1, (20_000, 3)).astype(np.float32)
    means[7] = (0, 0, 5_000)
    depth = means[back_to_front(means, np.array([0, 0, 1], np.float32))][:, 2]
    assert depth[0] == 5_000
    level = 8 * means[:, 2].std() / 65_535
    assert np.diff(depth[1:]).max() <= level


@needs_bpy
def test_a_background_is_mixed_in_srgb_and_the_result_is_opaque(gpu: Any) -> None:
    from mathutils import Matrix

    from wildfield.addon.picture import Picture, ShownField
    from wildfield.addon.splat_drawer import Look, SplatDrawer
    from wildfield.addon.splat_reference import draw, to_linear

    splats, view, projection = cloud(30, 0, seed=6), turned(), perspective()
    picture, target = Picture(SIZE), Picture(SIZE, "RGBA32F")
    field = ShownField(SplatDrawer(splats), Matrix.Identity(4), Look())
    picture.draw([field], Matrix(view.tolist()), Matrix(projection.tolist()), exact=True)
    behind = (0.2, 0.5, 0.9)
    with target.offscreen.bind():
        picture.composite(background=behind)
    own = draw(splats, view, projection, SIZE)
    expected = to_linear(own[..., :3] + (1 - own[..., 3:]) * behind)
    pixels = target.read()
    assert np.abs(pixels[..., 3] - 1).max() < 1e-3
    assert np.abs(pixels[..., :3] - expected).max() < 3 * BOUND
