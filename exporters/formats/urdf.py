"""urdf: a scene as one robot that does not move: a link a thing with a fixed joint to the world, and a link a camera.

URDF knows neither height fields nor capsules, friction, light or lenses. So the land is a mesh of triangles, trunks are
cylinders, friction stands in `contact`, Bullet's addition (`lateral_friction`), and lenses in `gazebo`, SDFormat's. A camera's
link has OpenCV axes (x right, y down, z forward), an optical frame of ROS's REP 103. Source: wiki.ros.org/urdf/XML.
"""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..cameras import Camera
from ..models.bodies import Body, Capsule, friction_of
from ..reader import Scene
from .exporter import Exporter, one_by_one
from .shared.simulators import GROUND, MESHES, numbers, rgba, told, write_obj, write_surfaces, write_xml

_WORLD = "world"


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write scene.urdf and a mesh for every surface."""
    around = told(scene, "urdf")
    write_surfaces(folder / MESHES, around)
    root = Element("robot", name=f"wildfield_{scene.folder.name}")
    compiler = SubElement(SubElement(root, "mujoco"), "compiler")  # MuJoCo's own: without it, it drops the meshes' folder
    compiler.set("strippath", "false")
    paints = [surface.paint for surface in around.surfaces.values()] + [GROUND] * (around.land is not None)
    for paint in dict.fromkeys(paints):
        SubElement(SubElement(root, "material", name=paint.name), "color", rgba=rgba(paint))
    SubElement(root, "link", name=_WORLD)
    if around.land is not None:
        write_obj(folder / MESHES / "land.obj", around.land.points, around.land.triangles)
        link = _link(root, "land", np.zeros(3), np.eye(3))
        _add_mesh(link, "visual", "land", 1.0, GROUND.name)
        _add_mesh(link, "collision", "land", 1.0)
        _add_friction(link, "ground")
    for body in around.bodies:
        _add_body(root, body)
    for name, camera in around.cameras.items():
        _add_camera(root, name, camera)
    write_xml(folder / "scene.urdf", root)
    task.advance(sum(1 for _ in scene.frames()), "scene.urdf")


def _link(root: Element, name: str, origin: NDArray[np.float64], rotation: NDArray[np.float64]) -> Element:
    """Add a link with the joint that fixes it to the world."""
    link = SubElement(root, "link", name=name)
    joint = SubElement(root, "joint", name=f"{name}.fixed", type="fixed")
    SubElement(joint, "parent", link=_WORLD)
    SubElement(joint, "child", link=name)
    SubElement(joint, "origin", xyz=numbers(origin), rpy=numbers(roll_pitch_yaw(rotation)))
    return link


def _add_body(root: Element, body: Body) -> None:
    link = _link(root, body.name, body.origin, body.rotation)
    for surface in body.surfaces:
        _add_mesh(link, "visual", surface.name, body.scale, surface.paint.name)
        if body.hull:
            _add_mesh(link, "collision", surface.name, body.scale)
    for capsule in body.capsules:
        _add_cylinder(link, capsule)
    if body.hull or body.capsules:
        _add_friction(link, body.class_name)


def _add_mesh(link: Element, use: str, name: str, scale: float, material: str | None = None) -> None:
    added = SubElement(link, use)
    shape = SubElement(added, "geometry")
    SubElement(shape, "mesh", filename=f"{MESHES}/{name}.obj", scale=numbers([scale] * 3))
    if material is not None:
        SubElement(added, "material", name=material)


def _add_cylinder(link: Element, capsule: Capsule) -> None:
    """Add the cylinder between a capsule's ends, whose axis is z."""
    way = capsule.ends[1] - capsule.ends[0]
    length = float(np.linalg.norm(way))
    azimuth, lean = math.atan2(way[1], way[0]), math.acos(way[2] / length)
    added = SubElement(link, "collision")
    SubElement(added, "origin", xyz=numbers(capsule.ends.mean(0)), rpy=numbers([0.0, lean, azimuth]))
    SubElement(SubElement(added, "geometry"), "cylinder", radius=numbers([capsule.radius]), length=numbers([length]))


def _add_friction(link: Element, class_name: str) -> None:
    SubElement(SubElement(link, "contact"), "lateral_friction", value=numbers([friction_of(class_name)]))


def _add_camera(root: Element, name: str, camera: Camera) -> None:
    _link(root, f"camera.{name}", camera.origin, camera.rotation)
    lens = camera.intrinsics
    sensor = SubElement(SubElement(root, "gazebo", reference=f"camera.{name}"), "sensor", name=name, type="camera")
    SubElement(sensor, "pose").text = numbers([0, 0, 0, *roll_pitch_yaw(np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0.0]]))])
    added = SubElement(sensor, "camera")
    SubElement(added, "horizontal_fov").text = numbers([2 * math.atan(lens.width / (2 * lens.fl_x))])
    image = SubElement(added, "image")
    SubElement(image, "width").text, SubElement(image, "height").text = str(lens.width), str(lens.height)


def roll_pitch_yaw(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the angles in rad about the fixed axes x, y and z, in this order, that make a rotation (3, 3)."""
    level = math.hypot(rotation[0, 0], rotation[1, 0])
    pitch = math.atan2(-rotation[2, 0], level)
    if level < 1e-9:
        return math.atan2(-rotation[1, 2], rotation[1, 1]), pitch, 0.0
    return math.atan2(rotation[2, 1], rotation[2, 2]), pitch, math.atan2(rotation[1, 0], rotation[0, 0])


EXPORTER = Exporter("urdf", "one robot that does not move: a link a thing and a camera, fixed", one_by_one(write_scene))
