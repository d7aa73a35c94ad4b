"""Colours without nodes: one for each material whose surface does not know its own, and those of a mesh's faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..meshes import MeshData

Rgb = tuple[float, float, float]
LAND: dict[str, Rgb] = {"stone": (0.175, 0.165, 0.150), "ground": (0.100, 0.092, 0.060), "water": (0.012, 0.034, 0.036)}
_LIVING = (0.060, 0.090, 0.030)


def representative_colour(material: str) -> Rgb:
    """Return the linear base colour that stands for a material; plants' own, whose colour is their `tint`, are a dull green."""
    return LAND.get(material, _LIVING)


def representative_roughness(material: str) -> float:
    """Return the roughness that stands for a material: all but water are matt."""
    return 0.05 if material == "water" else 0.8


def face_colours(mesh: MeshData) -> NDArray[np.float32]:
    """Return the linear base colour of every face (F, 3): its `tint`, or what stands for its material."""
    stand_in = np.array([representative_colour(name) for name in mesh.materials], np.float32)[mesh.material]
    if "tint" not in mesh.attributes:
        return stand_in
    tint = np.asarray(mesh.attributes["tint"].values, np.float32)
    return np.where((tint > 0).any(1, keepdims=True), tint, stand_in)


def mean_colours(mesh: MeshData) -> dict[str, Rgb]:
    """Return the mean linear base colour of each material of a mesh, weighted by area."""
    corners = mesh.points[mesh.faces].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, -1] - corners[:, 1]), axis=1) + 1e-18
    colours = face_colours(mesh)
    means = {}
    for index, name in enumerate(mesh.materials):
        chosen = mesh.material == index
        mean = np.average(colours[chosen], axis=0, weights=area[chosen]) if chosen.any() else representative_colour(name)
        means[name] = (float(mean[0]), float(mean[1]), float(mean[2]))
    return means
