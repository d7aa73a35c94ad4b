"""What every thing looks like by itself: the triangles of a scene's things, read out of Blender once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .hulls import outline
from .meshes import carriers, displaces, flattened, inside

if TYPE_CHECKING:
    from ...procgen.scene import BuiltScene

NO_SHAPE = -1


@dataclass(frozen=True)
class Shape:
    """A mesh in local metres: points (V, 3) float32, triangles (T, 3) int32.

    `outline` (K,) int32 are the points on the convex hull: seen from outside, they bound what all points bound.
    """

    points: NDArray[np.float32]
    triangles: NDArray[np.int32]
    outline: NDArray[np.int32]

    @classmethod
    def of(cls, points: NDArray[np.float32], triangles: NDArray[np.int32]) -> Shape:
        used = np.unique(triangles)
        return cls(points, triangles, used[outline(points[used])].astype(np.int32))


@dataclass(frozen=True)
class Shapes:
    """Which shape each thing has: `ids` (N,) ascending, `index` (N,) into `shapes`."""

    ids: NDArray[np.int64]
    index: NDArray[np.int64]
    shapes: list[Shape]

    def find(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return (M,) indices into `shapes`, NO_SHAPE for those of `ids` (M,) that have none."""
        if not len(self.ids):
            return np.full(len(ids), NO_SHAPE, np.int64)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[at] == ids, self.index[at], NO_SHAPE)


def read_shapes(built: BuiltScene, stuff: Collection[str] = ()) -> Shapes:
    """Return the shapes of the scene's things at its current frame; what many instances share is read once.

    An instance's shape holds what is instanced inside it. Hidden objects are read too, for they may come later. Without a shape
    are: what deforms, things whose class is in `stuff` (nobody counts them, and land is large), ids that stand in several
    places, what holds anything but meshes, and what its material displaces: Blender does not know where Cycles puts it.
    """
    without = [number for number, thing in built.table.things.items() if thing.deforms or thing.class_name in stuff]
    shapes: list[Shape] = []
    known: dict[int, int] = {}
    pairs = [np.empty((0, 2), np.int64)]
    for ids, shown in carriers(built.scene):
        wanted = ids[~np.isin(ids, without)]
        if not len(wanted):
            continue
        plain = inside(shown) is None and getattr(shown, "type", "") == "MESH"
        key = shown.data.as_pointer() if plain else -1 - len(pairs)
        if key not in known:
            mesh = flattened(shown, displaces)
            known[key] = NO_SHAPE
            if mesh is not None and len(mesh[1]):
                known[key] = len(shapes)
                shapes.append(Shape.of(*mesh))
        pairs.append(np.stack([wanted, np.full(len(wanted), known[key])], -1))
    ids, indices = np.concatenate(pairs).T
    unique, first, count = np.unique(ids, return_index=True, return_counts=True)
    alone = (count == 1) & (indices[first] != NO_SHAPE)
    return Shapes(unique[alone], indices[first][alone], shapes)
