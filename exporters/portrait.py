"""A picture of one asset on the ground, whole or from near by: what a person judges a generator by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..procgen import compose
from ..procgen.kinds.asset import asset_mesh
from ..procgen.meshes import MeshData
from ..procgen.plants.anatomy.parts import PARTS
from ..procgen.scene_spec import AssetSpec, CameraSpec, RenderSpec, SceneSpec, SkySpec
from ..progress import Progress
from .render import beauty_settings, render_beauty

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene

LENS = np.radians(34.0)
_ELEVATION, AZIMUTH = np.radians(9.0), np.radians(-62.0)
_CLOSE = 0.14
"""Breadth of a picture from near by, against the asset's extent."""
_BOUNCES = 5
_BACKDROP = (205, 212, 220)
_WORDS = ("petal", "cap", "pad", "leaf", "needle")
"""What a picture from near by is of, the first that there is."""


def portrait(generator: str, seed: int, parameters: dict[str, Any], size: int, samples: int, close: bool) -> NDArray[np.uint8]:
    """Return (size, size, 3) RGB of the asset of that seed; what is open in Blender is lost."""
    compose.clear()
    spec = SceneSpec(
        kind="asset",
        seed=seed,
        sky=SkySpec(sun_elevation=42.0, sun_azimuth=-118.0, clouds=0.0, haze=0.0),
        asset=AssetSpec(generator, parameters),
        camera=CameraSpec(rig="orbit", views=1, field_of_view=float(np.degrees(LENS))),
        render=RenderSpec(width=size, height=size, samples=samples),
    )
    whole = compose.complete(spec)
    built = compose.compose(whole, Progress())
    mesh = asset_mesh(generator, whole.asset.parameters, seed)
    _floor(built, float(np.ptp(mesh.bounds, axis=0).max()), 2.0 ** -float(built.light["exposure"]))
    aim(built, *(_near(mesh) if close else _whole(mesh)))
    return photograph(built)


def photograph(built: BuiltScene, bounces: int = _BOUNCES) -> NDArray[np.uint8]:
    """Return (H, W, 3) RGB of what the first camera sees, before a plain backdrop."""
    built.scene.cycles.max_bounces = bounces
    with tempfile.TemporaryDirectory(prefix="wildfield.") as scratch, beauty_settings(built):
        picture = render_beauty(built, built.cameras[0], Path(scratch), ("rgb",))["rgb"]
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.rint(picture[..., :3] * alpha + np.array(_BACKDROP) * (1 - alpha)).astype(np.uint8)


def _whole(mesh: MeshData) -> tuple[NDArray[np.float64], float]:
    """Return the middle of the asset, and the breadth (m) of the picture there."""
    low, high = mesh.bounds.astype(np.float64)
    low[2] = max(low[2], 0.0)
    middle = 0.5 * (low + high)
    aside = (mesh.points - middle) @ np.array([-np.sin(AZIMUTH), np.cos(AZIMUTH), 0.0])
    return middle, 1.14 * float(max(high[2] - low[2], 2 * np.abs(aside).max()))


def _near(mesh: MeshData) -> tuple[NDArray[np.float64], float]:
    """Return a place on the asset's near side that shows what it is, and the breadth (m) of the picture there."""
    part = mesh.attributes["part"].values if "part" in mesh.attributes else np.zeros(len(mesh.faces), np.int32)
    wanted = next((PARTS.index(word) for word in _WORDS if (part == PARTS.index(word)).any()), None)
    faces = mesh.faces if wanted is None else mesh.faces[part == wanted]
    middles = mesh.points[faces].mean(1).astype(np.float64)
    centre, extent = 0.5 * mesh.bounds.sum(0), float(np.ptp(mesh.bounds, axis=0).max())
    level = centre[2] + 0.02 * extent
    outward = (middles - centre) @ _outward() - 1.6 * np.abs(middles[:, 2] - level)
    target = middles[np.argsort(outward)[int(0.985 * (len(outward) - 1))]]
    return target, max(_CLOSE * extent, 0.03)


def _outward(elevation: float = _ELEVATION) -> NDArray[np.float64]:
    return np.array([np.cos(AZIMUTH) * np.cos(elevation), np.sin(AZIMUTH) * np.cos(elevation), np.sin(elevation)])


def aim(built: BuiltScene, target: NDArray[np.float64], breadth: float, elevation: float = _ELEVATION) -> None:
    """Let the first camera look at `target` so that the picture is `breadth` metres broad there; `elevation` in rad."""
    import mathutils

    camera = built.cameras[0]
    distance = 0.5 * breadth / np.tan(0.5 * LENS)
    eye = target + _outward(elevation) * distance
    turn = mathutils.Vector(target - eye).to_track_quat("-Z", "Y").to_matrix().to_4x4()
    camera.animation_data_clear()
    camera.matrix_world = mathutils.Matrix.Translation(eye) @ turn
    camera.data.clip_start, camera.data.clip_end = 0.02 * distance, 60 * distance


def _floor(built: BuiltScene, extent: float, gain: float) -> None:
    """Lay plain soil under the asset, which fades into the backdrop; `gain` makes it look the same under any exposure."""
    import bpy

    from ..procgen.nodes.writer import NodeWriter

    size = 0.9 * extent
    data = bpy.data.meshes.new("floor")
    data.from_pydata([(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("floor")
    if material.node_tree is None:
        material.use_nodes = True
    material.node_tree.nodes.clear()
    w = NodeWriter(material.node_tree)
    place = w.coordinates("Object")
    fade = w.smoothstep(0.55, 1.0, w.vector_math("LENGTH", place) / size)
    colour = w.mix(
        w.noise(place, 14.0 / extent, 5.0, 0.6),
        [1.6 * gain * c for c in (0.10, 0.085, 0.06)],
        [1.6 * gain * c for c in (0.21, 0.18, 0.13)],
    )
    shader = w.mix_shader(fade, w.shader("Diffuse", Color=colour), w.shader("Transparent"))
    w.node("ShaderNodeOutputMaterial", {"Surface": shader})
    data.materials.append(material)
    built.scene.collection.objects.link(bpy.data.objects.new("floor", data))
