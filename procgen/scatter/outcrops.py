"""Single rocks before the cameras: candidates for where they might stand, and their meshes with the masks of the ground."""

from __future__ import annotations

import numpy as np

from ..cameras.view import View
from ..meshes import Attribute, MeshData
from ..terrain.patches import Patch
from .habitat import Habitat

FINEST = 0.22
"""Metres: the least edge of a patch's quads."""


class Sites:
    """Candidates (N,) before the first eye: x, y, distance `away` m, `side` rad off the heading, metres of land in the way."""

    def __init__(
        self, habitat: Habitat, view: View, rng: np.random.Generator, nearest: float = 38.0, farthest: float = 130.0
    ) -> None:
        eye = view.eyes[0]
        self.land, self.rng = habitat.land, rng
        self.away, self.side = rng.uniform(nearest, farthest, 400), rng.uniform(-0.42, 0.42, 400) * view.lens.horizontal
        angle = view.headings[0] + self.side
        self.angle = angle
        self.x = (eye[0] + self.away * np.sin(angle)).astype(np.float32)
        self.y = (eye[1] + self.away * np.cos(angle)).astype(np.float32)
        share = np.linspace(0.1, 1.0, 14, dtype=np.float32)[:, None]
        ground = habitat.height(eye[0] + share * (self.x - eye[0]), eye[1] + share * (self.y - eye[1]))
        self.hidden = np.maximum(ground - (eye[2] + share * (ground[-1] + 4.0 - eye[2])), 0).max(0)
        self.steep = habitat.land.slope(self.x, self.y, 6.0)

    def at(self, index: int, turn: float) -> tuple[float, float, float, float]:
        """Return x, y and distance of a candidate, and a turn in rad."""
        return float(self.x[index]), float(self.y[index]), float(self.away[index]), turn


def as_mesh(habitat: Habitat, made: Patch, ground: str) -> MeshData:
    """Return a patch as a mesh of the ground's material, with the masks that it reads: rock on the form."""
    x, y, z = (np.ascontiguousarray(axis) for axis in made.points.T)
    land = {name: habitat.land.mask(name, x, y) for name in ("flow", "wear", "deposit", "rock")}
    land["rock"] = np.maximum(land["rock"], made.own)
    land["flow"], land["deposit"] = land["flow"] * (1 - made.own), land["deposit"] * (1 - made.own)
    land |= habitat.cover(x, y, z, habitat.land.slope(x, y))
    attributes = {name: Attribute("POINT", values) for name, values in land.items()}
    return MeshData(made.points, made.faces, np.zeros(len(made.faces), np.int32), (ground,), attributes)
