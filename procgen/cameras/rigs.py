"""Cameras in Blender: a lens as the spec describes it, and a trajectory laid into keys, one at every frame."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np

from ...compat import set_panoramic
from ..scene_spec import CameraSpec, RenderSpec
from .lens_script import set_lens
from .lenses import bent_lens
from .trajectory import Trajectory

NEAR, FAR = 0.05, 30000.0
"""Clipping distances of worlds in metres."""


def add_rig(
    scene: bpy.types.Scene,
    cameras: Mapping[str, Trajectory],
    camera: CameraSpec,
    render: RenderSpec,
    margin: int,
    clip: tuple[float, float] = (NEAR, FAR),
    ortho_width: float = 0.0,
) -> dict[str, bpy.types.Object]:
    """Add the cameras, with a key at every frame from 0 - `margin` to frames + 1 + `margin`, and set the scene's frames up.

    Returns them by name, in order; the first is the scene's own.
    """
    added = {}
    for name, trajectory in cameras.items():
        item = bpy.data.objects.new(name, new_lens(name, camera, render, margin, clip, ortho_width))
        scene.collection.objects.link(item)
        _lay(item, trajectory, render.frames, margin)
        added[name] = item
    scene.camera = next(iter(added.values()))
    scene.frame_start, scene.frame_end = 1, render.frames
    scene.render.fps = max(1, round(render.frame_rate))
    scene.render.fps_base = scene.render.fps / render.frame_rate
    scene.render.resolution_x, scene.render.resolution_y = render.width, render.height
    scene.render.resolution_percentage = 100
    scene.frame_set(1)
    return added


def new_lens(
    name: str, camera: CameraSpec, render: RenderSpec, margin: int, clip: tuple[float, float], ortho_width: float = 0.0
) -> bpy.types.Camera:
    """Return the camera data: perspective with its zoom in keys, orthographic and `ortho_width` m wide, all round, or with a
    lens that bends straight lines.
    """
    lens = bpy.data.cameras.new(name)
    lens.sensor_fit, lens.sensor_width = "HORIZONTAL", camera.sensor_width
    lens.angle = float(np.radians(camera.field_of_view))
    lens.clip_start, lens.clip_end = clip
    bent = bent_lens(camera, render)
    if camera.rig == "panorama":
        set_panoramic(lens)
    elif camera.projection == "orthographic":
        lens.type, lens.ortho_scale = "ORTHO", ortho_width
    elif bent is not None:
        set_lens(lens, bent.model, bent.focal, bent.farthest, bent.coefficients)
    elif camera.zoom != 1.0 and render.frames > 1:
        usual = lens.lens
        for frame in range(-margin, render.frames + 2 + margin):
            lens.lens = usual * camera.zoom ** float(np.clip((frame - 1) / (render.frames - 1), 0.0, 1.0))
            lens.keyframe_insert("lens", frame=frame)
        _straighten(lens)
    return lens


def _lay(item: bpy.types.Object, trajectory: Trajectory, frames: int, margin: int) -> None:
    for frame in range(-margin, frames + 2 + margin):
        look = trajectory.look(frame)
        item.location = look.eye.tolist()
        item.rotation_euler = look.euler.tolist()
        item.keyframe_insert("location", frame=frame)
        item.keyframe_insert("rotation_euler", frame=frame)
    _straighten(item)


def _straighten(item: bpy.types.ID) -> None:
    """Let values run straight from key to key."""
    strip = item.animation_data.action.layers[0].strips[0]
    for curve in strip.channelbags[0].fcurves:
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
