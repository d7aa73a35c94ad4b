"""Drops and flakes in the air: small, bright with the light around them, and half seen through."""

from __future__ import annotations

from ..nodes.truth import truth_mode
from ..nodes.writer import NodeWriter
from ..registry import material
from . import Surface


@material("rain_drop", "a drop of rain, drawn out by its speed: it turns the sky's light towards the eye")
def rain_drop(w: NodeWriter) -> Surface:
    colour = (0.80, 0.84, 0.88)
    body = w.mix_shader(0.6, w.shader("Translucent", Color=colour), w.shader("Diffuse", Color=colour))
    # In the truth render it is whole: the first surface is the one that is reported.
    seen = 0.42 + 0.58 * truth_mode(w)
    return Surface(w.mix_shader(seen, w.shader("Transparent"), body), colour, 0.1)


@material("snowflake", "crystals of snow that cling together")
def snowflake(w: NodeWriter) -> Surface:
    colour = (0.88, 0.90, 0.94)
    body = w.mix_shader(0.5, w.shader("Translucent", Color=colour), w.shader("Diffuse", Color=colour))
    return Surface(body, colour, 0.7)
