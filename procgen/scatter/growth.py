"""One kind of thing in many places: what the scatter draws and what `planting` lays into Blender."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..registry import Detail
from .lattice import Lattice

DETAILS: tuple[Detail, ...] = ("near", "middle", "far")


@dataclass(frozen=True)
class Growth:
    """N instances of one generator, under a `name` of their own.

    foot (N, 3) m; turn (N, 3) Euler XYZ rad; scale (N,); variant (N,) which individual; detail (N,) index into DETAILS; sway
    (N,) rad of lean in this wind; phase (N,) rad.
    """

    name: str
    generator: str
    foot: NDArray[np.float32]
    turn: NDArray[np.float32]
    scale: NDArray[np.float32]
    variant: NDArray[np.int32]
    detail: NDArray[np.int32]
    sway: NDArray[np.float32]
    phase: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scale)

    def digest(self) -> str:
        """Return a hash of every bit of the placement."""
        state = hashlib.blake2b(f"{self.name} {self.generator}".encode(), digest_size=16)
        for item in fields(self)[2:]:
            state.update(np.ascontiguousarray(getattr(self, item.name)).tobytes())
        return state.hexdigest()


def detail_of(
    distance: NDArray[np.floating], pixel_angle: float, near: float = 0.035, middle: float = 0.2
) -> NDArray[np.int32]:
    """Return the level of detail for things at a distance: by metres a pixel, `near` and `middle` at most."""
    footprint = distance * pixel_angle
    return (footprint > near).astype(np.int32) + (footprint > middle)


def standing(
    name: str,
    generator: str,
    places: Lattice,
    chosen: NDArray[np.bool_],
    z: NDArray[np.floating],
    scale: NDArray[np.floating],
    detail: NDArray[np.integer],
    variants: int,
    tilt: float,
    sway: float,
) -> Growth:
    """Return what stands in the chosen cells, turned about the vertical at random and tilted by up to `tilt` rad.

    `z`, `scale` and `detail` have the lattice's shape.
    """
    turn = np.stack(
        [
            (places.random(20)[chosen] - 0.5) * 2 * tilt,
            (places.random(21)[chosen] - 0.5) * 2 * tilt,
            places.random(22)[chosen] * 2 * np.pi,
        ],
        1,
    )
    foot = np.stack([places.x[chosen], places.y[chosen], z[chosen]], 1)
    variant = np.minimum((places.random(23)[chosen] * variants).astype(np.int32), variants - 1)
    phase = places.random(24)[chosen] * 2 * np.pi + 0.12 * (places.x[chosen] + places.y[chosen])
    bend = np.full(len(foot), sway) * (0.6 + 0.8 * places.random(25)[chosen])
    return Growth(
        name,
        generator,
        foot.astype(np.float32),
        turn.astype(np.float32),
        scale[chosen].astype(np.float32),
        variant,
        detail[chosen].astype(np.int32),
        bend.astype(np.float32),
        phase.astype(np.float32),
    )
