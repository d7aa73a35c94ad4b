"""Forms of rock as signed distances, to be joined to the land (`patches`): arches and stacks of flat beds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .blocks import Floats
from .noise import fbm3, noise2


def bedded(x: Floats, y: Floats, z: Floats, seed: int, rough: float) -> Floats:
    """Return by how many metres weathered rock in flat beds stands out at a place: beds, hollows and grain."""
    bed = noise2(z * np.float32(0.55), (x + y) * np.float32(0.01), seed) + 0.5 * noise2(z * np.float32(1.9), x * 0, seed + 1)
    return np.float32(rough) * (
        np.float32(0.5) * bed + fbm3(x / np.float32(4.5), y / np.float32(4.5), z / np.float32(3), seed + 2, 4)
    )


@dataclass(frozen=True)
class Arch:
    """A fin of rock with an opening through it: middle x, y and the ground's z there in m; turn of its length in rad; length,
    thickness and height of the fin, span and rise of the opening in m; seed of its weathering."""

    x: float
    y: float
    z: float
    turn: float
    length: float
    thick: float
    height: float
    span: float
    rise: float
    seed: int

    def form(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return about how many metres outside the rock a place lies, negative inside, in blocks."""
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        dx, dy, up = x - np.float32(self.x), y - np.float32(self.y), z - np.float32(self.z)
        along, across = c * dx + s * dy, c * dy - s * dx
        # The fin's back sinks towards its ends, and it stands broader below.
        ends = (along / np.float32(0.5 * self.length)) ** 2
        top = np.float32(self.height) * (1 - np.float32(0.45) * ends)
        half = np.float32(0.5 * self.thick) * (np.float32(1.25) - np.float32(0.4) * np.clip(up / top, 0, 1))
        q = (np.abs(along) - np.float32(0.5 * self.length), np.abs(across) - half, up - top)
        outside = np.sqrt(sum(np.maximum(part + np.float32(1), 0) ** 2 for part in q)) - np.float32(1)
        fin = np.maximum(outside, np.float32(-12))
        hole = np.sqrt((along / np.float32(0.5 * self.span)) ** 2 + (np.maximum(up, 0) / np.float32(self.rise)) ** 2)
        opening = (1 - hole) * np.float32(min(0.5 * self.span, self.rise))
        return np.maximum(fin, opening) - bedded(x, y, z, self.seed, 0.55)

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return the lowest and the highest corner of a box with room around."""
        c, s, room = abs(np.cos(self.turn)), abs(np.sin(self.turn)), 3.0
        a, b = 0.5 * self.length, 0.7 * self.thick
        ex, ey = a * c + b * s + room, a * s + b * c + room
        return (self.x - ex, self.y - ey, self.z - 7.0), (self.x + ex, self.y + ey, self.z + self.height + room)


@dataclass(frozen=True)
class Stack:
    """A pillar that the sea has left of a headland: middle x, y and the foot's z in m; radius and height above the foot in m;
    how much it narrows upward, 0..1; seed of its outline and weathering. Waves have cut a notch at z = 0."""

    x: float
    y: float
    z: float
    radius: float
    height: float
    narrows: float
    seed: int

    def form(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Return about how many metres outside the rock a place lies, negative inside, in blocks."""
        dx, dy = x - np.float32(self.x), y - np.float32(self.y)
        k = np.float32(0.8 / self.radius)
        outline = noise2(dx * k, dy * k, self.seed) + np.float32(0.5) * noise2(dx * k * 3, dy * k * 3, self.seed + 1)
        share = np.clip((z - np.float32(self.z)) / np.float32(self.height), 0, 1.2)
        radius = np.float32(self.radius) * (np.float32(1.1) - np.float32(self.narrows) * share + np.float32(0.22) * outline)
        notch = np.float32(0.07 * self.radius) * np.maximum(1 - np.abs(z - np.float32(0.4)) * np.float32(0.6), 0)
        away = np.sqrt(dx * dx + dy * dy) - radius + notch
        top = z - np.float32(self.z + self.height) - np.float32(0.12 * self.height) * outline
        outside = np.sqrt(np.maximum(away + 2, 0) ** 2 + np.maximum(top + 2, 0) ** 2) - 2
        return outside.astype(np.float32) - bedded(x, y, z, self.seed + 5, min(1.2, 0.13 * self.radius))

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return the lowest and the highest corner of a box with room around."""
        r = 1.55 * self.radius + 3.0
        return (self.x - r, self.y - r, self.z - 4.0), (self.x + r, self.y + r, self.z + 1.2 * self.height + 3.0)
