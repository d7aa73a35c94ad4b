"""What is wrong with a mesh, if anything: values that are not finite, faces without area, bodies that leak.

A body is a connected piece (`pieces`) that stands for something solid. It is watertight where each of its edges has two faces,
which run along it in opposite ways, and faces outward where the volume it encloses is positive (divergence theorem).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .meshes import MeshData, double_areas, selected
from .pieces import pieces
from .plants.anatomy.parts import SOLID_MATERIALS, SOLID_PARTS

FLAT_FACES = 0.001
"""The most faces without area that a sound mesh may have, as a share of all."""


def faults(mesh: MeshData) -> list[str]:
    """Return what is wrong with a mesh, in words; nothing where it is sound."""
    found = []
    if not all(np.isfinite(values).all() for values in (mesh.points, *(item.values for item in mesh.attributes.values()))):
        found.append("values that are not finite")
    flat = float((double_areas(mesh) < 1e-12 * np.ptp(mesh.bounds) ** 2).mean())
    if flat >= FLAT_FACES:
        found.append(f"{flat:.2%} of the faces without area")
    open_, inverted = leaks(selected(mesh, bodies(mesh)))
    if open_:
        found.append(f"{open_} bodies that are not watertight")
    if inverted:
        found.append(f"{inverted} bodies that face inward")
    return found


def bodies(mesh: MeshData) -> NDArray[np.bool_]:
    """Return which faces (F,) belong to bodies: those of solid parts and materials, but for pieces of a single face, which are
    scales, hairs and flecks. A mesh without parts is a stone, and all of it.
    """
    if "part" not in mesh.attributes:
        return np.ones(len(mesh.faces), bool)
    fleshy = np.array([name in SOLID_MATERIALS for name in mesh.materials])
    solid = np.isin(mesh.attributes["part"].values, SOLID_PARTS) | fleshy[mesh.material]
    number = pieces(selected(mesh, solid))
    solid[solid] = np.bincount(number)[number] > 1
    return solid


def leaks(mesh: MeshData) -> tuple[int, int]:
    """Return how many pieces of a mesh are not watertight, and how many that are face inward."""
    if not len(mesh.faces):
        return 0, 0
    number = pieces(mesh)
    start, end = mesh.faces.astype(np.int64), np.roll(mesh.faces, -1, axis=1).astype(np.int64)
    edge = np.minimum(start, end) * len(mesh.points) + np.maximum(start, end)
    _, row, uses = np.unique(edge, return_inverse=True, return_counts=True)
    row = row.ravel()
    balance = np.bincount(row, np.where(start < end, 1.0, -1.0).ravel())
    shut = ((uses == 2) & (balance == 0))[row].reshape(edge.shape).all(1)
    open_ = np.bincount(number, ~shut) > 0
    inverted = ~open_ & (_volumes(mesh, number) <= 0)
    return int(open_.sum()), int(inverted[1:].sum())


def _volumes(mesh: MeshData, number: NDArray[np.int32]) -> NDArray[np.float64]:
    """The volume inside each piece, by its number, m3: the sum of the tetrahedra that its triangles span with a point of it."""
    first = np.unique(number, return_index=True)[1]
    origin = mesh.points[mesh.faces[first, 0]].astype(np.float64)
    corners = mesh.points[mesh.faces] - origin[number - 1][:, None]
    sixfold = np.zeros(len(number))
    for k in range(1, corners.shape[1] - 1):
        sixfold += (corners[:, 0] * np.cross(corners[:, k], corners[:, k + 1])).sum(1)
    return np.asarray(np.bincount(number, sixfold / 6), np.float64)
