"""Where water meets land: wet shore, and foam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, blend, layer
from .patterns import lumps, warped
from .sands import beach_sand
from .soils import gravel
from .values import Values, Varied
from .wetness import shore

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


@dataclass(frozen=True)
class WetShore(Varied):
    sand: float = parameter(0.5, "share of sand between the pebbles", low=0.25, high=0.75)


@layer("wet_shore", "water", "pebbles and sand, dark and shining where waves reach, drowned below the water", WetShore)
def wet_shore(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain = w.noise(place, 0.11, 10.0, 0.62)
    patches = w.smoothstep(0.22, 0.78, w.noise(place, 0.7, 4.0) + values("sand") - 0.5)
    return shore(w, blend(w, 0.15 + 0.7 * patches, gravel(w, place), beach_sand(w, place)), grain)


@dataclass(frozen=True)
class Foam(Varied):
    lace: float = parameter(0.5, "from closed to torn into lace", low=0.25, high=0.8)
    old: float = parameter(0.3, "from fresh white to yellowed", low=0.0, high=0.8)


@layer("foam", "water", "white foam in bubbles and lace, dark water in its holes", Foam)
def foam(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain = w.noise(place, 1.4, 6.0, 0.62)
    bent = warped(w, place, 0.35, 0.10, 4.0)
    hole = w.voronoi(bent, 5.5, "DISTANCE_TO_EDGE", flat=True)
    small = w.voronoi(bent, 19.0, "DISTANCE_TO_EDGE", flat=True)
    bubble, tint = lumps(w, place, 0.011)
    torn = values("lace") * (0.30 + 1.0 * w.smoothstep(0.58, 0.40, grain))
    lace = w.math("MAXIMUM", w.smoothstep(0.10, 0.04, hole), w.smoothstep(0.09, 0.03, small) * 0.8)
    thick = w.smoothstep(0.55, 0.90, 1.15 - torn * 1.5)
    there = w.clamp(lace * (1.0 - 0.7 * torn) + thick)
    white = w.mix(values("old"), (0.82, 0.84, 0.84), (0.70, 0.66, 0.52))
    white = white * (0.80 + 0.14 * bubble + 0.10 * w.separate(tint)[0])
    colour = w.mix(there, (0.020, 0.050, 0.050), white)
    height = there * 0.015 + (grain - 0.5) * 0.05 - 0.008
    return Layer(colour, 0.15 + 0.45 * there, height, 0.03, there * bubble * 0.0025, 1.0 - 0.7 * there, thirst=0.0)
