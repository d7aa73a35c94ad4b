"""From points and faces to meshes that say what each face is, and what material, wind and colour need to know.

Every plant's mesh has the attributes
    part  FACE  int      which part of the plant: an index into PARTS
    tint  FACE  (3,)     base colour, linear
    leaf  POINT (3,)     on blades: place across (-1 left margin, 1 right margin) and along (0 foot, 1 tip), and the blade's
                         own number in 0..1; zero elsewhere
    root  POINT (3,)     m, where the blade is attached, so that wind moves it as a whole; on wood the point itself
and wood has `bark` POINT (3,) m, coordinates around and along it (`tubes`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...meshes import Attribute, MeshData
from .blades import Template, lay
from .skeleton import Floats, Ints
from .tubes import Tubes

PARTS = (
    "none", "trunk", "branch", "leaf", "flower", "fruit", "needle",
    "stem", "petal", "root", "spine", "cone", "seed", "cap", "pad",
)  # fmt: skip
"""The parts' names, by value: new ones go to the end. "flower" is what of a flower is no petal: discs, catkins, spikelets."""
(
    NONE, TRUNK, BRANCH, LEAF, FLOWER, FRUIT, NEEDLE,
    STEM, PETAL, ROOT, SPINE, CONE, SEED, CAP, PAD,
) = range(len(PARTS))  # fmt: skip
SOLID_PARTS = (FRUIT, CONE, SEED, CAP, PAD)
SOLID_MATERIALS = ("fruit", "succulent", "cap")
"""Parts and materials whose pieces are watertight bodies, but for single faces: the scales of a cone, the hairs of a seed.
All else is open by nature: blades and petals are sheets, wood and stems are tubes that end in the ground, in one another or in
a tip, corollas have a mouth, spines and cushions stand on what bears them.
"""


def wood(tubes: Tubes, material: str, part: int | Ints, tint: Floats) -> MeshData:
    """Return tubes as a mesh; `part` and `tint` are one value or one a face: () or (F,), (3,) or (F, 3)."""
    nowhere = np.zeros_like(tubes.points, np.float32)
    return _mesh(
        tubes.points, tubes.faces, material, part, tint, nowhere, tubes.points, {"bark": Attribute("POINT", tubes.bark)}
    )


def blades(
    template: Template,
    origins: Floats,
    rotations: Floats,
    scales: Floats,
    material: str,
    part: int,
    tint: Floats,
    random: Floats,
    roots: Floats | None = None,
) -> MeshData:
    """Return a template laid on n frames as a mesh.

    `tint` is one colour (3,), one a blade (n, 3) or one a face (n, Q, 3); `random` (n,) in 0..1 tells blades apart. `roots`
    (n, 3) m is where they are attached, their origins unless said otherwise: the foot of a whole flower, for its petals.
    """
    points, faces = lay(template, origins, rotations, scales)
    count, quads, corners = len(origins), len(template.faces), len(template.points)
    leaf = np.empty((count, corners, 3), np.float32)
    leaf[..., :2] = template.places
    leaf[..., 2] = np.asarray(random, np.float32)[:, None]
    root = np.repeat(np.asarray(origins if roots is None else roots, np.float32), corners, axis=0)
    colour = np.asarray(tint, np.float32)
    if colour.ndim == 2:
        colour = np.repeat(colour, quads, axis=0)
    return _mesh(points, faces, material, part, colour.reshape(-1, 3), leaf.reshape(-1, 3), root)


def sheet(points: Floats, faces: Ints, material: str, part: int | Ints, tint: Floats, leaf: Floats, root: Floats) -> MeshData:
    """Return free points and faces as a mesh; `tint` (3,) or (F, 3), `leaf` and `root` (N, 3) as the attributes."""
    return _mesh(points, faces, material, part, tint, leaf, root)


def body(points: Floats, faces: Ints, material: str, part: int | Ints, tint: Floats) -> MeshData:
    """Return a solid form, such as a fruit, a pad or a cap, as a mesh; `tint` (3,) or (F, 3)."""
    return _mesh(points, faces, material, part, tint, np.zeros_like(points, np.float32), points)


def _mesh(
    points: Floats,
    faces: Ints,
    material: str,
    part: int | Ints,
    tint: Floats,
    leaf: Floats,
    root: Floats,
    more: dict[str, Attribute] | None = None,
) -> MeshData:
    count = len(faces)
    parts: NDArray[np.int32] = np.broadcast_to(np.asarray(part, np.int32), (count,)).copy()
    colour: NDArray[np.float32] = np.broadcast_to(np.asarray(tint, np.float32), (count, 3)).copy()
    return MeshData(
        points.astype(np.float32, copy=False),
        faces.astype(np.int32, copy=False),
        np.zeros(count, np.int32),
        (material,),
        {
            "part": Attribute("FACE", parts),
            "tint": Attribute("FACE", colour),
            "leaf": Attribute("POINT", leaf.astype(np.float32, copy=False)),
            "root": Attribute("POINT", root.astype(np.float32, copy=False)),
            **(more or {}),
        },
    )
