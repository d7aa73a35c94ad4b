"""A spinning LiDAR: where its beams point, and from what each of them met, the returns of a sweep.

A turn is one moment: all beams measure at the frame's own time, without the skew that motion gives to a real sweep. Its beams
are the pixels of an equirectangular truth render that is limited in latitude, so ranges and ids are as exact as those of a
camera (`lidar_scan` makes it). Sensor axes are those of KITTI's Velodyne: x forward, y left, z up. The sensor is level at the
first frame, and fixed to its camera from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.rng import stream
from ..procgen.scene_spec import LidarSpec
from .cameras import Camera, Intrinsics
from .motion import Moment, Topology, moved
from .visibility import Pixels, View, pixels_where

Sweep = dict[str, NDArray[Any]]
"""The returns of a turn, arrays of N as `layout.LIDAR` describes them, ring by ring from the highest."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Of linear Rec. 709 colours."""
_CAMERA_AXES = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Columns: the axes of an OpenCV camera that looks along x, in the sensor's axes."""


@dataclass(frozen=True)
class Lidar:
    """How a sensor is built: `beams` evenly spaced from `lowest` to `highest` degrees, `steps` a turn, `range` in metres."""

    beams: int
    steps: int
    lowest: float
    highest: float
    range: float

    @classmethod
    def of(cls, spec: LidarSpec) -> Lidar:
        return cls(spec.beams, spec.steps, spec.lowest, spec.highest, spec.range)

    @property
    def spacing(self) -> float:
        """The angle between two beams, radians."""
        return float(np.radians(self.highest - self.lowest)) / (self.beams - 1)

    @property
    def latitudes(self) -> tuple[float, float]:
        """Where the picture begins and ends whose rows are the beams, radians."""
        return float(np.radians(self.lowest)) - self.spacing / 2, float(np.radians(self.highest)) + self.spacing / 2

    @property
    def lens(self) -> Intrinsics:
        """The equirectangular picture whose pixel in row `ring` and column `column` is one measurement."""
        across, down = self.steps / (2 * np.pi), 1 / self.spacing
        return Intrinsics(
            self.steps, self.beams, across, down, self.steps / 2, self.latitudes[1] * down, 0.0, 0.0, 0.0, self.range,
            model="equirectangular",
        )  # fmt: skip

    def directions(self, ring: NDArray[np.integer[Any]], column: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return unit vectors (N, 3) along beams, in the sensor's axes."""
        return self.lens.rays(np.stack([column, ring], -1) + 0.5)[1] @ _CAMERA_AXES.T

    def azimuth(self, column: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return the angle (N,) of columns about z from straight ahead, radians, positive to the left."""
        return np.pi - (column + 0.5) * (2 * np.pi / self.steps)

    def image(self, sweep: Sweep, name: str) -> NDArray[Any]:
        """Return one of a sweep's arrays as the picture (beams, steps) that it was measured in; 0 where nothing came back."""
        picture = np.zeros((self.beams, self.steps, *sweep[name].shape[1:]), sweep[name].dtype)
        picture[sweep["ring"], sweep["column"]] = sweep[name]
        return picture

    def camera(self, pose: NDArray[np.float64]) -> Camera:
        """Return the camera whose picture is a turn of a sensor that stands at `pose` (4, 4), sensor to world."""
        matrix = pose.copy()
        matrix[:3, :3] = pose[:3, :3] @ _CAMERA_AXES
        return Camera(self.lens, matrix)


def pose_of(camera: Camera) -> NDArray[np.float64]:
    """Return the pose (4, 4), sensor to world, of the sensor that a camera of `Lidar.camera` stands for."""
    pose = camera.camera_to_world.copy()
    pose[:3, :3] = camera.rotation @ _CAMERA_AXES.T
    return pose


def mounting(camera: Camera, above: float) -> NDArray[np.float64]:
    """Return the matrix (4, 4), sensor to camera, of a sensor that is level and `above` m over a camera, and looks its way."""
    ahead = camera.rotation[:, 2] * [1.0, 1.0, 0.0]
    ahead /= np.linalg.norm(ahead)
    up = np.array([0.0, 0.0, 1.0])
    pose = np.eye(4)
    pose[:3] = np.column_stack([ahead, np.cross(up, ahead), up, camera.origin + above * up])
    return camera.world_to_camera @ pose


@dataclass(frozen=True)
class Mounted:
    """The sensor of a dataset's scene: the `camera` that carries it, `to_camera` (4, 4) from sensor to camera axes, and where
    it was, `poses` (4, 4) to the world by frame: also those of the frames before the first and after the last.
    """

    lidar: Lidar
    camera: str
    to_camera: NDArray[np.float64]
    poses: dict[int, NDArray[np.float64]]

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Mounted:
        """Read lidar.json."""
        lidar = Lidar(*(content[key] for key in ("beams", "steps", "lowest", "highest", "range")))
        poses = {item["frame"]: np.array(item["lidar_to_world"]) for item in content["frames"]}
        return cls(lidar, content["camera"], np.array(content["lidar_to_camera"]), poses)


@dataclass(frozen=True)
class Station:
    """A sensor at one moment: its `pose` (4, 4) to the world, and where everything else was."""

    pose: NDArray[np.float64]
    moment: Moment


def returns(
    lidar: Lidar,
    view: View,
    surface: Mapping[str, NDArray[Any]],
    beside: tuple[Station, Station],
    seconds: float,
    topologies: Mapping[int, Topology],
) -> Sweep:
    """Return the sweep of what the beams met.

    `view` is the picture of `Lidar.camera`, `surface` its maps albedo, class and material, `beside` the stations one frame
    before and after, each `seconds` away.

    The reflectance is the luminance of the base colour, for none in the near infra-red is known, times the cosine of the angle
    at which the beam meets the geometry. The radial velocity is the part along the beam of how the surface point moves against
    the sensor, a central difference; it is one-sided where a thing comes or goes.
    """
    pixels = pixels_where((view.instance > 0) & (view.depth <= lidar.range))
    ring, column = pixels
    points, away = view.points(pixels), lidar.directions(ring, column)
    ray = away @ pose_of(view.camera)[:3, :3].T
    facing = -(ray * view.normal[pixels]).sum(1)
    speed = _velocity(view, pixels, beside, seconds, topologies)
    distance = view.depth[pixels]
    return {
        "xyz": (away * distance[:, None]).astype(np.float32),
        "range": distance,
        "ring": ring.astype(np.uint16),
        "column": column.astype(np.uint16),
        "azimuth": lidar.azimuth(column).astype(np.float32),
        "reflectance": (surface["albedo"][pixels] @ _LUMINANCE * facing).clip(0.0, 1.0).astype(np.float32),
        "radial_velocity": (speed * ray).sum(1).astype(np.float32),
        "instance": points.thing,
        "class": surface["class"][pixels],
        "material": surface["material"][pixels],
    }


def _velocity(
    view: View, pixels: Pixels, beside: tuple[Station, Station], seconds: float, topologies: Mapping[int, Topology]
) -> NDArray[np.float64]:
    """Return how the surface points of pixels move against the sensor, (N, 3) m/s in the world."""
    points = view.points(pixels)
    ends, time = [], np.zeros(len(points.where))
    for station in beside:
        there, exists = moved(points, view.moment, station.moment, topologies)
        against = (there - points.where) - (station.pose[:3, 3] - view.camera.origin)
        ends.append(np.where(exists[:, None], against, 0.0))
        time += exists * seconds
    return (ends[1] - ends[0]) / np.where(time > 0, time, 1.0)[:, None]


def measured(lidar: Lidar, sweep: Sweep, noise: float, dropout: float, seed: int, frame: int) -> Sweep:
    """Return a sweep as a sensor with faults tells it: ranges off by a normal error of `noise` m, a share `dropout` lost.

    Where there is noise, `range` and `xyz` have it, and `range_clean` has it not.
    """
    rng = stream(seed, "lidar", str(frame))
    error, luck = rng.normal(size=len(sweep["range"])), rng.random(len(sweep["range"]))
    kept = {name: values[luck >= dropout] for name, values in sweep.items()}
    if noise == 0:
        return kept
    off = np.maximum(kept["range"] + noise * error[luck >= dropout], 0.0).astype(np.float32)
    away = lidar.directions(kept["ring"], kept["column"])
    return kept | {"xyz": (away * off[:, None]).astype(np.float32), "range": off, "range_clean": kept["range"]}
