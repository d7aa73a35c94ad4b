"""What a river's surface must know of its course, so that its ripples run along it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..meshes import Attribute, MeshData
from ..terrain.land import Terrain


def in_stream(surface: MeshData, terrain: Terrain) -> MeshData:
    """Return the surface with the POINT attributes `wf_along` and `wf_across`, m from the source and to the left of the middle;
    as it is where the land's water does not flow."""
    if "along" not in terrain.near.masks:
        return surface
    x, y = (np.ascontiguousarray(axis) for axis in surface.points.T[:2])
    course = {f"wf_{name}": Attribute("POINT", terrain.near.mask(name, x, y)) for name in ("along", "across")}
    return replace(surface, attributes=surface.attributes | course)
