"""What a growth stands with: prototypes grown once for each individual and level of detail, and laid into Blender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import registry
from ..meshes import MeshData
from ..nodes.objects import to_blender
from ..plants.anatomy.suppleness import in_wind
from ..rng import stream
from ..spec import to_dict
from .growth import DETAILS, Growth

Draw = Callable[[str, int], Any]
"""Parameters of a generator's individual number so-and-so."""


@dataclass(frozen=True)
class Stock:
    """A growth and the P prototypes that it needs: `objects`, not linked to a scene, their `boxes` (2, 3) m and `parameters`.

    `prototype` (N,) is which of them stands where, `supple` (P,) which can bend in the wind, `digests` those of all meshes.
    """

    growth: Growth
    objects: list[bpy.types.Object]
    boxes: list[NDArray[np.float64]]
    parameters: list[dict[str, Any]]
    prototype: NDArray[np.int32]
    supple: NDArray[np.bool_]
    digests: dict[str, str]

    def label(self, index: int) -> str:
        """Return the name of the growth's thing number `index`."""
        return f"{self.growth.name}.{index:05d}"


def raise_stock(growth: Growth, draw: Draw, seed: int) -> Stock:
    """Grow the prototypes that a growth needs."""
    wanted, prototype = np.unique(np.stack([growth.detail, growth.variant], 1), axis=0, return_inverse=True)
    digests = {f"{growth.name} placement": growth.digest()}
    supple = np.zeros(len(wanted), bool)
    objects, boxes, parameters = [], [], []
    for index, (detail, variant) in enumerate(wanted):
        params = draw(growth.generator, int(variant))
        mesh = grow(growth.generator, params, int(variant), int(detail), seed)
        label = f"{growth.name} {variant} {DETAILS[detail]}"
        digests[label] = mesh.digest()
        supple[index] = DETAILS[detail] != "far" and "root" in mesh.attributes
        objects.append(bpy.data.objects.new(label, to_blender(in_wind(mesh) if supple[index] else mesh, label)))
        boxes.append(mesh.bounds.astype(np.float64))
        parameters.append(to_dict(params))
    return Stock(growth, objects, boxes, parameters, prototype.reshape(-1).astype(np.int32), supple, digests)


def grow(generator: str, params: Any, variant: int, detail: int, seed: int) -> MeshData:
    """Return the mesh of one individual; the same individual at every level of detail."""
    rng = stream(seed, "individuals", generator, variant)
    return registry.generators()[generator].build(params, rng, DETAILS[detail])
