"""An orthographic camera that flies over the land and looks straight down, as maps are made, and what it sees.

Its rays are parallel, so all that it sees looks as far away as everything else: as far as a usual camera would stand to have
pixels of that size on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..scene_spec import CameraSpec, RenderSpec
from .flight import FASTER, TREES
from .looking import Candidates
from .optics import perspective
from .trajectory import Floats, Look, Trajectory
from .view import Height, Sight, View

WIDTH = 120.0
"""Metres that a picture is wide where the spec does not say."""
_TURN_BACK = 60.0
"""Metres from the middle after which a long flight comes back, so that a world is needed around one place only."""
_ABOVE = 25.0
"""Metres between the highest tree that may stand below and the camera."""
_BESIDE = 12.0
"""Metres of land beside the pictures on which things are kept, for shadows and for crowns that lean in."""
_PROBE = 48
"""Places a side at which the height of the land below is asked."""
_STANDS, _TALL = 20.0, 3.0
"""Height in metres from which water is cut as finely as from any camera, and widths of a picture above the ground from where
it looks nearly the same in perspective."""


@dataclass(frozen=True)
class Overflight(Trajectory):
    """Straight flight at one height, there and back along a sine, at first at full speed; `heading` is up in the picture."""

    start: Floats
    heading: float
    speed: float
    frame_rate: float

    @property
    def ahead(self) -> Floats:
        return np.array([np.sin(self.heading), np.cos(self.heading), 0.0])

    def way(self, frame: ArrayLike) -> Floats:
        """Return how far (...) m from the start it is at frames (...)."""
        turned = self.speed * (np.asarray(frame, np.float64) - 1) / self.frame_rate / _TURN_BACK
        return np.asarray(_TURN_BACK * np.sin(turned))

    def look(self, frame: ArrayLike) -> Look:
        way = self.way(frame)
        nothing = 0.0 * way
        return Look(self.start + self.ahead * way[..., None], self.heading + nothing, nothing - np.pi / 2, nothing)


@dataclass(frozen=True)
class Overhead(View):
    """What is seen from straight above K places: pictures of `size` (width, height) m, the heading up in them."""

    size: tuple[float, float] = (WIDTH, WIDTH)

    @property
    def from_above(self) -> bool:
        return True

    @property
    def pixels(self) -> int:
        flown = float(np.linalg.norm(np.ptp(self.eyes[:, :2], axis=0)))
        return round(self.lens.width * self.lens.height * (1 + flown / self.size[1]))

    @property
    def away(self) -> float:
        """How far away all things look, metres."""
        return self.size[0] / self.lens.width / self.lens.pixel_angle

    @property
    def nearest_ground(self) -> float:
        return 0.5 * self.away

    def sights(self) -> list[Sight]:
        rise = np.array([0.0, 0.0, _TALL * self.size[0]])
        angle = 2.0 * float(np.arctan(0.5 / _TALL))
        return [
            Sight(tuple(self.eyes[i] + rise), float(self.headings[i]), -np.pi / 2, angle, self.lens.width, self.lens.height)
            for i in self.chosen
        ]

    def distance(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.full(np.shape(x), self.away, np.float32)

    def sees(self, x: NDArray[np.floating], y: NDArray[np.floating], margin: float) -> NDArray[np.bool_]:
        """Return what lies below a picture, or within `margin` metres and a little more beside it."""
        seen = np.zeros(np.shape(x), bool)
        across, along = (0.5 * side + _BESIDE + margin for side in self.size)
        for eye, heading in zip(self.eyes, self.headings, strict=True):
            east, north = x - np.float32(eye[0]), y - np.float32(eye[1])
            ahead = east * np.float32(np.sin(heading)) + north * np.float32(np.cos(heading))
            aside = east * np.float32(np.cos(heading)) - north * np.float32(np.sin(heading))
            seen |= (np.abs(aside) < across) & (np.abs(ahead) < along)
        return seen

    def beside(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.zeros(np.shape(x), np.float32)

    def around(self, radius: NDArray[np.floating], rng: np.random.Generator) -> tuple[NDArray[np.floating], ...]:
        """Return as many points x, y as there are radii, evenly over the pictures, and how far away they look."""
        index = (rng.random(len(radius)) * len(self.eyes)).astype(int)
        aside, ahead = ((rng.random(len(radius)) - 0.5) * (side + _BESIDE) for side in self.size)
        sine, cosine = np.sin(self.headings[index]), np.cos(self.headings[index])
        x = (self.eyes[index, 0] + aside * cosine + ahead * sine).astype(np.float32)
        y = (self.eyes[index, 1] - aside * sine + ahead * cosine).astype(np.float32)
        return x, y, self.distance(x, y)

    def box(self, reach: float) -> tuple[float, float, float, float]:
        """Return the box around all that is seen, however far that reaches."""
        aside = 0.5 * float(np.hypot(*self.size)) + 2 * _BESIDE
        (west, south), (east, north) = self.eyes[:, :2].min(0) - aside, self.eyes[:, :2].max(0) + aside
        return float(west), float(south), float(east), float(north)


def overhead(height: Height, found: Candidates, camera: CameraSpec, render: RenderSpec) -> tuple[Overflight, Overhead]:
    """Return a flight over the best place to stand, across the view from there, above all that may grow below, and what it sees
    from the moment before the first frame to the one after the last.
    """
    width = camera.ortho_width or WIDTH
    size = (width, width * render.height / render.width)
    heading = float(found.headings[0] + found.sides[0] * np.pi / 2)
    flight = Overflight(np.array([*found.eyes[0, :2], 0.0]), heading, FASTER * camera.speed, render.frame_rate)
    ways = flight.way(np.arange(1 - render.flow_step, render.frames + render.flow_step + 1))
    count = 1 + int(np.ceil(np.ptp(ways) / (0.5 * size[1])))
    places = flight.start + flight.ahead * np.linspace(ways.min(), ways.max(), count)[:, None]
    lens = perspective(camera, render)
    ground = np.maximum(height(places[:, 0].astype(np.float32), places[:, 1].astype(np.float32)), 0.0)
    eyes = np.append(places[:, :2], (ground + _STANDS)[:, None], 1).astype(np.float64)
    headings = np.full(len(eyes), heading)
    view = Overhead(eyes, headings, np.zeros(len(eyes)), lens, _STANDS, apart=True, facing=heading, size=size)
    west, south, east, north = view.box(0.0)
    x, y = (
        grid.ravel().astype(np.float32)
        for grid in np.meshgrid(np.linspace(west, east, _PROBE), np.linspace(south, north, _PROBE))
    )
    level = max(float(height(x, y).max()), 0.0) + TREES + _ABOVE
    return Overflight(flight.start + np.array([0.0, 0.0, level]), heading, flight.speed, flight.frame_rate), view
