"""Arctic ground: snow that wind has packed and carved, softer in hollows, rock and tundra where it was blown away, and the
edge of the ice at the water.
"""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import lichen_crust, moss_cover
from ..layers import cover, finish
from ..snow import fresh_snow, glacier_ice, packed_snow
from ..soils import scree
from ..strata import schist
from ..wetness import drowned
from .lake import weathered


@material("ground_arctic", "packed and soft snow, bare rock and tundra, the edge of fast ice", family="land")
def ground_arctic(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    z, steep = w.separate(place)[2], w.separate(w.geometry("Normal"))[2]
    broad, grain = w.noise(place, 0.012, 3.0, 0.5), w.noise(place, 0.11, 10.0, 0.62)
    fine = w.noise(place, 7.0, 4.0, 0.65)

    land = finish(w, weathered(w, schist(w, place), grain))
    loose = w.smoothstep(0.50, 0.22, w.attribute("rock") + 0.7 * (grain - 0.5))
    land = cover(w, loose, land, finish(w, scree(w, place)))
    living = w.smoothstep(0.34, 0.60, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.35 * (fine - 0.5))
    crust = w.smoothstep(0.44, 0.58, grain + 0.5 * (broad - 0.5))
    land = cover(w, living, land, cover(w, crust, finish(w, moss_cover(w, place)), finish(w, lichen_crust(w, place))))
    soft = w.smoothstep(0.46, 0.60, broad + 0.35 * (grain - 0.5))
    snow = cover(w, soft, finish(w, packed_snow(w, place)), finish(w, fresh_snow(w, place)))
    land = cover(w, w.smoothstep(0.36, 0.52, w.attribute("snow") + 0.5 * (grain - 0.5)), land, snow)

    ice = glacier_ice(w, place)
    blue = w.mix(0.35, ice.colour, (0.42, 0.60, 0.67))
    sunk = w.mix(w.smoothstep(0.02, -0.02, z), blue, drowned(w, blue, z))
    edge = w.math(
        "MAXIMUM", w.smoothstep(0.30, 0.16, z + 0.1 * (grain - 0.5)), w.smoothstep(0.75, 0.5, steep) * w.attribute("sea_ice")
    )
    dry = ice.gloss * 0.5 * w.smoothstep(-0.02, 0.02, z)
    return cover(w, edge, land, finish(w, replace(ice, colour=sunk, gloss=dry)))
