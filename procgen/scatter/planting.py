"""From placements to Blender: plants and stones as instances with their ids, and as objects where they bend by themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import registry
from ..classes import group_of
from ..nodes.geometry import geometry_tree, named_attribute, scene_seconds
from ..nodes.objects import Placement, Wind, add_instances
from ..plants.growth.species import redrawn
from ..rigid import Leaning
from ..rng import stream
from ..scene import ObjectTable, Thing
from ..scene_spec import ScatterSpec
from .bending import add_bending
from .forest import NO_HABITS, Habits
from .growth import Growth
from .stock import Draw, Stock


def plant(
    scene: bpy.types.Scene, stock: Stock, bends: NDArray[np.bool_], table: ObjectTable, wind: Wind, strength: float
) -> dict[str, str]:
    """Place a growth and return digests of meshes and placement by name.

    Those that `bends` (N,) names become objects that bend in a wind of that `strength`, the others instances that lean in it.
    """
    growth = stock.growth
    if not len(growth):
        return {}
    class_name = registry.generators()[growth.generator].class_name
    first = table.reserve(len(growth))
    for number, kind in enumerate(stock.prototype, first):
        row = (number, stock.label(number - first), class_name, growth.generator, stock.parameters[kind], stock.boxes[kind])
        table.things[number] = Thing(*row, deforms=bool(bends[number - first]))
    identity = np.arange(first, first + len(growth), dtype=np.int32)
    for index in np.flatnonzero(bends).tolist():
        add_bending(scene, stock, index, int(identity[index]), wind, strength)
    rigid = ~bends
    if rigid.any():
        foot, turn, sway, phase = (values[rigid] for values in (growth.foot, growth.turn, growth.sway, growth.phase))
        placement = Placement(foot, turn, growth.scale[rigid], stock.prototype[rigid], identity[rigid], sway, phase)
        add_instances(scene, growth.name, stock.objects, placement, wind)
        table.motions.append(Leaning(identity[rigid], foot, turn, sway, phase, wind.direction, wind.frequency))
    return stock.digests


def sway_in_wind(item: bpy.types.Object, wind: Wind, strength: float) -> None:
    """Let the points of a mesh with `wf_sway` (m) and `wf_phase` (rad) swing along the wind, as a function of time alone.

    A steady lean and a swing of about the same size; both end at `strength` (0..1) times `wf_sway`.
    """
    w, blades = geometry_tree(f"sway.{item.name}")
    seconds = scene_seconds(w, wind.frame_rate)
    swing = w.math("SINE", seconds * (2.0 * np.pi * 1.6 * wind.frequency) + named_attribute(w, "wf_phase"))
    way = named_attribute(w, "wf_sway") * strength * (0.45 + 0.55 * swing)
    x, y = wind.direction
    offset = w.combine(way * x, way * y, way * way * -0.5)
    w.node("NodeGroupOutput", {0: w.out(w.node("GeometryNodeSetPosition", {"Geometry": blades, "Offset": offset}))})
    item.modifiers.new("wildfield.sway", "NODES").node_group = w.tree


def individuals(seed: int, scatter: ScatterSpec, habits: Habits = NO_HABITS, geology: str | None = None) -> Draw:
    """Return the way to draw the parameters of individuals in the season of the scatter.

    In summer the share `autumn` of the trees has turned. `habits` are ranges of parameters that differ from the species' own;
    stones are of the rock `geology`, or of any.
    """

    def draw(generator: str, variant: int) -> Any:
        entry = registry.generators()[generator]
        params: Any = entry.sample(stream(seed, "individuals", generator, variant, "parameters"))
        if generator in habits:
            params = redrawn(params, habits[generator], stream(seed, "individuals", generator, variant, "habit"))
        if entry.seasonal:
            season = scatter.season
            if season == "summer" and group_of(entry.class_name) == "tree":
                # Spread over the variants evenly, so that the share is kept for every seed.
                season = "autumn" if (variant + 0.5) * 0.618033988749895 % 1.0 < scatter.autumn else season
            params = dataclasses.replace(params, season=season)
        if generator == "rock":
            params = dataclasses.replace(params, size=1.0, geology=geology or params.geology)
        return params

    return draw


def in_autumn(growths: Iterable[Growth], draw: Draw) -> bool:
    """Return whether any broadleaf tree that stands has turned."""
    trees = [growth for growth in growths if registry.generators()[growth.generator].family == "broadleaf"]
    return any(draw(tree.generator, int(variant)).season == "autumn" for tree in trees for variant in np.unique(tree.variant))
