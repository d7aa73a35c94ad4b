"""Loose stones of the rock they broke from: each of its own tone, moss on top where it is damp, wet or drowned at the water."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..registry import material
from ..water.state import water_value
from .layers import Layered, finish
from .rocks import basalt, granite
from .strata import limestone, sandstone, slate
from .wetness import shore

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter
    from . import Surface

GEOLOGIES: dict[str, Layered] = {
    "granite": granite,
    "limestone": limestone,
    "slate": slate,
    "sandstone": sandstone,
    "basalt": basalt,
}

DAMP = 5e3
"""Metres above the water up to which moss grows: a world where nothing is damp has its water much lower."""


def _stone(w: NodeWriter, rock: Layered) -> Surface:
    place = w.geometry("Position")
    tone = w.object_random()
    up = w.separate(w.geometry("Normal"))[2]
    bare = rock(w, place)
    grain = w.noise(place, 2.3, 6.0, 0.66)
    colour = w.vector_math("MULTIPLY", bare.colour, w.mix(tone, (0.74, 0.74, 0.76), (1.18, 1.10, 1.0)))
    above = w.separate(place)[2] - water_value(w, "level")
    damp = w.smoothstep(0.25, 0.7, above) * w.math("LESS_THAN", above, DAMP)
    moss = w.smoothstep(0.35, 0.85, up) * w.smoothstep(0.60, 0.78, grain + 0.35 * tone) * damp
    colour = w.mix(moss * 0.85, colour, (0.052, 0.072, 0.018))
    return finish(w, shore(w, replace(bare, colour=colour), grain))


for _name, _rock in GEOLOGIES.items():
    material(f"stone_{_name}", f"boulders, stones and pebbles of {_name}", family="stone")(
        lambda w, rock=_rock: _stone(w, rock)
    )
