"""Many cameras that look at one place: they stand evenly on an arc around it, each at eye level above its own ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import UserError
from ..scene_spec import CameraSpec
from .looking import Candidates
from .trajectory import Floats, Still
from .view import Height

_ARCS = ((12.0, 100.0), (10.0, 90.0), (8.0, 80.0), (6.0, 70.0), (4.5, 60.0))
"""(metres to the place, degrees of the arc), the first that the land allows."""
_GOOD = 12
"""Places, the best first, among which a large arc counts for more than a better picture."""
_DRY = 0.15
"""Metres above the water where a camera may stand."""
_FOCUS = 0.4
"""Height of the place looked at above its ground, as a share of the eye's; lines of sight stay half of that above the land."""


@dataclass(frozen=True)
class Arc:
    """V cameras that look at `focus` (3,) m from `radius` m away (on the level), over `angle` rad."""

    cameras: tuple[Still, ...]
    focus: Floats
    radius: float
    angle: float


def find_arc(height: Height, found: Candidates, camera: CameraSpec) -> Arc:
    """Return the arc around a place ahead of the best eye that has room for one; its middle camera looks as that eye would.

    Raises UserError where the land has no room for an arc.
    """
    for count in (_GOOD, len(found.eyes)):
        for patience in (0.5, 1.5, 4.0):
            for radius, degrees in _ARCS:
                for eye, heading in zip(found.eyes[:count], found.headings[:count], strict=True):
                    arc = _arc(height, eye, float(heading), radius, float(np.radians(degrees)), patience, camera)
                    if arc is not None:
                        return arc
    raise UserError("no place on the bank has room for an arc of cameras: take another seed or terrain.relief")


def _arc(
    height: Height, eye: Floats, heading: float, radius: float, angle: float, patience: float, camera: CameraSpec
) -> Arc | None:
    """Return the arc, or None where a camera would stand in water, or would not see the place over the ground."""
    middle = eye[:2] + radius * np.array([np.sin(heading), np.cos(heading)])
    headings = heading - np.linspace(-angle / 2, angle / 2, camera.views)
    ahead = np.stack([np.sin(headings), np.cos(headings)], -1)
    way = np.linspace(0.0, radius, 12)
    track = middle + ahead[:, None] * (way - radius)[:, None]
    ground = height(track[..., 0].astype(np.float32), track[..., 1].astype(np.float32)).astype(np.float64)
    feet, floor = ground[:, 0], np.maximum(ground, 0.0)
    if feet.min() < _DRY or np.ptp(feet) > patience:
        return None
    focus = np.array([*middle, floor[0, -1] + _FOCUS * camera.height])
    eyes = np.concatenate([track[:, 0], (feet + camera.height)[:, None]], 1)
    line = eyes[:, 2:] + (focus[2] - eyes[:, 2:]) * (way / radius)
    if (line - floor).min() < 0.5 * (focus[2] - floor[0, -1]):
        return None
    pitches = np.arctan2(focus[2] - eyes[:, 2], radius)
    cameras = (Still(place, float(turn), float(tilt)) for place, turn, tilt in zip(eyes, headings, pitches, strict=True))
    return Arc(tuple(cameras), focus, radius, angle)
