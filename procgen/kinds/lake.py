"""Kind "lake": a mountain lake with wooded shores, seen from its near bank.

The land is eroded first and decides the rest: the camera looks for a place on the bank, plants and stones go where the land
lets them and the camera may see them, and the air takes its colour from the sun over that view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress
from ..cameras.imu import imu_samples
from ..cameras.overhead import WIDTH
from ..cameras.view import View, skyline
from ..cameras.world_rig import Rig, find_rig
from ..classes import CLASSES
from ..meshes import Attribute, MeshData
from ..registry import kind
from ..rng import stream
from ..scatter.forest import forest
from ..scatter.grass import meadow
from ..scatter.growth import Growth
from ..scatter.habitat import Habitat
from ..scatter.leaf_fall import FallingLeaves, falling_leaves
from ..scatter.stones import stones
from ..scatter.undergrowth import undergrowth
from ..scene_spec import WORLD_RIGS, ScatterSpec, SceneSpec, SkySpec, TerrainSpec, WaterSpec, WindSpec
from ..terrain import camera_mesh
from ..terrain.lake_terrain import lake_terrain
from ..terrain.land import Terrain
from ..water.surface import lake_surface
from ..water.waves import wave_trains
from ..weather.air import air_of
from ..weather.climate import draw_weather

if TYPE_CHECKING:
    from ..scene import BuiltScene

REACH = 9000.0
"""Metres to the horizon that the cameras' sketch looks at."""
FOREST_REACH = 1900.0
"""Metres within which trees are planted one by one."""
BANK = 30.0
"""Metres inland from the shore where the camera may stand."""
_PIXELS_A_FACE = 1.6


def sample(seed: int) -> SceneSpec:
    """Draw a lake: its valley, season, hour and weather."""
    rng = stream(seed, "lake", "spec")

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    side = 1.0 if rng.random() < 0.5 else -1.0
    return SceneSpec(
        kind="lake",
        seed=seed,
        terrain=TerrainSpec(
            relief=between(0.35, 0.8), ruggedness=between(0.3, 0.8), erosion=between(0.4, 0.8), shore_height=between(0.9, 2.2)
        ),
        water=WaterSpec(extent=between(0.35, 0.65), waves=between(0.08, 0.5), turbidity=between(0.15, 0.55)),
        sky=draw_weather(
            SkySpec(
                sun_elevation=between(14.0, 42.0),
                sun_azimuth=side * between(60.0, 140.0),
                clouds=between(0.15, 0.65),
                haze=between(0.15, 0.5),
            ),
            stream(seed, "lake", "weather"),
        ),
        scatter=ScatterSpec(
            trees=between(0.4, 0.75),
            conifers=between(0.35, 0.9),
            autumn=between(0.0, 0.6) if rng.random() < 0.5 else 0.0,
            falling_leaves=round(float(stream(seed, "lake", "falling leaves").uniform(0.2, 0.8)), 3),
            grass=between(0.5, 0.9),
            undergrowth=between(0.35, 0.75),
            rocks=between(0.3, 0.7),
        ),
        wind=WindSpec(strength=between(0.1, 0.6), direction=between(-180.0, 180.0)),
    )


@kind(
    "lake",
    "a mountain lake with wooded shores",
    sample,
    rigs=WORLD_RIGS,
    sections=("terrain", "water", "sky", "scatter", "wind", "camera", "lidar", "render"),
)
def compose(spec: SceneSpec, progress: Progress) -> BuiltScene:
    """Build the world in a new Blender scene."""
    import bpy

    from .. import registry
    from ..cameras.rigs import add_rig
    from ..nodes.objects import add_object, to_blender
    from ..scatter.bending import choose_bending
    from ..scatter.leaf_fall_nodes import let_fall
    from ..scatter.planting import in_autumn, individuals, plant, sway_in_wind
    from ..scatter.stock import raise_stock
    from ..scene import BuiltScene, ObjectTable
    from ..water.motion import add_waves
    from ..water.state import set_water
    from ..weather.precipitation_nodes import add_precipitation
    from ..weather.sky import add_sky, described, wind_of

    with progress.task("Building the lake", 7) as task:
        terrain = lake_terrain(spec.terrain, spec.water, spec.seed)
        task.advance(1, "land")

        rig = look(terrain, spec)
        view = rig.view
        habitat = Habitat(terrain, spec.scatter, spec.seed, rig.glade)
        horizon = skyline(view, terrain.height, REACH)
        task.advance(1, "cameras")

        scene = bpy.data.scenes.new(f"wildfield {spec.kind} {spec.seed}")
        air = air_of(spec.sky, view.heading)
        wind = wind_of(spec.wind, view.heading, spec.render.frame_rate)
        add_sky(scene, spec.sky, air, spec.seed)
        set_water(spec.water, wind)
        width = spec.camera.ortho_width or WIDTH
        cameras = add_rig(scene, rig.cameras, spec.camera, spec.render, spec.render.flow_step, ortho_width=width)

        table = ObjectTable()
        digests: dict[str, str] = {}

        def lay(name: str, class_name: str, mesh: MeshData) -> bpy.types.Object:
            digests[name] = mesh.digest()
            moves = name in ("meadow", "lake")
            identity = table.add(name, class_name, name, {}, mesh.bounds, None if moves else np.eye(4), deforms=moves)
            return add_object(scene, to_blender(mesh, name), name, identity, deforms=moves)

        lay("land", "ground", land_mesh(terrain, habitat, view))
        low, high = terrain.water_bounds().tolist()
        lake = lay("lake", "water", lake_surface((low[0], low[1]), (high[0], high[1]), view, terrain.height))
        lake.visible_shadow = False
        add_waves(lake, wave_trains(spec.water.waves, wind.direction, stream(spec.seed, "lake", "waves")), wind)
        task.advance(1, "ground")

        grass = meadow(habitat, view, spec.scatter.grass, wind.direction, stream(spec.seed, "meadow"))
        if len(grass.faces):
            sway_in_wind(lay("meadow", "grass", grass), wind, spec.wind.strength)
        task.advance(1, "meadow")

        growths: list[Growth] = forest(habitat, view, horizon, FOREST_REACH, spec.wind.strength)
        growths += undergrowth(habitat, view, horizon, spec.wind.strength)
        growths += stones(habitat, view, horizon)
        task.advance(1, "places")
        draw = individuals(spec.seed, spec.scatter.autumn)
        stocks = [raise_stock(growth, draw, spec.seed) for growth in growths]
        bending = choose_bending(stocks, view, spec.wind.moving_faces)
        for stock, bends in zip(stocks, bending, strict=True):
            digests |= plant(scene, stock, bends, table, wind, spec.wind.strength)
        if in_autumn(growths, draw):
            digests |= let_fall(scene, leaves_in_air(terrain, spec, view, wind.direction), table, wind)
        digests |= add_precipitation(scene, spec, view, terrain.height, table, wind)
        task.advance(2, "plants")

    materials = ("", *registry.materials())
    frames = range(1, spec.render.frames + 1)
    moves = spec.render.frames > 1 and spec.camera.rig != "multiview"
    return BuiltScene(
        spec, scene, table, CLASSES, materials, list(cameras.values()), list(cameras), frames, digests,
        imu=imu_samples(rig.first, spec.render.frames, spec.render.frame_rate) if moves else None,
        rig=rig.record,
        light=described(scene, spec.sky, air),
    )  # fmt: skip


def look(terrain: Terrain, spec: SceneSpec) -> Rig:
    """Return the cameras on the bank, how they move, and what they see."""
    rng = stream(spec.seed, "lake", "camera")
    places = _bank(terrain, rng)
    return find_rig(terrain.height, places, spec, REACH, rng)


def _bank(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return places (N, 2) on the near bank, a few metres to `BANK` inland: those on the lowest and gentlest dry ground."""
    shore = terrain.shoreline()
    origin_first = np.argsort(np.hypot(*shore.points.T) + 1e4 * (shore.ahead < 12.0), kind="stable")
    chosen = rng.choice(origin_first[:120], 240)
    inland = 4.0 + (BANK - 4.0) * rng.random(len(chosen)) ** 1.4
    places = shore.points[chosen] - shore.outward[chosen] * inland[:, None].astype(np.float32)
    z, slope = terrain.height(*places.T), terrain.slope(*places.T)
    unfit = 10.0 * (z < 0.35) + np.maximum(slope - 0.2, 0) + 0.1 * np.maximum(z - 4.0, 0) + 0.2 * rng.random(len(z))
    return places[np.argsort(unfit, kind="stable")[:60]]


def leaves_in_air(terrain: Terrain, spec: SceneSpec, view: View, wind: tuple[float, float]) -> FallingLeaves:
    """Return the leaves that fall while the picture is taken, from frame 0 to frames + 1."""
    seconds = (spec.render.frames + 1) / spec.render.frame_rate
    rng = stream(spec.seed, "falling leaves")
    return falling_leaves(view, terrain.height, spec.scatter.falling_leaves, wind, spec.wind.strength, seconds, rng)


def land_mesh(terrain: Terrain, habitat: Habitat, view: View) -> MeshData:
    """Return the ground for these cameras with the habitat's masks beside the terrain's own."""
    views = [camera_mesh.View(*sight) for sight in view.sights()]
    mesh = camera_mesh.mesh_for_cameras(terrain, views, _PIXELS_A_FACE, max_faces=900_000)
    x, y, z = (np.ascontiguousarray(axis) for axis in mesh.points.T)
    slope = terrain.slope(x, y)
    cover = {
        "turf": habitat.turf(x, y, z, slope),
        "forest": habitat.forest(x, y, z, slope),
        "snow": habitat.snow(x, y, z, slope),
    }
    return replace(mesh, attributes=mesh.attributes | {name: Attribute("POINT", values) for name, values in cover.items()})
