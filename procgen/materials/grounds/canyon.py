"""The land of a canyon: walls of sandstone and limestone in beds, scree, a floor of red sand, and the gravel of a dry river."""

from __future__ import annotations

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..layers import blend, cover, finish
from ..sands import red_sand
from ..soils import cracked_mud, gravel, scree
from ..strata import limestone, sandstone
from .desert import tinted


@material("ground_canyon", "walls of sandstone and limestone, scree, red sand, and the bed of a dry river", family="land")
def ground_canyon(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    z = w.separate(place)[2]
    grain, broad = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 0.02, 3.0, 0.5)

    # Great beds of the two rocks lie over each other.
    pale = w.smoothstep(0.55, 0.60, w.noise(w.combine(0.0, 0.0, z + 4.0 * (broad - 0.5)), 0.035, 1.0, 0.5))
    land = cover(w, pale, finish(w, sandstone(w, place)), finish(w, limestone(w, place)))
    bare = w.smoothstep(0.55, 0.30, w.attribute("rock") + 0.5 * (grain - 0.5))
    plain = blend(w, w.smoothstep(0.42, 0.64, broad + 0.5 * (grain - 0.5)), red_sand(w, place), tinted(w, gravel(w, place)))
    land = cover(w, bare, land, finish(w, plain))
    debris = w.smoothstep(0.35, 0.75, w.attribute("deposit") + 0.8 * (grain - 0.5))
    land = cover(w, debris * bare, land, finish(w, tinted(w, scree(w, place))))
    bed = w.smoothstep(0.35, 0.65, w.attribute("flow") + 0.5 * (grain - 0.5))
    mud = w.smoothstep(0.50, 0.60, broad + 0.3 * (grain - 0.5))
    return cover(w, bed, land, finish(w, blend(w, mud, gravel(w, place), cracked_mud(w, place))))
