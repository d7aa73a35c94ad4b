"""Cameras as computer vision writes them: intrinsics in pixels and camera-to-world matrices with OpenCV axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

if TYPE_CHECKING:
    import bpy

_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole: focal lengths and principal point in pixels (centre of the first pixel at 0.5), clip distances in metres."""

    width: int
    height: int
    fl_x: float
    fl_y: float
    cx: float
    cy: float
    lens_mm: float
    sensor_mm: float
    near: float
    far: float

    @property
    def matrix(self) -> NDArray[np.float64]:
        """K (3, 3): camera axes (x right, y down, z forward) to pixels."""
        return np.array([[self.fl_x, 0, self.cx], [0, self.fl_y, self.cy], [0, 0, 1.0]])

    def directions(self) -> NDArray[np.float64]:
        """Return (H, W, 3) camera-space directions through the pixel centres, z = 1."""
        y, x = np.mgrid[0 : self.height, 0 : self.width] + 0.5
        return np.stack([(x - self.cx) / self.fl_x, (y - self.cy) / self.fl_y, np.ones_like(x)], -1)


@dataclass(frozen=True)
class Camera:
    """One camera at one time. `camera_to_world` (4, 4) has OpenCV axes, without scale."""

    intrinsics: Intrinsics
    camera_to_world: NDArray[np.float64]

    @property
    def world_to_camera(self) -> NDArray[np.float64]:
        return np.linalg.inv(self.camera_to_world)

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3), camera to world."""
        return self.camera_to_world[:3, :3]

    @property
    def origin(self) -> NDArray[np.float64]:
        return self.camera_to_world[:3, 3]

    def to_camera(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return world points (..., 3) in camera axes; z is the planar depth in metres."""
        return (points - self.origin) @ self.rotation

    def project(self, points: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pixels (..., 2) and planar depth (...) of world points (..., 3); pixels mean nothing where depth <= 0."""
        local = self.to_camera(points)
        depth = local[..., 2]
        safe = np.where(np.abs(depth) < 1e-12, 1e-12, depth)
        k = self.intrinsics
        return np.stack([k.cx + k.fl_x * local[..., 0] / safe, k.cy + k.fl_y * local[..., 1] / safe], -1), depth

    def unproject(self, pixels: NDArray[np.floating[Any]], depth: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return world points (..., 3) at pixels (..., 2) and planar depth (...)."""
        k = self.intrinsics
        x = (pixels[..., 0] - k.cx) / k.fl_x
        y = (pixels[..., 1] - k.cy) / k.fl_y
        return np.stack([x * depth, y * depth, depth], -1) @ self.rotation.T + self.origin

    def same_as(self, other: Camera) -> bool:
        return self.intrinsics == other.intrinsics and np.array_equal(self.camera_to_world, other.camera_to_world)


def opencv_to_opengl(camera_to_world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the axes of a camera-to-world matrix; the same call turns them back."""
    return camera_to_world @ _FLIP


def read_camera(scene: bpy.types.Scene, camera: bpy.types.Object, width: int, height: int) -> Camera:
    """Return the evaluated camera at the scene's current frame, for pictures of width x height pixels.

    Follows Blender's sensor fit, lens shift and pixel aspect. Raises UserError for orthographic and panoramic cameras.
    """
    evaluated = camera.evaluated_get(scene.view_layers[0].depsgraph)
    data = evaluated.data
    if data.type != "PERSP":
        raise UserError(f"camera {camera.name!r} is {data.type.lower()}: exact truth is written for perspective cameras only")
    stretch = scene.render.pixel_aspect_y / scene.render.pixel_aspect_x
    horizontal = data.sensor_fit == "HORIZONTAL" or (data.sensor_fit == "AUTO" and width >= stretch * height)
    sensor = data.sensor_height if data.sensor_fit == "VERTICAL" else data.sensor_width
    side = width if horizontal else stretch * height
    focal = data.lens / sensor * side
    intrinsics = Intrinsics(
        width, height, focal, focal / stretch,
        width / 2 - data.shift_x * side, height / 2 + data.shift_y * side / stretch,
        data.lens, sensor, data.clip_start, data.clip_end,
    )  # fmt: skip
    matrix = np.array(evaluated.matrix_world, np.float64)
    matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
    return Camera(intrinsics, matrix @ _FLIP)


def camera_json(name: str, frames: list[tuple[int, float, Camera]]) -> dict[str, Any]:
    """Return the content of camera.json for (frame, seconds, camera) triples. Raises UserError where the lens zooms."""
    first = frames[0][2].intrinsics
    if any(camera.intrinsics != first for _, _, camera in frames):
        raise UserError(f"camera {name!r} changes its lens over time: use a lens that stays the same")
    return {
        "name": name, "width": first.width, "height": first.height, "model": "pinhole",
        "fl_x": first.fl_x, "fl_y": first.fl_y, "cx": first.cx, "cy": first.cy,
        "lens_mm": first.lens_mm, "sensor_mm": first.sensor_mm, "near": first.near, "far": first.far,
        "frames": [
            {"frame": frame, "time_s": seconds, "camera_to_world": camera.camera_to_world.tolist()}
            for frame, seconds, camera in frames
        ],
    }  # fmt: skip


def cameras_from_json(content: dict[str, Any]) -> dict[int, Camera]:
    """Read camera.json back: frame -> camera."""
    names = ("width", "height", "fl_x", "fl_y", "cx", "cy", "lens_mm", "sensor_mm", "near", "far")
    intrinsics = Intrinsics(**{name: content[name] for name in names})
    return {item["frame"]: Camera(intrinsics, np.array(item["camera_to_world"])) for item in content["frames"]}
