"""Colours without nodes: one for each material whose surface does not know its own, and those of a mesh's faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..meshes import MeshData, double_areas

Rgb = tuple[float, float, float]
LAND: dict[str, Rgb] = {
    "ground": (0.100, 0.092, 0.060),
    "ground_alpine": (0.165, 0.160, 0.130),
    "ground_arctic": (0.720, 0.750, 0.800),
    "ground_canyon": (0.340, 0.190, 0.105),
    "ground_coast": (0.330, 0.290, 0.210),
    "ground_desert": (0.410, 0.240, 0.130),
    "ground_forest": (0.100, 0.070, 0.038),
    "ground_meadow": (0.083, 0.099, 0.030),
    "ground_river": (0.110, 0.100, 0.062),
    "ground_volcanic": (0.070, 0.066, 0.064),
    "floe": (0.740, 0.780, 0.820),
    "iceberg": (0.600, 0.680, 0.730),
    "river_water": (0.012, 0.034, 0.036),
    "sea_surf": (0.020, 0.055, 0.060),
    "granite": (0.257, 0.232, 0.215),
    "basalt": (0.058, 0.056, 0.057),
    "gneiss": (0.281, 0.260, 0.242),
    "conglomerate": (0.254, 0.211, 0.176),
    "limestone": (0.335, 0.317, 0.277),
    "sandstone": (0.379, 0.207, 0.109),
    "slate": (0.076, 0.086, 0.078),
    "schist": (0.173, 0.165, 0.140),
    "chalk": (0.607, 0.601, 0.564),
    "stone_granite": (0.240, 0.215, 0.197),
    "stone_limestone": (0.320, 0.300, 0.262),
    "stone_slate": (0.073, 0.082, 0.075),
    "stone_sandstone": (0.360, 0.195, 0.102),
    "stone_basalt": (0.056, 0.054, 0.054),
    "dune_sand": (0.487, 0.353, 0.209),
    "beach_sand": (0.488, 0.432, 0.340),
    "red_sand": (0.372, 0.151, 0.068),
    "loam": (0.113, 0.081, 0.055),
    "peat": (0.037, 0.025, 0.017),
    "cracked_mud": (0.268, 0.226, 0.179),
    "gravel": (0.145, 0.129, 0.113),
    "scree": (0.202, 0.190, 0.175),
    "fresh_snow": (0.823, 0.844, 0.877),
    "packed_snow": (0.736, 0.766, 0.814),
    "glacier_ice": (0.390, 0.530, 0.600),
    "sea_ice": (0.528, 0.596, 0.629),
    "turf": (0.083, 0.099, 0.027),
    "leaf_litter": (0.136, 0.082, 0.040),
    "needle_litter": (0.084, 0.053, 0.029),
    "moss_cover": (0.094, 0.113, 0.019),
    "lichen_crust": (0.159, 0.148, 0.121),
    "bare_wood": (0.218, 0.186, 0.156),
    "ash": (0.103, 0.097, 0.095),
    "lava_ropy": (0.051, 0.048, 0.047),
    "lava_clinker": (0.044, 0.036, 0.032),
    "lava_glowing": (0.031, 0.030, 0.031),
    "water": (0.012, 0.034, 0.036),
    "water_clear": (0.010, 0.026, 0.026),
    "water_turbid": (0.048, 0.078, 0.028),
    "sea": (0.008, 0.044, 0.056),
    "foam": (0.380, 0.400, 0.390),
    "wet_shore": (0.255, 0.232, 0.196),
}
"""Mean albedo with parameters at their defaults."""
_ROUGHNESS = {"slate": 0.42, "peat": 0.78, "packed_snow": 0.55, "glacier_ice": 0.18, "sea_ice": 0.48, "lava_ropy": 0.42}
_ROUGHNESS |= dict.fromkeys(("water", "water_clear", "water_turbid", "sea", "sea_surf", "river_water"), 0.05)
_LIVING = (0.060, 0.090, 0.030)


def representative_colour(material: str) -> Rgb:
    """Return the linear base colour that stands for a material; plants' own, whose colour is their `tint`, are a dull green."""
    return LAND.get(material, _LIVING)


def representative_roughness(material: str) -> float:
    """Return the roughness that stands for a material: all but water, ice and what is glazed are matt."""
    return _ROUGHNESS.get(material, 0.8)


def face_colours(mesh: MeshData) -> NDArray[np.float32]:
    """Return the linear base colour of every face (F, 3): its `tint`, or what stands for its material."""
    stand_in = np.array([representative_colour(name) for name in mesh.materials], np.float32)[mesh.material]
    if "tint" not in mesh.attributes:
        return stand_in
    tint = np.asarray(mesh.attributes["tint"].values, np.float32)
    return np.where((tint > 0).any(1, keepdims=True), tint, stand_in)


def mean_colours(mesh: MeshData) -> dict[str, Rgb]:
    """Return the mean linear base colour of each material of a mesh, weighted by area."""
    area = double_areas(mesh) + 1e-18
    colours = face_colours(mesh)
    means = {}
    for index, name in enumerate(mesh.materials):
        chosen = mesh.material == index
        mean = np.average(colours[chosen], axis=0, weights=area[chosen]) if chosen.any() else representative_colour(name)
        means[name] = (float(mean[0]), float(mean[1]), float(mean[2]))
    return means
