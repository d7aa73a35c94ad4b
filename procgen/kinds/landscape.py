"""A world of land, as its kind describes it: composed in Blender from its land, what grows and lies there, its water and its
air.

The land is shaped first and decides the rest: the cameras look for a place, plants and stones go where the land lets them and
the cameras may see them, and the air takes its colour from the sun over that view. A kind of world is one `Landscape`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress
from ..cameras.imu import imu_samples
from ..cameras.looking import Wish
from ..cameras.overhead import WIDTH
from ..cameras.view import Skyline, View, skyline
from ..cameras.world_rig import Rig, find_rig
from ..classes import CLASSES
from ..meshes import Attribute, MeshData
from ..rng import stream
from ..scatter.forest import NO_HABITS, Woods, forest
from ..scatter.grass import meadow
from ..scatter.growth import Growth
from ..scatter.habitat import Habitat
from ..scatter.leaf_fall import FallingLeaves, falling_leaves
from ..scatter.litter import litter
from ..scatter.sowing import Sowing, sow
from ..scatter.stones import Stones, strew
from ..scene_spec import SceneSpec
from ..terrain import camera_mesh
from ..terrain.land import Terrain
from ..water.stream import in_stream
from ..water.surface import lake_surface
from ..water.waves import wave_trains
from ..weather.air import air_of

if TYPE_CHECKING:
    import bpy

    from ..scene import BuiltScene

REACH = 9000.0
"""Metres to the horizon that the cameras' sketch looks at."""
_PIXELS_A_FACE = 1.6


@dataclass(frozen=True)
class Feature:
    """One more thing that stands in a world: its mesh in world coordinates, its name and its class."""

    name: str
    class_name: str
    mesh: MeshData


def nothing_planted(habitat: Habitat, view: View, horizon: Skyline, wind: float) -> list[Growth]:
    """Return nothing more that grows."""
    return []


def no_features(spec: SceneSpec, habitat: Habitat, view: View) -> list[Feature]:
    """Return nothing more."""
    return []


@dataclass(frozen=True)
class Landscape:
    """What makes a kind of world.

    `land(spec)` shapes it; `places(terrain, rng)` are (N, 2) m where cameras might stand, and `wish` what a picture should
    show; `habitat` says what the land offers; `ground` and `water` name the materials of the land and of open water, whose mesh
    knows its depth where there is `surf`; in an `arid` world nothing is damp; `sharp` land has thin crests and walls, which its
    mesh must not miss; `geology` is the rock of loose stones, of all kinds if it is None; `woods`, `sowings` and `stones` are
    what is scattered; `planted(habitat, view, horizon, wind)` grows where people put it, in rows; `features(spec, habitat,
    view)` are single things more.
    """

    land: Callable[[SceneSpec], Terrain]
    places: Callable[[Terrain, np.random.Generator], NDArray[np.float32]]
    wish: Wish
    habitat: type[Habitat] = Habitat
    ground: str = "ground"
    water: str = "water"
    surf: bool = False
    arid: bool = False
    sharp: bool = False
    geology: str | None = None
    woods: Woods | None = None
    sowings: tuple[Sowing, ...] = ()
    stones: tuple[Stones, ...] = ()
    planted: Callable[[Habitat, View, Skyline, float], list[Growth]] = nothing_planted
    features: Callable[[SceneSpec, Habitat, View], list[Feature]] = no_features


def look(kind: Landscape, terrain: Terrain, spec: SceneSpec) -> Rig:
    """Return the cameras, how they move, and what they see."""
    rng = stream(spec.seed, spec.kind, "camera")
    return find_rig(terrain.height, kind.places(terrain, rng), spec, REACH, rng, kind.wish)


def growths(kind: Landscape, habitat: Habitat, view: View, wind: float) -> list[Growth]:
    """Return all that is scattered where the view may see it; `wind` 0..1."""
    horizon = skyline(view, habitat.land.height, REACH)
    trees = forest(kind.woods, habitat, view, horizon, wind) if kind.woods else []
    return [
        *trees,
        *(sow(row, habitat, view, horizon, wind) for row in kind.sowings),
        *(strew(row, habitat, view, horizon) for row in kind.stones),
        *kind.planted(habitat, view, horizon, wind),
    ]


def compose(kind: Landscape, spec: SceneSpec, progress: Progress) -> BuiltScene:
    """Build the world in a new Blender scene."""
    import bpy

    from .. import registry
    from ..cameras.rigs import add_rig
    from ..nodes.objects import add_object, to_blender
    from ..nodes.season import set_season
    from ..scatter.bending import choose_bending
    from ..scatter.leaf_fall_nodes import let_fall
    from ..scatter.planting import in_autumn, individuals, plant, sway_in_wind
    from ..scatter.stock import raise_stock
    from ..scene import BuiltScene, ObjectTable
    from ..water.motion import add_waves
    from ..water.state import set_no_water, set_water
    from ..weather.precipitation_nodes import add_precipitation
    from ..weather.sky import add_sky, described, wind_of

    with progress.task(f"Building the {spec.kind}", 7) as task:
        terrain = kind.land(spec)
        task.advance(1, "land")

        rig = look(kind, terrain, spec)
        view = rig.view
        habitat = kind.habitat(terrain, spec.scatter, spec.seed, rig.glade)
        task.advance(1, "cameras")

        scene = bpy.data.scenes.new(f"wildfield {spec.kind} {spec.seed}")
        air = air_of(spec.sky, view.heading)
        wind = wind_of(spec.wind, view.heading, spec.render.frame_rate)
        add_sky(scene, spec.sky, air, spec.seed)
        set_water(spec.water, wind)
        if kind.arid:
            set_no_water()
        set_season(spec.scatter.season)
        width = spec.camera.ortho_width or WIDTH
        cameras = add_rig(scene, rig.cameras, spec.camera, spec.render, spec.render.flow_step, ortho_width=width)

        table = ObjectTable()
        digests: dict[str, str] = {}

        def lay(name: str, class_name: str, mesh: MeshData, moves: bool = False) -> bpy.types.Object:
            digests[name] = mesh.digest()
            identity = table.add(name, class_name, name, {}, mesh.bounds, None if moves else np.eye(4), deforms=moves)
            return add_object(scene, to_blender(mesh, name), name, identity, deforms=moves)

        lay("land", "ground", land_mesh(kind, habitat, view))
        for feature in kind.features(spec, habitat, view):
            lay(feature.name, feature.class_name, feature.mesh)
        if terrain.wet:
            low, high = terrain.water_bounds().tolist()
            surface = lake_surface((low[0], low[1]), (high[0], high[1]), view, terrain.height, kind.water, kind.surf)
            water = lay("water", "water", in_stream(surface, terrain), moves=True)
            water.visible_shadow = False
            add_waves(water, wave_trains(spec.water.waves, wind.direction, stream(spec.seed, spec.kind, "waves")), wind)
        task.advance(1, "ground")

        grass = meadow(habitat, view, spec.scatter.grass, wind.direction, stream(spec.seed, "meadow"))
        if len(grass.faces):
            sway_in_wind(lay("meadow", "grass", grass, moves=True), wind, spec.wind.strength)
        fallen = litter(kind.woods, habitat, view) if kind.woods else None
        if fallen is not None:
            lay("litter", "litter", fallen)
        task.advance(1, "meadow")

        scattered = growths(kind, habitat, view, spec.wind.strength)
        task.advance(1, "places")
        draw = individuals(spec.seed, spec.scatter, kind.woods.habits if kind.woods else NO_HABITS, kind.geology)
        stocks = [raise_stock(growth, draw, spec.seed) for growth in scattered]
        bending = choose_bending(stocks, view, spec.wind.moving_faces)
        for stock, bends in zip(stocks, bending, strict=True):
            digests |= plant(scene, stock, bends, table, wind, spec.wind.strength)
        if in_autumn(scattered, draw):
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


def leaves_in_air(terrain: Terrain, spec: SceneSpec, view: View, wind: tuple[float, float]) -> FallingLeaves:
    """Return the leaves that fall while the picture is taken, from frame 0 to frames + 1."""
    seconds = (spec.render.frames + 1) / spec.render.frame_rate
    rng = stream(spec.seed, "falling leaves")
    return falling_leaves(view, terrain.height, spec.scatter.falling_leaves, wind, spec.wind.strength, seconds, rng)


def land_mesh(kind: Landscape, habitat: Habitat, view: View) -> MeshData:
    """Return the ground for these cameras with the habitat's masks beside the terrain's own."""
    terrain = habitat.land
    views = [camera_mesh.View(*sight) for sight in view.sights()]
    share = 1.0 if kind.sharp else 0.97
    mesh = camera_mesh.mesh_for_cameras(
        terrain, views, _PIXELS_A_FACE, max_faces=900_000, materials=(kind.ground,), share=share
    )
    x, y, z = (np.ascontiguousarray(axis) for axis in mesh.points.T)
    cover = habitat.cover(x, y, z, terrain.slope(x, y, z=z))
    return replace(mesh, attributes=mesh.attributes | {name: Attribute("POINT", values) for name, values in cover.items()})
