"""Loose stones: grey to brown rock, each of its own tone, moss on top where it is damp, wet and drowned at the water."""

from __future__ import annotations

from ..nodes.writer import NodeWriter
from ..registry import material
from ..water.state import water_value
from . import Surface
from .wetness import drowned


@material("stone", "boulders, stones and pebbles")
def stone(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    tone = w.object_random()
    up = w.separate(w.geometry("Normal"))[2]
    z = w.separate(w.geometry("Position"))[2] - water_value(w, "level")
    grain = w.noise(place, scale=2.3, detail=9.0, roughness=0.66, distortion=0.4)
    specks = w.noise(place, scale=31.0, detail=3.0, roughness=0.7)
    colour = w.mix(w.smoothstep(0.34, 0.66, grain), (0.092, 0.088, 0.083), (0.30, 0.285, 0.265))
    colour = w.mix(w.smoothstep(0.45, 0.7, specks) * 0.5, colour, (0.17, 0.158, 0.142))
    colour = w.mix(tone * 0.55, colour, (0.165, 0.130, 0.098))
    damp = w.smoothstep(0.25, 0.7, z) * w.math("LESS_THAN", z, 5e3)
    moss = w.smoothstep(0.35, 0.85, up) * w.smoothstep(0.60, 0.78, grain + 0.35 * tone) * damp
    colour = w.mix(moss * 0.85, colour, (0.052, 0.072, 0.018))
    wet = w.smoothstep(0.16, 0.04, z + 0.1 * (grain - 0.5))
    colour = drowned(w, w.mix(wet * 0.6, colour, (0.020, 0.018, 0.016)), z)
    normal = w.bump(grain + 0.25 * specks, 0.05, 0.7)
    matt = w.shader("Diffuse", Color=colour, Normal=normal)
    gloss = w.shader("Glossy", Color=(0.5, 0.5, 0.5), Roughness=0.3, Normal=normal)
    return Surface(w.mix_shader(wet * 0.12 * w.smoothstep(-0.01, 0.02, z), matt, gloss), colour, 0.85 - 0.5 * wet)
