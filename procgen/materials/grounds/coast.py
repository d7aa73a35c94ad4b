"""The land of a coast: cliffs with a dark tide mark, a beach that is wet where waves reach, low dunes, and turf."""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import turf
from ..layers import blend, cover, finish
from ..sands import beach_sand
from ..soils import gravel, loam
from ..strata import limestone
from ..wetness import shore, wet


@material("ground_coast", "cliffs, beach, low dunes and turf above the sea", family="land")
def ground_coast(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    z = w.separate(place)[2]
    grain, broad = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 0.02, 3.0, 0.5)

    land = finish(w, loam(w, place))
    green = w.smoothstep(0.30, 0.62, w.attribute("turf") + 0.7 * (grain - 0.5))
    land = cover(w, green, land, finish(w, turf(w, place)))

    bare = w.smoothstep(0.25, 0.55, w.attribute("rock") + 0.5 * (grain - 0.5))
    rock = limestone(w, place)
    mark = w.smoothstep(2.6, 1.2, z + 1.6 * (broad - 0.5) + 0.8 * (grain - 0.5))
    dark = w.mix(mark * 0.8, rock.colour, w.vector_math("MULTIPLY", rock.colour, (0.28, 0.30, 0.24)))
    land = cover(w, bare, land, finish(w, shore(w, replace(rock, colour=dark), grain)))

    strewn = w.smoothstep(0.50, 0.60, w.attribute("deposit") * 0.5 + broad * 0.6 + 0.35 * (grain - 0.5))
    strand = blend(w, strewn * 0.9, beach_sand(w, place), gravel(w, place))
    soaked = wet(w, strand, w.smoothstep(0.62, 0.28, z + 0.5 * (broad - 0.5)) * 0.9)
    sand = w.smoothstep(0.35, 0.60, w.attribute("sand") + 0.4 * (grain - 0.5))
    # Under water and at the cliffs' feet all that is not rock is sand.
    sand = w.math("MAXIMUM", sand, w.smoothstep(0.5, 0.1, z)) * (1.0 - bare)
    return cover(w, sand, land, finish(w, shore(w, soaked, grain)))
