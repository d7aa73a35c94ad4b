"""Cameras around one thing: spread evenly over a band of the sphere, all looking at its middle, each as near as it can be.

The directions are a Fibonacci lattice: heights in equal steps, azimuths by the golden angle, so that any number of views
covers the band evenly. The distance of each view follows in closed form: a point p (from the middle) stays within the
share f of the half angle a of the picture as long as D >= |p . right| / (f tan a) + p . outward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..scene_spec import CameraSpec, RenderSpec

if TYPE_CHECKING:
    import bpy

LOWEST, HIGHEST = np.radians(-5.0), np.radians(60.0)
"""Elevations of the lowest and the highest camera, radians."""
FILL = 0.85
"""Share of the picture's width or height that the thing spans, whichever is met first."""
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True)
class Orbit:
    """V static cameras: eyes (V, 3) m, and rotations (V, 3, 3) to the world in Blender's axes (x right, y up, -z ahead)."""

    eyes: NDArray[np.float64]
    rotations: NDArray[np.float64]


def orbit(points: NDArray[np.floating], camera: CameraSpec, render: RenderSpec) -> Orbit:
    """Return the cameras around the points (N, 3) m. The first looks along +y, from the band's foot; they climb in order."""
    points = np.asarray(points, np.float64)
    middle = 0.5 * (points.min(0) + points.max(0))
    outward, right, up = _axes(camera.views)
    across = np.tan(np.radians(camera.field_of_view) / 2)
    limits = FILL * across * np.array([1.0, render.height / render.width])
    offsets = points - middle
    eyes = np.empty_like(outward)
    for view in range(camera.views):
        x, y, z = ((offsets * axis[view]).sum(1) for axis in (right, up, outward))
        distance = np.maximum(np.abs(x) / limits[0], np.abs(y) / limits[1]) + z
        eyes[view] = middle + outward[view] * distance.max()
    return Orbit(eyes, np.stack([right, up, outward], -1))


def add_orbit(
    scene: bpy.types.Scene, points: NDArray[np.floating], camera: CameraSpec, render: RenderSpec
) -> dict[str, bpy.types.Object]:
    """Add the cameras `view_000`, `view_001`, ... around the points and return them by name; the first is the scene's own."""
    import bpy
    import mathutils

    placed = orbit(points, camera, render)
    size = float(np.abs(points).max())
    cameras = {}
    for view, (eye, rotation) in enumerate(zip(placed.eyes, placed.rotations, strict=True)):
        lens = bpy.data.cameras.new(f"view_{view:03d}")
        lens.sensor_fit, lens.angle = "HORIZONTAL", float(np.radians(camera.field_of_view))
        lens.clip_start, lens.clip_end = 0.01 * size, 100.0 * size
        item = bpy.data.objects.new(lens.name, lens)
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rotation, eye
        item.matrix_world = mathutils.Matrix(matrix.tolist())
        scene.collection.objects.link(item)
        cameras[f"view_{view:03d}"] = item
    scene.camera = cameras["view_000"]
    return cameras


def _axes(views: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors (V, 3) from the middle to the eye, to the right and up in the picture."""
    share = (np.arange(views) + 0.5) / views
    sine = np.sin(LOWEST) + (np.sin(HIGHEST) - np.sin(LOWEST)) * share
    cosine = np.sqrt(1 - sine**2)
    azimuth = -np.pi / 2 + _GOLDEN_ANGLE * np.arange(views)
    outward = np.stack([cosine * np.cos(azimuth), cosine * np.sin(azimuth), sine], -1)
    right = np.stack([-np.sin(azimuth), np.cos(azimuth), np.zeros(views)], -1)
    return outward, right, np.cross(outward, right)
