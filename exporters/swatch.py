"""A picture of one material: a patch of ground in daylight, a boulder of it where it is rock, and a pole of one metre."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..procgen import compose, registry
from ..procgen.materials.colours import representative_colour
from ..procgen.materials.layers import FINE
from ..procgen.meshes import Attribute, MeshData
from ..procgen.scene_spec import AssetSpec, CameraSpec, RenderSpec, SceneSpec, SkySpec, WaterSpec
from ..progress import Progress
from .portrait import AZIMUTH, LENS, aim, photograph

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene

Height = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
Distance = Literal["near", "far"]
DISTANCES: dict[Distance, tuple[float, float]] = {"near": (2.4, 27.0), "far": (10.0, 15.0)}
"""Metres from the camera to the middle, and degrees that it looks down."""
_BOUNCES = 2
_BOULDER: dict[str, Any] = {"size": 1.1, "sunk": 0.25, "geology": "limestone", "flatness": 0.2}
_CELLS = 420
_REACH = 60.0
_BED = "wet_shore"
"""What lies under water."""


def swatches(name: str, seed: int, size: int, samples: int) -> dict[Distance, NDArray[np.uint8]]:
    """Return (size, size, 3) RGB of the material from each distance, as the scene of that seed has it.

    What is open in Blender is lost. Raises UserError for an unknown name.
    """
    built = studio(name, seed, size, samples)
    pictures = {}
    for distance in DISTANCES:
        look_from(built, distance)
        pictures[distance] = photograph(built, _BOUNCES)
    return pictures


def look_from(built: BuiltScene, distance: Distance) -> None:
    """Let the first camera look at the middle of the patch from that distance."""
    away, down = DISTANCES[distance]
    aim(built, np.array([0.0, 0.0, 0.2]), 2.0 * away * float(np.tan(0.5 * LENS)), float(np.radians(down)))


def studio(name: str, seed: int, size: int, samples: int = 16) -> BuiltScene:
    """Build the patch, the boulder and the pole in an emptied Blender file, under the sun, with one camera."""
    compose.clear()
    entry = registry.find(name, registry.materials(), "material")
    built = compose.compose(
        SceneSpec(
            kind="asset",
            seed=seed,
            sky=SkySpec(sun_elevation=34.0, sun_azimuth=-96.0, clouds=0.0, haze=0.0),
            asset=AssetSpec("rock", dict(_BOULDER)),
            camera=CameraSpec(rig="orbit", views=1, field_of_view=float(np.degrees(LENS))),
            render=RenderSpec(width=size, height=size, samples=samples),
        ),
        Progress(),
    )
    boulder = next(item for item in built.scene.objects if item.type == "MESH")
    if entry.family in ("rock", "stone"):
        _paint(boulder, name)
    else:
        built.scene.collection.objects.unlink(boulder)
    wet = entry.family == "water" and name != "foam"
    ground = {"stone": "gravel", "water": _BED if wet else name}.get(entry.family, name)
    _lay(built, _patch(ground, _shelving if wet else _rolling))
    if wet:
        _flood(built, "water" if name == _BED else name, 0.8 if name == "sea" else 0.3)
    _stand_pole(built, _shelving if wet else _rolling)
    _expose(built, ground)
    return built


def _away(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres away from the camera, from the middle on."""
    return -np.cos(AZIMUTH) * x - np.sin(AZIMUTH) * y


def _rolling(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height (m) of uneven ground with a mound to the left."""
    waves = 0.05 * np.sin(1.9 * x + 0.7 * y) + 0.07 * np.sin(0.9 * y - 0.5 * x + 1.0) + 0.3 * np.sin(0.21 * x + 0.17 * y)
    return waves + 0.28 * np.exp(-((x + 0.75) ** 2 + (y - 0.35) ** 2) / 0.22)


def _shelving(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height (m) of a shore that falls away from the camera."""
    return np.maximum(-0.30 * (_away(x, y) + 0.55) + 0.4 * (_rolling(x, y) - 0.2 * x * np.exp(-x * x)), -4.0)


def _patch(material: str, height: Height) -> MeshData:
    """Ground to the horizon, a centimetre a face in the middle, where it carries the material's displacement."""
    axis = np.linspace(-1.0, 1.0, _CELLS + 1)
    line = 1.9 * axis + (_REACH - 1.9) * axis**9
    x, y = np.meshgrid(line, line)
    z = height(x, y)
    rank = np.arange(x.size, dtype=np.int32).reshape(x.shape)
    corners = (rank[:-1, :-1], rank[:-1, 1:], rank[1:, 1:], rank[1:, :-1])
    faces = np.stack([corner.ravel() for corner in corners], 1)
    fine = np.clip(2.6 - np.hypot(x, y) / 1.0, 0.0, 1.0).astype(np.float32).ravel()
    points = np.stack([x.ravel(), y.ravel(), z.ravel()], 1).astype(np.float32)
    return MeshData(points, faces, np.zeros(len(faces), np.int32), (material,), {FINE: Attribute("POINT", fine)})


def _lay(built: BuiltScene, mesh: MeshData) -> None:
    from ..procgen.nodes.objects import add_object, to_blender

    name = f"patch of {mesh.materials[0]}"
    add_object(built.scene, to_blender(mesh, name), name, 0)


def _paint(boulder: bpy.types.Object, name: str) -> None:
    from ..procgen import materials
    from ..procgen.nodes.objects import set_attribute

    boulder.data.materials[0] = materials.get(name)
    set_attribute(boulder.data, FINE, "POINT", np.ones(len(boulder.data.vertices), np.float32))


def _flood(built: BuiltScene, name: str, waves: float) -> None:
    from ..procgen.nodes.objects import Wind
    from ..procgen.water.state import set_water

    half = _REACH
    corners = np.array([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], np.float32)
    _lay(built, MeshData(corners, np.array([[0, 1, 2, 3]], np.int32), np.zeros(1, np.int32), (name,)))
    set_water(WaterSpec(waves=waves, turbidity=0.1), Wind((0.6, 0.8), 0.3, 24.0))


def _stand_pole(built: BuiltScene, height: Height) -> None:
    """A ranging pole of one metre, banded every ten centimetres, to the right."""
    import bpy

    from ..procgen.nodes.writer import NodeWriter

    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    x, y = -0.62 * np.sin(AZIMUTH), 0.62 * np.cos(AZIMUTH)
    foot = float(height(np.array(x), np.array(y)))
    rings = [(x + 0.012 * np.cos(a), y + 0.012 * np.sin(a), foot + 0.1 * k) for k in range(11) for a in turn]
    faces = [
        (12 * k + i, 12 * k + (i + 1) % 12, 12 * k + 12 + (i + 1) % 12, 12 * k + 12 + i) for k in range(10) for i in range(12)
    ]
    data = bpy.data.meshes.new("pole")
    data.from_pydata(rings, [], [*faces, tuple(range(120, 132))])
    for colour in ((0.55, 0.02, 0.015), (0.75, 0.75, 0.73)):
        paint = bpy.data.materials.new("pole")
        if paint.node_tree is None:
            paint.use_nodes = True
        paint.node_tree.nodes.clear()
        w = NodeWriter(paint.node_tree)
        w.node("ShaderNodeOutputMaterial", {"Surface": w.shader("Diffuse", Color=colour)})
        data.materials.append(paint)
    data.polygons.foreach_set("material_index", np.append(np.repeat(np.arange(10) % 2, 12), 1).astype(np.int32))
    built.scene.collection.objects.link(bpy.data.objects.new("pole", data))


def _expose(built: BuiltScene, name: str) -> None:
    """Let dark materials stay dark and bright ones bright, and both show their detail; a small sun for clear shadows."""
    import bpy

    luminance = float(np.dot(representative_colour(name), (0.2126, 0.7152, 0.0722)))
    built.scene.view_settings.exposure = float(np.clip(0.5 * np.log2(0.26 / luminance), -0.8, 1.3))
    bpy.data.lights["wildfield.sun"].angle = float(np.radians(0.6))
