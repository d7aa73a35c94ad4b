"""Falling leaves in Blender: instances whose pose a node tree works out from the scene's time, as `FallingLeaves` says."""

from __future__ import annotations

from dataclasses import fields

import bpy
import numpy as np

from ..nodes.geometry import scene_seconds
from ..nodes.objects import Named, Pose, Wind, instance_points, to_blender
from ..nodes.writer import NodeWriter
from ..scene import ObjectTable, Thing
from .leaf_fall import SETTLING, Falling, FallingLeaves, leaf_meshes

NAME = "falling leaves"


def let_fall(scene: bpy.types.Scene, leaves: FallingLeaves, table: ObjectTable, wind: Wind) -> dict[str, str]:
    """Instance the leaves, each with an id of its own, and return digests of the meshes and of the motion by name."""
    if not len(leaves):
        return {}
    meshes = leaf_meshes()
    labels = [f"{NAME} {variant}" for variant in range(len(meshes))]
    prototypes = [bpy.data.objects.new(label, to_blender(mesh, label)) for label, mesh in zip(labels, meshes, strict=True)]
    boxes = [mesh.bounds.astype(np.float64) for mesh in meshes]
    first = table.reserve(len(leaves))
    for number, variant in enumerate(leaves.variant, first):
        table.things[number] = Thing(number, f"{NAME}.{number - first:05d}", "leaf", NAME, {}, boxes[variant])
    values = {item.name: getattr(leaves, item.name) for item in fields(leaves) if item.name not in ("rest", "spin")}
    values["id"] = np.arange(first, first + len(leaves), dtype=np.int32)
    values["roll"], values["turn"] = leaves.spin.T

    def pose(w: NodeWriter, named: Named) -> Pose:
        seconds = scene_seconds(w, wind.frame_rate)
        left = w.math("MAXIMUM", named("landing", "FLOAT") - seconds, 0.0)
        dying = w.math("MINIMUM", left / SETTLING, 1.0)
        angle = left * named("rate", "FLOAT") + named("phase", "FLOAT")
        swing = w.math("SINE", angle) * dying
        rocking = w.math("COSINE", angle) * dying * named("tilt", "FLOAT")
        offset = named("flutter", "FLOAT_VECTOR") * swing - named("velocity", "FLOAT_VECTOR") * left
        turned = w.combine(rocking, left * named("roll", "FLOAT"), named("heading", "FLOAT") + left * named("turn", "FLOAT"))
        rotation = w.out(w.node("FunctionNodeEulerToRotation", {0: turned}))
        return Pose(rotation, offset, w.math("GREATER_THAN", seconds, named("gone", "FLOAT")))

    instance_points(scene, NAME, prototypes, leaves.rest, values, pose)
    table.motions.append(Falling(values["id"], leaves))
    digests = {label: mesh.digest() for label, mesh in zip(labels, meshes, strict=True)}
    return digests | {f"{NAME} motion": leaves.digest()}
