"""A scene as physics simulators take it: the land as a grid of heights, plants and stones as static bodies, cameras, light.

What is within `REACH` of the cameras at the first frame is told. Stones collide as their convex hulls, trees with their trunks,
a chain of capsules; leaves, herbs, the meadow and water are seen and felt by nobody. What falls through the air, leaves, drops
and flakes, is left out: a static body does not fall.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...procgen.classes import group_of, is_stuff
from ...procgen.meshes import MeshData, selected, triangulated
from ...procgen.plants.anatomy.parts import TRUNK
from ..cameras import Camera
from ..reader import Scene
from .colours import Paint, Paints
from .land_grid import LandGrid, land_grid
from .scene_files import Shape, world_of

REACH = 60.0
"""Metres from the middle of the cameras to the sides of the square that is told."""
SPACING = 0.25
"""Metres between the nodes of the land."""
_FRICTION = {"ground": 0.8, "rock": 0.7, "tree": 0.6, "deadwood": 0.6}
"""By class or group of classes, typical ones of dry soil, stone and bark."""
_SECTIONS = 8
"""Capsules a trunk."""


@dataclass(frozen=True)
class Surface:
    """Triangles of one material: points (V, 3) m, triangles (T, 3), and the material's paint; `name` is unique."""

    name: str
    points: NDArray[np.float32]
    triangles: NDArray[np.int32]
    paint: Paint


@dataclass(frozen=True)
class Capsule:
    """A cylinder with round ends: the middles of both ends (2, 3) m and the radius in m, in the body's own axes."""

    ends: NDArray[np.float64]
    radius: float


@dataclass(frozen=True)
class Body:
    """A static thing: `rotation` (3, 3) and `origin` (3,) m place it, `scale` goes for its surfaces and is in its capsules.

    `hull` says that it collides as the convex hull of its surfaces.
    """

    id: int
    name: str
    class_name: str
    origin: NDArray[np.float64]
    rotation: NDArray[np.float64]
    scale: float
    surfaces: tuple[Surface, ...]
    capsules: tuple[Capsule, ...]
    hull: bool


@dataclass(frozen=True)
class Surroundings:
    """Everything a simulator is told. `land` is None where a thing stands alone; `cameras` are those of the first frame."""

    land: LandGrid | None
    bodies: list[Body]
    cameras: dict[str, Camera]
    light: dict[str, Any]

    @cached_property
    def surfaces(self) -> dict[str, Surface]:
        """All surfaces by name."""
        return {surface.name: surface for body in self.bodies for surface in body.surfaces}


def surroundings_of(scene: Scene, cameras: dict[str, Camera]) -> Surroundings:
    """Grow a dataset's scene again and return what a simulator is told of it. Raises UserError as `world_of` does."""
    world = world_of(scene)
    middle = np.mean([camera.origin[:2] for camera in cameras.values()], 0)
    land, bodies, paints = None, [], Paints()
    for shape in world.shapes:
        class_name = world.classes[int(shape.ids[0])]
        if class_name == "ground":
            mesh = triangulated(shape.mesh)
            land = land_grid(mesh.points, mesh.faces, middle, REACH, SPACING)
        elif class_name != "leaf" and group_of(class_name) != "weather":
            bodies += _bodies(shape, class_name, world.names, middle, paints)
    return Surroundings(land, bodies, cameras, scene.metadata["light"])


def friction_of(class_name: str) -> float:
    """Return the coefficient of sliding friction of a class's things; 0 for those that do not collide."""
    return _FRICTION.get(class_name, _FRICTION.get(group_of(class_name), 0.0))


def _bodies(shape: Shape, class_name: str, names: dict[int, str], middle: NDArray[np.float64], paints: Paints) -> list[Body]:
    near = (np.abs(shape.matrices[:, :2, 3] - middle) <= REACH).all(1)
    if is_stuff(class_name):  # one mesh in the world's axes, without an end
        shape, near = replace(shape, mesh=_near(shape.mesh, middle)), np.ones(len(shape.ids), bool)
    if not near.any() or not len(shape.mesh.faces):
        return []
    surfaces = _surfaces(shape, paints)
    chain = trunk(shape.mesh) if friction_of(class_name) else ()
    found = []
    for number, matrix in zip(shape.ids[near].tolist(), shape.matrices[near], strict=True):
        scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
        capsules = tuple(Capsule(scale * capsule.ends, scale * capsule.radius) for capsule in chain)
        name, hull = names[number].replace(" ", "_"), class_name == "rock"
        found.append(Body(number, name, class_name, matrix[:3, 3], matrix[:3, :3] / scale, scale, surfaces, capsules, hull))
    return found


def _near(mesh: MeshData, middle: NDArray[np.float64]) -> MeshData:
    """The faces of a mesh in world axes whose first corner is within reach."""
    kept = (np.abs(mesh.points[mesh.faces[:, 0], :2] - middle) <= REACH).all(1)
    return selected(mesh, kept)


def _surfaces(shape: Shape, paints: Paints) -> tuple[Surface, ...]:
    mesh = triangulated(shape.mesh)
    own = paints.of(mesh)
    found = []
    for slot, material in enumerate(mesh.materials):
        faces = mesh.faces[mesh.material == slot]
        if len(faces):
            used, corners = np.unique(faces, return_inverse=True)
            name = f"{shape.name}.{material}".replace(" ", "_")
            found.append(Surface(name, mesh.points[used], corners.reshape(-1, 3).astype(np.int32), own[material]))
    return tuple(found)


def trunk(mesh: MeshData) -> tuple[Capsule, ...]:
    """Return capsules along the faces of a tree that are its trunk, from end to end; none without any.

    The trunk runs along the axis in which it is longest: up, or level where it lies. Between places at equal shares of its
    length, each capsule is as wide as the bark is away from its middle there.
    """
    part = mesh.attributes.get("part")
    if part is None or not (part.values == TRUNK).any():
        return ()
    points = mesh.points[np.unique(mesh.faces[part.values == TRUNK])].astype(np.float64)
    axis = int(np.argmax(np.ptp(points, axis=0)))
    across = [other for other in range(3) if other != axis]
    low, high = points[:, axis].min(), points[:, axis].max()
    band = (high - low) / _SECTIONS
    rings = []
    for level in np.linspace(low, high, _SECTIONS + 1):
        away = np.abs(points[:, axis] - level)
        ring = points[away <= max(0.5 * band, away.min() + 1e-6)][:, across]
        middle = 0.5 * (ring.min(0) + ring.max(0))
        rings.append((np.insert(middle, axis, level), float(np.linalg.norm(ring - middle, axis=1).mean())))
    return tuple(Capsule(np.stack([start, end]), 0.5 * (thick + thin)) for (start, thick), (end, thin) in pairwise(rings))
