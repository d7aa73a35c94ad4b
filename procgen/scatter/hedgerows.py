"""Hedges along the borders of fields: clipped ones piece by piece, or rows of hazel and dog rose, with gates."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Skyline, View
from ..elementary import arctan2, cos, sin
from ..rng import stream
from .fields import Borders
from .growth import Growth, detail_of
from .habitat import Habitat
from .meadow_habitat import MeadowHabitat

REACH = 700.0
"""Metres within which hedges stand piece by piece."""
STEP = 1.9
"""Metres from piece to piece: a little less than a clipped piece is long."""
_GATE = 2.2
"""Half the width of a gate, m."""
_ENDS = (-1.1, 1.1)
"""The ends of a piece along its border, m."""
_VARIANTS = 3
PIECES = {"hedge": {"length": (2.1, 2.5), "height": (1.1, 1.5), "width": (0.6, 0.8)}}
"""Pieces of one hedge are of about one size."""


def hedgerows(habitat: Habitat, view: View, horizon: Skyline, wind: float) -> list[Growth]:
    """Return the hedges that the view may see, along about two borders of three."""
    borders = cast(MeadowHabitat, habitat).fields.borders(view.box(REACH), STEP)
    x, y = borders.place.T
    distance = view.distance(x, y)
    alive = view.sees(x, y, 3.0) & (distance < REACH) & (distance > 3.0) & (borders.luck < 0.68)
    alive &= np.abs(borders.along - 60.0 * (borders.luck - 0.34)) > _GATE
    z, slope, woods = (np.zeros(len(x), np.float32) for _ in range(3))
    z[alive] = habitat.height(x[alive], y[alive])
    alive[alive] = ~horizon.hides(x[alive], y[alive], z[alive] + np.float32(4.0))
    slope[alive] = habitat.slope(x[alive], y[alive], z[alive])
    woods[alive] = habitat.forest(x[alive], y[alive], z[alive], slope[alive])
    alive &= (slope < 0.6) & (woods < 0.2)
    detail = detail_of(distance, view.pixel_angle, 0.02, 0.09)
    ahead_x, ahead_y = cos(borders.heading), sin(borders.heading)
    pitch = np.zeros(len(x), np.float32)
    here = np.flatnonzero(alive)
    ends = [habitat.height(x[here] + end * ahead_x[here], y[here] + end * ahead_y[here]) for end in _ENDS]
    pitch[here] = -arctan2(ends[1] - ends[0], np.full(len(here), _ENDS[1] - _ENDS[0], np.float32))
    z[here] = np.minimum(z[here], 0.5 * (ends[0] + ends[1]))
    stand = np.stack([x, y, z, pitch], 1)
    if stream(habitat.seed, "hedgerows").random() < 0.5:
        return [_row("hedge", borders, alive, stand, detail, wind)]
    kind = (borders.number * 5.0).astype(np.int32)
    return [
        _row("hazel", borders, alive & (kind < 3), stand, detail, wind),
        _row("dog_rose", borders, alive & (kind == 3), stand, detail, wind),
    ]


def _row(
    name: str, borders: Borders, chosen: NDArray[np.bool_], stand: NDArray[np.float32], detail: NDArray[np.int32], wind: float
) -> Growth:
    """Return a row of one generator; `stand` (N, 4) is x, y, z in m, and the pitch in rad that clipped pieces follow."""
    clipped = name == "hedge"
    luck = borders.number[chosen]
    own = (luck * 97.0) % 1.0
    back = own > 0.5
    turn = np.zeros((len(luck), 3), np.float32)
    turn[:, 1] = stand[chosen, 3] * np.where(back, -1, 1) * clipped
    turn[:, 2] = borders.heading[chosen] + (np.pi * back if clipped else 2 * np.pi * own)
    foot = stand[chosen, :3] - np.array([0.0, 0.0, 0.06 if clipped else 0.02], np.float32)
    scale = 0.97 + 0.06 * own if clipped else 0.42 + 0.38 * own
    count = len(luck)
    return Growth(
        f"{name} row",
        name,
        foot.astype(np.float32),
        turn,
        scale.astype(np.float32),
        np.minimum((luck * 31.0 % 1.0 * _VARIANTS).astype(np.int32), _VARIANTS - 1),
        detail[chosen],
        np.full(count, 0.0 if clipped else 0.03 * wind, np.float32),
        (2 * np.pi * own).astype(np.float32),
    )
