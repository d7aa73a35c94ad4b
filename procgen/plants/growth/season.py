"""The year: which leaves a plant bears, how far they have come, and of what colour they are."""

from __future__ import annotations

from dataclasses import dataclass

from .colour import Ramp, mixed

SEASONS = ("spring", "summer", "autumn", "winter", "dry")
"""The seasons of the temperate year, and a drought."""


@dataclass(frozen=True)
class Palette:
    """A species' leaf colours, linear, each from the leaves in the shade to those in the light: fresh ones in `spring`, full
    ones in `summer`, and those that have turned in `autumn`, from the first to the last.
    """

    spring: Ramp
    summer: Ramp
    autumn: Ramp


@dataclass(frozen=True)
class Leafage:
    """Leaves at a time: the `share` (0..1) that is on the plant, their `size` against full ones, and their colours."""

    share: float
    size: float
    ramp: Ramp


_STRAW: Ramp = ((0.16, 0.12, 0.05), (0.26, 0.20, 0.09), (0.34, 0.27, 0.13))
_WITHERED: Ramp = ((0.10, 0.055, 0.025), (0.15, 0.085, 0.04), (0.20, 0.12, 0.06))


def deciduous(palette: Palette, season: str, vigour: float, kept: float = 0.0) -> Leafage:
    """Return the leaves of a plant that sheds them; `kept` is the share of withered ones that stay over winter, as on oaks."""
    health = 0.55 + 0.45 * min(1.0, vigour / 0.7)
    pale = max(0.0, 0.5 - vigour)
    if season == "spring":
        return Leafage(0.85 * health, 0.72, mixed(palette.spring, _STRAW, pale))
    if season == "autumn":
        return Leafage(0.72 * health, 1.0, palette.autumn)
    if season == "winter":
        return Leafage(kept, 0.9, _WITHERED)
    if season == "dry":
        return Leafage(0.55 * health, 0.85, _parched(palette.summer))
    return Leafage(health, 1.0, mixed(palette.summer, _STRAW, pale))


def evergreen(palette: Palette, season: str, vigour: float) -> Leafage:
    """Return the leaves of a plant that keeps them: fresh tips in spring, duller in winter, yellowing in a drought."""
    health = 0.6 + 0.4 * min(1.0, vigour / 0.7)
    pale = max(0.0, 0.5 - vigour)
    toward, share = {
        "spring": (palette.spring, 0.35),
        "summer": (_STRAW, pale),
        "autumn": (_WITHERED, 0.08),
        "winter": (_WITHERED, 0.16),
        "dry": (_STRAW, 0.35),
    }[season]
    return Leafage(health * (0.85 if season == "dry" else 1.0), 1.0, mixed(palette.summer, toward, share))


def _parched(ramp: Ramp) -> Ramp:
    """Leaves in a drought: those in the shade hold out, those in the light turn to straw, branch by branch."""
    green, dry = mixed(ramp, _STRAW, 0.2), mixed(ramp, _STRAW, 0.85)
    return (green[0], green[len(green) // 2], dry[len(dry) // 2], dry[-1])
