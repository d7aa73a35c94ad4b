"""Rain and snow in Blender: instances whose pose a node tree works out from the scene's time, as `Precipitation` says."""

from __future__ import annotations

import bpy

from ..cameras.view import Height, View
from ..nodes.geometry import scene_seconds
from ..nodes.objects import Named, Pose, Wind
from ..nodes.writer import NodeWriter
from ..rng import stream
from ..scatter.falling_nodes import instance_falling
from ..scene import ObjectTable
from ..scene_spec import SceneSpec
from .precipitation import RAIN, SNOW, Kind, Precipitating, Precipitation, meshes, precipitate

KINDS: dict[str, Kind] = {"rain": RAIN, "snow": SNOW}


def add_precipitation(
    scene: bpy.types.Scene, spec: SceneSpec, view: View, height: Height, table: ObjectTable, wind: Wind
) -> dict[str, str]:
    """Let it rain or snow where the spec's weather does, and return digests of the meshes and of the motion by name."""
    kind = KINDS.get(spec.sky.weather)
    if kind is None or spec.sky.precipitation == 0.0:
        return {}
    return lay(scene, kind, fall_of(kind, spec, view, height, wind), table, wind)


def fall_of(kind: Kind, spec: SceneSpec, view: View, height: Height, wind: Wind) -> Precipitation:
    """Return what falls while the picture is taken, from frame 0 to frames + 1."""
    seconds = (spec.render.frames + 1) / spec.render.frame_rate
    rng = stream(spec.seed, "weather", kind.class_name)
    return precipitate(kind, view, height, spec.sky.precipitation, wind.direction, spec.wind.strength, seconds, rng)


def lay(scene: bpy.types.Scene, kind: Kind, fall: Precipitation, table: ObjectTable, wind: Wind) -> dict[str, str]:
    """Instance drops or flakes, each with an id of its own, and return digests by name."""
    if not len(fall):
        return {}
    name = kind.class_name
    values = {key: column for key, column in fall.columns().items() if key != "rest"}

    def pose(w: NodeWriter, named: Named) -> Pose:
        seconds, landing = scene_seconds(w, wind.frame_rate), named("landing", "FLOAT")
        left = w.math("MAXIMUM", landing - seconds, 0.0)
        sway = w.math("SINE", left * named("rate", "FLOAT") + named("phase", "FLOAT"))
        offset = named("swing", "FLOAT_VECTOR") * sway - named("velocity", "FLOAT_VECTOR") * left
        turned = named("attitude", "FLOAT_VECTOR") + w.combine(0.0, 0.0, left * named("spin", "FLOAT"))
        rotation = w.out(w.node("FunctionNodeEulerToRotation", {0: turned}))
        return Pose(rotation, offset, w.math("GREATER_THAN", seconds, landing))

    return instance_falling(scene, name, name, meshes(kind), fall, values, pose, lambda ids: Precipitating(ids, fall), table)
