"""What is soft of plants and fungi: fruit, the skin of succulents, spines, caps, moss and lichen, coloured by `tint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import material
from . import Surface

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


def _tint(w: NodeWriter, by_instance: float) -> Socket:
    colour = w.attribute("tint", output="Vector")
    return colour * (1.0 - by_instance + 2.0 * by_instance * w.object_random())


def _waxed(w: NodeWriter, colour: Socket, gloss: float, roughness: float, normal: Socket | None = None) -> Surface:
    """A diffuse body under a thin skin that reflects the share `gloss` of the light."""
    bent = {} if normal is None else {"Normal": normal}
    skin = w.shader("Glossy", Color=(0.9, 0.9, 0.9), Roughness=roughness, **bent)
    return Surface(w.mix_shader(gloss, w.shader("Diffuse", Color=colour, **bent), skin), colour, roughness)


@material("fruit", "ripe fruit and berries with a smooth skin")
def fruit(w: NodeWriter) -> Surface:
    mottled = w.noise(w.coordinates(), 90.0, 2.0)
    return _waxed(w, _tint(w, 0.08) * (0.86 + 0.28 * mottled), 0.05, 0.25)


@material("succulent", "the firm waxy skin of cacti, agaves and aloes")
def succulent(w: NodeWriter) -> Surface:
    bloom = w.noise(w.coordinates(), 22.0, 3.0, 0.6)
    return _waxed(w, _tint(w, 0.08) * (0.8 + 0.4 * bloom), 0.035, 0.4)


@material("spine", "spines: dry, straw-coloured, a little translucent")
def spine(w: NodeWriter) -> Surface:
    colour = _tint(w, 0.1)
    lit = w.shader("Translucent", Color=colour)
    return Surface(w.mix_shader(0.3, w.shader("Diffuse", Color=colour), lit), colour, 0.6)


@material("cap", "caps, gills and stipes of mushrooms")
def cap(w: NodeWriter) -> Surface:
    blotched = w.noise(w.coordinates(), 60.0, 3.0, 0.6)
    return _waxed(w, _tint(w, 0.08) * (0.84 + 0.32 * blotched), 0.03, 0.35)


@material("moss", "moss and lichen: dull, scattering light at their edge")
def moss(w: NodeWriter) -> Surface:
    colour = _tint(w, 0.12)
    lit = w.shader("Translucent", Color=colour * (1.2, 1.3, 0.7))
    return Surface(w.mix_shader(0.3, w.shader("Diffuse", Color=colour), lit), colour, 0.9)
