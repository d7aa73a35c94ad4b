"""The ground of high mountains: schist, scree, earth, thin turf, rubble of moraines, ice under stripes of dirt, and snow."""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import lichen_crust, turf
from ..layers import cover, finish
from ..snow import fresh_snow, glacier_ice
from ..soils import loam, scree
from ..strata import schist
from .lake import weathered


@material("ground_alpine", "rock, scree, moraine, thin turf, glacier ice and snow of high mountains", family="land")
def ground_alpine(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    steep = w.separate(w.geometry("Normal"))[2]
    broad, grain = w.noise(place, 0.012, 3.0, 0.5), w.noise(place, 0.11, 10.0, 0.62)
    fine = w.noise(place, 7.0, 4.0, 0.65)

    rock = weathered(w, schist(w, place), grain)
    rust = w.smoothstep(0.56, 0.72, grain + 0.9 * (broad - 0.5)) * 0.6
    land = finish(w, replace(rock, colour=w.mix(rust, rock.colour, (0.15, 0.100, 0.066)) * (0.45 + 0.7 * grain)))
    crusted = w.smoothstep(0.54, 0.60, w.noise(place, 1.3, 5.0, 0.7)) * w.smoothstep(0.4, 0.8, steep)
    land = cover(w, crusted * 0.8, land, finish(w, lichen_crust(w, place)))
    loose = w.smoothstep(0.30, 0.70, w.attribute("deposit") + 0.9 * (grain - 0.5))
    rubble = scree(w, place)
    land = cover(w, loose, land, finish(w, rubble))
    soil = w.smoothstep(0.50, 0.22, w.attribute("rock") + 0.7 * (grain - 0.5))
    land = cover(w, soil, land, finish(w, loam(w, place)))
    green = w.smoothstep(0.34, 0.60, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.35 * (fine - 0.5))
    heath = w.smoothstep(0.50, 0.66, grain + 0.7 * (broad - 0.5)) * 0.55
    sward = turf(w, place)
    land = cover(w, green, land, finish(w, replace(sward, colour=w.mix(heath, sward.colour, (0.095, 0.062, 0.036)))))

    dust = rubble.colour * (0.62 + 0.5 * grain)
    young = w.smoothstep(0.25, 0.6, w.attribute("moraine") + 0.5 * (grain - 0.5))
    land = cover(w, young, land, finish(w, replace(rubble, colour=dust)))
    ice = glacier_ice(w, place)
    dirt = w.smoothstep(0.38, 0.66, w.attribute("debris") + 0.7 * (grain - 0.5) + 0.3 * (fine - 0.5))
    stained = replace(ice, colour=w.mix(dirt, ice.colour, dust), gloss=ice.gloss * (0.35 - 0.3 * dirt))
    land = cover(w, w.smoothstep(0.35, 0.6, w.attribute("ice") + 0.3 * (fine - 0.5)), land, finish(w, stained))
    snow = w.smoothstep(0.36, 0.54, w.attribute("snow") + 0.55 * (grain - 0.5))
    return cover(w, snow, land, finish(w, fresh_snow(w, place)))
