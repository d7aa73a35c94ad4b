"""Rocks that were laid down in beds, and those that split along planes: limestone, sandstone, chalk, schist, slate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import beds, cracks, level_of, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


@dataclass(frozen=True)
class Schist(Varied):
    tone: float = parameter(0.5, "from dark to pale", low=0.2, high=0.9)
    warmth: float = parameter(0.5, "from blue-grey to brown", low=0.1, high=0.9)
    beds: float = parameter(12.0, "thickness of the beds", unit="m", low=7.0, high=18.0)
    dip: float = parameter(0.21, "how the beds lean, rise over run", low=0.1, high=0.5)


@layer("schist", "rock", "grey mountain rock in beds that lean, rough down to the grain, with lichen on its ledges", Schist)
def schist(w: NodeWriter, place: Socket, values: Values) -> Layer:
    steep = w.separate(w.geometry("Normal"))[2]
    broad, grain = w.noise(place, 0.012, 3.0, 0.5), w.noise(place, 0.11, 10.0, 0.62)
    fine = w.noise(place, 7.0, 4.0, 0.65)
    bed = beds(w, place, level_of(w, place, values("dip"), 0.3, 36.0), values("beds"), 4.0, 0.65)
    colour = w.mix(w.smoothstep(0.30, 0.70, grain), (0.104, 0.100, 0.096), (0.212, 0.203, 0.191))
    colour = w.mix(w.smoothstep(0.40, 0.66, bed) * values("warmth"), colour, (0.200, 0.172, 0.145))
    colour = w.mix(w.smoothstep(0.50, 0.70, broad) * 0.45, colour, (0.150, 0.148, 0.152))
    colour = w.mix(w.smoothstep(0.58, 0.66, fine) * 0.5, colour, (0.235, 0.23, 0.215))
    colour = colour * (0.72 + 0.56 * values("tone"))
    # Lichen and dust settle on ledges.
    ledge = w.smoothstep(0.62, 0.9, steep + 0.5 * (grain - 0.5))
    colour = w.mix(ledge * 0.4, colour, (0.165, 0.160, 0.115))
    return Layer(colour, 0.88, (grain - 0.5) * 0.2, 0.05, (fine - 0.5) * 0.03)


@dataclass(frozen=True)
class Limestone(Varied):
    tone: float = parameter(0.5, "from grey to nearly white", low=0.1, high=0.95)
    cream: float = parameter(0.5, "from grey to cream", low=0.0, high=1.0)
    beds: float = parameter(0.5, "thickness of the beds", unit="m", low=0.25, high=1.1)
    stain: float = parameter(0.4, "black and ochre where water has run", low=0.1, high=0.8)


@layer("limestone", "rock", "pale beds with joints, pitted and fluted by rain, streaked black where water runs", Limestone)
def limestone(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, _ = w.separate(place)
    grain, fine = w.noise(place, 0.6, 8.0, 0.62), w.noise(place, 16.0, 4.0, 0.65)
    level = level_of(w, place, 0.05, 0.4, 2.0) + (grain - 0.5) * 0.12
    bed = beds(w, place, level, values("beds"), 3.0)
    part = w.math("FRACT", level / values("beds"))
    split = cracks(w, warped(w, place, 0.7, 0.25, 3.0), values("beds") * 2.2, 0.02)
    joint = w.smoothstep(0.06, 0.0, part) + split * w.smoothstep(0.48, 0.60, w.noise(place, 0.4, 2.0))
    joint = w.clamp(joint)
    pits = w.smoothstep(0.42, 0.30, w.noise(place, 38.0, 2.0, 0.5))
    colour = w.mix(values("cream"), (0.36, 0.365, 0.36), (0.45, 0.405, 0.315))
    colour = colour * (0.55 + 0.7 * values("tone")) * (0.58 + 0.5 * bed + 0.34 * grain)
    streak = w.noise(w.combine(x * 2.6, y * 2.6, level * 0.22), 1.0, 5.0, 0.65)
    colour = w.mix(w.smoothstep(0.50, 0.68, streak) * values("stain"), colour, (0.10, 0.098, 0.09))
    colour = w.mix(w.smoothstep(0.56, 0.7, grain) * values("stain") * 0.7, colour, (0.40, 0.29, 0.15))
    colour = w.mix(w.clamp(joint * 0.75 + pits * 0.45), colour, (0.085, 0.078, 0.064))
    height = (grain - 0.5) * 0.08 - joint * 0.03 + (bed - 0.5) * 0.06
    return Layer(colour, 0.85, height, 0.05, (fine - 0.5) * 0.012 - pits * 0.004)


@dataclass(frozen=True)
class Sandstone(Varied):
    hue: float = parameter(0.6, "from yellow to red", low=0.0, high=1.0)
    tone: float = parameter(0.5, "from dark to pale", low=0.15, high=0.9)
    beds: float = parameter(0.45, "thickness of the beds", unit="m", low=0.2, high=1.2)
    bands: float = parameter(0.6, "how much the beds differ in colour", low=0.3, high=1.0)


@layer("sandstone", "rock", "sand turned to rock in beds of cream, orange and red, with finer layers aslant in them", Sandstone)
def sandstone(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, z = w.separate(place)
    grain, fine = w.noise(place, 0.5, 7.0, 0.6), w.noise(place, 60.0, 4.0, 0.7)
    level = level_of(w, place, 0.06, 0.5, 1.2) + (grain - 0.5) * 0.08
    bed = beds(w, place, level, values("beds") * 0.45, 5.0, 0.68)
    # Every bed was a dune: fine layers lean in it, to this side or to that.
    aslant = w.noise(w.combine(w.math("FLOOR", level / (values("beds") * 1.7)), 0.5, 0.5), 1.7, 0.0) - 0.5
    fine_beds = w.noise(w.combine(0.0, x * 0.05, (z + (x + y) * aslant) * 26.0), 1.0, 3.0, 0.6)
    red = w.mix(values("hue"), (0.42, 0.275, 0.135), (0.40, 0.155, 0.075))
    pale = w.mix(values("hue"), (0.56, 0.44, 0.27), (0.56, 0.36, 0.215))
    dark = w.mix(values("hue"), (0.25, 0.15, 0.075), (0.215, 0.070, 0.036))
    colour = w.mix(w.smoothstep(0.50, 0.57, bed) * values("bands"), red, pale)
    colour = w.mix(w.smoothstep(0.46, 0.39, bed) * values("bands"), colour, dark)
    colour = colour * (0.62 + 0.5 * values("tone")) * (0.60 + 0.40 * fine_beds + 0.25 * fine + 0.15 * grain)
    varnish = w.smoothstep(0.60, 0.76, w.noise(w.combine(x * 1.6, y * 1.6, z * 0.25), 1.0, 6.0, 0.65))
    colour = w.mix(varnish * 0.6, colour, (0.075, 0.042, 0.030))
    height = (bed - 0.5) * 0.22 + (grain - 0.5) * 0.10 + (fine_beds - 0.5) * 0.012
    return Layer(colour, 0.9, height, 0.07, (fine - 0.5) * 0.004 + (fine_beds - 0.5) * 0.006)


@dataclass(frozen=True)
class Slate(Varied):
    tone: float = parameter(0.4, "from nearly black to grey", low=0.1, high=0.9)
    hue: float = parameter(0.4, "from blue over green to purple", low=0.0, high=1.0)
    dip: float = parameter(1.4, "how its sheets lean, rise over run", low=0.6, high=2.5)
    rust: float = parameter(0.3, "rust in its joints", low=0.05, high=0.8)


@layer("slate", "rock", "dark sheets as thin as cards, splitting, with a dull sheen and rusty joints", Slate)
def slate(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 1.1, 7.0, 0.6), w.noise(place, 40.0, 3.0, 0.6)
    level = level_of(w, place, values("dip"), 0.35, 0.9) + (grain - 0.5) * 0.03
    sheet = beds(w, place * 6.0, level, 0.06, 6.0, 0.72)
    split = w.smoothstep(0.43, 0.37, sheet)
    step = w.smoothstep(0.47, 0.53, beds(w, place * 14.0, level, 0.22, 2.0))
    joint = cracks(w, warped(w, place, 0.4, 0.03), 0.55, 0.014)
    blue = w.mix(w.smoothstep(0.0, 0.5, values("hue")), (0.088, 0.103, 0.122), (0.093, 0.108, 0.094))
    colour = w.mix(w.smoothstep(0.5, 1.0, values("hue")), blue, (0.125, 0.096, 0.112))
    colour = colour * (0.5 + 0.9 * values("tone")) * (0.45 + 0.75 * sheet + 0.35 * grain)
    rust = w.clamp(w.smoothstep(0.56, 0.70, grain) + joint * 0.6) * values("rust")
    colour = w.mix(rust, colour, (0.19, 0.088, 0.032))
    colour = w.mix(w.clamp(split + joint), colour, (0.022, 0.022, 0.024))
    height = (sheet - 0.5) * 0.035 + step * 0.028 + (grain - 0.5) * 0.06 - joint * 0.012
    return Layer(colour, 0.42, height, 0.04, (fine - 0.5) * 0.0015 - split * 0.003, 0.35)


@dataclass(frozen=True)
class Chalk(Varied):
    tone: float = parameter(0.6, "from grey to white", low=0.3, high=1.0)
    flints: float = parameter(0.5, "how many flints lie in its lines", low=0.2, high=0.9)
    beds: float = parameter(0.9, "metres from line to line of flints", unit="m", low=0.5, high=1.4)
    algae: float = parameter(0.3, "green where it stays damp", low=0.0, high=0.7)


@layer("chalk", "rock", "soft white rock with lines of black flints, crumbling along cracks", Chalk)
def chalk(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.7, 8.0, 0.6), w.noise(place, 22.0, 4.0, 0.65)
    level = level_of(w, place, 0.03, 0.4, 0.8) + (grain - 0.5) * 0.1
    line = w.math("ABSOLUTE", w.math("FRACT", level / values("beds")) - 0.5)
    lump = w.voronoi(warped(w, place, 0.05, 0.012), 9.0)
    kind = w.separate(w.voronoi(warped(w, place, 0.05, 0.012), 9.0, "F1", "Color"))[0]
    within = w.smoothstep(0.09, 0.06, line) * w.math("LESS_THAN", kind, values("flints"))
    flint = w.smoothstep(0.40, 0.34, lump + (fine - 0.5) * 0.2) * within
    rind = w.smoothstep(0.50, 0.42, lump) * within
    crack = cracks(w, warped(w, place, 0.25, 0.05), 0.20, 0.03)
    crack = crack * w.smoothstep(0.42, 0.6, grain)
    colour = w.mix(w.smoothstep(0.35, 0.65, grain), (0.58, 0.57, 0.53), (0.80, 0.795, 0.76))
    colour = colour * (0.72 + 0.30 * values("tone")) * (0.86 + 0.28 * fine)
    colour = w.mix(w.smoothstep(0.54, 0.68, w.noise(place, 1.7, 5.0, 0.6)) * values("algae"), colour, (0.30, 0.33, 0.17))
    colour = w.mix(crack * 0.5, colour, (0.36, 0.34, 0.29))
    colour = w.mix(flint, w.mix(rind * 0.6, colour, (0.62, 0.58, 0.50)), (0.030, 0.029, 0.030))
    height = (grain - 0.5) * 0.10 - crack * 0.014 + rind * 0.025
    return Layer(colour, 0.9 - 0.55 * flint, height, 0.05, (fine - 0.5) * 0.012, flint)
