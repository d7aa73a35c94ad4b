"""The land of a desert: flat beds of sandstone, broken rock below them, gravel plains with washes, and dunes in ripples.

The ripples follow `along`, the metres along a wind that bends with the dunes' crests, so they run as the crests run; slip faces
have none.
"""

from __future__ import annotations

from dataclasses import replace

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..layers import Layer, blend, cover, finish
from ..sands import dune_sand, red_sand
from ..soils import gravel, scree
from ..strata import sandstone


@material("ground_desert", "sandstone, scree, gravel plains and dunes", family="land")
def ground_desert(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    grain, broad = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 0.02, 3.0, 0.5)
    blown = w.combine(w.attribute("along"), w.attribute("across"), w.separate(place)[2])

    land = finish(w, sandstone(w, place))
    plain = blend(w, w.smoothstep(0.40, 0.66, broad + 0.5 * (grain - 0.5)), red_sand(w, place), tinted(w, gravel(w, place)))
    bare = w.smoothstep(0.55, 0.30, w.attribute("rock") + 0.5 * (grain - 0.5))
    land = cover(w, bare, land, finish(w, plain))
    debris = w.smoothstep(0.35, 0.75, w.attribute("deposit") + 0.8 * (grain - 0.5))
    land = cover(w, debris * bare, land, finish(w, tinted(w, scree(w, place))))
    wash = w.smoothstep(0.35, 0.75, w.attribute("flow") + 0.4 * (grain - 0.5)) * bare
    land = cover(w, wash * 0.8, land, finish(w, dune_sand(w, place)))
    dunes = w.smoothstep(0.30, 0.62, w.attribute("sand") + 0.5 * (grain - 0.5))
    return cover(w, dunes, land, finish(w, dune_sand(w, blown)))


def tinted(w: NodeWriter, loose: Layer) -> Layer:
    """Return loose stones dyed as the sandstone that they broke from."""
    return replace(loose, colour=w.vector_math("MULTIPLY", loose.colour, (2.3, 1.22, 0.70)))
