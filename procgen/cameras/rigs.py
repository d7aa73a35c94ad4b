"""Cameras in Blender: `main`, or `left` and `right`, on a path with one key at every frame from 0 to frames + 1."""

from __future__ import annotations

import bpy
import mathutils
import numpy as np

from ..scene_spec import CameraSpec, RenderSpec
from .looking import Path

NEAR, FAR = 0.05, 30000.0
"""Clipping distances in metres."""


def add_rig(scene: bpy.types.Scene, camera: CameraSpec, render: RenderSpec, path: Path) -> dict[str, bpy.types.Object]:
    """Add the cameras of a mono or stereo rig and return them by name, in order; the first is the scene's own."""
    sides = {"main": 0.0} if camera.rig == "mono" else {"left": -camera.baseline / 2, "right": camera.baseline / 2}
    cameras = {name: _camera(scene, name, aside, camera, render, path) for name, aside in sides.items()}
    scene.camera = next(iter(cameras.values()))
    scene.frame_start, scene.frame_end = 1, render.frames
    scene.render.fps = max(1, round(render.frame_rate))
    scene.render.fps_base = scene.render.fps / render.frame_rate
    scene.render.resolution_x, scene.render.resolution_y = render.width, render.height
    scene.render.resolution_percentage = 100
    scene.frame_set(1)
    return cameras


def _camera(
    scene: bpy.types.Scene, name: str, aside: float, camera: CameraSpec, render: RenderSpec, path: Path
) -> bpy.types.Object:
    lens = bpy.data.cameras.new(name)
    lens.sensor_fit, lens.angle = "HORIZONTAL", float(np.radians(camera.field_of_view))
    lens.clip_start, lens.clip_end = NEAR, FAR
    item = bpy.data.objects.new(name, lens)
    scene.collection.objects.link(item)
    for frame in range(render.frames + 2):
        eye, heading, pitch = path.pose(frame)
        right = np.array([np.cos(heading), -np.sin(heading), 0.0])
        item.location = mathutils.Vector(eye + right * aside)
        item.rotation_euler = (np.pi / 2 + pitch, 0.0, -heading)
        item.keyframe_insert("location", frame=frame)
        item.keyframe_insert("rotation_euler", frame=frame)
    strip = item.animation_data.action.layers[0].strips[0]
    for curve in strip.channelbags[0].fcurves:
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
    return item
