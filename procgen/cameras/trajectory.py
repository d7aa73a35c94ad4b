"""How cameras move: every trajectory is a function of continuous time, counted in frames, from which keys and IMU follow.

World frame: metres, z up. Headings are radians clockwise from +y, pitches upward from the horizon, rolls counter-clockwise
as seen from behind the camera. Frame 1 is time 0. All arithmetic is float64.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

GRAVITY = 9.80665
"""Standard gravity, m/s2, along -z."""


class Look(NamedTuple):
    """Where cameras stand and look: eye (..., 3) m; heading, pitch and roll (...,) rad."""

    eye: Floats
    heading: Floats
    pitch: Floats
    roll: Floats

    @property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors (..., 3) in the world: to the right and up in the picture, and ahead."""
        sin_h, cos_h = np.sin(self.heading), np.cos(self.heading)
        sin_p, cos_p = np.sin(self.pitch), np.cos(self.pitch)
        ahead = np.stack([sin_h * cos_p, cos_h * cos_p, sin_p * np.ones_like(sin_h)], -1)
        level = np.stack([cos_h, -sin_h, np.zeros_like(sin_h)], -1)
        upward = np.stack([-sin_h * sin_p, -cos_h * sin_p, cos_p * np.ones_like(sin_h)], -1)
        sin_r, cos_r = np.sin(self.roll)[..., None], np.cos(self.roll)[..., None]
        return level * cos_r + upward * sin_r, upward * cos_r - level * sin_r, ahead

    @property
    def euler(self) -> Floats:
        """The same as Blender's XYZ Euler angles of a camera object, (..., 3) rad; continuous while |roll| < 90 degrees."""
        tilt = np.pi / 2 + self.pitch
        sin_t, cos_t, sin_r, cos_r = np.sin(tilt), np.cos(tilt), np.sin(self.roll), np.cos(self.roll)
        x = np.where(self.roll == 0, tilt, np.arctan2(sin_t * cos_r, cos_t))
        return np.stack([x, -np.arcsin(sin_t * sin_r), np.arctan2(cos_t * sin_r, cos_r) - self.heading], -1)


class Trajectory(ABC):
    """The motion of one camera."""

    @abstractmethod
    def look(self, frame: ArrayLike) -> Look:
        """Return where the camera stands and looks at frames (...), whole or between."""

    def pose(self, frame: ArrayLike) -> tuple[Floats, Floats]:
        """Return eye (..., 3) m and rotation (..., 3, 3), camera to world with OpenCV axes (x right, y down, z ahead)."""
        look = self.look(frame)
        right, up, ahead = look.axes
        return look.eye, np.stack([right, -up, ahead], -1)


@dataclass(frozen=True)
class Still(Trajectory):
    """A camera that stands: eye (3,) m, heading and pitch rad."""

    eye: Floats
    heading: float
    pitch: float

    def look(self, frame: ArrayLike) -> Look:
        nothing = np.zeros(np.shape(frame))
        return Look(self.eye + nothing[..., None], self.heading + nothing, self.pitch + nothing, nothing)


@dataclass(frozen=True)
class Beside(Trajectory):
    """A camera fixed to another's, `aside` metres to its right."""

    other: Trajectory
    aside: float

    def look(self, frame: ArrayLike) -> Look:
        look = self.other.look(frame)
        return look._replace(eye=look.eye + look.axes[0] * self.aside)


@dataclass(frozen=True)
class Levelled(Trajectory):
    """Another's motion with the horizon kept level and in the middle, as a gimbal does."""

    other: Trajectory

    def look(self, frame: ArrayLike) -> Look:
        look = self.other.look(frame)
        return look._replace(pitch=0.0 * look.pitch, roll=0.0 * look.roll)


@dataclass(frozen=True)
class Turntable(Trajectory):
    """Once around `middle` (3,) m in `frames` frames, anticlockwise from above, `distance` m away, `elevation` rad above it.

    At frame 1 it looks along +y; at frame `frames` + 1 it would be there again.
    """

    middle: Floats
    distance: float
    elevation: float
    frames: int

    def look(self, frame: ArrayLike) -> Look:
        azimuth = 2 * np.pi * (np.asarray(frame, np.float64) - 1) / self.frames - np.pi / 2
        flat, rise = np.cos(self.elevation), np.full_like(azimuth, np.sin(self.elevation))
        outward = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), rise], -1)
        nothing = np.zeros_like(azimuth)
        return Look(self.middle + self.distance * outward, -np.pi / 2 - azimuth, nothing - self.elevation, nothing)
