"""The sea by a shore: clear over shoals, with breakers that run in rows to the beach and foam about rocks.

The depth of the water (POINT attribute `wf_depth`, m) says where waves break: a swell breaks in water about as deep as the wave
is high, and its last foam runs up where the water ends.
"""

from __future__ import annotations

from ..nodes.writer import NodeWriter
from ..registry import material
from ..water.state import water_value
from . import Surface
from .layers import cover, finish
from .shores import foam
from .values import values_of
from .water import Sea, body, waves

_BREAKS = 1.5
"""Metres of water in which the outer breakers stand where `water.waves` is 0.5."""


@material("sea_surf", "the sea by a shore, with breakers and foam", family="water")
def sea_surf(w: NodeWriter) -> Surface:
    values = values_of(w, "sea", Sea)
    colour = w.mix(values("hue"), (0.010, 0.058, 0.050), (0.006, 0.030, 0.062))
    depth, place = w.attribute("wf_depth"), w.geometry("Position")
    shoal = w.smoothstep(4.0, 0.5, depth)
    colour = w.mix(shoal * 0.7, colour, (0.035, 0.125, 0.115))
    height, normal = waves(w, 1.5)
    water = body(w, colour, 0.15 + 0.78 * w.smoothstep(0.0, 1.6, depth), normal)

    seconds, strength = water_value(w, "seconds"), water_value(w, "waves")
    reach = _BREAKS * (0.35 + 1.3 * strength)
    wander, lace = w.noise(place, 0.035, 3.0, 0.55), w.noise(place, 1.3, 6.0, 0.64)
    rows = w.math("FRACT", w.math("POWER", w.math("MAXIMUM", depth, 0.0), 0.6) * 1.9 + seconds * 0.12 + wander * 3.0)
    # A breaker is white in front and leaves torn foam behind it.
    front = w.smoothstep(0.0, 0.06, rows) * w.smoothstep(0.55, 0.10, rows)
    zone = w.smoothstep(reach, 0.55 * reach, depth + 0.8 * (wander - 0.5))
    zone = zone * w.smoothstep(0.36, 0.50, wander + 0.25 * (lace - 0.5))
    swash = w.smoothstep(0.26, 0.06, depth + 0.12 * (lace - 0.5))
    crest = w.smoothstep(0.66 - 0.14 * values("caps"), 0.70, height) * 0.6 * strength
    there = w.math("MAXIMUM", w.math("MAXIMUM", front * zone, swash * 0.8), crest)
    white = w.smoothstep(0.36, 0.62, there * 0.62 + lace * 0.42)
    return cover(w, white * w.smoothstep(0.02, 0.2, there), water, finish(w, foam(w, place)))
