"""What grows on the ground or falls on it: turf, moss, lichen, litter of leaves and needles, and bare wood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import lumps, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Number, Socket


@dataclass(frozen=True)
class Turf(Varied):
    dry: float = parameter(0.4, "from green to straw", low=0.15, high=0.75)
    tone: float = parameter(0.5, "from dark to pale", low=0.3, high=0.7)


@layer("turf", "cover", "what a sward looks like between the blades and from afar: green in hollows, straw on dry rises", Turf)
def turf(w: NodeWriter, place: Socket, values: Values) -> Layer:
    from ..nodes.season import season_value

    z = w.separate(place)[2]
    broad, grain = w.noise(place, 0.012, 3.0, 0.5), w.noise(place, 0.11, 10.0, 0.62)
    fine = w.noise(place, 7.0, 4.0, 0.65)
    blades = w.noise(w.mapping(warped(w, place, 0.1, 0.03), (190.0, 60.0, 60.0)), 1.0, 2.0, 0.6)
    green = w.mix(w.smoothstep(0.35, 0.68, grain), (0.040, 0.066, 0.014), (0.098, 0.118, 0.030))
    straw = w.mix(fine, (0.120, 0.105, 0.040), (0.190, 0.160, 0.070))
    season = 0.45 * season_value(w, "straw") + 0.3 * (values("dry") - 0.4)
    dry = w.smoothstep(0.48, 0.78, broad + 0.6 * (grain - 0.5) + 0.0011 * z + season)
    colour = w.mix(dry * (0.75 + 0.25 * w.clamp(season_value(w, "straw"))), green, straw)
    colour = w.mix(season_value(w, "pale") * 0.7, colour, (0.215, 0.195, 0.125))
    colour = colour * (0.35 + 1.3 * w.smoothstep(0.25, 0.75, blades)) * (0.6 + 0.8 * values("tone"))
    height = (grain - 0.5) * 0.20 + (fine - 0.5) * 0.05
    return Layer(colour, 0.9, height, 0.05, (blades - 0.5) * 0.004)


@dataclass(frozen=True)
class Litter(Varied):
    hue: float = parameter(0.5, "from grey-brown to red-brown", low=0.0, high=1.0)
    fresh: float = parameter(0.3, "how many leaves still have their autumn colour", low=0.0, high=0.7)
    size: float = parameter(0.07, "length of a leaf", unit="m", low=0.05, high=0.10)


@layer("leaf_litter", "cover", "fallen leaves in layers on the floor of a wood, brown and curled", Litter)
def leaf_litter(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 40.0, 3.0, 0.6)
    bent = warped(w, place, 0.08, 0.018)
    colour: Socket = w.mix(grain, (0.026, 0.019, 0.012), (0.060, 0.042, 0.024))
    height = (grain - 0.5) * 0.15
    x, y, _ = w.separate(bent)
    for turn, stretch in ((0.3, 0.9), (1.4, 1.0), (2.4, 0.75)):
        cosine, sine = math.cos(turn), math.sin(turn)
        lying = w.combine(x * cosine + y * sine, (y * cosine - x * sine) * 1.9 + turn, 0.0)
        scale = stretch / values("size")
        away = w.voronoi(lying, scale, flat=True)
        red, green, blue = w.separate(w.voronoi(lying, scale, "F1", "Color", flat=True))
        leaf = w.smoothstep(0.46, 0.40, away) * w.math("GREATER_THAN", blue, 0.35)
        brown = w.mix(values("hue"), (0.165, 0.125, 0.082), (0.205, 0.105, 0.047))
        tint = w.mix(red, brown * 0.42, brown * 1.35)
        tint = w.mix(w.math("LESS_THAN", green, values("fresh") * 0.3), tint, (0.27, 0.125, 0.030))
        shade = 0.62 + 0.5 * fine + 0.35 * (0.5 - away)
        colour = w.mix(leaf, colour, tint * shade)
        height = height + leaf * (away * away * 0.03 + 0.004 + red * 0.006)
    return Layer(colour, 0.7, height - 0.012, 0.04, (fine - 0.5) * 0.004)


@dataclass(frozen=True)
class Needles(Varied):
    hue: float = parameter(0.5, "from grey-brown to red-brown", low=0.0, high=1.0)
    green: float = parameter(0.2, "moss and green needles among them", low=0.0, high=0.6)


@layer("needle_litter", "cover", "brown needles strewn under conifers", Needles)
def needle_litter(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 7.0, 4.0, 0.65)
    colour: Socket = w.mix(grain, (0.024, 0.017, 0.011), (0.060, 0.040, 0.023))
    relief: Number = 0.0
    brown = w.mix(values("hue"), (0.205, 0.150, 0.090), (0.245, 0.120, 0.050))
    for number, turn in enumerate((0.2, 1.1, 2.0, 2.7)):
        cosine, sine = math.cos(turn), math.sin(turn)
        x, y, z = w.separate(place)
        along, across = x * cosine + y * sine, y * cosine - x * sine
        bent = w.combine(along * 26.0, across * 300.0 + 3.0 * w.noise(place, 9.0, 1.0), z * 40.0 + 7.0 * number)
        needle = w.smoothstep(0.60, 0.68, w.noise(bent, 1.0, 1.0))
        colour = w.mix(needle, colour, brown * (0.45 + 0.28 * number) * (0.5 + 0.9 * fine))
        relief = needle * 0.0025 + relief
    moss = w.smoothstep(0.56, 0.68, w.noise(place, 1.5, 5.0, 0.6)) * values("green")
    colour = w.mix(moss, colour, w.mix(fine, (0.030, 0.045, 0.010), (0.095, 0.115, 0.028)))
    return Layer(colour, 0.75, (grain - 0.5) * 0.16 + moss * 0.012, 0.04, relief)


@dataclass(frozen=True)
class MossCover(Varied):
    hue: float = parameter(0.5, "from yellow-green to deep green", low=0.0, high=1.0)
    cushions: float = parameter(0.13, "breadth of the cushions", unit="m", low=0.08, high=0.2)


@layer("moss_cover", "cover", "a carpet of moss in soft cushions", MossCover)
def moss_cover(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 1.6, 6.0, 0.6), w.noise(place, 130.0, 3.0, 0.7)
    dome, tint = lumps(w, warped(w, place, 0.10, 0.035, 3.0), values("cushions"), flat=False)
    small, _ = lumps(w, warped(w, place, 0.03, 0.008), values("cushions") * 0.17, flat=False)
    own = w.separate(tint)
    deep = w.mix(values("hue"), (0.060, 0.066, 0.010), (0.022, 0.045, 0.010))
    lit = w.mix(values("hue"), (0.230, 0.235, 0.035), (0.098, 0.150, 0.028))
    tips = w.clamp(0.15 + 0.35 * dome + 0.35 * small * fine + 0.5 * (fine - 0.5) + 0.4 * (own[0] - 0.5) + 0.6 * (grain - 0.5))
    colour = w.mix(tips, deep, lit)
    brown = w.smoothstep(0.62, 0.72, grain + 0.2 * (own[1] - 0.5))
    colour = w.mix(brown * 0.6, colour, (0.125, 0.095, 0.035))
    height = (dome - 0.5) * values("cushions") * 0.30 + (grain - 0.5) * 0.06
    return Layer(colour, 0.95, height, 0.04, small * 0.006 + (fine - 0.5) * 0.004)


@dataclass(frozen=True)
class LichenCrust(Varied):
    share: float = parameter(0.5, "share of the rock that is covered", low=0.3, high=0.8)
    orange: float = parameter(0.3, "how much of it is orange", low=0.0, high=0.8)


@layer("lichen_crust", "cover", "rosettes of grey, green-yellow and orange lichen on dark rock", LichenCrust)
def lichen_crust(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 1.9, 8.0, 0.62), w.noise(place, 85.0, 3.0, 0.7)
    colour: Socket = w.mix(grain, (0.075, 0.072, 0.068), (0.21, 0.205, 0.19)) * (0.75 + 0.5 * fine)
    relief = (grain - 0.5) * 0.02
    kinds = (
        (0.16, 0.34, (0.30, 0.325, 0.27)),
        (0.10, 0.30, (0.29, 0.30, 0.13)),
        (0.06, 0.42, (0.42, 0.20, 0.045)),
        (0.035, 0.2, (0.50, 0.50, 0.46)),
    )
    for number, (size, most, tint) in enumerate(kinds):
        bent = warped(w, place + 3.7 * number, size * 0.3, 0.16 * size, 4.0)
        away = w.voronoi(bent, 1.0 / size)
        kind, breadth, tone = w.separate(w.voronoi(bent, 1.0 / size, "F1", "Color"))
        share = values("orange") * most * 1.4 if number == 2 else values("share") * most * 1.5
        radius = 0.26 + 0.28 * breadth
        there = w.smoothstep(radius, radius - 0.05, away) * w.math("LESS_THAN", kind, share + 0.5 * (grain - 0.5))
        rim = w.smoothstep(radius - 0.16, radius - 0.05, away)
        shade = (0.55 + 0.35 * rim + 0.45 * fine) * (0.75 + 0.5 * tone)
        colour = w.mix(there, colour, w.vector_math("MULTIPLY", tint, w.combine(shade, shade, shade)))
        relief = relief + there * (0.002 + 0.002 * rim)
    height = (w.noise(place, 0.5, 4.0) - 0.5) * 0.14
    return Layer(colour, 0.92, height, 0.04, relief + (fine - 0.5) * 0.003)


@dataclass(frozen=True)
class BareWood(Varied):
    silver: float = parameter(0.6, "from brown to silver-grey", low=0.1, high=1.0)
    cracks: float = parameter(0.5, "how far it has split", low=0.2, high=1.0)


@layer("bare_wood", "cover", "dead wood without bark, silvered by weather, its grain around knots and split along", BareWood)
def bare_wood(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, z = w.separate(place)
    # The grain runs along x and gives way to knots.
    knot_place = w.combine(x * 0.9, y * 3.2, z * 3.2)
    away = w.voronoi(knot_place, 0.75)
    knot = w.smoothstep(0.30, 0.0, away)
    bend = (w.noise(w.combine(x * 0.7, y, z), 1.2, 2.0) - 0.5) * 0.25 + knot * 0.10
    across = w.combine(x * 0.05, y + bend, z + bend)
    ring = w.noise(across, 24.0, 4.0, 0.55)
    fibre = w.noise(w.combine(x * 0.03, y + bend, z + bend), 170.0, 3.0, 0.65)
    brown = w.mix(ring, (0.115, 0.070, 0.040), (0.33, 0.225, 0.135))
    grey = w.mix(ring, (0.135, 0.128, 0.118), (0.40, 0.385, 0.36))
    colour = w.mix(values("silver"), brown, grey) * (0.52 + 0.95 * fibre)
    split = w.noise(w.combine(x * 0.12, y + bend, z + bend), 9.0, 3.0, 0.6)
    crack = w.smoothstep(0.022 * 2.0, 0.008, w.math("ABSOLUTE", split - 0.5)) * values("cracks")
    colour = w.mix(crack, colour, (0.022, 0.018, 0.014))
    colour = w.mix(w.smoothstep(0.12, 0.04, away) * 0.85, colour, (0.055, 0.036, 0.024))
    height = (w.noise(w.combine(x * 0.15, y, z), 2.0, 3.0) - 0.5) * 0.06 + (ring - 0.5) * 0.012 - crack * 0.014
    return Layer(colour, 0.8, height, 0.03, (fibre - 0.5) * 0.002)
