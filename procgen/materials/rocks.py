"""Rocks without beds: granite, basalt, gneiss, conglomerate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import beds, cracks, level_of, lumps, stones, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


@dataclass(frozen=True)
class Granite(Varied):
    hue: float = parameter(0.35, "from grey to pink feldspar", low=0.0, high=1.0)
    mica: float = parameter(0.22, "share of black mica", low=0.12, high=0.36)
    grain: float = parameter(0.007, "size of the crystals", unit="m", low=0.004, high=0.012)
    lichen: float = parameter(0.4, "how much lichen and weather have greyed it", low=0.1, high=0.8)


@layer("granite", "rock", "crystals of feldspar, quartz and mica, worn round, with a few long joints", Granite)
def granite(w: NodeWriter, place: Socket, values: Values) -> Layer:
    broad, grain = w.noise(place, 0.35, 5.0, 0.55), w.noise(place, 2.6, 8.0, 0.62)
    kind, tone, _ = w.separate(w.voronoi(place, 1.0 / values("grain"), "F1", "Color"))
    feldspar = w.mix(values("hue"), (0.40, 0.39, 0.375), (0.44, 0.275, 0.215)) * (0.75 + 0.5 * tone)
    quartz = w.mix(tone, (0.20, 0.195, 0.19), (0.30, 0.295, 0.285))
    crystal = w.mix(w.math("GREATER_THAN", kind, 0.62), feldspar, quartz)
    dark = w.math("LESS_THAN", kind, values("mica") + 0.5 * (grain - 0.5))
    crystal = w.mix(dark, crystal, (0.022, 0.021, 0.022))
    weather = w.smoothstep(0.42, 0.64, grain + 0.5 * (broad - 0.5)) * values("lichen")
    colour = crystal * (0.62 + 0.75 * grain)
    colour = w.mix(weather * 0.75, colour, w.mix(tone, (0.135, 0.132, 0.115), (0.205, 0.20, 0.17)))
    pale = w.smoothstep(0.60, 0.66, w.noise(place, 6.5, 5.0, 0.6)) * values("lichen")
    colour = w.mix(pale * 0.7, colour, (0.33, 0.345, 0.27))
    joint = cracks(w, warped(w, place, 1.6, 0.35, 3.0), 2.6, 0.006) * w.smoothstep(0.50, 0.60, w.noise(place, 0.22, 1.0))
    colour = w.mix(joint * 0.85, colour, (0.035, 0.032, 0.028))
    height = (broad - 0.5) * 0.12 + (grain - 0.5) * 0.05 - joint * 0.03
    return Layer(colour, 0.7, height, 0.05, (tone - 0.5) * 0.0016 + (grain - 0.5) * 0.015)


@dataclass(frozen=True)
class Basalt(Varied):
    tone: float = parameter(0.4, "from black to grey", low=0.1, high=0.9)
    rust: float = parameter(0.3, "rust on weathered faces", low=0.05, high=0.8)
    columns: float = parameter(0.55, "breadth of the columns", unit="m", low=0.35, high=0.8)


@layer("basalt", "rock", "black rock in upright six-sided columns, pitted by gas", Basalt)
def basalt(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, z = w.separate(place)
    grain, fine = w.noise(place, 1.8, 8.0, 0.62), w.noise(place, 30.0, 4.0, 0.65)
    bend = (w.noise_vector(place, 0.5, 1.0) - 0.5) * 0.25
    upright = w.combine(x, y, 0.0) + bend
    edge = w.voronoi(upright, 1.0 / values("columns"), "DISTANCE_TO_EDGE", randomness=0.55, flat=True)
    own = w.separate(w.voronoi(upright, 1.0 / values("columns"), "F1", "Color", randomness=0.55, flat=True))
    joint = w.smoothstep(0.045, 0.010, edge)
    across = w.math("FRACT", z * (0.9 + 0.5 * own[0]) + own[1] * 7.0 + (grain - 0.5) * 0.25)
    step = w.smoothstep(0.05, 0.0, across)
    hole = w.smoothstep(0.30, 0.20, w.voronoi(place, 42.0)) * w.smoothstep(0.48, 0.6, grain)
    colour = w.mix(grain, (0.026, 0.026, 0.028), (0.105, 0.103, 0.103)) * (0.55 + 0.9 * values("tone"))
    colour = colour * (0.7 + 0.45 * own[2] + 0.3 * fine)
    colour = w.mix(w.smoothstep(0.54, 0.72, w.noise(place, 0.9, 7.0, 0.65)) * values("rust"), colour, (0.125, 0.062, 0.030))
    colour = w.mix(w.clamp(joint + step * 0.7 + hole), colour, (0.010, 0.010, 0.010))
    dome = w.math("MINIMUM", edge, 0.2)
    height = dome * 0.18 + (own[0] - 0.5) * 0.09 - joint * 0.03 - step * 0.012 + (grain - 0.5) * 0.04 - 0.02
    return Layer(colour, 0.65, height, 0.08, (fine - 0.5) * 0.006 - hole * 0.004)


@dataclass(frozen=True)
class Gneiss(Varied):
    bands: float = parameter(0.11, "thickness of the bands", unit="m", low=0.06, high=0.2)
    contrast: float = parameter(0.7, "how much light and dark bands differ", low=0.4, high=1.0)
    hue: float = parameter(0.3, "from grey to pink", low=0.0, high=0.9)
    dip: float = parameter(0.9, "how its bands lean, rise over run", low=0.2, high=2.2)


@layer("gneiss", "rock", "light and dark bands, folded like dough", Gneiss)
def gneiss(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 1.4, 8.0, 0.6), w.noise(place, 110.0, 2.0, 0.6)
    folded = warped(w, place, 1.3, 0.42, 3.0)
    level = level_of(w, folded, values("dip"), 0.6, 0.5)
    band = beds(w, place, level, values("bands"), 5.0, 0.58)
    light = w.smoothstep(0.44, 0.56, band + 0.12 * (fine - 0.5))
    pale = w.mix(values("hue"), (0.41, 0.395, 0.37), (0.43, 0.305, 0.25))
    colour = w.mix(light * values("contrast") + 0.3 * (1.0 - values("contrast")), (0.062, 0.060, 0.060), pale)
    vein = w.smoothstep(0.030, 0.012, w.math("ABSOLUTE", w.noise(folded, 0.55, 3.0, 0.5) - 0.5))
    colour = w.mix(vein * 0.9, colour, (0.58, 0.56, 0.53))
    colour = colour * (0.70 + 0.35 * fine + 0.30 * grain)
    weather = w.smoothstep(0.52, 0.68, grain)
    colour = w.mix(weather * 0.45, colour, (0.155, 0.150, 0.120))
    joint = cracks(w, warped(w, place, 1.1, 0.2, 3.0), 1.5, 0.008)
    colour = w.mix(joint * 0.8, colour, (0.03, 0.028, 0.026))
    height = (grain - 0.5) * 0.11 + (band - 0.5) * 0.05 - joint * 0.025
    return Layer(colour, 0.72, height, 0.05, (fine - 0.5) * 0.002 + (grain - 0.5) * 0.015)


@dataclass(frozen=True)
class Conglomerate(Varied):
    pebbles: float = parameter(0.12, "size of the larger pebbles", unit="m", low=0.07, high=0.2)
    hue: float = parameter(0.5, "matrix from grey to red-brown", low=0.0, high=1.0)
    mixed: float = parameter(0.7, "how much the pebbles differ in colour", low=0.4, high=1.0)


@layer("conglomerate", "rock", "rounded pebbles of many rocks baked into a sandy matrix", Conglomerate)
def conglomerate(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.9, 7.0, 0.6), w.noise(place, 70.0, 3.0, 0.65)
    bent = warped(w, place, 0.15, 0.02)
    dome, tint = stones(w, bent, values("pebbles"), flat=False)
    small, speck = lumps(w, bent, values("pebbles") * 0.3, flat=False)
    red, green, blue = w.separate(tint)
    pebble = w.smoothstep(0.42, 0.50, dome) * w.math("GREATER_THAN", green, 0.22)
    pick = w.separate(speck)
    little = w.smoothstep(0.55, 0.65, small) * w.math("GREATER_THAN", pick[1], 0.4) * (1.0 - pebble)
    matrix = w.mix(values("hue"), (0.205, 0.19, 0.165), (0.245, 0.145, 0.092)) * (0.6 + 0.5 * fine + 0.35 * grain)
    grey = w.mix(red, (0.085, 0.083, 0.08), (0.36, 0.345, 0.32))
    other = w.mix(blue, (0.30, 0.115, 0.075), (0.44, 0.36, 0.25))
    stone = w.mix(w.smoothstep(0.45, 0.6, blue) * values("mixed"), grey, other)
    stone = w.mix(w.math("GREATER_THAN", red, 0.86) * values("mixed"), stone, (0.56, 0.54, 0.51))
    colour = w.mix(pebble, matrix, stone * (0.72 + 0.4 * fine))
    colour = w.mix(little, colour, w.mix(pick[0], (0.09, 0.085, 0.08), (0.38, 0.34, 0.29)))
    colour = colour * (0.72 + 0.56 * grain)
    rise = dome * pebble * values("pebbles") * 0.30 + small * little * values("pebbles") * 0.08
    height = rise + (grain - 0.5) * 0.12 - values("pebbles") * 0.08
    return Layer(colour, 0.75, height, 0.06, (fine - 0.5) * 0.006 * (1.0 - 0.8 * pebble))
