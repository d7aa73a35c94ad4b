"""What water does to whatever it wets: darker and shining above, and seen through its own depth below the level."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..water.state import water_value
from ..weather.wetness import puddle, wetness
from .layers import Layer, cover, finish

if TYPE_CHECKING:
    from ..nodes.writer import Colour, NodeWriter, Number, Socket
    from . import Surface

BODY = (0.012, 0.034, 0.036)
"""Albedo of deep water: what it scatters back."""
_MUDDY = (0.030, 0.024, 0.017)
"""Base colour of the ground under a puddle."""


def wet(w: NodeWriter, layer: Layer, amount: Number) -> Layer:
    """Return the layer soaked by `amount`, 0 dry to 1: pores filled with water send back less light (Lekner and Dorf, 1988)."""
    dark = w.mix(amount * 0.62, layer.colour, w.vector_math("MULTIPLY", layer.colour, (0.24, 0.23, 0.22)))
    return replace(
        layer, colour=dark, roughness=layer.roughness * (1.0 - amount) + 0.4 * amount, gloss=layer.gloss + 0.8 * amount
    )


def shore(w: NodeWriter, layer: Layer, ragged: Socket) -> Layer:
    """Return the layer wet up to a hand above the water, more or less by `ragged` (about 0.5), and drowned below."""
    z = w.separate(w.geometry("Position"))[2] - water_value(w, "level")
    soaked = wet(w, layer, w.smoothstep(0.17, 0.05, z + 0.16 * (ragged - 0.5)))
    return replace(soaked, colour=drowned(w, soaked.colour, z), gloss=soaked.gloss * w.smoothstep(-0.01, 0.02, z))


def drowned(w: NodeWriter, colour: Colour, z: Socket) -> Socket:
    """The ground through its own depth of water: brown with algae, light fading down and up, red first (Beer-Lambert)."""
    colour = w.mix(w.smoothstep(0.0, -0.3, z), colour, w.vector_math("MULTIPLY", colour, (0.62, 0.57, 0.42)))
    path = w.math("MAXIMUM", -z, 0.0) * 2.4 * water_value(w, "attenuation")
    kept = w.combine(*(w.math("EXPONENT", path * -rate) for rate in (0.58, 0.36, 0.46)))
    return colour * kept + (1.0 - kept) * BODY


def puddled(w: NodeWriter, land: Surface, hollow: Socket) -> Surface:
    """Return the land with water standing where the rain has soaked level ground that is as `hollow` (0..1) as given."""
    above = w.smoothstep(-0.01, 0.02, w.separate(w.geometry("Position"))[2] - water_value(w, "level"))
    standing = puddle(w, wetness(w) * above, hollow)
    return cover(w, standing, land, finish(w, Layer(_MUDDY, 0.03, gloss=1.0, thirst=0.0)))
