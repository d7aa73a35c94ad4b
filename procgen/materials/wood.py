"""Bark, after the attribute `bark`: metres around and along the wood, so that the texture follows every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import material
from . import Surface
from .foliage import Rgb

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter

COLOURS: dict[str, Rgb] = {
    "bark_furrowed": (0.094, 0.076, 0.060),
    "bark_scaly": (0.068, 0.050, 0.038),
    "bark_pale": (0.330, 0.312, 0.282),
}
"""A representative linear base colour of each material here."""


@material("bark_furrowed", "grey-brown bark with deep furrows along the trunk, as of an oak")
def bark_furrowed(w: NodeWriter) -> Surface:
    grain = w.mapping(w.attribute("bark", output="Vector"), scale=(1, 1, 0.17))
    ridges = w.noise(grain, 30.0, 4.0, 0.62, 0.4)
    height = w.smoothstep(0.33, 0.66, ridges)
    colour = w.ramp(height, [(0.0, (0.042, 0.033, 0.026)), (0.5, (0.094, 0.076, 0.060)), (1.0, (0.150, 0.130, 0.108))])
    normal = w.bump(height, 0.018, 0.9)
    return Surface(w.shader("Diffuse", Color=colour, Normal=normal), colour, 0.85)


@material("bark_scaly", "brown bark in small scales, as of a spruce")
def bark_scaly(w: NodeWriter) -> Surface:
    grain = w.mapping(w.attribute("bark", output="Vector"), scale=(1, 1, 0.55))
    scales = w.noise(grain, 34.0, 3.0, 0.65, 0.3)
    height = w.smoothstep(0.38, 0.6, scales)
    colour = w.ramp(height, [(0.0, (0.022, 0.016, 0.012)), (0.5, (0.068, 0.050, 0.038)), (1.0, (0.125, 0.103, 0.086))])
    return Surface(w.shader("Diffuse", Color=colour, Normal=w.bump(height, 0.012, 0.8)), colour, 0.85)


@material("bark_pale", "pale bark with dark lenticels across the trunk, as of a birch; twigs are brown")
def bark_pale(w: NodeWriter) -> Surface:
    place = w.attribute("bark", output="Vector")
    x, y, _ = w.separate(place)
    girth = w.math("SQRT", x * x + y * y)
    marks = w.smoothstep(0.56, 0.63, w.noise(w.mapping(place, scale=(1, 1, 7)), 4.5, 4.0, 0.65))
    cloud = w.noise(place, 5.0, 2.0)
    white = w.mix(w.smoothstep(0.35, 0.65, cloud), (0.270, 0.250, 0.222), (0.440, 0.420, 0.385))
    white = w.mix(marks, white, (0.035, 0.028, 0.024))
    colour = w.mix(w.smoothstep(0.015, 0.06, girth), (0.075, 0.045, 0.034), white)
    return Surface(w.shader("Diffuse", Color=colour), colour, 0.7)
