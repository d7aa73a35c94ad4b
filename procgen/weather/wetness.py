"""What rain does to surfaces: one node group holds how wet all are, and materials darken and gloss by it.

A wet porous surface is darker since light that its film of water turns back meets it again: Lekner and Dorf, "Why some things
are darker when wet", Applied Optics 27 (1988).
"""

from __future__ import annotations

from ..nodes.values import set_values, value_group
from ..nodes.writer import Colour, NodeWriter, Number, Socket

GROUP = "wildfield.wetness"
_VALUES = {"wetness": 0.0}
_TURNED_BACK = 0.47
"""Share of diffuse light that water (n = 1.333) turns back inside: 1 - (1 - 0.066) / n^2."""


def set_wetness(amount: float) -> None:
    """Set how wet the file's surfaces are from rain: 0 dry, 0.3 damp, 1 soaked, with puddles."""
    set_values(value_group(GROUP, _VALUES), {"wetness": amount})


def wetness(w: NodeWriter) -> Socket:
    """How wet surfaces are from rain, 0..1."""
    return w.out(w.group(value_group(GROUP, _VALUES)))


def soaked(w: NodeWriter, colour: Colour, amount: Number) -> Socket:
    """Return an albedo as it is where it is wet by `amount` 0..1."""
    colour = colour if isinstance(colour, Socket) else w.combine(*colour)
    wet = colour * (0.98 * (1.0 - _TURNED_BACK)) / (1.0 - colour * _TURNED_BACK)
    return w.mix(amount, colour, wet)


def glossed(w: NodeWriter, shader: Socket, amount: Socket, normal: Socket, roughness: Socket | float) -> Socket:
    """Return a shader under a film of water of that roughness where it is wet by `amount` 0..1."""
    fresnel = w.out(w.node("ShaderNodeFresnel", {"IOR": 1.333, "Normal": normal}))
    film = w.shader("Glossy", Color=(0.95, 0.97, 1.0), Roughness=roughness, Normal=normal)
    return w.mix_shader(fresnel * amount, shader, film)


def puddle(w: NodeWriter, amount: Socket, hollow: Socket) -> Socket:
    """Return where water stands, 0..1: only where ground is level, soaked and hollow; `hollow` is about 0.6 in the mean."""
    level = w.smoothstep(0.975, 0.996, w.separate(w.geometry("Normal"))[2])
    return w.smoothstep(1.33, 1.36, hollow + 0.62 * amount) * level * w.smoothstep(0.55, 0.75, amount)
