"""The ground of high mountains: rock in leaning beds, scree, rubble of moraines, thin turf, ice under dirt, and snow."""

from __future__ import annotations

from ...nodes.writer import NodeWriter, Socket
from ...registry import material
from .. import Surface


@material("alpine_ground", "rock, scree, moraine, thin turf, glacier ice and snow of high mountains")
def alpine_ground(w: NodeWriter) -> Surface:
    position = w.geometry("Position")
    steep = w.separate(w.geometry("Normal"))[2]
    broad = w.noise(position, scale=0.012, detail=3.0, roughness=0.5)
    grain = w.noise(position, scale=0.11, detail=10.0, roughness=0.62)
    fine = w.noise(position, scale=7.0, detail=4.0, roughness=0.65)

    colour = _rock(w, position, grain, broad, steep)
    rubble = w.mix(w.smoothstep(0.33, 0.68, grain + 0.5 * (fine - 0.5)), (0.080, 0.077, 0.074), (0.25, 0.238, 0.222))
    colour = w.mix(w.smoothstep(0.30, 0.70, w.attribute("deposit") + 0.9 * (grain - 0.5)), colour, rubble)
    soil = w.mix(fine, (0.050, 0.042, 0.031), (0.165, 0.145, 0.115))
    colour = w.mix(w.smoothstep(0.50, 0.22, w.attribute("rock") + 0.7 * (grain - 0.5)), colour, soil)
    turf = w.smoothstep(0.34, 0.60, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.35 * (fine - 0.5))
    colour = w.mix(turf, colour, _turf(w, grain, broad, fine))
    young = w.mix(w.smoothstep(0.3, 0.7, fine), (0.060, 0.057, 0.054), (0.235, 0.225, 0.212)) * (0.45 + 1.0 * grain)
    colour = w.mix(w.smoothstep(0.25, 0.6, w.attribute("moraine") + 0.5 * (grain - 0.5)), colour, young)

    ice = w.smoothstep(0.35, 0.6, w.attribute("ice"))
    colour = w.mix(ice, colour, _ice(w, position, grain, fine, steep))
    snow = w.smoothstep(0.36, 0.54, w.attribute("snow") + 0.55 * (grain - 0.5))
    colour = w.mix(snow, colour, w.mix(broad, (0.74, 0.775, 0.83), (0.80, 0.82, 0.85)))

    height = (grain * 1.2 + fine * 0.16) * (1.0 - 0.75 * w.math("MAXIMUM", snow, 0.6 * ice))
    normal = w.bump(height, 0.32, 0.55)
    matt = w.shader("Diffuse", Color=colour, Normal=normal)
    gloss = w.shader("Glossy", Color=(0.9, 0.95, 1.0), Roughness=0.35, Normal=normal)
    shine = ice * (1.0 - snow) * 0.05
    return Surface(w.mix_shader(shine, matt, gloss), colour, 0.9 - 0.4 * ice)


def _rock(w: NodeWriter, position: Socket, grain: Socket, broad: Socket, steep: Socket) -> Socket:
    """Grey gneiss in beds that lie aslant, rusty along some, dark where water runs, with lichen on what is not too steep."""
    x, y, z = w.separate(position)
    bedding = w.combine(x * 0.006, y * 0.006, z * 0.10 + x * 0.024 + broad * 3.0)
    beds = w.noise(bedding, scale=1.0, detail=5.0, roughness=0.66)
    colour = w.mix(w.smoothstep(0.30, 0.70, grain), (0.078, 0.077, 0.077), (0.205, 0.198, 0.19))
    colour = w.mix(w.smoothstep(0.42, 0.62, beds) * 0.6, colour, (0.17, 0.158, 0.147))
    colour = w.mix(w.smoothstep(0.58, 0.72, beds + 0.4 * (broad - 0.5)) * 0.5, colour, (0.20, 0.135, 0.085))
    stain = w.smoothstep(0.35, 0.7, w.attribute("flow") + 0.5 * (grain - 0.5))
    colour = w.mix(stain * 0.5, colour, (0.062, 0.062, 0.064))
    lichen = w.noise(position, scale=1.7, detail=5.0, roughness=0.7)
    crust = w.smoothstep(0.52, 0.60, lichen) * w.smoothstep(0.35, 0.75, steep)
    return w.mix(crust * 0.55, colour, w.mix(w.smoothstep(0.45, 0.55, broad), (0.20, 0.205, 0.10), (0.26, 0.26, 0.245)))


def _turf(w: NodeWriter, grain: Socket, broad: Socket, fine: Socket) -> Socket:
    """Short turf: olive, with straw of the year before, russet where heaths grow."""
    green = w.mix(w.smoothstep(0.35, 0.68, grain), (0.038, 0.055, 0.016), (0.100, 0.108, 0.036))
    straw = w.mix(fine, (0.115, 0.098, 0.045), (0.20, 0.165, 0.085))
    colour = w.mix(w.smoothstep(0.42, 0.70, broad + 0.7 * (grain - 0.5)) * 0.8, green, straw)
    return w.mix(w.smoothstep(0.60, 0.72, grain + 0.4 * (broad - 0.5)) * 0.6, colour, (0.085, 0.050, 0.030))


def _ice(w: NodeWriter, position: Socket, grain: Socket, fine: Socket, steep: Socket) -> Socket:
    """Ice: white and rotten on top, blue in its walls, under stripes of rubble."""
    white = w.mix(grain, (0.50, 0.55, 0.58), (0.70, 0.735, 0.755))
    blue = w.mix(fine, (0.16, 0.36, 0.45), (0.36, 0.55, 0.62))
    colour = w.mix(w.smoothstep(0.93, 0.62, steep), white, blue)
    dust = w.smoothstep(0.50, 0.66, fine) * 0.35 + w.smoothstep(0.48, 0.62, grain) * 0.25
    colour = w.mix(dust, colour, (0.21, 0.20, 0.19))
    dirt = w.smoothstep(0.38, 0.62, w.attribute("debris") + 0.7 * (grain - 0.5) + 0.3 * (fine - 0.5))
    return w.mix(dirt, colour, w.mix(fine, (0.085, 0.080, 0.075), (0.25, 0.24, 0.225)))
