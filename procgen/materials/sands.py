"""Sands: dunes in ripples, a beach, and the red floor of a desert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import lumps, ripples, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


@dataclass(frozen=True)
class DuneSand(Varied):
    hue: float = parameter(0.4, "from pale cream to orange", low=0.0, high=1.0)
    ripples: float = parameter(0.12, "length of the ripples", unit="m", low=0.08, high=0.18)
    blown: float = parameter(0.7, "height of the ripples", low=0.3, high=1.0)


@layer("dune_sand", "sand", "fine dry sand that wind has drawn into ripples", DuneSand)
def dune_sand(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.25, 6.0, 0.55), w.noise(place, 420.0, 2.0, 0.7)
    steep = w.smoothstep(0.80, 0.93, w.separate(w.geometry("Normal"))[2])
    crest = ripples(w, place, values("ripples"), 3.2)
    small = ripples(w, place + (w.noise_vector(place, 0.5, 1.0) - 0.5) * 0.6, values("ripples") * 0.45, 4.0)
    strong = values("blown") * steep * w.smoothstep(0.30, 0.55, w.noise(place, 0.55, 2.0))
    rise = crest * 0.85 + small * 0.15
    pale = w.mix(values("hue"), (0.50, 0.41, 0.275), (0.49, 0.285, 0.120))
    colour = pale * (0.80 + 0.22 * grain + 0.22 * fine)
    # Heavier, darker grains gather in the troughs.
    colour = w.mix((1.0 - rise) * strong * 0.32, colour, pale * 0.55)
    height = rise * strong * values("ripples") * 0.10 + (grain - 0.5) * 0.12
    return Layer(colour, 0.9, height, 0.03, (fine - 0.5) * 0.0007)


@dataclass(frozen=True)
class BeachSand(Varied):
    hue: float = parameter(0.4, "from white coral to grey-brown", low=0.0, high=1.0)
    shells: float = parameter(0.5, "how many broken shells lie in it", low=0.1, high=1.0)
    trodden: float = parameter(0.5, "how uneven it is", low=0.2, high=1.0)


@layer("beach_sand", "sand", "coarse pale sand with broken shells, dimpled by feet and rain", BeachSand)
def beach_sand(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.7, 6.0, 0.58), w.noise(place, 330.0, 3.0, 0.75)
    dimple = w.noise(warped(w, place, 0.2, 0.05), 6.0, 2.0, 0.5)
    pale = w.mix(values("hue"), (0.62, 0.565, 0.455), (0.325, 0.265, 0.190))
    colour = pale * (0.68 + 0.26 * grain + 0.40 * fine)
    dark = w.smoothstep(0.58, 0.66, w.noise(place, 190.0, 1.0))
    colour = w.mix(dark * 0.5, colour, pale * 0.28)
    bent = warped(w, place, 0.03, 0.008)
    away = w.voronoi(bent, 22.0, flat=True)
    kind, tone, turn = w.separate(w.voronoi(bent, 22.0, "F1", "Color", flat=True))
    piece = w.smoothstep(0.26, 0.20, away + 0.10 * (turn - 0.5)) * w.math("LESS_THAN", kind, values("shells") * 0.16)
    colour = w.mix(piece, colour, w.mix(tone, (0.72, 0.68, 0.62), (0.46, 0.33, 0.25)))
    height = (grain - 0.5) * 0.12 + (dimple - 0.5) * 0.05 * values("trodden") + piece * 0.005
    return Layer(colour, 0.88 - 0.4 * piece, height, 0.04, (fine - 0.5) * 0.0012)


@dataclass(frozen=True)
class RedSand(Varied):
    hue: float = parameter(0.5, "from orange to deep red", low=0.0, high=1.0)
    pebbles: float = parameter(0.5, "how many dark pebbles the wind has left", low=0.1, high=1.0)
    crust: float = parameter(0.5, "pale crust of salt and clay", low=0.0, high=0.9)


@layer("red_sand", "sand", "the red floor of a desert: sand under a thin crust, strewn with small dark stones", RedSand)
def red_sand(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.5, 7.0, 0.6), w.noise(place, 260.0, 3.0, 0.7)
    red = w.mix(values("hue"), (0.43, 0.195, 0.080), (0.335, 0.098, 0.043))
    colour = red * (0.62 + 0.45 * grain + 0.32 * fine)
    crust = w.smoothstep(0.50, 0.64, w.noise(place, 1.3, 6.0, 0.6)) * values("crust")
    colour = w.mix(crust * 0.55, colour, (0.50, 0.325, 0.20))
    height, stone = (grain - 0.5) * 0.12 + crust * 0.004, None
    for size, share in ((0.11, 0.14), (0.035, 0.34)):
        dome, tint = lumps(w, warped(w, place, size, 0.2 * size), size)
        kind, tone, breadth = w.separate(tint)
        there = w.math("LESS_THAN", kind, values("pebbles") * share * (0.3 + 1.4 * grain))
        low = 0.62 + 0.3 * breadth
        stone = w.smoothstep(low, low + 0.08, dome) * there
        colour = w.mix(stone, colour, w.mix(tone, (0.062, 0.036, 0.028), (0.30, 0.155, 0.092)) * (0.75 + 0.5 * fine))
        height = height + w.math("MAXIMUM", dome - low, 0.0) * there * size * 1.6
    return Layer(colour, 0.9, height, 0.05, (fine - 0.5) * 0.0012)
