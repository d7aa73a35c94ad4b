"""What the materials of the ground must know of the season: one node group of named values that they share.

`straw` is how much of the grass has dried, `pale` how far it has bleached, each 0..1.
"""

from __future__ import annotations

from .values import set_values, value_group
from .writer import NodeWriter, Socket

GROUP = "wildfield.season"
_VALUES = {"straw": 0.0, "pale": 0.0}
_SEASONS = {"spring": (-0.25, 0.0), "summer": (0.0, 0.0), "autumn": (0.3, 0.1), "winter": (0.6, 0.75), "dry": (1.0, 0.15)}


def set_season(season: str) -> None:
    """Set the season of the file's ground; below 0 grass is fresher than in summer."""
    set_values(value_group(GROUP, _VALUES), dict(zip(_VALUES, _SEASONS[season], strict=True)))


def season_value(writer: NodeWriter, name: str) -> Socket:
    """Return one of the values: straw or pale."""
    return writer.out(writer.group(value_group(GROUP, _VALUES)), name)
