"""Semantic classes: names, colours, and whether their things are counted. Ids are the same in every scene and version."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class SemanticClass:
    """One class. `countable` tells things from stuff, after Kirillov et al., "Panoptic Segmentation", CVPR 2019."""

    name: str
    colour: Rgb
    countable: bool = True


TABLE = (
    SemanticClass("sky", (140, 185, 235), countable=False),
    SemanticClass("ground", (146, 116, 84), countable=False),
    SemanticClass("water", (48, 110, 175), countable=False),
    SemanticClass("conifer", (22, 88, 58)),
    SemanticClass("broadleaf", (86, 150, 40)),
    SemanticClass("shrub", (150, 170, 60)),
    SemanticClass("fern", (60, 190, 120)),
    SemanticClass("flower", (225, 95, 170)),
    SemanticClass("grass", (176, 212, 104), countable=False),
    SemanticClass("rock", (150, 150, 158)),
    SemanticClass("leaf", (214, 130, 48)),
)
"""The place of a class is its id: new ones go to the end."""

CLASSES = tuple(entry.name for entry in TABLE)
_OTHER = (200, 120, 40)


def colour_of(name: str) -> Rgb:
    """Return the colour (0..255, sRGB) of a class; one for all that are not in the table."""
    return next((entry.colour for entry in TABLE if entry.name == name), _OTHER)


def is_stuff(name: str) -> bool:
    """Whether a class is amorphous: the sky, the ground, water, a meadow."""
    return any(entry.name == name and not entry.countable for entry in TABLE)
