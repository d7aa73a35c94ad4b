"""What all that falls through the picture shares: leaves, drops, flakes, a row each in arrays, and which of them are in
nobody's way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Height, View

_SAMPLES = 16
Places = Callable[[NDArray[np.floating]], NDArray[np.float32]]
"""Where falling things are (N, 3) m, so many seconds (N,) before they land."""


class Rows:
    """Base of a frozen dataclass of arrays with N rows, one a falling thing; `landing` (N,) is when, in s of the scene's time,
    `rest` (N, 3) m where, and `variant` (N,) which of the meshes."""

    landing: NDArray[np.float32]
    rest: NDArray[np.float32]
    variant: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.landing)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Self:
        return type(self)(*(values[chosen] for values in self.columns().values()))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name, in their order."""
        return {item.name: getattr(self, item.name) for item in fields(cast(Any, self))}

    def digest(self) -> str:
        """Return a hash of every bit of the motion."""
        state = hashlib.blake2b(digest_size=16)
        for values in self.columns().values():
            state.update(np.ascontiguousarray(values).tobytes())
        return state.hexdigest()


def unhindered(places: Places, aloft: NDArray[np.float64], view: View, height: Height, clear: float) -> NDArray[np.bool_]:
    """Return which of the falling come within `clear` m of no eye and to no slope while they may be seen, `aloft` (N,) s
    before they land; `places` says where they are."""
    free = np.ones(len(aloft), bool)
    for share in np.linspace(1.0, 0.0, _SAMPLES, endpoint=False):
        x, y, z = (np.ascontiguousarray(axis) for axis in places(share * aloft).T)
        free &= (view.distance(x, y) > clear) & (height(x, y) < z)
    return free


def stacked(*columns: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return (N, K) float32 of K columns (N,)."""
    return np.stack(columns, 1).astype(np.float32)
