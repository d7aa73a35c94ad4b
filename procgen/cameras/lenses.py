"""The lenses of a spec that bend straight lines: their model, focal length and coefficients, and whether they can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import UserError
from ..scene_spec import FISHEYES, CameraSpec, RenderSpec
from .distortion import brown
from .fisheye import fisheye
from .radial import Floats

BROWN, KANNALA = ("k1", "k2", "p1", "p2", "k3"), ("k1", "k2", "k3", "k4")
"""Coefficients of a perspective camera's distortion and of a fisheye's, in OpenCV's order."""


@dataclass(frozen=True)
class Bent:
    """A lens that bends straight lines: `model` of `lens_script`, `focal` in widths of the picture, `farthest` the half angle
    (rad) of a fisheye's image circle or the radius at depth 1 to which a distortion is known, and its coefficients.
    """

    model: str
    focal: float
    farthest: float
    coefficients: tuple[float, ...]


def bent_lens(camera: CameraSpec, render: RenderSpec) -> Bent | None:
    """Return the lens of a spec, None where it draws straight lines straight.

    A fisheye's image circle is as wide as the shorter side of the picture. Raises UserError for a lens that shows two
    directions in one place of the picture.
    """
    if camera.projection in FISHEYES:
        return _fisheye(camera, render)
    coefficients = tuple(getattr(camera, name) for name in BROWN)
    if camera.projection != "perspective" or not any(coefficients):
        return None
    focal = 0.5 / float(np.tan(np.radians(camera.field_of_view) / 2))
    model, places = brown(coefficients), _border(focal, render)
    points = model.straighten(places)
    farthest = float(np.linalg.norm(points, axis=-1).max())
    if farthest > 0.98 * model.limit or np.abs(model.bend(points) - places).max() > 1e-9:
        within = np.linalg.norm(model.bend(np.array([model.limit, 0.0]))) / np.linalg.norm(places, axis=-1).max()
        raise UserError(
            f"{_named(camera, BROWN)}: this distortion folds the picture {within:.0%} of the way from middle to corner; "
            "take smaller coefficients or a smaller camera.field_of_view"
        )
    return Bent("brown", focal, model.limit, coefficients)


def extents(lens: Bent, render: RenderSpec) -> tuple[Floats, Floats]:
    """Return half the width and height at depth 1 of what a distorted picture shows for certain, and at most: (2,) each."""
    border = np.abs(brown(lens.coefficients).straighten(_border(lens.focal, render)))
    sides, ends = border[::2].reshape(-1, 2), border[1::2].reshape(-1, 2)
    return np.array([sides[:, 0].min(), ends[:, 1].min()]), border.reshape(-1, 2).max(0)


def _fisheye(camera: CameraSpec, render: RenderSpec) -> Bent:
    half = float(np.radians(camera.fisheye_angle) / 2)
    coefficients = tuple(getattr(camera, name) for name in KANNALA) if camera.projection == "fisheye" else ()
    model = fisheye(camera.projection, coefficients)
    if half > 0.98 * model.limit:
        raise UserError(
            f"{_named(camera, KANNALA)}: this fisheye turns back {np.degrees(model.limit):.0f} degrees from its axis, and "
            f"camera.fisheye_angle = {camera.fisheye_angle:g} asks for {np.degrees(half):g}; take smaller coefficients"
        )
    circle = 0.5 * min(render.width, render.height) / render.width
    return Bent(camera.projection, circle / float(model(np.float64(half))), half, coefficients)


def _border(focal: float, render: RenderSpec) -> Floats:
    """Return places (4, K, 2) on the right, lower, left and upper edge of the picture, in focal lengths from its middle."""
    x, y = 0.5 / focal, 0.5 * render.height / render.width / focal
    along, one = np.linspace(-1.0, 1.0, 65), np.ones(65)
    edges = ((one, along), (along, one), (-one, along), (along, -one))
    return np.stack([np.stack([x * a, y * b], -1) for a, b in edges])


def _named(camera: CameraSpec, names: tuple[str, ...]) -> str:
    return ", ".join(f"camera.{name} = {getattr(camera, name):g}" for name in names if getattr(camera, name))
