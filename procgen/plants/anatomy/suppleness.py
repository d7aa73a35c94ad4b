"""How the parts of a plant give way to the wind: which blades flutter, how much, and which of them together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...meshes import Attribute, MeshData
from .parts import FLOWER, FRUIT, LEAF, NEEDLE, PARTS, PETAL, SEED

_SUPPLE = {LEAF: 1.0, NEEDLE: 0.25, PETAL: 0.4, FLOWER: 0.4, FRUIT: 0.2, SEED: 0.4}
"""How far a blade of that part turns about its root, against a leaf; other parts are stiff: spines, cones, caps, pads."""
_TOGETHER = (PETAL, FLOWER, SEED)
"""Parts of heads, which turn as one about the root that they share."""


def in_wind(mesh: MeshData) -> MeshData:
    """Return the plant with what the wind asks of its points besides `root`.

    `wf_supple` POINT 0..1, how far a blade turns about its root, and `wf_own` POINT 0..1, the number by which it flutters in a
    time of its own: that of `leaf`, or 0 for parts that turn with all others of their head.
    """
    part = np.zeros(len(mesh.points), np.int32)
    part[mesh.faces] = mesh.attributes["part"].values[:, None]
    table = np.array([_SUPPLE.get(number, 0.0) for number in range(len(PARTS))], np.float32)
    own = np.where(np.isin(part, _TOGETHER), np.float32(0), mesh.attributes["leaf"].values[:, 2])
    more = {"wf_supple": Attribute("POINT", table[part]), "wf_own": Attribute("POINT", own.astype(np.float32))}
    return replace(mesh, attributes=mesh.attributes | more)
