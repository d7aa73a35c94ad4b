"""The world shader (sky and clouds), the sun, the haze and the view transform, laid into Blender."""

from __future__ import annotations

from typing import Any

import bpy
import mathutils
import numpy as np

from ..nodes.haze import set_haze
from ..nodes.objects import Wind
from ..nodes.writer import NodeWriter, Socket
from ..rng import stream
from ..scene_spec import SkySpec, WindSpec
from .air import SKY_STRENGTH, Air

SKY_MODELS = {"MULTIPLE_SCATTERING": 1.0, "NISHITA": 1.9}
"""Names of the physical sky, newest Blender first, and what brings each to the brightness of the first."""


def add_sky(scene: bpy.types.Scene, sky: SkySpec, air: Air, seed: int) -> None:
    """Give the scene its world, sun, haze and exposure."""
    world = bpy.data.worlds.new("wildfield.sky")
    if world.node_tree is None:
        world.use_nodes = True
    world.node_tree.nodes.clear()
    # An automatic importance map of a procedural sky costs 5 CPU-seconds a render; the sky is smooth enough for 128.
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 128
    _write_world(NodeWriter(world.node_tree), sky, air, seed)
    scene.world = world
    _add_sun(scene, air)
    set_haze(air.haze_density, air.haze_height, air.horizon, 0.85)
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.view_settings.exposure = air.exposure


def described(scene: bpy.types.Scene, air: Air) -> dict[str, Any]:
    """Return the light in JSON's types, as `BuiltScene.light` has it, of a scene that `add_sky` has lit."""
    settings = scene.view_settings
    return {
        "sun_direction": air.to_sun.tolist(),
        "sun_irradiance": air.sunlight.tolist(),
        "sky": "physical sky for the height of the sun, with procedural clouds and haze near the horizon",
        "exposure": air.exposure,
        "view_transform": settings.view_transform,
        "look": settings.look,
    }


def wind_of(wind: WindSpec, heading: float, frame_rate: float) -> Wind:
    """Return the wind in the world for a camera that looks along `heading` (radians, clockwise from +y)."""
    azimuth = heading + np.radians(wind.direction)
    return Wind((float(np.sin(azimuth)), float(np.cos(azimuth))), 0.25 + 0.5 * wind.strength, frame_rate)


def _add_sun(scene: bpy.types.Scene, air: Air) -> None:
    light = bpy.data.lights.new("wildfield.sun", "SUN")
    strength = float(air.sunlight.max())
    light.energy, light.color, light.angle = strength, air.sunlight / strength, np.radians(0.55)
    sun = bpy.data.objects.new("wildfield.sun", light)
    sun.rotation_euler = mathutils.Vector(air.to_sun).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(sun)


def _write_world(w: NodeWriter, sky: SkySpec, air: Air, seed: int) -> None:
    texture = w.node("ShaderNodeTexSky")
    known = texture.bl_rna.properties["sky_type"].enum_items.keys()
    texture.sky_type = next(name for name in SKY_MODELS if name in known)
    texture.sun_disc = False
    texture.sun_elevation = float(np.arcsin(air.to_sun[2]))
    texture.sun_rotation = float(np.arctan2(air.to_sun[0], air.to_sun[1]))
    blue = w.out(texture) * (SKY_STRENGTH * SKY_MODELS[texture.sky_type])
    direction = w.coordinates("Generated")
    x, y, z = w.separate(direction)
    above = w.math("MAXIMUM", z, 0.0)
    # Near and below the horizon the sky is what the haze on the land is.
    colour = w.mix(w.smoothstep(0.10, -0.01, z) * (0.35 + 0.5 * sky.haze), blue, tuple(air.horizon * 0.95))
    if sky.clouds > 0.0:
        colour = _clouds(w, sky, air, seed, (x, y, above), colour)
    background = w.node("ShaderNodeBackground", {"Color": colour, "Strength": 1.0})
    w.node("ShaderNodeOutputWorld", {"Surface": w.out(background)})


def _clouds(
    w: NodeWriter, sky: SkySpec, air: Air, seed: int, direction: tuple[Socket, Socket, Socket], behind: Socket
) -> Socket:
    """Heaps of cloud on a plane above, lit from the sun's side: the density a step towards the sun is the shade."""
    rng = stream(seed, "weather", "clouds")
    offset = rng.uniform(-60, 60, 3)
    x, y, above = direction
    depth = 1.0 / (above + 0.09)
    place = w.combine(x * depth + float(offset[0]), y * depth + float(offset[1]), float(offset[2]))
    reach = 0.16
    east, north = (float(reach * air.to_sun[axis] / (air.to_sun[2] + 0.25)) for axis in range(2))

    def density(at: Socket, detail: float) -> Socket:
        heaps = w.noise(at, scale=0.55, detail=detail, roughness=0.56, distortion=0.25)
        regions = w.noise(at, scale=0.13, detail=1.0)
        return heaps + 0.7 * (regions - 0.5)

    threshold = 0.60 - 0.22 * sky.clouds
    here = density(place, 9.0)
    cover = w.smoothstep(threshold, threshold + 0.17, here)
    shade = w.smoothstep(threshold - 0.02, threshold + 0.26, density(place + w.combine(east, north, 0.0), 4.0))
    thick = w.smoothstep(threshold, threshold + 0.3, here)
    lit = air.sunlight * 0.155 + air.horizon * 0.42
    dark = air.horizon * np.array([0.62, 0.63, 0.66])
    body = w.mix(w.clamp(0.35 * shade + 0.55 * shade * thick), tuple(lit), tuple(dark))
    # Low clouds drown in the haze.
    visible = cover * w.smoothstep(0.0, 0.14, above) * 0.92
    return w.mix(visible, behind, body)
