"""Leaves that fall in autumn: each comes down from above the picture, flutters and tumbles, and lies where it has landed.

A leaf's pose follows from the time that remains until its landing alone. It sinks at a steady speed of its own and drifts
with the wind; its flutter and its tumbling end in a flat rest. What comes down on water goes under: it is gone from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Height, View
from ..elementary import cos, sin
from ..meshes import MeshData
from ..plants.anatomy.blades import frames, simple_leaf
from ..plants.anatomy.parts import LEAF, blades
from ..plants.growth.colour import Ramp, shades
from ..rigid import Motion, from_euler
from .falling import Rows, stacked, unhindered

REACH = 60.0
"""Metres from the cameras' path within which leaves land."""
ALOFT = 320
"""Leaves in the air over that ground at any time, at most."""
VARIANTS = 3
SETTLING = 0.5
"""Seconds before its landing in which a leaf's flutter dies down."""
NEVER = 1e9
_CLEAR = 1.2
"""Metres that leaves keep from the eye."""
_MOST = 20_000
TURNED: Ramp = ((0.170, 0.150, 0.024), (0.420, 0.230, 0.022), (0.400, 0.130, 0.018), (0.230, 0.040, 0.016))
"""Colours of leaves that have turned, from the first to the last."""


@dataclass(frozen=True)
class FallingLeaves(Rows):
    """N leaves: where they come to lie, `rest` (N, 3) m; `landing` and `gone` (N,), when, in s of the scene's time; `velocity`
    (N, 3) m/s; `flutter` (N, 3) m, the way it swings aside, with `rate` (N,) rad/s and `phase` (N,) rad; `tilt` (N,) rad of
    rocking; `spin` (N, 2) rad/s about the midrib and the vertical; `heading` (N,) rad at rest; `scale`, `variant` (N,)."""

    rest: NDArray[np.float32]
    landing: NDArray[np.float32]
    gone: NDArray[np.float32]
    velocity: NDArray[np.float32]
    flutter: NDArray[np.float32]
    rate: NDArray[np.float32]
    phase: NDArray[np.float32]
    tilt: NDArray[np.float32]
    spin: NDArray[np.float32]
    heading: NDArray[np.float32]
    scale: NDArray[np.float32]
    variant: NDArray[np.int32]

    def places(self, remaining: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return where the leaves are (N, 3) m, `remaining` (N,) seconds, at least 0, before their landing."""
        left = np.asarray(remaining, np.float32)[:, None]
        swing = sin(left * self.rate[:, None] + self.phase[:, None]) * np.minimum(left * np.float32(1 / SETTLING), 1)
        return self.rest - left * self.velocity + swing * self.flutter


@dataclass(frozen=True)
class Falling(Motion):
    """The motion of leaves with the ids `ids` (N,), in float64."""

    ids: NDArray[np.int32]
    leaves: FallingLeaves

    def pose(self, rows: NDArray[np.integer], seconds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        def of(values: NDArray[np.float32]) -> NDArray[np.float64]:
            return values[rows].astype(np.float64)[:, None]

        leaves = self.leaves
        left = np.maximum(of(leaves.landing) - seconds, 0.0)
        angle, dying = left * of(leaves.rate) + of(leaves.phase), np.minimum(left / SETTLING, 1.0)
        swing = (np.sin(angle) * dying)[..., None]
        place = of(leaves.rest) - left[..., None] * of(leaves.velocity) + swing * of(leaves.flutter)
        roll, turn = np.moveaxis(left[..., None] * of(leaves.spin), -1, 0)
        return place, from_euler(np.stack([np.cos(angle) * dying * of(leaves.tilt), roll, of(leaves.heading) + turn], -1))

    def exists(self, rows: NDArray[np.integer], seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
        return seconds <= self.leaves.gone[rows, None]


def falling_leaves(
    view: View,
    height: Height,
    amount: float,
    wind: tuple[float, float],
    strength: float,
    seconds: float,
    rng: np.random.Generator,
) -> FallingLeaves:
    """Draw the leaves that fall through the view in the first `seconds` of the scene's time.

    `amount` 0..1 is how many; they drift along `wind`, a unit vector (x, y), by its `strength` 0..1; `height` is the ground's.
    """
    top = min(float(view.pitches.max()) + view.lens.vertical / 2 + 0.05, 1.2)
    rise = float(np.tan(top))
    typical = 0.5 * REACH * rise + view.eye_height
    count = min(round(ALOFT * amount * (1.0 + seconds / typical)), _MOST) * view.fold
    radius = rng.uniform(2.5, REACH, count)
    x, y, _ = view.around(radius, rng)
    ground = height(x, y)
    speed = rng.uniform(0.75, 1.3, count)
    drift = speed * (0.15 + 1.2 * strength) * rng.uniform(0.7, 1.3, count)
    aloft = (radius * rise + view.eye_height) / speed
    landing = rng.random(count) * (seconds + aloft)
    aside = rng.uniform(0, 2 * np.pi, count)
    swing = rng.uniform(0.06, 0.3, count)
    values = FallingLeaves(
        rest=stacked(x, y, np.maximum(ground, 0.0)),
        landing=landing.astype(np.float32),
        gone=np.where(ground < 0, landing, NEVER).astype(np.float32),
        velocity=stacked(wind[0] * drift, wind[1] * drift, -speed),
        flutter=stacked(swing * cos(aside), swing * sin(aside), np.zeros(count)),
        rate=rng.uniform(1.6, 3.6, count).astype(np.float32),
        phase=rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        tilt=rng.uniform(0.25, 1.0, count).astype(np.float32),
        spin=np.stack([rng.uniform(-4.5, 4.5, count), rng.uniform(-1.6, 1.6, count)], 1).astype(np.float32),
        heading=rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        scale=rng.uniform(0.75, 1.3, count).astype(np.float32),
        variant=rng.integers(0, VARIANTS, count).astype(np.int32),
    )
    return values[unhindered(values.places, aloft, view, height, _CLEAR)]


def leaf_meshes() -> list[MeshData]:
    """Return the leaves: about 9 cm long, flat on z = 0, turning about their middle."""
    return [_leaf(0.55 + 0.12 * variant, 0.16 + 0.1 * variant, 0.2 + 0.3 * variant) for variant in range(VARIANTS)]


def _leaf(width: float, curl: float, random: float) -> MeshData:
    size = np.array([0.09], np.float32)
    middle = np.array([[0, -0.5 * size[0], curl * size[0] + 0.008]], np.float32)
    upright = frames(np.array([[0, 1, 0]], np.float32), np.array([[0, 0, 1]], np.float32))
    number = np.array([random], np.float32)
    return blades(simple_leaf(width, 0.28, curl), middle, upright, size, "leaf", LEAF, shades(TURNED, number), number)
