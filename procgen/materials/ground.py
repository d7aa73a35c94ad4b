"""The land: bare rock with its beds and gullies, scree, soil, turf, litter under trees, snow, and the shore, wet and drowned.

What grows or lies where comes as attributes of the terrain's mesh (`scatter.habitat`, erosion masks), so colours follow the
shapes of the land; noise only breaks the borders. One fractal noise runs from 80 metres down to centimetres: no distance
shows a grain of one size.
"""

from __future__ import annotations

from ..nodes.writer import NodeWriter, Socket
from ..registry import material
from ..water.state import water_value
from ..weather.wetness import glossed, puddle, soaked, wetness
from . import Surface
from .water import BODY


@material("ground", "rock, scree, soil, turf, litter, snow and shore of a landscape")
def ground(w: NodeWriter) -> Surface:
    position = w.geometry("Position")
    z = w.separate(position)[2]
    steep = w.separate(w.geometry("Normal"))[2]
    broad = w.noise(position, scale=0.012, detail=3.0, roughness=0.5)
    grain = w.noise(position, scale=0.11, detail=10.0, roughness=0.62)
    fine = w.noise(position, scale=7.0, detail=4.0, roughness=0.65)

    rock = _rock(w, position, grain, broad, steep)
    scree = w.mix(grain, (0.115, 0.108, 0.10), (0.27, 0.255, 0.235))
    colour = w.mix(w.smoothstep(0.35, 0.75, w.attribute("deposit") + 0.9 * (grain - 0.5)), rock, scree)
    soil = w.mix(fine, (0.050, 0.040, 0.028), (0.130, 0.110, 0.082))
    bare = w.attribute("rock") + 0.7 * (grain - 0.5)
    colour = w.mix(w.smoothstep(0.55, 0.30, bare), colour, soil)
    turf = w.smoothstep(0.30, 0.62, w.attribute("turf") + 0.8 * (grain - 0.5) + 0.25 * (fine - 0.5))
    colour = w.mix(turf, colour, _turf(w, z, grain, broad, fine))
    litter = w.mix(fine, (0.030, 0.022, 0.013), (0.088, 0.062, 0.036))
    colour = w.mix(w.smoothstep(0.35, 0.85, w.attribute("forest") + 0.5 * (grain - 0.5)), colour, litter)

    shore = w.smoothstep(0.42, 0.10, z + 0.6 * (grain - 0.5) + 0.9 * (broad - 0.5))
    gravel = w.mix(w.smoothstep(0.35, 0.66, fine), (0.085, 0.074, 0.060), (0.235, 0.215, 0.185))
    colour = w.mix(shore, colour, gravel)
    wet = w.smoothstep(0.17, 0.05, z + 0.16 * (grain - 0.5))
    colour = w.mix(wet * 0.62, colour, (0.018, 0.016, 0.013))
    snow = w.smoothstep(0.34, 0.56, w.attribute("snow") + 0.55 * (grain - 0.5))
    rain = wetness(w) * (1.0 - snow) * w.smoothstep(-0.01, 0.02, z)
    standing = puddle(w, rain, 0.75 * grain + 0.35 * broad + 0.25 * w.attribute("flow"))
    colour = w.mix(snow, soaked(w, colour, rain), (0.80, 0.83, 0.88))
    colour = drowned(w, colour, z)

    height = (grain * 1.2 + fine * 0.14) * (1.0 - 0.8 * snow) * (1.0 - standing)
    normal = w.bump(height, 0.32, 0.55)
    matt = w.shader("Diffuse", Color=colour, Normal=normal)
    gloss = w.shader("Glossy", Color=(0.5, 0.5, 0.5), Roughness=0.32, Normal=normal)
    sheen = wet * 0.10 * w.smoothstep(-0.01, 0.02, z)
    film = w.math("MAXIMUM", 0.5 * rain, standing)
    shader = glossed(w, w.mix_shader(sheen, matt, gloss), film, normal, 0.38 - 0.35 * standing)
    return Surface(shader, colour, 0.9 - 0.5 * w.math("MAXIMUM", wet, 0.7 * rain + 0.3 * standing))


def _rock(w: NodeWriter, position: Socket, grain: Socket, broad: Socket, steep: Socket) -> Socket:
    """Grey rock in beds that lie aslant, stained where water runs, pale where it has been cut fresh."""
    x, y, z = w.separate(position)
    bedding = w.combine(x * 0.004, y * 0.004, z * 0.085 + x * 0.018 + broad * 3.0)
    beds = w.noise(bedding, scale=1.0, detail=4.0, roughness=0.65)
    colour = w.mix(w.smoothstep(0.30, 0.70, grain), (0.104, 0.100, 0.096), (0.212, 0.203, 0.191))
    colour = w.mix(w.smoothstep(0.40, 0.66, beds) * 0.55, colour, (0.20, 0.175, 0.150))
    colour = w.mix(w.smoothstep(0.50, 0.70, broad) * 0.45, colour, (0.150, 0.148, 0.152))
    stain = w.smoothstep(0.35, 0.7, w.attribute("flow") + 0.5 * (grain - 0.5))
    colour = w.mix(stain * 0.45, colour, (0.075, 0.074, 0.074))
    fresh = w.smoothstep(0.3, 0.8, w.attribute("wear")) * w.smoothstep(0.4, 0.62, grain)
    colour = w.mix(fresh * 0.35, colour, (0.36, 0.345, 0.32))
    # Lichen and dust settle on ledges.
    ledge = w.smoothstep(0.62, 0.9, steep + 0.5 * (grain - 0.5))
    return w.mix(ledge * 0.4, colour, (0.165, 0.160, 0.115))


def _turf(w: NodeWriter, z: Socket, grain: Socket, broad: Socket, fine: Socket) -> Socket:
    """What grass looks like from afar: green in hollows, straw on dry rises, brown towards the heights."""
    green = w.mix(w.smoothstep(0.35, 0.68, grain), (0.040, 0.066, 0.014), (0.098, 0.118, 0.030))
    straw = w.mix(fine, (0.120, 0.105, 0.040), (0.190, 0.160, 0.070))
    dry = w.smoothstep(0.48, 0.78, broad + 0.6 * (grain - 0.5) + 0.0011 * z)
    return w.mix(dry * 0.75, green, straw)


def drowned(w: NodeWriter, colour: Socket, z: Socket) -> Socket:
    """The ground through its own depth of water: brown with algae, light fading down and up, red first (Beer-Lambert)."""
    colour = w.mix(w.smoothstep(0.0, -0.3, z), colour, colour * (0.62, 0.57, 0.42))
    path = w.math("MAXIMUM", -z, 0.0) * 2.4 * water_value(w, "attenuation")
    kept = w.combine(*(w.math("EXPONENT", path * -rate) for rate in (0.58, 0.36, 0.46)))
    return colour * kept + (1.0 - kept) * BODY
