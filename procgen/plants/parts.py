"""From points and faces to meshes that say what each face is: trunk, branch, leaf, flower, fruit or needle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..meshes import Attribute, MeshData
from .blades import Template, lay
from .skeleton import Floats, Ints
from .tubes import Tubes

TRUNK, BRANCH, LEAF, FLOWER, FRUIT, NEEDLE = 1, 2, 3, 4, 5, 6
"""Values of the face attribute `part`; what is no plant has none, or 0."""
PARTS = ("none", "trunk", "branch", "leaf", "flower", "fruit", "needle")
"""The parts' names, by value: new ones go to the end."""


def wood(tubes: Tubes, material: str, part: int | Ints) -> MeshData:
    """Return tubes as a mesh with the attributes `part` and `bark`; `part` is one value or one a face."""
    return _mesh(tubes.points, tubes.faces, material, part, {"bark": Attribute("POINT", tubes.bark)})


def blades(
    template: Template,
    origins: Floats,
    rotations: Floats,
    scales: Floats,
    material: str,
    part: int,
    random: Floats,
    light: Floats,
) -> MeshData:
    """Return a template laid on n frames as a mesh.

    `random` (n,) in 0..1 varies from blade to blade; `light` (n,) or (n, Q) is 0 for what grows in the dark of the crown or at
    the foot of a blade, 1 for young growth in the open.
    """
    points, faces = lay(template, origins, rotations, scales)
    quads = len(template.faces)
    attributes = {
        "leaf_random": Attribute("FACE", np.repeat(np.asarray(random, np.float32), quads)),
        "leaf_light": Attribute("FACE", _by_face(light, quads)),
    }
    return _mesh(points, faces, material, part, attributes)


def sheet(points: Floats, faces: Ints, material: str, part: int, random: Floats, light: Floats) -> MeshData:
    """Return free points and faces as a mesh; `random` and `light` (F,) as for `blades`, one a face."""
    attributes = {"leaf_random": Attribute("FACE", random), "leaf_light": Attribute("FACE", light)}
    return _mesh(points, faces, material, part, attributes)


def _by_face(light: Floats, quads: int) -> Floats:
    return (np.repeat(light, quads) if light.ndim == 1 else light.ravel()).astype(np.float32)


def _mesh(points: Floats, faces: Ints, material: str, part: int | Ints, attributes: dict[str, Attribute]) -> MeshData:
    parts: NDArray[np.int32] = np.broadcast_to(np.asarray(part, np.int32), (len(faces),)).copy()
    return MeshData(
        points.astype(np.float32, copy=False),
        faces.astype(np.int32, copy=False),
        np.zeros(len(faces), np.int32),
        (material,),
        {"part": Attribute("FACE", parts), **attributes},
    )
