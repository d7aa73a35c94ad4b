"""One colour and roughness a material, for what knows no nodes: exposure, and files that carry plain surfaces."""

from __future__ import annotations

from .foliage import COLOURS as FOLIAGE
from .foliage import Rgb
from .wood import COLOURS as WOOD

LAND: dict[str, Rgb] = {"stone": (0.175, 0.165, 0.150), "ground": (0.100, 0.092, 0.060), "water": (0.012, 0.034, 0.036)}


def representative_colour(material: str) -> Rgb:
    """Return the linear base colour that stands for a material. Raises KeyError for one that has none."""
    return (FOLIAGE | WOOD | LAND)[material]


def representative_roughness(material: str) -> float:
    """Return the roughness that stands for a material: all but water are matt."""
    return 0.05 if material == "water" else 0.8
