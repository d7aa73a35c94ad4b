"""Colours in other people's files: their encoding, those of a mesh's points, and one material for each that a mesh shows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...procgen.materials.colours import Rgb, face_colours, mean_colours
from ...procgen.meshes import MeshData


def srgb(linear: ArrayLike) -> NDArray[np.uint8]:
    """Encode linear colours in 0..1 as sRGB in 0..255 (IEC 61966-2-1); what lies outside is clipped."""
    light = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)


def point_colours(mesh: MeshData) -> NDArray[np.float64]:
    """Return the linear colour of every point (P, 3): the mean of the faces that meet there, 0 where none does."""
    corners, arity, count = mesh.faces.ravel(), mesh.faces.shape[1], len(mesh.points)
    colours = np.repeat(face_colours(mesh), arity, axis=0)
    sums = np.stack([np.bincount(corners, colours[:, channel], count) for channel in range(3)], -1)
    return sums / np.maximum(np.bincount(corners, minlength=count), 1)[:, None]


@dataclass(frozen=True)
class Paint:
    """A material of one linear colour: `name` is unique in its file, `material` that of the material it stands for."""

    name: str
    material: str
    colour: Rgb


@dataclass(frozen=True)
class Paints:
    """The paints of a file: one for each material and colour, named leaf, leaf_2, ... in the order of their first use."""

    known: dict[tuple[str, Rgb], Paint] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def of(self, mesh: MeshData) -> dict[str, Paint]:
        """Return the paint for each material of a mesh, in its mean colour there."""
        return {name: self._paint(name, colour) for name, colour in mean_colours(mesh).items()}

    def _paint(self, material: str, colour: Rgb) -> Paint:
        red, green, blue = (round(value, 4) for value in colour)
        key = (material, (red, green, blue))
        if key not in self.known:
            count = self._counts[material] = self._counts.get(material, 0) + 1
            self.known[key] = Paint(material if count == 1 else f"{material}_{count}", *key)
        return self.known[key]
