"""Soils and muds: loam in crumbs, peat, mud that has dried and cracked, gravel and scree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import lumps, stones, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Number, Socket


@dataclass(frozen=True)
class Loam(Varied):
    tone: float = parameter(0.5, "from dark to pale", low=0.15, high=0.9)
    red: float = parameter(0.3, "from grey-brown to red-brown", low=0.0, high=0.8)
    clods: float = parameter(0.05, "size of the crumbs", unit="m", low=0.035, high=0.08)


@layer("loam", "soil", "brown earth in crumbs and clods", Loam)
def loam(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 7.0, 4.0, 0.65)
    clod, tint = lumps(w, warped(w, place, 0.04, 0.012), values("clods"))
    crumb = w.noise(place, 60.0, 3.0, 0.7)
    dry = w.mix(values("red"), (0.165, 0.132, 0.096), (0.190, 0.110, 0.062))
    damp = w.mix(values("red"), (0.050, 0.040, 0.028), (0.070, 0.036, 0.020))
    shade = w.clamp(0.55 * fine + 0.5 * crumb + 0.45 * clod * w.separate(tint)[0] - 0.22 + 0.8 * (grain - 0.5))
    colour = w.mix(shade, damp, dry) * (0.6 + 0.8 * values("tone"))
    bits = w.smoothstep(0.70, 0.74, w.noise(w.mapping(place, (70.0, 16.0, 40.0)), 1.0, 2.0))
    colour = w.mix(bits * 0.7, colour, (0.30, 0.23, 0.12))
    height = (grain - 0.5) * 0.12 + (clod - 0.5) * 0.02 + (fine - 0.5) * 0.05
    return Layer(colour, 0.95, height, 0.04, (crumb - 0.5) * 0.006)


@dataclass(frozen=True)
class Peat(Varied):
    wetness: float = parameter(0.5, "from crumbling to soaked", low=0.1, high=0.9)
    warmth: float = parameter(0.4, "from black to red-brown", low=0.0, high=1.0)


@layer("peat", "soil", "black-brown peat, felted with fibres, wet in its hollows", Peat)
def peat(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain = w.noise(place, 1.3, 7.0, 0.62)
    turned = warped(w, place, 0.12, 0.06)
    fibre = w.noise(w.mapping(turned, (110.0, 14.0, 60.0)), 1.0, 3.0, 0.6)
    across = w.noise(w.mapping(turned, (12.0, 120.0, 60.0)), 1.0, 3.0, 0.6)
    felt = w.math("MAXIMUM", fibre, across)
    dark = w.mix(values("warmth"), (0.013, 0.011, 0.010), (0.030, 0.016, 0.009))
    pale = w.mix(values("warmth"), (0.060, 0.048, 0.036), (0.092, 0.050, 0.026))
    colour = w.mix(w.smoothstep(0.42, 0.66, felt) * (0.35 + 0.65 * grain), dark, pale)
    colour = w.mix(w.smoothstep(0.64, 0.70, felt) * 0.65, colour, (0.18, 0.125, 0.065))
    hollow = w.smoothstep(0.52, 0.36, grain) * values("wetness")
    colour = colour * (1.0 - 0.5 * hollow)
    height = w.math("MAXIMUM", grain - 0.5, -0.10) * 0.16
    return Layer(colour, 0.85 - 0.7 * hollow, height, 0.03, (felt - 0.5) * 0.006 * (1.0 - hollow), hollow)


@dataclass(frozen=True)
class CrackedMud(Varied):
    plates: float = parameter(0.22, "size of the plates", unit="m", low=0.12, high=0.4)
    tone: float = parameter(0.5, "from brown to pale grey", low=0.1, high=0.9)
    curl: float = parameter(0.5, "how far their rims have curled up", low=0.1, high=1.0)


@layer("cracked_mud", "soil", "the floor of a pool that has dried: plates with curled rims and deep cracks between", CrackedMud)
def cracked_mud(w: NodeWriter, place: Socket, values: Values) -> Layer:
    bent = warped(w, place, 0.35, 0.03, 3.0)
    edge = w.voronoi(bent, 1.0 / values("plates"), "DISTANCE_TO_EDGE", flat=True)
    tint = w.separate(w.voronoi(bent, 1.0 / values("plates"), "F1", "Color", flat=True))
    hair = w.voronoi(bent, 3.1 / values("plates"), "DISTANCE_TO_EDGE", flat=True)
    grain, fine = w.noise(place, 0.9, 7.0, 0.6), w.noise(place, 45.0, 3.0, 0.65)
    width = 0.035 + 0.05 * grain
    gap = w.smoothstep(width, width * 0.35, edge)
    thin = w.smoothstep(0.03, 0.0, hair) * w.smoothstep(0.45, 0.6, grain) * (1.0 - gap)
    rim = w.smoothstep(0.30, 0.04, edge) * values("curl")
    pale = w.mix(values("tone"), (0.24, 0.185, 0.128), (0.40, 0.355, 0.30))
    colour = pale * (0.66 + 0.26 * tint[0] + 0.3 * fine + 0.24 * rim) * (0.62 + 0.7 * grain)
    colour = w.mix(w.clamp(gap + thin * 0.7), colour, (0.040, 0.031, 0.024))
    height = rim * 0.014 - gap * 0.055 - thin * 0.006 + (grain - 0.5) * 0.05
    return Layer(colour, 0.85, height, 0.05, (fine - 0.5) * 0.0025)


@dataclass(frozen=True)
class Gravel(Varied):
    size: float = parameter(0.06, "size of the larger stones", unit="m", low=0.035, high=0.10)
    tone: float = parameter(0.5, "from dark to pale", low=0.2, high=0.9)
    mixed: float = parameter(0.5, "how much the stones differ in colour", low=0.2, high=1.0)


@layer("gravel", "soil", "rounded pebbles of many rocks, small ones and sand between large ones", Gravel)
def gravel(w: NodeWriter, place: Socket, values: Values) -> Layer:
    bent = warped(w, place, 0.09, 0.010)
    large, tint = stones(w, bent, values("size"))
    small, speck = lumps(w, bent, values("size") * 0.27)
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 70.0, 3.0, 0.65)
    red, green, blue = w.separate(tint)
    pick = w.separate(speck)[0]
    there = w.smoothstep(0.30, 0.40, large) * w.math("GREATER_THAN", green, 0.30)
    grey = w.mix(red, (0.085, 0.080, 0.076), (0.30, 0.285, 0.26))
    stone = w.mix(w.smoothstep(0.55, 0.9, blue) * values("mixed"), grey, (0.235, 0.135, 0.085))
    stone = w.mix(w.smoothstep(0.86, 0.92, red) * values("mixed"), stone, (0.52, 0.50, 0.46))
    grit = w.mix(pick, (0.075, 0.064, 0.052), (0.225, 0.20, 0.165)) * (0.45 + 0.55 * small)
    colour = w.mix(there, grit, stone * (0.55 + 0.45 * large)) * (0.62 + 0.4 * fine) * (0.8 + 0.6 * values("tone"))
    colour = colour * (0.72 + 0.56 * grain)
    rise = large * there * values("size") * 0.5
    height = rise + small * (1.0 - there) * values("size") * 0.13 + (grain - 0.5) * 0.15 - values("size") * 0.15
    return Layer(colour, 0.8, height, 0.05, (fine - 0.5) * 0.0025)


@dataclass(frozen=True)
class Scree(Varied):
    size: float = parameter(0.35, "size of the larger pieces", unit="m", low=0.2, high=0.6)
    tone: float = parameter(0.5, "from dark to pale", low=0.25, high=0.8)


@layer("scree", "soil", "broken rock below cliffs: sharp pieces of all sizes", Scree)
def scree(w: NodeWriter, place: Socket, values: Values) -> Layer:
    bent = warped(w, place, 0.6, 0.05)
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 7.0, 4.0, 0.65)
    shade: Number = 0.5
    height = (grain - 0.5) * 0.25
    x, y, _ = w.separate(bent)
    for part in (1.0, 0.31):
        scale = 1.0 / (values("size") * part)
        away = w.voronoi(bent, scale, flat=True)
        tint = w.separate(w.voronoi(bent, scale, "F1", "Color", flat=True))
        middle = w.separate(w.voronoi(bent, scale, "F1", "Position", flat=True))
        # A piece is a slab that leans to a side of its own.
        lean = (x - middle[0]) * (tint[0] - 0.5) + (y - middle[1]) * (tint[1] - 0.5)
        height = height + lean * 1.3 + (tint[2] - 0.5) * values("size") * (0.22 * part)
        lit = (0.35 + 0.9 * tint[0]) * w.smoothstep(0.85, 0.25, away)
        shade = shade * 0.55 + lit * 0.45
    colour = w.mix(grain, (0.115, 0.108, 0.10), (0.27, 0.255, 0.235)) * (0.60 + 0.75 * shade)
    colour = colour * (0.72 + 0.56 * values("tone")) * (0.7 + 0.6 * fine)
    return Layer(colour, 0.9, height, 0.15, (fine - 0.5) * 0.03)
