"""The lake's waves in Blender: a modifier that moves the surface's points as `waves.displacement` says, in time alone.

Streaks of calm, where the wind does not ruffle the water, damp the waves of the mesh and those of the material alike.
"""

from __future__ import annotations

import bpy
import numpy as np

from ..nodes.geometry import geometry_tree, named_attribute, scene_seconds
from ..nodes.objects import Wind
from ..nodes.writer import NodeWriter, Socket
from .waves import COARSE, FINE, Trains

CALM = 0.12
"""Height of the waves in the calm streaks, as a share of their full height."""


def add_waves(item: bpy.types.Object, trains: Trains, wind: Wind) -> None:
    """Let the trains run over a surface at rest that has the POINT attributes `wf_edge` and `wf_deep`."""
    w, surface = geometry_tree(f"waves.{item.name}")
    seconds = scene_seconds(w, wind.frame_rate)
    edge = named_attribute(w, "wf_edge")
    x, y, _ = w.separate(w.out(w.node("GeometryNodeInputPosition")))
    moved: Socket | None = None
    for (kx, ky), frequency, phase, amplitude, length in zip(*_rows(trains), strict=True):
        angle = x * kx + y * ky - seconds * frequency + phase
        size = carried(w, length, edge) * amplitude
        back = w.math("SINE", angle) * size * (-length / (2.0 * np.pi))
        train = w.combine(back * kx, back * ky, w.math("COSINE", angle) * size)
        moved = train if moved is None else moved + train
    calm = ruffled(w, x, y, *wind.direction) * named_attribute(w, "wf_deep")
    inputs: dict[str | int, object] = {"Geometry": surface, "Offset": None if moved is None else moved * calm}
    w.node("NodeGroupOutput", {0: w.out(w.node("GeometryNodeSetPosition", inputs))})
    item.modifiers.new("wildfield.waves", "NODES").node_group = w.tree


def carried(w: NodeWriter, length: float, edge: Socket) -> Socket:
    """How much of a wave of `length` m a mesh with edges of `edge` m carries, as `waves.carried`."""
    return w.smoothstep(COARSE * length, FINE * length, edge)


def ruffled(w: NodeWriter, x: Socket, y: Socket, wind_x: Socket | float, wind_y: Socket | float) -> Socket:
    """How far the wind ruffles the water at x, y m: `CALM` in streaks along the wind, up to 1 between them."""
    along, across = x * wind_x + y * wind_y, y * wind_x - x * wind_y
    streaks = w.noise(w.combine(along * 0.010, across * 0.045, 0.0), scale=1.0, detail=3.0, roughness=0.6)
    return CALM + (1.0 - CALM) * w.smoothstep(0.40, 0.62, streaks)


def _rows(trains: Trains) -> tuple[list[float] | list[list[float]], ...]:
    columns = (trains.wavenumber, trains.frequency, trains.phase, trains.amplitude, trains.length)
    return tuple(column.tolist() for column in columns)
