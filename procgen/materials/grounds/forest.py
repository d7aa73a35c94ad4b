"""The floor of a wood: earth under leaves or needles, carpets of moss, turf in the glades, bare rock where it is steep."""

from __future__ import annotations

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import leaf_litter, moss_cover, needle_litter, turf
from ..layers import blend, cover, finish
from ..snow import fresh_snow
from ..soils import loam
from ..strata import schist


@material("ground_forest", "earth, litter of leaves and needles, moss and turf of a wood", family="land")
def ground_forest(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 5.0, 4.0, 0.65)
    shed = blend(w, w.smoothstep(0.40, 0.60, fine + 0.3 * (grain - 0.5)), loam(w, place), leaf_litter(w, place))
    needles = blend(w, w.smoothstep(0.25, 0.50, fine), loam(w, place), needle_litter(w, place))
    green = w.smoothstep(0.35, 0.62, w.attribute("turf") + 0.7 * (grain - 0.5) + 0.5 * (fine - 0.5))
    land = finish(w, shed)
    conifers = w.smoothstep(0.35, 0.65, w.attribute("needles") + 0.5 * (fine - 0.5) + 0.4 * (grain - 0.5))
    land = cover(w, conifers, land, finish(w, needles))
    moss = w.smoothstep(0.42, 0.72, w.attribute("moss") + 0.9 * (fine - 0.5) + 0.5 * (grain - 0.5)) * 0.8
    land = cover(w, moss, land, finish(w, moss_cover(w, place)))
    land = cover(w, green, land, finish(w, turf(w, place)))
    bare = w.smoothstep(0.45, 0.7, w.attribute("rock") + 0.6 * (grain - 0.5))
    land = cover(w, bare, land, finish(w, schist(w, place)))
    snow = w.smoothstep(0.34, 0.56, w.attribute("snow") + 0.55 * (grain - 0.5))
    return cover(w, snow, land, finish(w, fresh_snow(w, place)))
