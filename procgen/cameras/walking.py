"""On foot: a smooth stroll, the steps of a walk, and the tremor of a hand that holds the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .trajectory import Floats, Look, Trajectory

TURN_BACK = 8.0
"""Metres from the middle after which a long path comes back, so that a world is needed around one place only."""

_BOB, _SWAY, _NOD, _LEAN = 0.024, 0.020, np.radians(0.9), np.radians(0.7)
"""Half the way of the head up and down and to the sides, m, and its half angles of pitch and roll, in a walk at about 1.3 m/s
(Hirasaki et al. 1999, Effects of walking velocity on vertical head and body movements: the head pitches against the bob)."""
_CADENCE, _USUAL_SPEED, _FASTEST_CADENCE = 1.8, 1.3, 3.2
"""Steps a second at the usual walking speed in m/s, and the most."""

_TREMOR_BAND, _TREMOR_WAVES = (0.4, 9.0), 24
"""Lowest and highest frequency in Hz of a hand's unrest (sway of the body to physiological tremor), and sines a coordinate."""
_TREMOR_PLACE, _TREMOR_ANGLE = 0.005, np.radians(0.35)
"""Root mean square of the tremor in each coordinate, m, and in each angle, rad."""


@dataclass(frozen=True)
class Stroll(Trajectory):
    """A gentle straight path: the eye is at `start` + `direction` * way, (3,) metres, and turns by `turn` rad a metre."""

    start: Floats
    direction: Floats
    heading: float
    pitch: float
    turn: float
    speed: float
    frame_rate: float

    def seconds(self, frame: ArrayLike) -> Floats:
        """Return the time since frame 1."""
        return (np.asarray(frame, np.float64) - 1) / self.frame_rate

    def look(self, frame: ArrayLike) -> Look:
        """A path goes there and back along a sine, at first at full speed."""
        way = TURN_BACK * np.sin(self.speed * (np.asarray(frame, np.float64) - 1) / self.frame_rate / TURN_BACK)
        eye = self.start + self.direction * way[..., None]
        return Look(eye, self.heading + self.turn * way, self.pitch + 0.0 * way, 0.0 * way)


@dataclass(frozen=True)
class Walk(Trajectory):
    """A stroll with steps: the head bobs at every step, sways and leans at every second, from `phase` rad on.

    Steps come faster with speed, by its square root, and fade where the path turns back.
    """

    path: Stroll
    phase: float

    def look(self, frame: ArrayLike) -> Look:
        look, seconds, speed = self.path.look(frame), self.path.seconds(frame), self.path.speed
        cadence = min(_CADENCE * (speed / _USUAL_SPEED) ** 0.5, _FASTEST_CADENCE)
        step = 2 * np.pi * cadence * seconds + self.phase
        strength = np.cos(speed * seconds / TURN_BACK) ** 2
        bob, stride = strength * np.sin(step), strength * np.sin(step / 2)
        right = np.stack([np.cos(look.heading), -np.sin(look.heading), np.zeros_like(bob)], -1)
        eye = look.eye + right * (_SWAY * stride)[..., None] + np.array([0.0, 0.0, _BOB]) * bob[..., None]
        return Look(eye, look.heading, look.pitch - _NOD * bob, look.roll - _LEAN * stride)


@dataclass(frozen=True)
class Handheld(Trajectory):
    """A stroll with band-limited noise on x, y, z, heading, pitch and roll: a sum of sines.

    frequency (N,) Hz; amplitude (6, N) m or rad; phase (6, N) rad.
    """

    path: Stroll
    frequency: Floats
    amplitude: Floats
    phase: Floats

    def look(self, frame: ArrayLike) -> Look:
        look, seconds = self.path.look(frame), self.path.seconds(frame)
        waves = np.sin(2 * np.pi * self.frequency * seconds[..., None, None] + self.phase)
        shake = (self.amplitude * waves).sum(-1)
        heading, pitch, roll = (angle + shake[..., 3 + i] for i, angle in enumerate((look.heading, look.pitch, look.roll)))
        return Look(look.eye + shake[..., :3], heading, pitch, roll)


def walk(path: Stroll, rng: np.random.Generator) -> Walk:
    """Return the path at a walk that starts anywhere in a step."""
    return Walk(path, float(rng.uniform(0, 2 * np.pi)))


def handheld(path: Stroll, rng: np.random.Generator) -> Handheld:
    """Return the path with a tremor of its own: amplitudes fall with the frequency, phases are random."""
    low, high = _TREMOR_BAND
    frequency = low * (high / low) ** ((np.arange(_TREMOR_WAVES) + rng.random(_TREMOR_WAVES)) / _TREMOR_WAVES)
    amplitude = rng.uniform(0.4, 1.0, (6, _TREMOR_WAVES)) / frequency
    amplitude *= np.sqrt(2) / np.linalg.norm(amplitude, axis=1, keepdims=True)
    amplitude *= np.repeat([_TREMOR_PLACE, _TREMOR_ANGLE], 3)[:, None]
    return Handheld(path, frequency, amplitude, rng.uniform(0, 2 * np.pi, amplitude.shape))
