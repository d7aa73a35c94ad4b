"""Rain and snow near the cameras: drops and flakes that fall through the picture, each with a closed form of its motion.

Where one is follows from the time that remains until its landing alone, as with falling leaves: it comes down at a steady speed
of its own, drifts with the wind, and a flake swings and tumbles. Once it has landed it is gone. They are spread evenly over the
distance to the cameras, so that the near ones, which show, are as many as the far ones, which do not; a real shower holds a
thousand times as many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Height, View
from ..elementary import arctan2, cos, hypot, sin
from ..meshes import MeshData, merge
from ..rigid import Motion, from_euler
from ..scatter.falling import Rows, stacked, unhindered

MOST = 30_000
"""Drops or flakes of a scene: longer takes than these suffice for get thinner rain."""


@dataclass(frozen=True)
class Kind:
    """Rain or snow: the name of its class and of its material; `reach` m from the cameras; `aloft`, how many are in the air at
    most; `speed` (lowest, highest) m/s; `drift` m/s with the wind at full strength; `swing` m, how far it sways at most;
    `clear` m that it keeps from the eye."""

    class_name: str
    reach: float
    aloft: int
    speed: tuple[float, float]
    drift: float
    swing: float
    clear: float


RAIN = Kind("rain_drop", 26.0, 3200, (6.0, 9.0), 7.0, 0.0, 0.9)
"""Drops of 2 to 5 mm fall at 6 to 9 m/s: Gunn and Kinzer, Journal of Meteorology 6 (1949)."""
SNOW = Kind("snowflake", 34.0, 4200, (0.8, 1.6), 5.0, 0.22, 0.8)
"""Aggregates fall at about 1 m/s whatever their size: Locatelli and Hobbs, Journal of Geophysical Research 79 (1974)."""


@dataclass(frozen=True)
class Precipitation(Rows):
    """N drops or flakes: where they land, `rest` (N, 3) m; `landing` (N,), when, in s of the scene's time; `velocity` (N, 3)
    m/s; `swing` (N, 3) m, how they sway, with `rate` (N,) rad/s and `phase` (N,) rad; `attitude` (N, 3) rad, Euler XYZ, as they
    land, and `spin` (N,) rad/s about the vertical; `scale` (N,); `variant` (N,) of the mesh."""

    rest: NDArray[np.float32]
    landing: NDArray[np.float32]
    velocity: NDArray[np.float32]
    swing: NDArray[np.float32]
    rate: NDArray[np.float32]
    phase: NDArray[np.float32]
    attitude: NDArray[np.float32]
    spin: NDArray[np.float32]
    scale: NDArray[np.float32]
    variant: NDArray[np.int32]

    def places(self, remaining: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return where they are (N, 3) m, `remaining` (N,) seconds, at least 0, before their landing."""
        left = np.asarray(remaining, np.float32)[:, None]
        sway = sin(left * self.rate[:, None] + self.phase[:, None])
        return self.rest - left * self.velocity + sway * self.swing


@dataclass(frozen=True)
class Precipitating(Motion):
    """The motion of drops or flakes with the ids `ids` (N,), in float64."""

    ids: NDArray[np.int32]
    fall: Precipitation

    def pose(self, rows: NDArray[np.integer], seconds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        def of(values: NDArray[np.float32]) -> NDArray[np.float64]:
            return values[rows].astype(np.float64)[:, None]

        fall = self.fall
        left = np.maximum(of(fall.landing) - seconds, 0.0)[..., None]
        sway = np.sin(left * of(fall.rate)[..., None] + of(fall.phase)[..., None])
        place = of(fall.rest) - left * of(fall.velocity) + sway * of(fall.swing)
        turned = left * of(fall.spin)[..., None] * np.array([0.0, 0.0, 1.0])
        return place, from_euler(of(fall.attitude) + turned)

    def exists(self, rows: NDArray[np.integer], seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
        return seconds <= self.fall.landing[rows, None]


def precipitate(
    kind: Kind,
    view: View,
    height: Height,
    amount: float,
    wind: tuple[float, float],
    strength: float,
    seconds: float,
    rng: np.random.Generator,
) -> Precipitation:
    """Draw what falls through the view in the first `seconds` of the scene's time.

    `amount` 0..1 is how hard it rains or snows; it drifts along `wind`, a unit vector (x, y), by its `strength` 0..1; `height`
    is the ground's, and water lies at 0.
    """
    top = min(float(view.pitches.max()) + view.lens.vertical / 2 + 0.05, 1.2)
    rise = float(np.tan(top))
    speed_mean = 0.5 * sum(kind.speed)
    typical = (0.5 * kind.reach * rise + view.eye_height) / speed_mean
    count = min(round(kind.aloft * amount * (1.0 + seconds / typical)), MOST) * view.fold
    radius = rng.uniform(1.0, kind.reach, count)
    x, y, _ = view.around(radius, rng)
    speed = rng.uniform(*kind.speed, count)
    drift = kind.drift * strength * rng.uniform(0.85, 1.15, count)
    aloft = (radius * rise + view.eye_height) / speed
    landing = rng.random(count) * (seconds + aloft)
    aside = rng.uniform(0, 2 * np.pi, count)
    swing = kind.swing * rng.uniform(0.2, 1.0, count)
    falls = kind is RAIN
    velocity = stacked(wind[0] * drift, wind[1] * drift, -speed)
    # A streak lies along its way; a flake any way.
    lean = arctan2(hypot(velocity[:, 0], velocity[:, 1]), speed)
    heading = arctan2(velocity[:, 1], velocity[:, 0])
    attitude = stacked(np.zeros(count), -lean, heading) if falls else stacked(*rng.uniform(-np.pi, np.pi, (3, count)))
    values = Precipitation(
        rest=stacked(x, y, np.maximum(height(x, y), 0.0)),
        landing=landing.astype(np.float32),
        velocity=velocity,
        swing=stacked(swing * cos(aside), swing * sin(aside), np.zeros(count)),
        rate=rng.uniform(1.0, 2.6, count).astype(np.float32),
        phase=rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        attitude=attitude,
        spin=(np.zeros(count) if falls else rng.uniform(-3.0, 3.0, count)).astype(np.float32),
        scale=rng.uniform(0.7, 1.3 if falls else 2.6, count).astype(np.float32),
        variant=rng.integers(0, len(meshes(kind)), count).astype(np.int32),
    )
    return values[unhindered(values.places, aloft, view, height, kind.clear)]


def meshes(kind: Kind) -> list[MeshData]:
    """Return the shapes: a drop drawn out along z to what an eye or a shutter of 1/40 s sees of it; two flakes of snow."""
    if kind is RAIN:
        return [_spindle(0.0022, 0.19, "rain_drop")]
    return [_aggregate(seed) for seed in (0, 1)]


def _spindle(radius: float, length: float, material: str) -> MeshData:
    """A four-sided streak about the origin with its ends drawn out."""
    share = np.array([0.08, 1.0, 0.75, 0.08])
    z = length * np.array([-0.5, -0.34, 0.2, 0.5])
    turn = np.arange(4) * (np.pi / 2)
    ring = np.stack([np.cos(turn), np.sin(turn)], -1)
    points = np.concatenate([np.column_stack([radius * s * ring, np.full(4, at)]) for s, at in zip(share, z, strict=True)])
    row, side = np.divmod(np.arange(12), 4)
    following = row * 4 + (side + 1) % 4
    faces = np.stack([row * 4 + side, following, following + 4, row * 4 + side + 4], -1)
    faces = np.concatenate([faces, [[3, 2, 1, 0], [12, 13, 14, 15]]])
    return MeshData(points.astype(np.float32), faces.astype(np.int32), np.zeros(len(faces), np.int32), (material,))


def _aggregate(seed: int) -> MeshData:
    """A flake of several crystals that cling together, about 11 mm across: three crossed plates with ragged corners."""
    turn = np.arange(6) * (np.pi / 3)
    ragged = 1.0 + 0.35 * np.sin(np.arange(6) * 2.4 + 1.7 * seed)
    plate = np.stack([np.cos(turn) * ragged, np.sin(turn) * ragged, 0.12 * np.cos(3 * turn)], -1) * 0.0055
    faces = np.array([[0, 1, 2, 3], [0, 3, 4, 5]], np.int32)
    turned = [(plate @ np.roll(np.eye(3), number, 0)).astype(np.float32) for number in range(3)]
    return merge([MeshData(points, faces, np.zeros(2, np.int32), ("snowflake",)) for points in turned])
