"""Water that flows: ripples drawn out along the river's course that drift downstream, over the waves that the wind makes.

The surface's attributes `wf_along` and `wf_across` (`water.stream`) are coordinates along the course, so that ripples follow
its bends. Small ones drift faster than large ones, which stand almost still as over an uneven bed.
"""

from __future__ import annotations

from ..nodes.writer import NodeWriter, Socket
from ..registry import material
from ..water.state import water_value
from . import Surface
from .water import BODY, body

_TRAINS = ((2.6, 0.030, 0.55, 2.4), (0.85, 0.012, 0.75, 1.8), (0.30, 0.0045, 0.95, 1.3), (0.10, 0.0013, 1.1, 1.0))
"""Breadth of ripples in m, their height in m, the speed they drift at in m/s, and how many times longer than broad they are."""


@material("river_water", "the surface of a river, its ripples drifting downstream", family="water")
def river_water(w: NodeWriter) -> Surface:
    return body(w, BODY, 0.0, _ripples(w))


def _ripples(w: NodeWriter) -> Socket:
    """The normal: noise in the course's own coordinates, stronger in quick reaches than in slack water."""
    seconds, waves = water_value(w, "seconds"), water_value(w, "waves")
    along, across = w.attribute("wf_along"), w.attribute("wf_across")
    slack = w.noise(w.combine(along * 0.018, across * 0.06, 0.0), scale=1.0, detail=2.0)
    height = None
    for number, (breadth, size, speed, drawn) in enumerate(_TRAINS):
        place = w.combine((along - seconds * speed) / (breadth * drawn), across / breadth, seconds * (0.2 + 0.1 * number))
        train = w.noise(place, scale=1.0, detail=1.0, distortion=0.6) * size
        height = train if height is None else height + train
    quick = 0.22 + 0.95 * w.smoothstep(0.38, 0.66, slack)
    return w.bump(height * quick * (0.9 + 3.0 * waves), 1.0)
