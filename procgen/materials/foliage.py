"""Leaves, needles, petals and stems: thin, two-sided, translucent, and each a little different.

Their base colour is the mesh's own `tint`, which growth gives them by species, season, branch and leaf; veins and the paler
underside are drawn on it after `leaf`, the place on the blade, and individuals differ a little. No Fresnel: seen from behind it
turns into total reflection, which speckles foliage white. The gloss is a small constant, and a little more under rain: a leaf's
wax lets no water in, so that it does not darken as bark and soil do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plants.growth.venation import Venation, venation_map
from ..registry import material
from ..weather.wetness import wetness
from . import Surface

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket

Rgb = tuple[float, float, float]
_FILM = 0.055
"""Share of the light that a film of rain turns back, in the mean over all directions (n = 1.333)."""


def _tint(w: NodeWriter, by_instance: float) -> Socket:
    """The mesh's own colour; `by_instance` is how much brighter or darker individuals are."""
    colour = w.attribute("tint", output="Vector")
    return colour * (1.0 - by_instance + 2.0 * by_instance * w.object_random())


def _thin(
    w: NodeWriter,
    colour: Socket,
    through: Rgb,
    transmission: float,
    gloss: float,
    roughness: float,
    normal: Socket | None = None,
) -> Surface:
    """A thin sheet: `through` tints what shines through it, `transmission` and `gloss` are shares of the light.

    Its told roughness is that of the dry leaf.
    """
    bent = {} if normal is None else {"Normal": normal}
    lit = w.shader("Translucent", Color=colour * through, **bent)
    shader = w.mix_shader(transmission, w.shader("Diffuse", Color=colour, **bent), lit)
    rain = wetness(w)
    film = w.shader("Glossy", Color=(0.8, 0.85, 0.8), Roughness=roughness * (1.0 - 0.5 * rain), **bent)
    return Surface(w.mix_shader(gloss + _FILM * rain, shader, film), colour, roughness)


def _blade(w: NodeWriter, veins: Socket, relief: float) -> Socket:
    """The tint with paler veins (0..1), and a paler, greyer underside."""
    colour = _tint(w, 0.13)
    colour = w.mix(veins * relief, colour, colour * 1.9 + (0.014, 0.016, 0.004))
    return w.mix(w.geometry("Backfacing") * 0.55, colour, colour * 0.8 + (0.026, 0.032, 0.016))


def _place(w: NodeWriter) -> tuple[Socket, Socket]:
    """How far from the midrib, 0..1, and how far along the blade, 0..1."""
    across, along, _ = w.separate(w.attribute("leaf", output="Vector"))
    return w.math("ABSOLUTE", across), along


def _veined(w: NodeWriter, kind: Venation) -> Surface:
    """A blade with grown veins, paler than it; between them it swells. Few nodes: bump evaluates them three times."""
    from ..nodes.pictures import picture

    place = w.mapping(w.attribute("leaf", output="Vector"), scale=(0.5, 1, 0), location=(0.5, 0, 0))
    veins, height, _ = w.image(picture(f"wildfield.venation.{kind}", venation_map(kind)), place)
    return _thin(w, _blade(w, veins, 0.8), (1.5, 1.6, 0.6), 0.4, 0.025, 0.45, w.bump(height, 0.002, 0.7))


@material("leaf", "leaves with a midrib and veins to both sides of it")
def leaf(w: NodeWriter) -> Surface:
    return _veined(w, "pinnate")


@material("leaf_palmate", "leaves whose main veins spread from one point at a fifth of their length, as of maples")
def leaf_palmate(w: NodeWriter) -> Surface:
    return _veined(w, "palmate")


@material("leaf_parallel", "blades with veins that run along them, as of grasses, palms and lilies")
def leaf_parallel(w: NodeWriter) -> Surface:
    aside, _ = _place(w)
    ribs = w.math("ABSOLUTE", w.math("FRACT", aside * 5.0) - 0.5)
    veins = w.math("MAXIMUM", w.smoothstep(0.10, 0.02, aside), w.smoothstep(0.2, 0.05, ribs) * 0.35)
    return _thin(w, _blade(w, veins, 0.4), (1.3, 1.4, 0.6), 0.34, 0.03, 0.42)


@material("needle", "needles of conifers")
def needle(w: NodeWriter) -> Surface:
    return _thin(w, _tint(w, 0.12), (1.3, 1.4, 0.8), 0.22, 0.0, 0.7)


@material("grass", "blades of grass")
def grass(w: NodeWriter) -> Surface:
    return _thin(w, _tint(w, 0.15), (1.3, 1.4, 0.6), 0.38, 0.025, 0.45)


@material("stem", "green stalks of herbs")
def stem(w: NodeWriter) -> Surface:
    return _thin(w, _tint(w, 0.1), (1.3, 1.4, 0.7), 0.25, 0.03, 0.45)


@material("petal", "petals: soft, light through them, with faint veins along")
def petal(w: NodeWriter) -> Surface:
    aside, _ = _place(w)
    ribs = w.math("ABSOLUTE", w.math("FRACT", aside * 4.0) - 0.5)
    colour = _tint(w, 0.06) * (1.0 - 0.14 * w.smoothstep(0.25, 0.05, ribs))
    return _thin(w, colour, (1.0, 0.92, 0.85), 0.35, 0.02, 0.5)
