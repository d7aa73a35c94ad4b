"""Stars and the moon's disc in the world shader, for the camera's eyes only: they light nothing."""

from __future__ import annotations

import numpy as np

from ..nodes.writer import NodeWriter, Socket
from .air import Air
from .moonlight import RADIUS, lit_from

_STAR = 0.0013
"""Angular radius of a star's dot, rad: wider than a star's, or most would fall between the samples of a pixel."""


def stars(w: NodeWriter, direction: Socket, strength: float) -> Socket:
    """Return the stars' light (3 channels): some 5,000 dots, few of them bright, from warm to blue."""
    fine = w.voronoi(direction, scale=48.0)
    draw, hue, _ = w.separate(w.voronoi(direction, scale=48.0, output="Color"))
    dot = w.smoothstep(48.0 * _STAR, 24.0 * _STAR, fine)
    colour = w.mix(hue, (1.0, 0.86, 0.70), (0.75, 0.87, 1.0))
    return colour * (dot * (0.14 + 1.3 * draw**6.0) * strength)


def moon_disc(w: NodeWriter, direction: Socket, air: Air) -> tuple[Socket, Socket]:
    """Return the moon's light (3 channels) with the glow of the air around it, and where its disc hides the stars, 0..1.

    The disc is a sphere lit from `moonlight.lit_from`; its dark side is the sky.
    """
    to_moon = air.to_moon
    lit = lit_from(to_moon, air.to_sun, air.moon_phase)
    moon = w.combine(*(float(part) for part in to_moon))
    aside = direction - moon
    # Short chords: their length is the angle.
    apart = w.vector_math("LENGTH", aside) / RADIUS
    disc = w.smoothstep(1.04, 0.96, apart)
    bulge = w.math("SQRT", w.math("MAXIMUM", 1.0 - apart * apart, 0.0))
    normal = aside / RADIUS - moon * bulge
    shine = w.math("MAXIMUM", w.vector_math("DOT_PRODUCT", normal, w.combine(*(float(part) for part in lit))), 0.0)
    seas = 0.72 + 0.56 * (w.noise(normal, scale=1.7, detail=4.0) - 0.2)
    surface = w.math("POWER", shine, 0.6) * seas * disc
    brightness = float(np.clip(air.light.max(), 0.0, 1.0))
    glow = w.math("EXPONENT", apart * -0.16) * 0.16 * brightness + w.math("EXPONENT", apart * -0.03) * 0.035 * brightness
    return w.combine(1.0, 0.97, 0.90) * (surface * 2.2) + w.combine(0.55, 0.75, 1.0) * glow, disc
