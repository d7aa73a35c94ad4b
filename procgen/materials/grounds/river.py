"""The land of a river: that of a lake's valley, with bars of gravel on the inner banks."""

from __future__ import annotations

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..layers import blend, cover, finish
from ..soils import gravel, loam
from ..wetness import shore
from .lake import ground


@material("ground_river", "turf, soil, rock, litter and snow of a valley, and the gravel of its river", family="land")
def ground_river(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    grain = w.noise(place, 0.11, 10.0, 0.62)
    patches = w.smoothstep(0.50, 0.66, w.noise(place, 0.35, 5.0, 0.6))
    stones = shore(w, blend(w, patches * 0.6, gravel(w, place), loam(w, place)), grain)
    bar = w.smoothstep(0.30, 0.60, w.attribute("bar") + 0.7 * (grain - 0.5))
    return cover(w, bar, ground(w), finish(w, stones))
