"""Water seen from above: Fresnel reflection over what lies below, bent by waves of four sizes with calm streaks between.

The mesh itself carries the longer waves where it is fine enough (`water.motion`); the rest bends the normal only.

The water's own depth is not traced: the ground under it darkens and takes the water's colour by its own depth
(`materials.wetness`), which costs nothing and converges at once. In the truth render the surface is opaque.
"""

from __future__ import annotations

from ..nodes.truth import truth_mode
from ..nodes.writer import NodeWriter, Socket
from ..registry import material
from ..water.motion import carried, ruffled
from ..water.state import water_value
from ..water.waves import LENGTHS
from . import Surface
from .wetness import BODY

SHORTEST = min(LENGTHS)
"""Metres: shorter waves are never in the mesh."""


@material("water", "the surface of a lake")
def water(w: NodeWriter) -> Surface:
    return film(w, _waves(w))


def film(w: NodeWriter, normal: Socket) -> Surface:
    """Return the surface of water whose waves bend its normal so."""
    fresnel = w.out(w.node("ShaderNodeFresnel", {"IOR": 1.333, "Normal": normal}))
    mirror = w.out(w.node("ShaderNodeBsdfGlossy", {"Color": (0.97, 0.98, 1.0), "Roughness": 0.03, "Normal": normal}))
    opaque = truth_mode(w)
    below = w.mix_shader(opaque, w.shader("Transparent", Color=(0.95, 0.98, 0.97)), w.shader("Diffuse", Color=BODY))
    return Surface(w.mix_shader(fresnel, below, mirror), BODY, 0.03)


def _waves(w: NodeWriter) -> Socket:
    """The normal. Each train of waves travels along the wind at about the speed of its length: sqrt(g L / 2 pi).

    Lengths that the mesh carries are in its own shape already, and fade here as they grow there.
    """
    seconds, waves = water_value(w, "seconds"), water_value(w, "waves")
    wind_x, wind_y = water_value(w, "wind_x"), water_value(w, "wind_y")
    x, y, _ = w.separate(w.geometry("Position"))
    along, across = x * wind_x + y * wind_y, y * wind_x - x * wind_y
    edge, deep = w.attribute("wf_edge"), w.attribute("wf_deep")

    height = None
    for length, share, stretch in ((6.0, 1.0, 0.45), (1.7, 0.42, 0.55), (0.45, 0.13, 0.7), (0.12, 0.028, 0.9)):
        speed = (9.81 * length / 6.2832) ** 0.5
        place = w.combine((along - seconds * speed) / length, across * (stretch / length), seconds * (0.25 / length**0.5))
        train = w.noise(place, scale=1.0, detail=1.0) * share
        if length > SHORTEST:
            train = train * (1.0 - carried(w, length, edge) * deep)
        height = train if height is None else height + train
    least = w.math("MINIMUM", waves * 20.0, 1.0) * 0.012
    return w.bump(height * (least + 0.16 * waves) * ruffled(w, x, y, wind_x, wind_y), 1.0)
