"""Ice that floats: floes under snow and icebergs, blue where no snow lies, green and dark under water."""

from __future__ import annotations

from dataclasses import replace

from ..nodes.writer import NodeWriter
from ..registry import material
from . import Surface
from .layers import cover, finish
from .snow import glacier_ice, packed_snow
from .wetness import drowned


@material("floe", "a plate of sea ice: snow on top, blue ice at its sides, seen through water below", family="snow")
def floe(w: NodeWriter) -> Surface:
    return _floating(w, 0.55, 0.80, 0.05)


@material("iceberg", "an iceberg or a block of ice: blue and white walls, snow where it holds", family="snow")
def iceberg(w: NodeWriter) -> Surface:
    return _floating(w, 0.72, 0.92, 0.5)


def _floating(w: NodeWriter, steep: float, flat: float, splash: float) -> Surface:
    """Ice with snow where the surface is flatter than `steep` to `flat` (the normal's z), none below `splash` metres."""
    place = w.geometry("Position")
    z, up = w.separate(place)[2], w.separate(w.geometry("Normal"))[2]
    grain = w.noise(place, 0.7, 6.0, 0.6)
    ice = glacier_ice(w, place)
    pale = w.mix(0.42, ice.colour, (0.50, 0.66, 0.72))
    washed = w.smoothstep(0.30, 0.02, z + 0.15 * (grain - 0.5)) * 0.5
    wall = w.mix(washed, pale, (0.16, 0.37, 0.42))
    sunk = w.mix(w.smoothstep(0.02, -0.02, z), wall, drowned(w, wall, z))
    body = finish(w, replace(ice, colour=sunk, gloss=ice.gloss * 0.5 * w.smoothstep(-0.02, 0.02, z)))
    held = w.smoothstep(steep, flat, up + 0.35 * (grain - 0.5)) * w.smoothstep(0.5 * splash, splash, z)
    return cover(w, held, body, finish(w, packed_snow(w, place)))
