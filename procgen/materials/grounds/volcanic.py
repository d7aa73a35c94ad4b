"""Volcanic ground: ash and cinders, reddened near vents, basalt, lava with a skin or in clinker, moss on what is old, and
cracks that still glow.
"""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import lichen_crust, moss_cover, turf
from ..layers import cover, finish
from ..rocks import basalt
from ..snow import fresh_snow
from ..volcanic import ash, lava_clinker, lava_glowing, lava_ropy


@material("ground_volcanic", "ash, cinders, ropy and blocky lava, moss on old flows, glowing cracks", family="land")
def ground_volcanic(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    broad, grain = w.noise(place, 0.011, 3.0, 0.5), w.noise(place, 0.13, 10.0, 0.62)
    fine = w.noise(place, 9.0, 4.0, 0.65)

    plain = ash(w, place)
    pale = w.smoothstep(0.48, 0.66, broad + 0.4 * (grain - 0.5))
    dusty = w.mix(pale * 0.6, plain.colour * (0.22 + 0.5 * grain), w.mix(fine, (0.075, 0.066, 0.054), (0.15, 0.135, 0.112)))
    cinders = w.smoothstep(0.3, 0.7, w.attribute("cinder") + 0.6 * (grain - 0.5))
    dusty = w.mix(cinders * 0.7, dusty, w.mix(fine, (0.022, 0.021, 0.021), (0.082, 0.070, 0.062)))
    red = w.smoothstep(0.30, 0.75, w.attribute("burnt") + 0.8 * (grain - 0.5))
    dusty = w.mix(red * 0.9, dusty, w.mix(fine, (0.075, 0.024, 0.015), (0.21, 0.080, 0.048)))
    land = finish(w, replace(plain, colour=dusty))
    wall = w.smoothstep(0.35, 0.65, w.attribute("rock") + 0.6 * (grain - 0.5))
    land = cover(w, wall, land, finish(w, basalt(w, place)))
    green = w.smoothstep(0.35, 0.62, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.3 * (fine - 0.5))
    land = cover(w, green, land, finish(w, turf(w, place)))

    age = w.smoothstep(0.15, 1.0, w.attribute("age") + 0.5 * (grain - 0.5))
    weathered = w.mix(fine, (0.060, 0.054, 0.049), (0.140, 0.126, 0.110))
    lava = w.smoothstep(0.3, 0.7, w.attribute("lava") + 0.3 * (grain - 0.5))
    skin, clinker = lava_ropy(w, place), lava_clinker(w, place)
    skin = replace(skin, colour=w.mix(age * 0.75, skin.colour, weathered), gloss=skin.gloss * 0.5 * (1.0 - age))
    clinker = replace(clinker, colour=w.mix(age * 0.75, clinker.colour, weathered))
    broken = w.smoothstep(0.40, 0.60, w.attribute("rubble") + 0.5 * (grain - 0.5))
    flow = cover(w, broken, finish(w, skin), finish(w, clinker))
    hot = w.smoothstep(0.35, 0.6, w.attribute("heat") + 0.9 * (grain - 0.5))
    flow = cover(w, hot, flow, finish(w, lava_glowing(w, place)))
    land = cover(w, lava, land, flow)
    grown = w.smoothstep(0.30, 0.62, w.attribute("moss") + 0.9 * (grain - 0.5) + 0.3 * (fine - 0.5))
    crust = w.smoothstep(0.44, 0.60, broad + 0.6 * (grain - 0.5))
    living = cover(w, crust, finish(w, moss_cover(w, place)), finish(w, lichen_crust(w, place)))
    land = cover(w, grown, land, living)
    snow = w.smoothstep(0.36, 0.54, w.attribute("snow") + 0.55 * (grain - 0.5))
    return cover(w, snow, land, finish(w, fresh_snow(w, place)))
