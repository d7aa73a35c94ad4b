"""mjcf: a scene for MuJoCo: land as a height field, plants and stones as static bodies, the first frame's cameras, the sun.

Geometries of group 2 are seen and collide with nothing, those of group 3 (trunks, hulls of stones) collide and MuJoCo's viewer
hides them; the land does both. Cameras look along -z with y up. Source: mujoco.readthedocs.io, XML reference; the file of a
height field is its rows and columns as int32 and float32 heights, which MuJoCo spreads over 0..1.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from ...progress import Task
from ..models.bodies import Body, Surroundings, friction_of
from ..models.land_grid import LandGrid
from ..reader import Scene
from .exporter import Exporter, one_by_one
from .shared.lenses import quaternion
from .shared.simulators import GROUND, MESHES, numbers, opengl_rotation, rgba, told, write_surfaces, write_xml

_LAND = "land.hfield"
_BELOW = 2.0
"""Metres of solid ground below the lowest point."""
_SEEN = {"contype": "0", "conaffinity": "0", "group": "2"}
_FELT = {"group": "3"}


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write scene.xml, the height field, and a mesh for every surface."""
    around = told(scene, "mjcf")
    write_surfaces(folder / MESHES, around)
    root = Element("mujoco", model=f"wildfield {scene.folder.name}")
    SubElement(root, "compiler", angle="radian", meshdir=MESHES)
    _add_view(root, around)
    assets, world = SubElement(root, "asset"), SubElement(root, "worldbody")
    for paint in dict.fromkeys(surface.paint for surface in around.surfaces.values()):
        SubElement(assets, "material", name=paint.name, rgba=rgba(paint))
    sky = {"rgb1": "0.55 0.7 0.9", "rgb2": "0.85 0.9 0.95", "width": "64", "height": "384"}
    SubElement(assets, "texture", {"name": "sky", "type": "skybox", "builtin": "gradient"} | sky)
    _add_light(world, around.light)
    if around.land is not None:
        _add_land(assets, world, around.land, folder / MESHES / _LAND)
    known: dict[tuple[str, str], str] = {}
    for body in around.bodies:
        _add_body(assets, world, body, known)
    for name, camera in around.cameras.items():
        lens = camera.intrinsics
        fovy = math.degrees(2 * math.atan(lens.height / (2 * lens.fl_y)))
        place = {"pos": numbers(camera.origin), "quat": numbers(quaternion(opengl_rotation(camera)))}
        shape = {"fovy": numbers([fovy]), "resolution": f"{lens.width} {lens.height}"}
        SubElement(world, "camera", {"name": name} | place | shape)
    write_xml(folder / "scene.xml", root)
    task.advance(sum(1 for _ in scene.frames()), "scene.xml")


def _add_view(root: Element, around: Surroundings) -> None:
    """How far MuJoCo's renderer sees, its largest picture, and the light of the sky from all sides."""
    sizes = [camera.intrinsics for camera in around.cameras.values()]
    visual = SubElement(root, "visual")
    SubElement(visual, "global", offwidth=str(max(size.width for size in sizes)), offheight=str(max(s.height for s in sizes)))
    SubElement(visual, "headlight", ambient="0.6 0.6 0.6", diffuse="0 0 0", specular="0 0 0")
    if around.land is not None:
        SubElement(visual, "map", znear="0.0005", zfar="10")
        middle = [*around.land.middle, float(np.median(around.land.heights))]
        SubElement(root, "statistic", extent=numbers([around.land.half]), center=numbers(middle))


def _add_light(world: Element, light: dict[str, Any]) -> None:
    """The sun, or by night the moon, where it gives any light."""
    name = "lamp" if "lamp" in light else "sun"
    if max(light.get(f"{name}_irradiance", (0.0,))) > 0.0:
        sun = np.array(light[f"{name}_irradiance"])
        shine = {"dir": numbers(-np.array(light[f"{name}_direction"])), "diffuse": numbers(0.9 * sun / sun.max())}
        SubElement(world, "light", {"name": "sun", "type": "directional", "pos": "0 0 100", "specular": "0 0 0"} | shine)


def _add_land(assets: Element, world: Element, land: LandGrid, path: Path) -> None:
    low, high = float(land.heights.min()), float(land.heights.max())
    rise = max(high - low, 1e-3)
    with path.open("wb") as file:
        file.write(np.array(land.heights.shape, np.int32).tobytes())
        file.write(((land.heights - low) / rise).astype(np.float32).tobytes())
    size = numbers([land.half, land.half, rise, _BELOW])
    SubElement(assets, "hfield", name="land", file=_LAND, size=size)
    SubElement(assets, "material", name="land", rgba=rgba(GROUND))
    friction = numbers([friction_of("ground"), 0.005, 0.0001])
    place = {"pos": numbers([*land.middle, low]), "friction": friction, "material": "land"}
    SubElement(world, "geom", {"name": "land", "type": "hfield", "hfield": "land"} | place)


def _add_body(assets: Element, world: Element, body: Body, known: dict[tuple[str, str], str]) -> None:
    place = {"pos": numbers(body.origin), "quat": numbers(quaternion(body.rotation))}
    added = SubElement(world, "body", {"name": body.name} | place)
    friction = {"friction": numbers([friction_of(body.class_name), 0.005, 0.0001])}
    for surface in body.surfaces:
        scale = numbers([body.scale] * 3)
        if (surface.name, scale) not in known:  # in MuJoCo a mesh has a scale, not what shows it
            known[surface.name, scale] = f"{surface.name}.{len(known)}"
            shape = {"file": f"{surface.name}.obj", "scale": scale, "inertia": "shell"}
            SubElement(assets, "mesh", {"name": known[surface.name, scale]} | shape)
        shape = {"type": "mesh", "mesh": known[surface.name, scale]}
        SubElement(added, "geom", shape | {"material": surface.paint.name} | _SEEN)
        if body.hull:
            SubElement(added, "geom", shape | _FELT | friction)
    for capsule in body.capsules:
        shape = {"type": "capsule", "fromto": numbers(capsule.ends.ravel()), "size": numbers([capsule.radius])}
        SubElement(added, "geom", shape | _FELT | friction)


EXPORTER = Exporter("mjcf", "MuJoCo's XML: a height field, static bodies, cameras and light", one_by_one(write_scene))
