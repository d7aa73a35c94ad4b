"""What a camera may see from anywhere on its path, in plain NumPy: for thinning, level of detail and clearance.

Headings are radians clockwise from +y, elevations are slopes (metres up for each metre away).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..elementary import arctan2, hypot
from .optics import Optics

_SWEPT_PIXELS = 256
"""How wide a picture of a quarter turn is that shows the land as finely as a LiDAR of about a thousand steps sees it."""

Height = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Height of the ground in metres at (x, y)."""


class Sight(NamedTuple):
    """One picture that the land must suit: eye in metres, heading, pitch and horizontal field of view in radians, pixels."""

    eye: tuple[float, float, float]
    heading: float
    pitch: float
    field_of_view: float
    width: int
    height: int


@dataclass(frozen=True)
class View:
    """K places where the cameras stand: eyes (K, 3) metres, headings and pitches (K,) radians, and the lens.

    `above` (K,) m is how far an eye stays above the highest trees; `apart` says that no place sees what another does, as on a
    long flight or an arc of cameras; `facing` is the heading that counts for sun and wind, if not the mean one.
    """

    eyes: NDArray[np.float64]
    headings: NDArray[np.float64]
    pitches: NDArray[np.float64]
    lens: Optics
    eye_height: float
    above: NDArray[np.float64] | None = None
    apart: bool = False
    facing: float | None = None

    @property
    def from_above(self) -> bool:
        """Whether all is seen from straight above, where no land stands before other land."""
        return False

    @property
    def pixels(self) -> int:
        """Pixels to be filled, twice over where there is more ground: before places far apart, and all round one."""
        return self.lens.width * self.lens.height * (2 if self.apart or self.lens.all_round else self.fold)

    @property
    def fold(self) -> int:
        """How many times as much is spread `around` as the pictures need: one part more where a LiDAR sees beside them."""
        return 2 if self.lens.swept and not self.lens.all_round else 1

    @property
    def chosen(self) -> list[int]:
        """The places that stand for all of them: three of a path, every one of those apart."""
        count = len(self.eyes)
        return list(range(count)) if self.apart else sorted({0, count // 2, count - 1})

    def sights(self) -> list[Sight]:
        """Return the pictures from the chosen places; one that sees all round is six, the sides of a cube.

        Where a LiDAR sees beside the pictures, four coarse ones more show the land to it.
        """
        lens, sides = self.lens, [(0.0, 0.0)]
        angle, width, height = lens.horizontal, round(lens.width * lens.zoom), round(lens.height * lens.zoom)
        if lens.all_round:
            sides = [*((turn * np.pi / 2, 0.0) for turn in range(4)), (0.0, -np.pi / 2), (0.0, np.pi / 2)]
            angle, width, height = np.pi / 2, round(lens.width / np.pi), round(lens.width / np.pi)
        seen = [
            Sight(tuple(self.eyes[i]), float(self.headings[i]) + turn, float(self.pitches[i]) + tilt, angle, width, height)
            for i in self.chosen
            for turn, tilt in sides
        ]
        for i in self.chosen if lens.swept and not lens.all_round else ():
            turns = (float(self.headings[i]) + quarter * np.pi / 2 for quarter in range(4))
            seen += [Sight(tuple(self.eyes[i]), turn, 0.0, np.pi / 2, _SWEPT_PIXELS, _SWEPT_PIXELS) for turn in turns]
        return seen

    @property
    def pixel_angle(self) -> float:
        return self.lens.pixel_angle

    @property
    def heading(self) -> float:
        """The mean heading, or the one that counts."""
        if self.facing is not None:
            return self.facing
        return float(np.arctan2(np.sin(self.headings).mean(), np.cos(self.headings).mean()))

    @property
    def nearest_ground(self) -> float:
        """How far from the eye level ground enters the picture, metres, a little less to be safe."""
        if self.lens.all_round:
            return 0.05 * self.eye_height
        steepest = self.lens.vertical / 2 - float(self.pitches.min())
        return max(0.5, 0.7 * self.eye_height / float(np.tan(min(max(steepest, 0.05), 1.4))))

    def distance(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the distance to the nearest place of the path, same shape as x: horizontal, but for eyes above the trees."""
        nearest = np.full(np.shape(x), np.inf, np.float32)
        for eye, above in zip(self.eyes, np.zeros(len(self.eyes)) if self.above is None else self.above, strict=True):
            flat = hypot(x - np.float32(eye[0]), y - np.float32(eye[1]))
            np.minimum(nearest, hypot(flat, np.full_like(flat, above)) if above > 0.0 else flat, out=nearest)
        return nearest

    def sees(self, x: NDArray[np.floating], y: NDArray[np.floating], margin: float) -> NDArray[np.bool_]:
        """Return what lies in the wedge before any place of the path, or within `margin` metres of that wedge or of what a
        LiDAR reaches."""
        if self.lens.all_round:
            return np.ones(np.shape(x), bool)
        seen = np.zeros(np.shape(x), bool)
        half = self.lens.wedge
        if self.lens.swept:
            seen |= self.distance(x, y) < np.float32(self.lens.swept + margin)
        for eye, heading in zip(self.eyes, self.headings, strict=True):
            east, north = x - np.float32(eye[0]), y - np.float32(eye[1])
            ahead = east * np.float32(np.sin(heading)) + north * np.float32(np.cos(heading))
            aside = np.abs(east * np.float32(np.cos(heading)) - north * np.float32(np.sin(heading)))
            # The signed distance to the wedge's side.
            seen |= (aside * np.float32(np.cos(half)) - ahead * np.float32(np.sin(half)) < margin) & (ahead > -margin)
        return seen

    def beside(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return how far from the picture's middle something stands at first: 0 there, 1 at its right edge, -1 at its left.

        Pictures from all sides, and those of all round, have no edges that others do not look past: 0 everywhere.
        """
        if self.apart or self.lens.all_round:
            return np.zeros(np.shape(x), np.float32)
        east, north = x - np.float32(self.eyes[0, 0]), y - np.float32(self.eyes[0, 1])
        angle = arctan2(east, north) - np.float32(self.headings[0])
        angle = (angle + np.pi) % (2 * np.pi) - np.pi
        return (angle / np.float32(self.lens.horizontal / 2)).astype(np.float32)

    def around(self, radius: NDArray[np.floating], rng: np.random.Generator) -> tuple[NDArray[np.floating], ...]:
        """Return points x, y at the radii (N,) m, spread evenly over the wedges and over the path, and their distances.

        Places apart have each its own wedge, and another may be nearer to a point than the radius says.
        """
        if self.apart:
            index = (rng.random(len(radius)) * len(self.eyes)).astype(int)
            x, y = self._cast(self.eyes[index, :2], index, radius, rng)
            return x, y, self.distance(x, y)
        place = rng.random(len(radius)) * (len(self.eyes) - 1)
        index = np.minimum(place.astype(int), max(len(self.eyes) - 2, 0))
        following = np.minimum(index + 1, len(self.eyes) - 1)
        share = place - index
        eye = self.eyes[index, :2] * (1 - share[:, None]) + self.eyes[following, :2] * share[:, None]
        return *self._cast(eye, index, radius, rng), radius

    def _cast(
        self, eye: NDArray[np.float64], index: NDArray[np.int64], radius: NDArray[np.floating], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return points x, y at the radii from eyes (N, 2) m, anywhere in the wedges of the places `index` (N,).

        Where a LiDAR sees beside the wedges, every second point lies there.
        """
        half = self.lens.wedge
        angle = self.headings[index] + rng.uniform(-half, half, len(radius))
        if self.fold == 2:
            beside = self.headings[index] + rng.uniform(half, 2 * np.pi - half, len(radius))
            angle = np.where(np.arange(len(radius)) % 2, beside, angle)
        x, y = eye[:, 0] + radius * np.sin(angle), eye[:, 1] + radius * np.cos(angle)
        return x.astype(np.float32), y.astype(np.float32)

    def box(self, reach: float) -> tuple[float, float, float, float]:
        """Return the box (lowest x, y, highest x, y) around all that is seen within `reach` metres."""
        if self.lens.all_round:
            (west, south), (east, north) = self.eyes[:, :2].min(0) - reach, self.eyes[:, :2].max(0) + reach
            return float(west), float(south), float(east), float(north)
        half = self.lens.wedge
        swept = min(reach, self.lens.swept)
        corners = [self.eyes[:, :2] - swept, self.eyes[:, :2] + swept]
        for angle in np.linspace(-half, half, 9):
            direction = np.stack([np.sin(self.headings + angle), np.cos(self.headings + angle)], 1)
            corners.append(self.eyes[:, :2] + reach * direction)
        every = np.concatenate(corners)
        low, high = every.min(0), every.max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(frozen=True)
class Skyline:
    """How high the land stands before each place of a view: `slope` (K, A, R), the steepest line of sight that is blocked
    nearer than radius R in azimuth A."""

    view: View
    radii: NDArray[np.float64]
    slope: NDArray[np.float32]

    def hides(self, x: NDArray[np.float32], y: NDArray[np.float32], top: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return what no place of the view can see because land stands before it; `top` is its highest point, m."""
        if self.view.from_above:
            return np.zeros(np.shape(x), bool)
        hidden = np.ones(np.shape(x), bool)
        half = self.view.lens.half
        columns = self.slope.shape[1]
        for eye, heading, slope in zip(self.view.eyes, self.view.headings, self.slope, strict=True):
            east, north = x - np.float32(eye[0]), y - np.float32(eye[1])
            distance = hypot(east, north)
            angle = (arctan2(east, north) - np.float32(heading) + np.pi) % (2 * np.pi) - np.pi
            column = np.clip(np.rint((angle / np.float32(half) + 1) / 2 * (columns - 1)).astype(int), 0, columns - 1)
            row = np.clip(np.searchsorted(self.radii, distance * 0.985) - 1, 0, len(self.radii) - 1)
            hidden &= (top - np.float32(eye[2])) / np.maximum(distance, 0.1) < slope[column, row] - 0.004
        return hidden


def skyline(view: View, height: Height, reach: float, columns: int = 160, rings: int = 140) -> Skyline:
    """Return the skyline of the view's chosen places, out to `reach` metres; all round it has as many columns a degree."""
    chosen = view.chosen
    few = replace(view, eyes=view.eyes[chosen], headings=view.headings[chosen], pitches=view.pitches[chosen], above=None)
    radii = np.geomspace(3.0, reach, rings)
    half = view.lens.half
    if view.lens.all_round or view.lens.swept:
        columns *= 4
    angles = few.headings[:, None] + np.linspace(-half, half, columns)[None, :]
    x = few.eyes[:, 0, None, None] + radii * np.sin(angles)[..., None]
    y = few.eyes[:, 1, None, None] + radii * np.cos(angles)[..., None]
    level = np.maximum(height(x.astype(np.float32), y.astype(np.float32)), 0.0)
    slope = (level - few.eyes[:, 2, None, None]) / radii
    return Skyline(few, radii, np.maximum.accumulate(slope, axis=2).astype(np.float32))
