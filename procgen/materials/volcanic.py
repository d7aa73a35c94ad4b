"""What volcanoes leave: ash, lava in ropes, lava in clinker, and lava that still glows under a broken crust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import lumps, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Number, Socket


@dataclass(frozen=True)
class Ash(Varied):
    tone: float = parameter(0.4, "from black to pale grey", low=0.1, high=0.9)
    cinders: float = parameter(0.5, "how many cinders lie on it", low=0.1, high=1.0)
    red: float = parameter(0.3, "how many of them are burnt red", low=0.0, high=0.8)


@layer("ash", "lava", "soft volcanic ash, furrowed by rain, with light cinders on it", Ash)
def ash(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, z = w.separate(place)
    grain, fine = w.noise(place, 0.45, 7.0, 0.58), w.noise(place, 150.0, 3.0, 0.7)
    rill = w.math("ABSOLUTE", w.noise(warped(w, w.combine(x, y * 0.35, z), 0.8, 0.2), 1.6, 3.0, 0.5) - 0.5)
    furrow = w.smoothstep(0.07, 0.0, rill)
    grey = w.mix(values("tone"), (0.045, 0.044, 0.046), (0.215, 0.205, 0.195))
    colour = grey * (0.66 + 0.42 * grain + 0.30 * fine) * (1.0 - 0.18 * furrow)
    height = (grain - 0.5) * 0.16 - furrow * 0.018
    hole = w.smoothstep(0.45, 0.3, w.voronoi(place, 160.0, flat=True))
    for size, share in ((0.075, 0.16), (0.024, 0.30)):
        dome, tint = lumps(w, warped(w, place, size * 0.5, 0.25 * size, 3.0), size)
        kind, tone, breadth = w.separate(tint)
        there = w.math("LESS_THAN", kind, values("cinders") * share * (0.4 + 1.2 * grain))
        low = 0.60 + 0.3 * breadth
        cinder = w.smoothstep(low, low + 0.06, dome) * there
        burnt = w.math("LESS_THAN", tone, values("red"))
        body = w.mix(burnt, (0.030, 0.029, 0.030), (0.125, 0.046, 0.030)) * (0.8 + 0.5 * fine)
        colour = w.mix(cinder, colour, body * (1.0 - 0.6 * hole))
        height = height + w.math("MAXIMUM", dome - low, 0.0) * there * size * 1.7
    return Layer(colour, 0.95, height, 0.06, (fine - 0.5) * 0.0015)


@dataclass(frozen=True)
class Pahoehoe(Varied):
    ropes: float = parameter(0.14, "breadth of the ropes", unit="m", low=0.09, high=0.22)
    sheen: float = parameter(0.5, "from dull to glassy", low=0.2, high=0.9)
    brown: float = parameter(0.3, "from silver-black to brown", low=0.0, high=0.8)


@layer("lava_ropy", "lava", "lava that set in smooth skins, wrinkled to ropes (pahoehoe)", Pahoehoe)
def lava_ropy(w: NodeWriter, place: Socket, values: Values) -> Layer:
    x, y, _ = w.separate(place)
    broad, fine = w.noise(place, 0.30, 2.0, 0.5), w.noise(place, 45.0, 4.0, 0.7)
    # Tongues of lava push the skin into arcs: ropes are bent by what flows fastest in the middle of each tongue.
    tongue = w.voronoi(warped(w, place, 1.6, 0.3), 0.62, flat=True)
    tint = w.separate(w.voronoi(warped(w, place, 1.6, 0.3), 0.62, "F1", "Color", flat=True))
    edge = w.voronoi(warped(w, place, 1.6, 0.3), 0.62, "DISTANCE_TO_EDGE", flat=True)
    way = x * (tint[0] - 0.5) + y * (tint[1] - 0.5)
    wrinkled = w.noise(warped(w, place, 0.5, 0.10), 1.3, 3.0, 0.5)
    phase = tongue * (0.7 / values("ropes")) + way * (0.6 / values("ropes")) + wrinkled * 5.0
    rope = w.math("ABSOLUTE", w.math("SINE", phase * 3.1416))
    rough = w.math("SQRT", rope)
    flowing = w.smoothstep(0.40, 0.68, w.noise(place, 0.8, 2.0) + 0.3 * (tint[2] - 0.5))
    gap = w.smoothstep(0.05, 0.005, edge)
    black = w.mix(values("brown"), (0.050, 0.051, 0.055), (0.062, 0.048, 0.038))
    colour = black * (0.62 + 0.5 * fine + 0.35 * broad) * (1.0 + (0.5 * rough - 0.4) * flowing)
    colour = w.mix(gap * 0.85, colour, (0.008, 0.008, 0.008))
    swell = w.smoothstep(0.0, 0.35, edge)
    height = (rough - 0.6) * flowing * values("ropes") * 0.30 + swell * 0.10 - 0.05 + (broad - 0.5) * 0.15
    thread = w.noise(w.mapping(place, (18.0, 90.0, 60.0)), 1.0, 2.0)
    return Layer(colour, 0.42, height, 0.12, (fine - 0.5) * 0.003 + (thread - 0.5) * 0.003, values("sheen"))


@dataclass(frozen=True)
class Clinker(Varied):
    size: float = parameter(0.20, "size of the larger clinkers", unit="m", low=0.13, high=0.32)
    red: float = parameter(0.3, "how much of it is burnt red", low=0.0, high=0.7)
    tone: float = parameter(0.4, "from black to grey-brown", low=0.1, high=0.9)


@layer("lava_clinker", "lava", "lava that broke while it flowed: loose, spiny, full of holes (aa)", Clinker)
def lava_clinker(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, spines = w.noise(place, 1.1, 8.0, 0.68), w.noise(place, 16.0, 5.0, 0.75)
    bent = warped(w, place, 0.22, 0.07, 4.0)
    shade: Number = 0.5
    height = (grain - 0.5) * 0.20
    for part in (1.0, 0.36):
        scale = 1.0 / (values("size") * part)
        own = w.separate(w.voronoi(bent, scale, "F1", "Color", flat=True))
        dome = w.clamp(1.0 - 1.15 * w.voronoi(bent, scale, flat=True))
        height = height + (dome - 0.5 + 0.8 * (own[0] - 0.5)) * values("size") * (0.60 * part)
        lit = w.smoothstep(0.05, 0.75, dome) * (0.5 + 0.8 * own[1])
        shade = shade * 0.6 + lit * 0.4
    hole = w.smoothstep(0.40, 0.25, w.voronoi(place, 55.0, flat=True))
    black = w.mix(values("tone"), (0.032, 0.031, 0.031), (0.105, 0.090, 0.078))
    colour = w.mix(w.smoothstep(0.48, 0.66, grain) * values("red"), black, (0.155, 0.062, 0.038))
    colour = colour * (0.30 + 0.75 * shade) * (0.45 + 1.0 * spines) * (1.0 - 0.55 * hole)
    return Layer(colour, 0.95, height, 0.16, (spines - 0.5) * 0.025 - hole * 0.004)


@dataclass(frozen=True)
class Glow(Varied):
    heat: float = parameter(0.5, "from dull red to yellow", low=0.25, high=0.9)
    open: float = parameter(0.4, "share of the crust that is open", low=0.2, high=0.7)
    plates: float = parameter(0.8, "breadth of the plates of crust", unit="m", low=0.5, high=1.3)


@layer("lava_glowing", "lava", "black crust in plates that drift apart over glowing lava", Glow)
def lava_glowing(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, fine = w.noise(place, 0.9, 7.0, 0.62), w.noise(place, 30.0, 4.0, 0.7)
    bent = warped(w, place, 0.7, 0.22, 4.0)
    edge = w.voronoi(bent, 1.0 / values("plates"), "DISTANCE_TO_EDGE", flat=True)
    hair = w.voronoi(bent, 3.6 / values("plates"), "DISTANCE_TO_EDGE", flat=True)
    width = values("open") * (0.04 + 0.24 * w.smoothstep(0.40, 0.70, w.noise(place, 0.5, 2.0)))
    molten = w.smoothstep(width, width * 0.25, edge + 0.10 * (grain - 0.5))
    thread = w.smoothstep(0.05, 0.0, hair) * w.smoothstep(width + 0.22, width, edge)
    hot = w.clamp(molten + thread * 0.55)
    # Scum that cools on the melt breaks the glow.
    scum = w.smoothstep(0.46, 0.60, w.noise(w.mapping(bent, (3.0, 7.0, 3.0)), 1.0, 5.0, 0.65))
    hot = hot * (1.0 - 0.80 * scum)
    glow = w.ramp(
        hot * (0.45 + 0.75 * values("heat")),
        [
            (0.0, (0, 0, 0)),
            (0.15, (0.10, 0.004, 0)),
            (0.45, (1.9, 0.13, 0.006)),
            (0.75, (4.0, 0.62, 0.03)),
            (1.0, (6.0, 1.9, 0.2)),
        ],
    )
    colour = w.mix(hot, (0.032, 0.031, 0.032), (0.020, 0.018, 0.017)) * (0.55 + 0.9 * fine)
    height = w.smoothstep(0.0, 0.30, edge) * 0.10 - molten * 0.05 + (grain - 0.5) * 0.12 - 0.05
    return Layer(colour, 0.6, height, 0.10, (fine - 0.5) * 0.012 * (1.0 - molten), 0.3, glow, thirst=0.0)
