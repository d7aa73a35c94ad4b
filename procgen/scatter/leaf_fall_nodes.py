"""Falling leaves in Blender: instances whose pose a node tree works out from the scene's time, as `FallingLeaves` says."""

from __future__ import annotations

import bpy

from ..nodes.geometry import scene_seconds
from ..nodes.objects import Named, Pose, Wind
from ..nodes.writer import NodeWriter
from ..scene import ObjectTable
from .falling_nodes import instance_falling
from .leaf_fall import SETTLING, Falling, FallingLeaves, leaf_meshes

NAME = "falling leaves"


def let_fall(scene: bpy.types.Scene, leaves: FallingLeaves, table: ObjectTable, wind: Wind) -> dict[str, str]:
    """Instance the leaves, each with an id of its own, and return digests of the meshes and of the motion by name."""
    if not len(leaves):
        return {}
    values = {key: column for key, column in leaves.columns().items() if key not in ("rest", "spin")}
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

    return instance_falling(scene, NAME, "leaf", leaf_meshes(), leaves, values, pose, lambda ids: Falling(ids, leaves), table)
