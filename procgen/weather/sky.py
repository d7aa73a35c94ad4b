"""The world shader (sky, clouds, stars, moon), the lamp, the haze, the wetness and the view transform, laid into Blender."""

from __future__ import annotations

import functools
import operator
from typing import Any

import bpy
import mathutils
import numpy as np
from numpy.typing import NDArray

from ..nodes.haze import set_haze
from ..nodes.objects import Wind
from ..nodes.writer import NodeWriter, Socket
from ..scene_spec import SkySpec, WindSpec
from .air import Air, starlight
from .clouds import heaps, layer
from .daylight import SKY_STRENGTH
from .night_sky import moon_disc, stars
from .wetness import set_wetness

SKY_MODELS = {"MULTIPLE_SCATTERING": 1.0, "NISHITA": 1.9}
"""Names of the physical sky, newest Blender first, and what brings each to the brightness of the first."""

_WORDS = {
    "none": "physical sky for the height of the sun, without clouds, with haze near the horizon",
    "heaps": "physical sky for the height of the sun, with procedural clouds and haze near the horizon",
    "layer": "a closed layer of cloud, three times as bright overhead as at the horizon",
}


def add_sky(scene: bpy.types.Scene, sky: SkySpec, air: Air, seed: int) -> None:
    """Give the scene its world, lamp, haze, wetness and exposure."""
    world = bpy.data.worlds.new("wildfield.sky")
    if world.node_tree is None:
        world.use_nodes = True
    world.node_tree.nodes.clear()
    # An automatic importance map of a procedural sky costs 5 CPU-seconds a render; the sky is smooth enough for 128.
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 128
    _write_world(NodeWriter(world.node_tree), sky, air, seed)
    scene.world = world
    _add_lamp(scene, air)
    set_haze(air.climate.haze_density, air.climate.haze_height, air.horizon, 1.0 if air.climate.closed else 0.85)
    set_wetness(air.climate.wetness)
    scene.view_settings.view_transform = "AgX"
    # A high sun bears a hard print; in all other light shadows would drown.
    bright = not air.climate.closed and air.to_sun[2] > 0.12
    scene.view_settings.look = "AgX - Medium High Contrast" if bright else "AgX - Base Contrast"
    scene.view_settings.exposure = air.exposure


def described(scene: bpy.types.Scene, sky: SkySpec, air: Air) -> dict[str, Any]:
    """Return the light in JSON's types, as `BuiltScene.light` has it, of a scene that `add_sky` has lit."""
    settings = scene.view_settings
    return {
        "weather": sky.weather,
        "sun_direction": air.to_sun.tolist(),
        "sun_irradiance": air.sun.tolist(),
        "moon_direction": air.to_moon.tolist(),
        "moon_phase": sky.moon_phase,
        "lamp": air.lamp,
        "lamp_direction": air.to_lamp.tolist(),
        "lamp_irradiance": air.light.tolist(),
        "sky": _WORDS[air.climate.clouds] + (", stars and moon" if air.dark and not air.climate.closed else ""),
        "haze_density": air.climate.haze_density,
        "wetness": air.climate.wetness,
        "precipitation": sky.precipitation if sky.weather in ("rain", "snow") else 0.0,
        "exposure": air.exposure,
        "view_transform": settings.view_transform,
        "look": settings.look,
    }


def wind_of(wind: WindSpec, heading: float, frame_rate: float) -> Wind:
    """Return the wind in the world for a camera that looks along `heading` (radians, clockwise from +y)."""
    azimuth = heading + np.radians(wind.direction)
    return Wind((float(np.sin(azimuth)), float(np.cos(azimuth))), 0.25 + 0.5 * wind.strength, frame_rate)


def _add_lamp(scene: bpy.types.Scene, air: Air) -> None:
    """The sun or the moon. Under a closed layer of cloud what is left of it comes from a wide bright patch."""
    light = bpy.data.lights.new("wildfield.sun", "SUN")
    strength = float(air.light.max())
    light.energy, light.angle = strength, np.radians(30.0 if air.climate.closed else 0.55)
    light.color = air.light / strength if strength else (1.0, 1.0, 1.0)
    lamp = bpy.data.objects.new("wildfield.sun", light)
    lamp.rotation_euler = mathutils.Vector(air.to_lamp).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(lamp)


def _write_world(w: NodeWriter, sky: SkySpec, air: Air, seed: int) -> None:
    direction = w.coordinates("Generated")
    x, y, z = w.separate(direction)
    above = w.math("MAXIMUM", z, 0.0)
    if air.climate.closed:
        colour = layer(w, air, seed, (x, y, above))
        # What haze leaves of the clouds: Beer-Lambert through air that thins with height.
        depth = air.climate.haze_density * air.climate.haze_height
        colour = w.mix(1.0 - w.math("EXPONENT", -depth / (above + 0.02)), colour, tuple(air.horizon))
    else:
        colour = _open_sky(w, air, direction)
        # Near and below the horizon the sky is what the haze on the land is.
        colour = w.mix(w.smoothstep(0.10, -0.01, z) * (0.35 + 0.5 * sky.haze), colour, tuple(air.horizon * 0.95))
        if air.climate.clouds == "heaps" and sky.clouds > 0.0:
            colour = heaps(w, sky.clouds, air, seed, (x, y, above), colour)
    background = w.node("ShaderNodeBackground", {"Color": colour, "Strength": 1.0})
    w.node("ShaderNodeOutputWorld", {"Surface": w.out(background)})


def _open_sky(w: NodeWriter, air: Air, direction: Socket) -> Socket:
    """The cloudless sky: that of the sun while it lights it, and by night that of the moon with the stars."""
    skies = []
    if air.day > 0.0:
        skies.append(_physical_sky(w, air.to_sun) * (SKY_STRENGTH * air.day))
    if air.night.max() > 0.0:
        high = air.to_moon if air.to_moon[2] > 0.1 else np.array([*air.to_moon[:2], 0.1])
        skies.append(_physical_sky(w, high) * w.combine(*(float(part) * SKY_STRENGTH for part in air.night)))
    if air.dark > 0.0:
        light, hidden = moon_disc(w, direction, air)
        # A bright moon drowns the faint ones.
        shown = stars(w, direction, air.dark * (1.0 - min(0.6, 5.0 * float(air.night.mean()))))
        seen = w.out(w.node("ShaderNodeLightPath"), "Is Camera Ray")
        floor = w.combine(*(float(part) for part in starlight(air.dark)))
        skies.append(floor + (light + shown * (1.0 - hidden)) * seen)
    return functools.reduce(operator.add, skies)


def _physical_sky(w: NodeWriter, to_sun: NDArray[np.float64]) -> Socket:
    texture = w.node("ShaderNodeTexSky")
    known = texture.bl_rna.properties["sky_type"].enum_items.keys()
    texture.sky_type = next(name for name in SKY_MODELS if name in known)
    texture.sun_disc = False
    texture.sun_elevation = float(np.arcsin(to_sun[2]))
    texture.sun_rotation = float(np.arctan2(to_sun[0], to_sun[1]))
    return w.out(texture) * SKY_MODELS[texture.sky_type]
