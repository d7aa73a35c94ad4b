"""Kind "asset": one plant or stone alone in soft daylight, before nothing, for cameras around it.

There is no ground and no haze, the background is transparent, and the light stands still: what a radiance field can learn.
On a turntable, which has frames, a wind may move the plant; none does unless the spec says so.
The exposure follows from the thing's own colours, so that a dark spruce and a white flower both use the picture's range.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ...progress import Progress
from ..cameras.imu import imu_samples
from ..classes import CLASSES
from ..materials.colours import mean_colours
from ..meshes import MeshData, double_areas
from ..registry import find, generators, kind, materials
from ..rng import stream
from ..scene_spec import ASSET_RIGS, AssetSpec, CameraSpec, RenderSpec, SceneSpec, SkySpec, WindSpec
from ..spec import from_dict

if TYPE_CHECKING:
    import bpy

    from ..scene import BuiltScene

_SUN_STRENGTH, _SKY_STRENGTH = 2.6, 0.62
"""Watts a square metre of the sun, and radiance of the sky: a white surface that faces both is just below white."""


def sample(seed: int) -> SceneSpec:
    """Draw an asset: an oak, unless the spec says otherwise, and where the sun stands."""
    rng = stream(seed, "asset", "spec")
    return SceneSpec(
        kind="asset",
        seed=seed,
        sky=SkySpec(
            sun_elevation=round(float(rng.uniform(35, 60)), 2),
            sun_azimuth=round(float(rng.uniform(-180, 180)), 2),
            clouds=0.0,
            haze=0.0,
        ),
        wind=WindSpec(strength=0.0),
        asset=AssetSpec(),
        camera=CameraSpec(rig="orbit", views=48, field_of_view=40.0),
        render=RenderSpec(width=512, height=512, samples=32),
    )


def asset_mesh(generator: str, parameters: dict[str, Any], seed: int) -> MeshData:
    """Grow the asset: its near form, standing on z = 0 at the origin. `parameters` are complete (`compose.complete`)."""
    entry = find(generator, generators(), "generator")
    params = from_dict(entry.params, parameters, f"generator {generator}")
    return entry.build(params, stream(seed, "asset", generator, "build"), "near")


@kind(
    "asset",
    "one plant or stone alone, for cameras around it",
    sample,
    rigs=ASSET_RIGS,
    sections=("sky", "wind", "asset", "camera", "render"),
)
def compose(spec: SceneSpec, progress: Progress) -> BuiltScene:
    """Build the asset, its light and its cameras in a new Blender scene."""
    import bpy

    from ..cameras.orbit import add_orbit, clip_of, turntable
    from ..cameras.rigs import add_rig
    from ..nodes.haze import set_haze
    from ..nodes.objects import add_object, to_blender
    from ..plants.anatomy.suppleness import in_wind
    from ..scene import BuiltScene, ObjectTable
    from ..water.state import set_no_water
    from ..weather.wetness import set_wetness

    with progress.task("Growing the asset", 2) as task:
        generator = generators()[spec.asset.generator]
        mesh = asset_mesh(generator.name, spec.asset.parameters, spec.seed)
        task.advance(1, generator.name)

        scene = bpy.data.scenes.new(f"wildfield asset {generator.name} {spec.seed}")
        table = ObjectTable()
        bends = spec.camera.rig == "turntable" and spec.wind.strength > 0.0 and "root" in mesh.attributes
        row = (generator.name, generator.class_name, generator.name, spec.asset.parameters, mesh.bounds)
        identity = table.add(*row, None if bends else np.eye(4), deforms=bends)
        data = to_blender(in_wind(mesh) if bends else mesh, generator.name)
        item = add_object(scene, data, generator.name, identity, deforms=bends)
        if bends:
            _bend(item, mesh, spec)
        light = _light(scene, spec.sky, exposure(mesh))
        set_haze(0.0, 100.0, (1.0, 1.0, 1.0), 1.0)
        set_no_water()
        set_wetness(0.0)
        frames, imu = 1, None
        _picture(scene, spec.render)
        if spec.camera.rig == "turntable":
            frames, margin = spec.render.frames, spec.render.flow_step
            path, width = turntable(mesh.points, spec.camera, spec.render)
            cameras = add_rig(scene, {"main": path}, spec.camera, spec.render, margin, clip_of(mesh.points), width)
            imu = imu_samples(path, frames, spec.render.frame_rate) if frames > 1 else None
        else:
            cameras = add_orbit(scene, mesh.points, spec.camera, spec.render)
        task.advance(1, "cameras")
    names = ("", *materials())
    digests = {generator.name: mesh.digest()}
    shown = dataclasses.replace(spec, render=dataclasses.replace(spec.render, frames=frames))
    centre = (0.5 * (mesh.points.min(0) + mesh.points.max(0)).astype(np.float64)).tolist()
    return BuiltScene(
        shown, scene, table, CLASSES, names, list(cameras.values()), list(cameras), range(1, frames + 1), digests, True,
        imu=imu,
        rig={"name": spec.camera.rig, "projection": spec.camera.projection, "look_at": centre},
        light=light,
    )  # fmt: skip


def _bend(item: bpy.types.Object, mesh: MeshData, spec: SceneSpec) -> None:
    """Let the plant bend in the wind, which blows relative to the first view, along +y."""
    from ..nodes.wind import Bending, bend_in_wind, lean_of
    from ..weather.sky import wind_of

    wind = wind_of(spec.wind, 0.0, spec.render.frame_rate)
    height, reach = float(mesh.bounds[1, 2]), float(np.abs(mesh.bounds[:, :2]).max())
    phase = float(stream(spec.seed, "asset", "wind").uniform(0.0, 2.0 * np.pi))
    strength = spec.wind.strength
    bend_in_wind(item, Bending(lean_of(height, strength), strength, phase, height, reach, wind.direction), wind)


def exposure(mesh: MeshData) -> float:
    """Return the gain, in stops, that brings the mesh's mean colour to middle grey and leaves its brightest below white.

    What covers less than a twelfth of the mesh, such as a few flowers on a cactus, may come out brighter the smaller it is.
    """
    area = np.bincount(mesh.material, weights=double_areas(mesh), minlength=len(mesh.materials))
    luminance = np.array([np.dot(colour, (0.2126, 0.7152, 0.0722)) for colour in mean_colours(mesh).values()])
    share = area / area.sum()
    brightest = (luminance / (1.0 + 1.5 * np.clip(1.0 - 12.0 * share, 0.0, 1.0)))[share > 0.01].max()
    return float(np.clip(np.log2(0.27 / (share * luminance).sum()), 0.0, max(0.0, np.log2(0.8 / brightest))).clip(0.0, 2.4))


def _light(scene: bpy.types.Scene, sky: SkySpec, gain: float) -> dict[str, Any]:
    """A large soft sun, a bright sky above and light from below as from a meadow, all standing still; say what it is."""
    import bpy
    import mathutils

    from ..nodes.writer import NodeWriter

    elevation, azimuth = np.radians(sky.sun_elevation), np.radians(sky.sun_azimuth)
    to_sun = (np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation))
    light = bpy.data.lights.new("wildfield.sun", "SUN")
    light.energy, light.color, light.angle = _SUN_STRENGTH, (1.0, 0.965, 0.91), float(np.radians(6.0))
    sun = bpy.data.objects.new("wildfield.sun", light)
    sun.rotation_euler = mathutils.Vector(to_sun).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(sun)

    world = bpy.data.worlds.new("wildfield.studio")
    if world.node_tree is None:
        world.use_nodes = True
    world.node_tree.nodes.clear()
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 64
    w = NodeWriter(world.node_tree)
    height = w.separate(w.coordinates("Generated"))[2]
    colour = w.mix(w.smoothstep(-0.25, 0.35, height), (0.46, 0.45, 0.40), (0.92, 0.97, 1.06))
    w.node("ShaderNodeOutputWorld", {0: w.out(w.node("ShaderNodeBackground", {"Color": colour, "Strength": _SKY_STRENGTH}))})
    scene.world = world
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    scene.view_settings.exposure = gain + sky.exposure
    return {
        "sun_direction": [float(part) for part in to_sun],
        "sun_irradiance": [light.energy * part for part in light.color],
        "sky": "even light from above, dimmer and warmer from below",
        "exposure": gain + sky.exposure,
        "view_transform": scene.view_settings.view_transform,
        "look": scene.view_settings.look,
    }


def _picture(scene: bpy.types.Scene, render: RenderSpec) -> None:
    scene.render.film_transparent = True
    scene.frame_start, scene.frame_end = 1, 1
    scene.render.resolution_x, scene.render.resolution_y = render.width, render.height
    scene.render.resolution_percentage = 100
