"""Thick stems as grids of rings: uneven round, broken or cut at their ends, clad in patches of bark.

Where `tubes` sweeps many thin strands at once, this makes one stem whose every point is free: ridges, splinters, an opening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...elementary import cos
from ...meshes import MeshData
from .parts import wood
from .skeleton import Floats, Ints, unit
from .tubes import Tubes, transported_frames


@dataclass(frozen=True)
class Waves:
    """Smooth noise over a stem's surface, about -1 to 1: a sum of waves round it (whole `turns`) and along it (`rate`
    rad/m).
    """

    turns: Ints
    rate: Floats
    phase: Floats

    def at(self, angle: Floats, along: Floats) -> Floats:
        """The noise at angles rad round and places m along the stem, which broadcast against each other."""
        total = np.zeros(np.broadcast_shapes(angle.shape, along.shape))
        for turns, rate, phase in zip(self.turns, self.rate, self.phase, strict=True):
            total = total + cos(turns * angle + rate * along + phase)
        return total / np.sqrt(len(self.turns))


def waves(rng: np.random.Generator, most_turns: int, length: float, number: int = 7) -> Waves:
    """Draw noise whose features are about `length` m long and at least a turn / `most_turns` wide."""
    turns = rng.integers(1, most_turns + 1, number) * rng.choice([-1, 1], number)
    return Waves(turns, rng.normal(0, 4.0 / length, number), rng.uniform(0, 2 * np.pi, number))


@dataclass(frozen=True)
class Stem:
    """L rings of S points: points and `outward` unit vectors (L, S, 3), `angle` (L, S) rad round the axis, `along` (L,) m on
    it, `radii` (L, S) m. `closed` stems join the last column to the first.
    """

    points: Floats
    outward: Floats
    angle: Floats
    along: Floats
    radii: Floats
    closed: bool = True

    @property
    def bark(self) -> Floats:
        """Coordinates for bark, (L, S, 3) m, as in `tubes`."""
        level = np.broadcast_to(self.along[:, None], self.radii.shape)
        return np.stack([self.radii * cos(self.angle), self.radii * np.sin(self.angle), level], -1)

    def skin(self, inside_out: bool = False) -> Tubes:
        """The surface between the rings; `inside_out` faces the axis."""
        rings, sides = self.radii.shape
        columns = np.arange(sides if self.closed else sides - 1)
        after = (columns + 1) % sides
        row = sides * np.arange(rings - 1)[:, None]
        faces = np.stack([row + columns, row + after, row + sides + after, row + sides + columns], -1).reshape(-1, 4)
        return _tubes(self.points, faces[:, ::-1] if inside_out else faces, self.bark)

    def above(self, ring: int) -> Stem:
        """The stem from that ring on."""
        made = replace(self, points=self.points[ring:], outward=self.outward[ring:], angle=self.angle[ring:])
        return replace(made, along=self.along[ring:], radii=self.radii[ring:])

    def moved(self, offset: Floats) -> Stem:
        """The stem with its points moved outward by `offset` (L, S) m."""
        return replace(self, points=self.points + self.outward * offset[..., None], radii=self.radii + offset)


def stem(path: Floats, radii: Floats, angle: Floats | None = None, splinters: Floats | None = None) -> Stem:
    """Lay rings of radii (L, S) m along the path (L, 3) m; `angle` (L, S) rad where the points stand, evenly unless given.

    `splinters` (S,) m lengthen or shorten the last ring along the axis, so that the stem ends as broken wood does.
    """
    sides = radii.shape[1]
    closed = angle is None
    turn = np.broadcast_to(np.arange(sides) * (2 * np.pi / sides), radii.shape) if angle is None else angle
    tangent = unit(np.gradient(path, axis=0))
    across, third = (vector[0] for vector in transported_frames(tangent[None].astype(np.float32)))
    outward = across[:, None] * cos(turn)[..., None] + third[:, None] * np.sin(turn)[..., None]
    points = path[:, None] + outward * radii[..., None]
    gaps = np.sqrt((np.diff(path, axis=0) ** 2).sum(1))
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    if splinters is not None:
        share = np.clip((along - along[-1]) / max(3 * float(np.abs(splinters).max()), 1e-6) + 1, 0, 1)
        points = points + tangent[:, None] * (share[:, None] * splinters)[..., None]
    return Stem(points, outward, turn, along, radii, closed)


def end_cap(made: Stem, dish: float, rough: Waves, rings: int, first: bool = False) -> Tubes:
    """Close a stem at its last ring (or its `first`): `dish` m deep at the middle and as rough, `rings` of S points. S is
    even, or odd for an open stem."""
    ring, columns = 0 if first else -1, slice(None if made.closed else -1)  # an open stem's last column meets its first
    edge, radius, angle = made.points[ring, columns], made.radii[ring, columns], made.angle[ring, columns]
    middle = edge.mean(0)
    axis = np.cross(edge[1] - middle, edge[1 + len(edge) // 4] - middle)
    axis = unit(axis[None])[0]
    inward = np.linspace(0, 1, rings + 1)[:-1, None]
    bumps = dish * (0.6 * rough.at(angle[None], 40 * inward * float(radius.mean())) * np.sin(np.pi * inward) - inward)
    points = edge * (1 - inward[..., None]) + middle * inward[..., None] + axis * bumps[..., None]
    level = radius * (1 - inward)
    bark = np.stack([level * cos(angle), level * np.sin(angle), np.zeros_like(level)], -1)
    sides = len(edge)
    j = np.arange(sides)
    after = (j + 1) % sides
    row = sides * np.arange(rings - 1)[:, None]
    faces = np.stack([row + j, row + after, row + sides + after, row + sides + j], -1).reshape(-1, 4)
    pair = np.arange(0, sides, 2)
    start = sides * (rings - 1)
    fan = np.stack([start + pair, start + pair + 1, start + (pair + 2) % sides, np.full(len(pair), sides * rings)], -1)
    centre = (middle - axis * dish)[None]
    points = np.concatenate([points.reshape(-1, 3), centre])
    bark = np.concatenate([bark.reshape(-1, 3), np.zeros((1, 3))])
    quads = np.concatenate([faces, fan])
    return _tubes(points, quads[:, ::-1] if first else quads, bark)


def clad(tubes: Tubes, materials: Sequence[str], which: Ints | int, part: int, tint: Floats) -> MeshData:
    """Return tubes as a mesh of several materials: `which` (F,) of them each face has, or all."""
    material = np.broadcast_to(np.asarray(which, np.int32), len(tubes.faces)).copy()
    return replace(wood(tubes, materials[0], part, tint), materials=tuple(materials), material=material)


def patches(
    made: Stem, kept: Floats, peeling: Floats, thickness: float, material: str, part: int, tint: Floats
) -> MeshData | None:
    """Bark on a stem where `kept` (L, S) is above 0, a sheet `thickness` m off the wood. Its edge dips into the wood, or stands
    off it where `peeling` (L, S) is above 0.
    """
    lift = thickness * np.where(kept > 0, 1 + 0.8 * (peeling > 0), np.where(peeling > 0, 3.2, -1.3))
    skin = made.moved(lift).skin()
    stays = (kept.ravel()[skin.faces] > 0).any(1)
    if not stays.any():
        return None
    used, faces = np.unique(skin.faces[stays], return_inverse=True)
    shade = (0.85 + 0.3 * np.clip(kept.ravel()[skin.faces[stays]].mean(1), 0, 1))[:, None]
    return wood(_tubes(skin.points[used], faces.reshape(-1, 4), skin.bark[used]), material, part, tint * shade)


def _tubes(points: Floats, faces: Ints, bark: Floats) -> Tubes:
    return Tubes(points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), bark.reshape(-1, 3).astype(np.float32))
