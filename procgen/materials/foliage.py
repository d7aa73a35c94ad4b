"""Leaves, needles, grass, ferns, petals and stems: thin, two-sided, translucent, and each a little different.

Colours vary by instance and by leaf (`leaf_random`), and darken into the crown (`leaf_light`, 0 in the dark, 1 in the open).
No Fresnel: seen from behind it turns into total reflection, which speckles foliage white. The gloss is a small constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..registry import material
from . import Surface

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket

Rgb = tuple[float, float, float]

COLOURS: dict[str, Rgb] = {
    "needles": (0.026, 0.052, 0.019),
    "leaf": (0.060, 0.112, 0.022),
    "leaf_autumn": (0.34, 0.135, 0.022),
    "leaf_shrub": (0.052, 0.095, 0.030),
    "grass": (0.085, 0.125, 0.030),
    "fern": (0.062, 0.125, 0.022),
    "stem": (0.065, 0.100, 0.030),
    "petals_white": (0.74, 0.74, 0.70),
    "petals_yellow": (0.74, 0.46, 0.022),
    "petals_violet": (0.20, 0.105, 0.46),
    "petals_red": (0.52, 0.040, 0.022),
    "berry": (0.40, 0.040, 0.017),
}
"""A representative linear base colour of each material here, for formats that know one colour a material."""


def _variation(w: NodeWriter, by_instance: float) -> Socket:
    """0..1, the share `by_instance` from plant to plant and the rest from leaf to leaf."""
    return w.object_random() * by_instance + w.attribute("leaf_random") * (1.0 - by_instance)


def _thin(w: NodeWriter, colour: Socket, through: Rgb, transmission: float, gloss: float, roughness: float) -> Surface:
    """A thin sheet: `through` tints what shines through it, `transmission` and `gloss` are shares of the light."""
    lit = w.shader("Translucent", Color=colour * through)
    shader = w.mix_shader(transmission, w.shader("Diffuse", Color=colour), lit)
    if gloss:
        shader = w.mix_shader(gloss, shader, w.shader("Glossy", Color=(0.8, 0.85, 0.8), Roughness=roughness))
    return Surface(shader, colour, roughness)


def _blend(w: NodeWriter, stops: Sequence[tuple[float, Rgb]], by_instance: float, shade: float) -> Socket:
    """The ramp's colour by variation, times `shade` where the crown is dark."""
    colour = w.ramp(_variation(w, by_instance), stops)
    return colour * (shade + (1.0 - shade) * w.attribute("leaf_light"))


@material("needles", "needles of a spruce: dark, bluish inside, fresh green at the tips")
def needles(w: NodeWriter) -> Surface:
    light = w.attribute("leaf_light")
    old = w.ramp(
        _variation(w, 0.55), [(0.0, (0.016, 0.034, 0.016)), (0.6, (0.023, 0.045, 0.017)), (1.0, (0.036, 0.050, 0.015))]
    )
    colour = w.mix(w.smoothstep(0.55, 1.0, light), old * (0.6 + 0.5 * light), (0.046, 0.083, 0.026))
    return _thin(w, colour, (1.3, 1.4, 0.8), 0.22, 0.0, 0.7)


@material("leaf", "leaves of a broadleaf tree in summer")
def leaf(w: NodeWriter) -> Surface:
    stops = [(0.0, (0.034, 0.078, 0.018)), (0.5, (0.058, 0.110, 0.022)), (1.0, (0.100, 0.145, 0.026))]
    return _thin(w, _blend(w, stops, 0.5, 0.55), (1.5, 1.6, 0.6), 0.4, 0.025, 0.45)


@material("leaf_autumn", "leaves of a broadleaf tree in autumn: from yellow to red")
def leaf_autumn(w: NodeWriter) -> Surface:
    stops = [
        (0.0, (0.170, 0.150, 0.024)),
        (0.35, (0.420, 0.230, 0.022)),
        (0.65, (0.400, 0.130, 0.018)),
        (1.0, (0.230, 0.040, 0.016)),
    ]
    return _thin(w, _blend(w, stops, 0.62, 0.6), (1.3, 1.1, 0.7), 0.4, 0.03, 0.45)


@material("leaf_shrub", "small, firm leaves of a shrub")
def leaf_shrub(w: NodeWriter) -> Surface:
    stops = [(0.0, (0.030, 0.062, 0.024)), (0.6, (0.052, 0.095, 0.030)), (1.0, (0.095, 0.125, 0.034))]
    return _thin(w, _blend(w, stops, 0.6, 0.55), (1.4, 1.5, 0.7), 0.35, 0.02, 0.5)


@material("grass", "blades of grass, from green to straw, darker at the foot")
def grass(w: NodeWriter) -> Surface:
    shift = w.clamp(w.attribute("leaf_random") * 0.85 + (w.object_random() - 0.35) * 0.35)
    stops = [
        (0.0, (0.042, 0.078, 0.016)),
        (0.5, (0.085, 0.122, 0.026)),
        (0.72, (0.150, 0.150, 0.045)),
        (1.0, (0.340, 0.275, 0.120)),
    ]
    colour = w.ramp(shift, stops) * (0.5 + 0.5 * w.attribute("leaf_light"))
    return _thin(w, colour, (1.3, 1.4, 0.6), 0.38, 0.025, 0.45)


@material("fern", "fronds of a fern")
def fern(w: NodeWriter) -> Surface:
    stops = [(0.0, (0.036, 0.085, 0.016)), (0.7, (0.066, 0.130, 0.022)), (1.0, (0.120, 0.155, 0.028))]
    return _thin(w, _blend(w, stops, 0.6, 0.6), (1.4, 1.5, 0.6), 0.42, 0.02, 0.5)


@material("stem", "green stalks and the leaves of herbs")
def stem(w: NodeWriter) -> Surface:
    stops = [(0.0, (0.045, 0.078, 0.022)), (1.0, (0.090, 0.125, 0.036))]
    return _thin(w, w.ramp(_variation(w, 0.5), stops), (1.3, 1.4, 0.7), 0.25, 0.03, 0.45)


def _petals(w: NodeWriter, outer: Rgb, heart: Rgb, through: Rgb) -> Surface:
    """Petals: `heart` where they meet, `outer` at their tips; `leaf_light` runs along them."""
    tint = 0.86 + 0.14 * _variation(w, 0.6)
    colour = w.mix(w.smoothstep(0.1, 0.6, w.attribute("leaf_light")), heart, outer) * tint
    return _thin(w, colour, through, 0.35, 0.02, 0.5)


@material("petals_white", "white ray florets, as of an oxeye daisy")
def petals_white(w: NodeWriter) -> Surface:
    return _petals(w, (0.76, 0.76, 0.73), (0.70, 0.68, 0.50), (0.9, 0.9, 0.8))


@material("petals_yellow", "yellow petals and disc florets")
def petals_yellow(w: NodeWriter) -> Surface:
    return _petals(w, (0.76, 0.49, 0.022), (0.55, 0.26, 0.012), (1.0, 0.9, 0.5))


@material("petals_violet", "violet petals, as of a bellflower")
def petals_violet(w: NodeWriter) -> Surface:
    return _petals(w, (0.215, 0.110, 0.480), (0.330, 0.250, 0.500), (1.0, 0.8, 1.0))


@material("petals_red", "red petals with a dark heart, as of a poppy")
def petals_red(w: NodeWriter) -> Surface:
    return _petals(w, (0.560, 0.038, 0.020), (0.030, 0.008, 0.012), (1.0, 0.5, 0.4))


@material("berry", "ripe red berries")
def berry(w: NodeWriter) -> Surface:
    colour = w.ramp(_variation(w, 0.3), [(0.0, (0.30, 0.020, 0.014)), (1.0, (0.50, 0.060, 0.020))])
    gloss = w.shader("Glossy", Color=(0.9, 0.9, 0.9), Roughness=0.25)
    return Surface(w.mix_shader(0.05, w.shader("Diffuse", Color=colour), gloss), colour, 0.25)
