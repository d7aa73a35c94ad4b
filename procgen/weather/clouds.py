"""Clouds in the world shader: heaps with blue between them, or one grey layer with structure."""

from __future__ import annotations

import numpy as np

from ..nodes.writer import NodeWriter, Socket
from ..rng import stream
from .air import Air

Direction = tuple[Socket, Socket, Socket]
"""The view's direction: x, y and the part of z that is above the horizon."""


def heaps(w: NodeWriter, amount: float, air: Air, seed: int, direction: Direction, behind: Socket) -> Socket:
    """Heaps of cloud on a plane above, lit from the lamp's side: the density a step towards the lamp is the shade.

    `amount` 0..1 is the share of the sky that they cover.
    """
    rng = stream(seed, "weather", "clouds")
    offset = rng.uniform(-60, 60, 3)
    x, y, above = direction
    depth = 1.0 / (above + 0.09)
    place = w.combine(x * depth + float(offset[0]), y * depth + float(offset[1]), float(offset[2]))
    reach = 0.16
    east, north = (float(reach * air.to_lamp[axis] / (max(air.to_lamp[2], 0.0) + 0.25)) for axis in range(2))

    def density(at: Socket, detail: float) -> Socket:
        heaps = w.noise(at, scale=0.55, detail=detail, roughness=0.56, distortion=0.25)
        regions = w.noise(at, scale=0.13, detail=1.0)
        return heaps + 0.7 * (regions - 0.5)

    threshold = 0.60 - 0.22 * amount
    here = density(place, 9.0)
    cover = w.smoothstep(threshold, threshold + 0.17, here)
    shade = w.smoothstep(threshold - 0.02, threshold + 0.26, density(place + w.combine(east, north, 0.0), 4.0))
    thick = w.smoothstep(threshold, threshold + 0.3, here)
    lit = air.light * 0.155 + air.horizon * 0.42
    dark = air.horizon * np.array([0.62, 0.63, 0.66])
    body = w.mix(w.clamp(0.35 * shade + 0.55 * shade * thick), tuple(lit), tuple(dark))
    # Low clouds drown in the haze.
    visible = cover * w.smoothstep(0.0, 0.14, above) * 0.92
    return w.mix(visible, behind, body)


def layer(w: NodeWriter, air: Air, seed: int, direction: Direction) -> Socket:
    """A closed layer of stratus: three times as bright overhead as at the horizon, as the CIE's standard overcast sky
    (Moon and Spencer, 1942), with long rolls, darker bellies and thin places.
    """
    offset = stream(seed, "weather", "stratus").uniform(-60, 60, 3)
    x, y, above = direction
    depth = 1.0 / (above + 0.12)
    place = w.combine(x * depth * 0.55 + float(offset[0]), y * depth + float(offset[1]), float(offset[2]))
    rolls = w.noise(place, scale=0.42, detail=7.0, roughness=0.55, distortion=0.6)
    fields = w.noise(place, scale=0.11, detail=2.0)
    bright = 0.5 + 1.0 * w.smoothstep(0.28, 0.72, rolls + 0.9 * (fields - 0.5))
    even = w.smoothstep(0.02, 0.22, above)
    structure = 1.0 + (bright - 1.0) * even
    gradient = (1.0 + 2.0 * above) / 3.0
    low = w.mix(even, tuple(air.horizon), w.combine(*(float(part) for part in air.zenith)) * gradient)
    return low * structure
