"""Water seen from above: Fresnel reflection over what lies below, bent by waves of four sizes with calm streaks between.

The mesh itself carries the longer waves where it is fine enough (`water.motion`); the rest bends the normal only.

The water's own depth is not traced: the ground under it darkens and takes the water's colour by its own depth
(`materials.wetness`), which costs nothing and converges at once. In the truth render the surface is opaque.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..nodes.truth import truth_mode
from ..nodes.writer import NodeWriter, Number, Socket
from ..registry import material
from ..spec import parameter
from ..water.motion import carried, ruffled
from ..water.state import water_value
from ..water.waves import LENGTHS
from . import Surface
from .layers import Shade, cover, finish
from .shores import foam
from .values import Varied, values_of
from .wetness import BODY

SHORTEST = min(LENGTHS)
"""Metres: shorter waves are never in the mesh."""


@dataclass(frozen=True)
class Turbid(Varied):
    hue: float = parameter(0.5, "from glacial milk over green to brown", low=0.0, high=1.0)
    dense: float = parameter(0.85, "how little of the ground shows through", low=0.7, high=1.0)


@dataclass(frozen=True)
class Sea(Varied):
    hue: float = parameter(0.5, "from green to blue", low=0.0, high=1.0)
    caps: float = parameter(0.4, "share of foam on the crests", low=0.1, high=0.9)


@material("water", "the surface of a lake", family="water")
def water(w: NodeWriter) -> Surface:
    return body(w, BODY, 0.0, waves(w)[1])


@material("water_clear", "a brook or a mountain tarn: the ground shows as through glass", family="water")
def water_clear(w: NodeWriter) -> Surface:
    return body(w, (0.010, 0.026, 0.026), 0.0, waves(w, 0.5)[1])


@material("water_turbid", "water that carries silt or algae: glacial milk, green ponds, brown floods", Turbid, "water")
def water_turbid(w: NodeWriter) -> Surface:
    values = values_of(w, "water_turbid", Turbid)
    milky = w.mix(w.smoothstep(0.0, 0.5, values("hue")), (0.135, 0.235, 0.225), (0.048, 0.078, 0.028))
    colour = w.mix(w.smoothstep(0.5, 1.0, values("hue")), milky, (0.125, 0.082, 0.040))
    cloud = w.noise(w.geometry("Position"), 0.35, 4.0, 0.55)
    return body(w, colour * (0.7 + 0.6 * cloud), values("dense"), waves(w, 0.6)[1])


@material("sea", "the open sea: deep green to blue, with foam on its crests", Sea, "water")
def sea(w: NodeWriter) -> Surface:
    values = values_of(w, "sea", Sea)
    colour = w.mix(values("hue"), (0.010, 0.058, 0.050), (0.006, 0.030, 0.062))
    height, normal = waves(w, 1.6)
    crest = w.smoothstep(0.66 - 0.14 * values("caps"), 0.70, height)
    place = w.geometry("Position")
    lace = w.noise(place, 1.4, 6.0, 0.62)
    caps = w.smoothstep(0.40, 0.56, lace * 0.55 + crest * 0.35) * w.smoothstep(0.02, 0.3, crest)
    return cover(w, caps, body(w, colour, 0.9, normal), finish(w, foam(w, place)))


def body(w: NodeWriter, colour: Shade, dense: Number, normal: Socket) -> Surface:
    """Water of that colour, through which the share 1 - `dense` of the ground shows."""
    fresnel = w.out(w.node("ShaderNodeFresnel", {"IOR": 1.333, "Normal": normal}))
    mirror = w.out(w.node("ShaderNodeBsdfGlossy", {"Color": (0.97, 0.98, 1.0), "Roughness": 0.03, "Normal": normal}))
    opaque = w.math("MAXIMUM", truth_mode(w), dense)
    below = w.mix_shader(opaque, w.shader("Transparent", Color=(0.95, 0.98, 0.97)), w.shader("Diffuse", Color=colour))
    return Surface(w.mix_shader(fresnel, below, mirror), colour, 0.03)


def waves(w: NodeWriter, higher: float = 1.0) -> tuple[Socket, Socket]:
    """The waves' height, about 0.5 in the mean, and the normal. Each train travels along the wind at about the speed of its
    length, sqrt(g L / 2 pi).

    Lengths that the mesh carries are in its own shape already, and fade here as they grow there.
    """
    seconds, strength = water_value(w, "seconds"), water_value(w, "waves")
    wind_x, wind_y = water_value(w, "wind_x"), water_value(w, "wind_y")
    x, y, _ = w.separate(w.geometry("Position"))
    along, across = x * wind_x + y * wind_y, y * wind_x - x * wind_y
    edge, deep = w.attribute("wf_edge"), w.attribute("wf_deep")

    total: Number = 0.0
    height: Number = 0.0
    for length, share, stretch in ((6.0, 1.0, 0.45), (1.7, 0.42, 0.55), (0.45, 0.13, 0.7), (0.12, 0.028, 0.9)):
        speed = (9.81 * length / 6.2832) ** 0.5
        place = w.combine((along - seconds * speed) / length, across * (stretch / length), seconds * (0.25 / length**0.5))
        train = w.noise(place, scale=1.0, detail=1.0) * share
        total = train + total
        if length > SHORTEST:
            train = train * (1.0 - carried(w, length, edge) * deep)
        height = train + height
    least = w.math("MINIMUM", strength * 20.0, 1.0) * 0.012
    ruffles = ruffled(w, x, y, wind_x, wind_y)
    return w.math("DIVIDE", total, 1.578), w.bump(height * (least + 0.16 * strength) * ruffles * higher, 1.0)
