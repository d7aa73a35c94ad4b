"""Semantic classes: names, colours, and whether their things are counted. Ids are the same in every scene and version."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class SemanticClass:
    """One class. `group` is what it is a kind of: the supercategory of COCO. `countable` tells things from stuff, after
    Kirillov et al., "Panoptic Segmentation", CVPR 2019.
    """

    name: str
    group: str
    colour: Rgb
    countable: bool = True


TABLE = (
    SemanticClass("sky", "nature", (140, 185, 235), countable=False),
    SemanticClass("ground", "nature", (146, 116, 84), countable=False),
    SemanticClass("water", "nature", (48, 110, 175), countable=False),
    SemanticClass("rock", "nature", (150, 150, 158)),
    SemanticClass("leaf", "nature", (214, 130, 48)),
    SemanticClass("oak", "tree", (86, 150, 40)),
    SemanticClass("birch", "tree", (150, 190, 90)),
    SemanticClass("maple", "tree", (205, 95, 50)),
    SemanticClass("willow", "tree", (160, 185, 60)),
    SemanticClass("acacia", "tree", (120, 140, 50)),
    SemanticClass("beech", "tree", (70, 125, 55)),
    SemanticClass("apple", "tree", (110, 165, 80)),
    SemanticClass("spruce", "tree", (22, 88, 58)),
    SemanticClass("pine", "tree", (30, 105, 90)),
    SemanticClass("larch", "tree", (90, 130, 70)),
    SemanticClass("palm", "tree", (60, 160, 90)),
    SemanticClass("tree_fern", "tree", (50, 150, 110)),
    SemanticClass("dead_tree", "deadwood", (120, 100, 90)),
    SemanticClass("fallen_log", "deadwood", (100, 75, 60)),
    SemanticClass("hollow_tree", "deadwood", (135, 110, 75)),
    SemanticClass("hazel", "shrub", (150, 170, 60)),
    SemanticClass("dog_rose", "shrub", (200, 120, 110)),
    SemanticClass("boxwood", "shrub", (90, 120, 50)),
    SemanticClass("hedge", "shrub", (110, 140, 40)),
    SemanticClass("ivy", "shrub", (40, 110, 40)),
    SemanticClass("heather", "shrub", (180, 90, 170)),
    SemanticClass("grass", "herb", (176, 212, 104), countable=False),
    SemanticClass("reed", "herb", (165, 180, 110)),
    SemanticClass("wheat", "herb", (225, 195, 90)),
    SemanticClass("daisy", "herb", (240, 240, 215)),
    SemanticClass("buttercup", "herb", (250, 215, 40)),
    SemanticClass("poppy", "herb", (225, 50, 40)),
    SemanticClass("bellflower", "herb", (130, 110, 220)),
    SemanticClass("tulip", "herb", (235, 95, 130)),
    SemanticClass("lavender", "herb", (150, 120, 200)),
    SemanticClass("dandelion", "herb", (245, 190, 60)),
    SemanticClass("agave", "succulent", (100, 160, 150)),
    SemanticClass("aloe", "succulent", (120, 170, 110)),
    SemanticClass("barrel_cactus", "succulent", (60, 130, 80)),
    SemanticClass("saguaro", "succulent", (80, 145, 70)),
    SemanticClass("prickly_pear", "succulent", (125, 180, 100)),
    SemanticClass("fern", "cryptogam", (60, 190, 120)),
    SemanticClass("moss", "cryptogam", (110, 150, 30)),
    SemanticClass("lichen", "cryptogam", (170, 190, 150)),
    SemanticClass("mushroom", "cryptogam", (200, 150, 110)),
    SemanticClass("rain_drop", "weather", (110, 160, 215)),
    SemanticClass("snowflake", "weather", (225, 235, 245)),
    SemanticClass("litter", "nature", (120, 82, 50), countable=False),
)
"""The place of a class is its id: new ones go to the end. A plant's species is its class."""

CLASSES = tuple(entry.name for entry in TABLE)
_OTHER = (200, 120, 40)


def colour_of(name: str) -> Rgb:
    """Return the colour (0..255, sRGB) of a class; one for all that are not in the table."""
    return next((entry.colour for entry in TABLE if entry.name == name), _OTHER)


def is_stuff(name: str) -> bool:
    """Whether a class is amorphous: the sky, the ground, water, a meadow."""
    return any(entry.name == name and not entry.countable for entry in TABLE)


def group_of(name: str) -> str:
    """Return the group of a class; "other" for all that are not in the table."""
    return next((entry.group for entry in TABLE if entry.name == name), "other")
