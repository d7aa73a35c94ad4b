"""The land of a lake: mountain rock, scree, soil, turf, litter under trees, snow, and the shore, wet and drowned.

What grows or lies where comes as attributes of the terrain's mesh (`scatter.habitat`, erosion masks), so layers follow the
shapes of the land; noise only breaks the borders. One fractal noise that they share runs from 80 metres down to centimetres:
no distance shows a grain of one size.
"""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter, Socket
from ...registry import material
from .. import Surface
from ..cover import leaf_litter, turf
from ..layers import Layer, cover, finish
from ..snow import fresh_snow
from ..soils import gravel, loam, scree
from ..strata import schist
from ..wetness import puddled, shore


@material("ground", "rock, scree, soil, turf, litter, snow and shore of a landscape", family="land")
def ground(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    z = w.separate(place)[2]
    broad, grain = w.noise(place, 0.012, 3.0, 0.5), w.noise(place, 0.11, 10.0, 0.62)
    fine = w.noise(place, 7.0, 4.0, 0.65)

    land = finish(w, weathered(w, schist(w, place), grain))
    debris = w.smoothstep(0.35, 0.75, w.attribute("deposit") + 0.9 * (grain - 0.5))
    land = cover(w, debris, land, finish(w, scree(w, place)))
    soil = w.smoothstep(0.55, 0.30, w.attribute("rock") + 0.7 * (grain - 0.5))
    land = cover(w, soil, land, finish(w, loam(w, place)))
    green = w.smoothstep(0.30, 0.62, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.25 * (fine - 0.5))
    land = cover(w, green, land, finish(w, turf(w, place)))
    shaded = w.smoothstep(0.35, 0.85, w.attribute("forest") + 0.5 * (grain - 0.5))
    land = cover(w, shaded, land, finish(w, leaf_litter(w, place)))
    beach = w.smoothstep(0.42, 0.10, z + 0.6 * (grain - 0.5) + 0.9 * (broad - 0.5))
    beach = w.math("MAXIMUM", beach, w.smoothstep(0.18, 0.10, z))
    land = cover(w, beach, land, finish(w, shore(w, gravel(w, place), grain)))
    land = puddled(w, land, 0.75 * grain + 0.35 * broad + 0.25 * w.attribute("flow"))
    snow = w.smoothstep(0.34, 0.56, w.attribute("snow") + 0.55 * (grain - 0.5))
    return cover(w, snow, land, finish(w, fresh_snow(w, place)))


def weathered(w: NodeWriter, rock: Layer, grain: Socket) -> Layer:
    """Rock that is stained where water runs and pale where it has been cut fresh, by the masks of erosion."""
    stain = w.smoothstep(0.35, 0.7, w.attribute("flow") + 0.5 * (grain - 0.5))
    colour = w.mix(stain * 0.45, rock.colour, (0.075, 0.074, 0.074))
    fresh = w.smoothstep(0.3, 0.8, w.attribute("wear")) * w.smoothstep(0.4, 0.62, grain)
    return replace(rock, colour=w.mix(fresh * 0.35, colour, (0.36, 0.345, 0.32)))
