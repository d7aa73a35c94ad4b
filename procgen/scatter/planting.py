"""From placements to Blender: prototypes grown once for each individual and level of detail, instances with their ids."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import bpy
import numpy as np

from .. import registry
from ..classes import group_of
from ..meshes import MeshData
from ..nodes.geometry import geometry_tree, named_attribute, scene_seconds
from ..nodes.objects import Placement, Wind, add_instances, to_blender
from ..rigid import Leaning
from ..rng import stream
from ..scene import ObjectTable, Thing
from ..spec import to_dict
from .growth import DETAILS, Growth

Draw = Callable[[str, int], Any]
"""Parameters of a generator's individual number so-and-so."""


def plant(scene: bpy.types.Scene, growth: Growth, draw: Draw, seed: int, table: ObjectTable, wind: Wind) -> dict[str, str]:
    """Grow the prototypes that the growth needs, instance them, and return digests of meshes and placement by name."""
    if not len(growth):
        return {}
    wanted, prototype = np.unique(np.stack([growth.detail, growth.variant], 1), axis=0, return_inverse=True)
    prototype = prototype.reshape(-1).astype(np.int32)
    digests = {f"{growth.name} placement": growth.digest()}
    objects, boxes, parameters = [], [], []
    for detail, variant in wanted:
        params = draw(growth.generator, int(variant))
        mesh = grow(growth.generator, params, int(variant), int(detail), seed)
        label = f"{growth.name} {variant} {DETAILS[detail]}"
        digests[label] = mesh.digest()
        objects.append(bpy.data.objects.new(label, to_blender(mesh, label)))
        boxes.append(mesh.bounds.astype(np.float64))
        parameters.append(to_dict(params))
    class_name = registry.generators()[growth.generator].class_name
    first = table.reserve(len(growth))
    for number, kind in enumerate(prototype, first):
        label = f"{growth.name}.{number - first:05d}"
        table.things[number] = Thing(number, label, class_name, growth.generator, parameters[kind], boxes[kind])
    identity = np.arange(first, first + len(growth), dtype=np.int32)
    placement = Placement(growth.foot, growth.turn, growth.scale, prototype, identity, growth.sway, growth.phase)
    add_instances(scene, growth.name, objects, placement, wind)
    table.motions.append(Leaning(identity, growth.foot, growth.turn, growth.sway, growth.phase, wind.direction, wind.frequency))
    return digests


def grow(generator: str, params: Any, variant: int, detail: int, seed: int) -> MeshData:
    """Return the mesh of one individual; the same individual at every level of detail."""
    rng = stream(seed, "individuals", generator, variant)
    return registry.generators()[generator].build(params, rng, DETAILS[detail])


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


def individuals(seed: int, autumn: float) -> Draw:
    """Return the way to draw the parameters of individuals; `autumn` is the share of trees that have turned."""

    def draw(generator: str, variant: int) -> Any:
        entry = registry.generators()[generator]
        params: Any = entry.sample(stream(seed, "individuals", generator, variant, "parameters"))
        if entry.seasonal and group_of(entry.class_name) == "tree":
            # Spread over the variants evenly, so that the share is kept for every seed.
            turned = (variant + 0.5) * 0.618033988749895 % 1.0 < autumn
            params = dataclasses.replace(params, season="autumn" if turned else "summer")
        if generator == "rock":
            params = dataclasses.replace(params, size=1.0)
        return params

    return draw


def in_autumn(growths: Iterable[Growth], draw: Draw) -> bool:
    """Return whether any broadleaf tree that stands has turned."""
    trees = [growth for growth in growths if registry.generators()[growth.generator].family == "broadleaf"]
    return any(draw(tree.generator, int(variant)).season == "autumn" for tree in trees for variant in np.unique(tree.variant))
