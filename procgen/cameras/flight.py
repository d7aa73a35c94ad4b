"""A fly-through: up from the bank and out along a wide circle, over the water first, clear of the ground and of its trees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..scene_spec import CameraSpec, RenderSpec
from .looking import Candidates
from .trajectory import GRAVITY, Floats, Look, Trajectory
from .view import Height

FASTER = 5.0
"""How much faster than `camera.speed` it flies."""
TREES = 27.0
"""Metres: no tree is higher."""
_RADIUS = 60.0
"""Of the circle, m: so that a world is needed around one place only."""
_CLIMB, _CLIMB_LENGTH = 24.0, 70.0
"""Metres that it rises in the end, and over about what way."""
_CLEARANCE, _GLADE = 7.0, 35.0
"""Metres above the eye's usual height over ground and water; how far from the start no wood stands, where that is enough."""
_DOWN, _DOWN_HIGH, _MOST_BANK = np.radians(5.0), np.radians(9.0), np.radians(15.0)
"""How far below the usual pitch it looks at first, what is added high up, and the most it banks."""
_TRIED = 12
"""Places that are tried, the best first."""


@dataclass(frozen=True)
class Flight(Trajectory):
    """Flight on a circle of `radius` m to one `side` (1 right, -1 left) from `start` (3,) m, banked as the turn asks."""

    start: Floats
    heading: float
    pitch: float
    side: float
    radius: float
    speed: float
    frame_rate: float

    def look(self, frame: ArrayLike) -> Look:
        way = self.speed * (np.asarray(frame, np.float64) - 1) / self.frame_rate
        heading = self.heading + self.side * way / self.radius
        risen = np.tanh(way / _CLIMB_LENGTH)
        place = np.stack(
            [
                self.side * self.radius * (np.cos(self.heading) - np.cos(heading)),
                self.side * self.radius * (np.sin(heading) - np.sin(self.heading)),
                _CLIMB * risen,
            ],
            -1,
        )
        bank = min(float(np.arctan(self.speed**2 / (GRAVITY * self.radius))), _MOST_BANK)
        return Look(self.start + place, heading, self.pitch - _DOWN_HIGH * risen, -self.side * bank + 0.0 * way)


def find_flight(height: Height, found: Candidates, camera: CameraSpec, render: RenderSpec, margin: int) -> Flight:
    """Return the flight that may stay lowest among those from the best places, each to either side."""
    frames = np.linspace(1 - margin, render.frames + margin, 200)
    speed = FASTER * camera.speed
    lifts, flights = [], []
    for eye, heading, pitch, side in zip(found.eyes, found.headings, found.pitches, found.sides, strict=True):
        for turn in (side, -side):
            flight = Flight(eye, float(heading), float(pitch) - _DOWN, float(turn), _RADIUS, speed, render.frame_rate)
            track = flight.look(frames).eye
            lifts.append(float((_floor(height, track, eye) + camera.height - track[:, 2]).max()))
            flights.append(flight)
        if len(flights) >= 2 * _TRIED:
            break
    lowest = int(np.argmin(lifts))
    return replace(flights[lowest], start=flights[lowest].start + np.array([0.0, 0.0, lifts[lowest]]))


def above_trees(height: Height, eyes: Floats) -> Floats:
    """Return by how much eyes (K, 3) stay above trees (K,) m that grow within a crown's width of them; 0 where lower."""
    return np.maximum(eyes[:, 2] - _highest(height, eyes) - TREES, 0.0)


def _floor(height: Height, track: Floats, start: Floats) -> Floats:
    """Return the lowest level (N,) m for a flight over track (N, 3): over the ground, and over woods that may stand there."""
    ground = _highest(height, track)
    away = np.linalg.norm(track[:, :2] - start[:2], axis=1)
    wooded = (ground > 0.5) & (away > _GLADE)
    return np.maximum(ground, 0.0) + np.where(wooded, TREES + 1.0, _CLEARANCE)


def _highest(height: Height, places: Floats) -> Floats:
    """Return the highest ground (N,) m below places (N, 3) and on a ring of 9 m around them."""
    angle = np.arange(8) * (np.pi / 4)
    ring = 9.0 * np.concatenate([np.zeros((1, 2)), np.stack([np.sin(angle), np.cos(angle)], 1)])
    x, y = (places[:, None, axis] + ring[:, axis] for axis in range(2))
    return height(x.astype(np.float32), y.astype(np.float32)).max(1).astype(np.float64)
