"""One colour a material, for what knows no nodes: exposure, and files that carry plain base colours."""

from __future__ import annotations

from .foliage import COLOURS as FOLIAGE
from .foliage import Rgb
from .wood import COLOURS as WOOD

STONE: dict[str, Rgb] = {"stone": (0.175, 0.165, 0.150)}


def representative_colour(material: str) -> Rgb:
    """Return the linear base colour that stands for a material of an asset. Raises KeyError for one that has none."""
    return (FOLIAGE | WOOD | STONE)[material]
