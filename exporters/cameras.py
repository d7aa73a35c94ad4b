"""Cameras as computer vision writes them: intrinsics in pixels and camera-to-world matrices with OpenCV axes.

Models differ in `Intrinsics.rays`, `Intrinsics.project` and in what part of the picture they `covers` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..procgen.cameras.distortion import brown
from ..procgen.cameras.fisheye import fisheye

if TYPE_CHECKING:
    import bpy

    from ..procgen.cameras.radial import Radial

_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True)
class Intrinsics:
    """A lens: pixels per unit and principal point in pixels (centre of the first pixel at 0.5), clip distances in metres.

    `model` says what the unit is and what depth means: "pinhole" (x / z; z), "brown" (the same with `distortion` k1, k2, p1,
    p2, k3; z), "orthographic" (metres; z), "equirectangular" (radians of longitude and latitude, forward in the middle of the
    picture; distance from the camera), "fisheye" (radians from the axis, with `distortion` k1..k4; distance) and "equisolid"
    (2 sin of half that angle; distance). A fisheye sees up to `half_angle` radians from its axis.
    """

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
    model: str = "pinhole"
    distortion: tuple[float, ...] = ()
    half_angle: float = np.pi

    @property
    def is_fisheye(self) -> bool:
        return self.model in FISHEYES

    @property
    def coefficients(self) -> dict[str, float]:
        """The distortion by OpenCV's names."""
        names = {"brown": ("k1", "k2", "p1", "p2", "k3"), "fisheye": ("k1", "k2", "k3", "k4")}.get(self.model, ())
        return dict(zip(names, self.distortion, strict=True))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """K (3, 3): normalised coordinates of the model to pixels; for a pinhole, camera axes to pixels."""
        return np.array([[self.fl_x, 0, self.cx], [0, self.fl_y, self.cy], [0, 0, 1.0]])

    def centres(self) -> NDArray[np.float64]:
        """Return (H, W, 2): the pixel coordinates of every pixel's centre."""
        return np.stack(np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5), -1)

    def directions(self) -> NDArray[np.float64]:
        """Return (H, W, 3) camera-space directions through the pixel centres, of unit depth; not to be written to."""
        return _directions(self)

    def covers(self, pixels: NDArray[np.floating[Any]], margin: float = 0.0) -> NDArray[np.bool_]:
        """Return whether (...) places (..., 2) lie within a fisheye's image circle, made larger by a margin in pixels."""
        if not self.is_fisheye:
            return np.ones(pixels.shape[:-1], bool)
        away = np.hypot(pixels[..., 0] - self.cx, (pixels[..., 1] - self.cy) * (self.fl_x / self.fl_y))
        return np.asarray(away <= self.fl_x * self._fisheye(np.float64(self.half_angle)) + margin)

    def covered(self) -> NDArray[np.bool_]:
        """Return (H, W): the pixel's centre lies within the image circle. Elsewhere there is no picture, and no sky."""
        return self.covers(self.centres())

    @property
    def _fisheye(self) -> Radial:
        return fisheye(self.model, self.distortion)

    @property
    def chart(self) -> Intrinsics:
        """A lens that sees the same points at the same distances, in whose pictures straight lines bend not at all or as in a
        panorama: what looks for triangles before points works there.
        """
        if self.model == "brown":
            return replace(self, model="pinhole", distortion=())
        if not self.is_fisheye:
            return self
        width, height = int(np.ceil(2 * np.pi * self.fl_x)), int(np.ceil(np.pi * self.fl_y))
        scale = {"fl_x": width / (2 * np.pi), "fl_y": height / np.pi, "cx": width / 2, "cy": height / 2}
        return replace(self, width=width, height=height, **scale, model="equirectangular", distortion=())

    def rays(self, pixels: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return starts and directions (..., 3) in camera space: a point of depth d is at start + d * direction."""
        a, b = (pixels[..., 0] - self.cx) / self.fl_x, (pixels[..., 1] - self.cy) / self.fl_y
        one, zero = np.ones_like(a), np.zeros_like(a)
        if self.model == "orthographic":
            return np.stack([a, b, zero], -1), np.stack([zero, zero, one], -1)
        if self.model == "equirectangular":
            return np.zeros((*a.shape, 3)), np.stack([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)], -1)
        if self.is_fisheye:
            away = np.hypot(a, b)
            angle = self._fisheye.inverse(away)
            share = np.where(away > 0, np.sin(angle) / np.where(away > 0, away, 1.0), 1.0)
            return np.zeros((*a.shape, 3)), np.stack([a * share, b * share, np.cos(angle)], -1)
        if self.model == "brown":
            a, b = np.moveaxis(brown(self.distortion).straighten(np.stack([a, b], -1)), -1, 0)
        return np.zeros((*a.shape, 3)), np.stack([a, b, one], -1)

    def project(self, local: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pixels (..., 2) and depth (...) of camera-space points (..., 3); pixels mean nothing where depth <= 0."""
        x, y, depth = local[..., 0], local[..., 1], local[..., 2]
        if self.model == "orthographic":
            a, b = x, y
        elif self.model == "equirectangular":
            depth = np.sqrt(x * x + y * y + depth * depth)
            a, b = np.arctan2(x, local[..., 2]), np.arcsin(np.clip(y / np.maximum(depth, 1e-12), -1, 1))
        elif self.is_fisheye:
            aside = np.hypot(x, y)
            away = self._fisheye(np.arctan2(aside, depth))
            depth = np.sqrt(x * x + y * y + depth * depth)
            share = np.where(aside > 0, away / np.where(aside > 0, aside, 1.0), 0.0)
            a, b = x * share, y * share
        else:
            safe = np.where(np.abs(depth) < 1e-12, 1e-12, depth)
            a, b = x / safe, y / safe
            if self.model == "brown":
                a, b = np.moveaxis(brown(self.distortion).bend(np.stack([a, b], -1)), -1, 0)
        return np.stack([self.cx + self.fl_x * a, self.cy + self.fl_y * b], -1), depth

    def pixel_size(self, depth: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return how many metres across a pixel is at a depth (...)."""
        unit = 1.0 / min(self.fl_x, self.fl_y)
        return np.full(np.shape(depth), unit) if self.model == "orthographic" else np.abs(depth) * unit

    def from_pass(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the depth (H, W) of what Cycles calls depth: of a camera with a script that is the distance."""
        if self.model != "brown":
            return values
        return (values / np.linalg.norm(self.directions(), axis=-1)).astype(np.float32)

    def apart(self, start: NDArray[np.floating[Any]], end: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return how far apart places (..., 2) look, in pixels of the middle: meridians draw together at the poles."""
        way = self.step(start, end)
        if self.model == "equirectangular":
            way[..., 0] *= np.cos((start[..., 1] - self.cy) / self.fl_y)
        return np.asarray(np.linalg.norm(way, axis=-1))

    def step(self, start: NDArray[np.floating[Any]], end: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return end - start (..., 2) in pixels; a panorama goes the shorter way around."""
        way = np.asarray(end - start, np.float64)
        if self.model == "equirectangular":
            way[..., 0] -= self.width * np.rint(way[..., 0] / self.width)
        return way


FISHEYES = ("fisheye", "equisolid")
BENDING = ("brown", *FISHEYES)
"""Models in whose pictures straight lines bend, but for panoramas."""


@lru_cache(maxsize=4)
def _directions(lens: Intrinsics) -> NDArray[np.float64]:
    directions = lens.rays(lens.centres())[1]
    directions.flags.writeable = False
    return directions


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
    def chart(self) -> Camera:
        """The same camera with the lens `Intrinsics.chart`."""
        return replace(self, intrinsics=self.intrinsics.chart)

    @property
    def origin(self) -> NDArray[np.float64]:
        return self.camera_to_world[:3, 3]

    def to_camera(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return world points (..., 3) in camera axes."""
        return (points - self.origin) @ self.rotation

    def project(self, points: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pixels (..., 2) and depth (...) of world points (..., 3); pixels mean nothing where depth <= 0."""
        return self.intrinsics.project(self.to_camera(points))

    def unproject(self, pixels: NDArray[np.floating[Any]], depth: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return world points (..., 3) at pixels (..., 2) and depth (...)."""
        start, direction = self.intrinsics.rays(pixels)
        return (start + direction * depth[..., None]) @ self.rotation.T + self.origin

    def surface(self, depth: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the world points (H, W, 3) that the pixel centres show at a depth (H, W)."""
        return self.unproject(self.intrinsics.centres(), np.asarray(depth, np.float64))

    def distance(self, depth: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the length of the ray (H, W) to a depth (H, W), in metres."""
        return np.asarray(depth * np.linalg.norm(self.intrinsics.directions(), axis=-1))

    def view_directions(self) -> NDArray[np.float64]:
        """Return (H, W, 3) unit vectors in the world along the rays of the pixel centres."""
        directions = self.intrinsics.directions()
        return directions / np.linalg.norm(directions, axis=-1, keepdims=True) @ self.rotation.T

    def same_as(self, other: Camera) -> bool:
        return self.intrinsics == other.intrinsics and np.array_equal(self.camera_to_world, other.camera_to_world)


def opencv_to_opengl(camera_to_world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the axes of a camera-to-world matrix; the same call turns them back."""
    return camera_to_world @ _FLIP


def read_camera(scene: bpy.types.Scene, camera: bpy.types.Object, width: int, height: int) -> Camera:
    """Return the evaluated camera at the scene's current frame, for pictures of width x height pixels.

    Follows Blender's sensor fit, lens shift and pixel aspect; of cameras with a script, this package's lenses. Raises UserError
    for other scripts, and for panoramas that are not the whole sphere in equirectangular projection.
    """
    from ..compat import is_whole_panorama
    from ..procgen.cameras.lens_script import lens_of

    evaluated = camera.evaluated_get(scene.view_layers[0].depsgraph)
    data = evaluated.data
    stretch = scene.render.pixel_aspect_y / scene.render.pixel_aspect_x
    horizontal = data.sensor_fit == "HORIZONTAL" or (data.sensor_fit == "AUTO" and width >= stretch * height)
    sensor = data.sensor_height if data.sensor_fit == "VERTICAL" else data.sensor_width
    side = width if horizontal else stretch * height
    model = {"PERSP": "pinhole", "ORTHO": "orthographic", "PANO": "equirectangular"}.get(data.type, "")
    focal = {"pinhole": data.lens / sensor * side, "orthographic": side / data.ortho_scale}.get(model, width / (2 * np.pi))
    across, down = focal, focal / stretch
    centre = (width / 2 - data.shift_x * side, height / 2 + data.shift_y * side / stretch)
    bent = lens_of(data)
    distortion: tuple[float, ...] = ()
    half_angle = np.pi
    if bent is not None:
        model, share, half_angle, distortion = bent
        across = down = share * width
        centre = (width / 2, height / 2)
    elif model == "equirectangular" and is_whole_panorama(data):
        down, centre = height / np.pi, (width / 2, height / 2)
    elif model not in ("pinhole", "orthographic"):
        raise UserError(
            f"camera {camera.name!r}: of panoramas only the whole sphere in equirectangular projection, and of camera scripts "
            "only wildfield's lenses, have exact truth here; choose those, or a perspective camera"
        )
    clip = (data.clip_start, data.clip_end)
    lens = Intrinsics(width, height, across, down, *centre, data.lens, sensor, *clip, model, distortion, half_angle)
    matrix = np.array(evaluated.matrix_world, np.float64)
    matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
    return Camera(lens, matrix @ _FLIP)


_LENS = ("fl_x", "fl_y", "cx", "cy", "lens_mm", "sensor_mm", "near", "far")
"""What may change from frame to frame; the model and the size of the pictures may not."""


def camera_json(name: str, frames: list[tuple[int, float, Camera]]) -> dict[str, Any]:
    """Return the content of camera.json for (frame, seconds, camera) triples.

    The lens of the first frame stands at the top; a frame repeats what of it has changed since.
    """
    first = frames[0][2].intrinsics
    described = []
    for frame, seconds, camera in frames:
        lens = {key: getattr(camera.intrinsics, key) for key in _LENS if getattr(camera.intrinsics, key) != getattr(first, key)}
        described.append({"frame": frame, "time_s": seconds, "camera_to_world": camera.camera_to_world.tolist(), **lens})
    head: dict[str, Any] = {"name": name, "model": first.model, "width": first.width, "height": first.height}
    head |= {"distortion": list(first.distortion)} if first.distortion else {}
    head |= {"half_angle": first.half_angle} if first.is_fisheye else {}
    return head | {key: getattr(first, key) for key in _LENS} | {"frames": described}


def cameras_from_json(content: dict[str, Any]) -> dict[int, Camera]:
    """Read camera.json back: frame -> camera."""
    cameras = {}
    for item in content["frames"]:
        lens = {key: item.get(key, content[key]) for key in _LENS}
        more = {"distortion": tuple(content.get("distortion", ())), "half_angle": content.get("half_angle", np.pi)}
        intrinsics = Intrinsics(content["width"], content["height"], **lens, model=content["model"], **more)
        cameras[item["frame"]] = Camera(intrinsics, np.array(item["camera_to_world"]))
    return cameras


def times_from_json(content: dict[str, Any]) -> dict[int, float]:
    """Read the seconds of camera.json: frame -> time since the first frame."""
    return {item["frame"]: item["time_s"] for item in content["frames"]}
