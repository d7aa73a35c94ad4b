"""Cameras around one thing: an orbit over a band of the sphere, a dome over the upper half of it, or once around in time.

The directions are a Fibonacci lattice: heights in equal steps, azimuths by the golden angle, so that any number of views
covers the band evenly. The distance of each view follows in closed form: a point p (from the middle) stays within the
share f of the half angle a of the picture as long as D >= |p . right| / (f tan a) + p . outward. An orbit's views stand each
as near as that allows, those of a dome and a turntable all at the largest of these distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..scene_spec import CameraSpec, RenderSpec
from .lenses import bent_lens, extents
from .trajectory import Turntable

if TYPE_CHECKING:
    import bpy

LOWEST, HIGHEST = np.radians(-5.0), np.radians(60.0)
"""Elevations of the lowest and the highest camera of an orbit, radians."""
TURNTABLE_ELEVATION = np.radians(15.0)
FILL = 0.85
"""Share of the picture's width or height that the thing spans, whichever is met first."""
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_AROUND = 720
"""Directions in which a turntable's camera is tried."""


@dataclass(frozen=True)
class Orbit:
    """V static cameras: eyes (V, 3) m, and rotations (V, 3, 3) to the world in Blender's axes (x right, y up, -z ahead).

    `width` is that of the pictures in m, where they are orthographic.
    """

    eyes: NDArray[np.float64]
    rotations: NDArray[np.float64]
    width: float


def orbit(points: NDArray[np.floating], camera: CameraSpec, render: RenderSpec) -> Orbit:
    """Return the cameras around the points (N, 3) m. The first looks along +y, from the band's foot; they climb in order."""
    points = np.asarray(points, np.float64)
    middle = 0.5 * (points.min(0) + points.max(0))
    low, high = (0.0, 1.0) if camera.rig == "dome" else (np.sin(LOWEST), np.sin(HIGHEST))
    share = (np.arange(camera.views) + 0.5) / camera.views
    outward, right, up = _axes(low + (high - low) * share, -np.pi / 2 + _GOLDEN_ANGLE * np.arange(camera.views))
    distance, width = _fitted(points - middle, outward, right, up, camera, render)
    if camera.rig == "dome":
        distance = np.full_like(distance, distance.max())
    return Orbit(middle + outward * distance[:, None], np.stack([right, up, outward], -1), width)


def turntable(points: NDArray[np.floating], camera: CameraSpec, render: RenderSpec) -> tuple[Turntable, float]:
    """Return the way around the points (N, 3) m, from which they are never cut, and the width m of an orthographic picture."""
    points = np.asarray(points, np.float64)
    middle = 0.5 * (points.min(0) + points.max(0))
    azimuth = np.arange(_AROUND) * (2 * np.pi / _AROUND)
    axes = _axes(np.full(_AROUND, np.sin(TURNTABLE_ELEVATION)), azimuth)
    distance, width = _fitted(points - middle, *axes, camera, render)
    return Turntable(middle, float(distance.max()), float(TURNTABLE_ELEVATION), render.frames), width


def add_orbit(
    scene: bpy.types.Scene, points: NDArray[np.floating], camera: CameraSpec, render: RenderSpec
) -> dict[str, bpy.types.Object]:
    """Add the cameras `view_000`, `view_001`, ... around the points and return them by name; the first is the scene's own."""
    import bpy
    import mathutils

    from .rigs import new_lens

    placed = orbit(points, camera, render)
    cameras = {}
    for view, (eye, rotation) in enumerate(zip(placed.eyes, placed.rotations, strict=True)):
        lens = new_lens(f"view_{view:03d}", camera, render, 0, clip_of(points), placed.width)
        item = bpy.data.objects.new(lens.name, lens)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rotation, eye
        item.matrix_world = mathutils.Matrix(matrix.tolist())
        scene.collection.objects.link(item)
        cameras[f"view_{view:03d}"] = item
    scene.camera = cameras["view_000"]
    return cameras


def clip_of(points: NDArray[np.floating]) -> tuple[float, float]:
    """Return the clipping distances in m that suit a thing of this size."""
    size = float(np.abs(points).max())
    return 0.01 * size, 100.0 * size


def _fitted(
    offsets: NDArray[np.float64],
    outward: NDArray[np.float64],
    right: NDArray[np.float64],
    up: NDArray[np.float64],
    camera: CameraSpec,
    render: RenderSpec,
) -> tuple[NDArray[np.float64], float]:
    """Return how far from the middle each view (V,) stands, m, and how wide orthographic pictures are, m."""
    # While a lens zooms in, the thing fills the last picture.
    across = np.tan(np.radians(camera.field_of_view) / 2) / max(camera.zoom, 1.0)
    bent = bent_lens(camera, render)
    limits = FILL * (across * np.array([1.0, render.height / render.width]) if bent is None else extents(bent, render)[0])
    distance = np.empty(len(outward))
    width = 0.0
    for view, axes in enumerate(zip(right, up, outward, strict=True)):
        x, y, z = ((offsets * axis[None]).sum(1) for axis in axes)
        distance[view] = (np.maximum(np.abs(x) / limits[0], np.abs(y) / limits[1]) + z).max()
        width = max(width, 2 / FILL * float(np.maximum(np.abs(x), np.abs(y) * render.width / render.height).max()))
    if camera.projection == "orthographic":
        # Rays are parallel: any place before the thing will do.
        distance[:] = 2.0 * np.sqrt((offsets**2).sum(1).max())
        width = camera.ortho_width or width
    return distance, width


def _axes(
    sine: NDArray[np.float64], azimuth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors (V, 3) from the middle to the eye (`sine` of its elevation), to the right and up in the picture."""
    cosine = np.sqrt(1 - sine**2)
    outward = np.stack([cosine * np.cos(azimuth), cosine * np.sin(azimuth), sine], -1)
    right = np.stack([-np.sin(azimuth), np.cos(azimuth), np.zeros(len(sine))], -1)
    return outward, right, np.cross(outward, right)
