"""The meadow: one mesh of blades, dense and finely bent near the cameras, thinner and coarser with distance.

Blades are drawn with a density of r^-FALL in the wedge that the cameras see from anywhere on their path, so that about as
many fall on a near pixel as on a far one; a blade is never thinner than about half a pixel. Overlapping instances of
clumps would cost three times as much to render as this one mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import View
from ..elementary import cos, power, sin
from ..meshes import Attribute, MeshData
from ..plants.anatomy.parts import LEAF
from ..plants.growth.colour import Ramp, shades
from ..terrain.blocks import Floats, in_blocks
from ..terrain.noise import fbm2
from .habitat import Habitat

FALL = 1.5
REACH = 150.0
"""Metres: beyond, the ground's own colour stands for grass."""
_SEGMENTS = ((7.0, 4), (16.0, 3), (45.0, 2), (np.inf, 1))
"""(distance up to which, segments of a blade)."""
_SUMMER: Ramp = ((0.042, 0.078, 0.016), (0.085, 0.122, 0.026), (0.150, 0.150, 0.045), (0.340, 0.275, 0.120))
_COLOURS: dict[str, Ramp] = {
    "spring": ((0.045, 0.095, 0.014), (0.078, 0.140, 0.022), (0.120, 0.165, 0.036), (0.240, 0.230, 0.090)),
    "summer": _SUMMER,
    "autumn": ((0.060, 0.080, 0.020), (0.118, 0.120, 0.034), (0.210, 0.170, 0.065), (0.350, 0.265, 0.125)),
    "winter": ((0.125, 0.118, 0.058), (0.200, 0.180, 0.098), (0.285, 0.255, 0.155), (0.390, 0.355, 0.245)),
    "dry": ((0.150, 0.128, 0.046), (0.255, 0.208, 0.085), (0.345, 0.280, 0.125), (0.440, 0.365, 0.185)),
}
"""By season, from lush to straw."""
_STANDS = {"spring": 0.8, "summer": 1.0, "autumn": 0.9, "winter": 0.6, "dry": 0.85}
"""By season: how high grass stands, against summer."""
_RIPE: Ramp = ((0.330, 0.235, 0.082), (0.450, 0.330, 0.125), (0.560, 0.430, 0.190))
"""Colours of ripe corn."""


@dataclass(frozen=True)
class Blades:
    """N blades: root (N, 3) m; lean (N, 2), the unit direction that they bend to; height and half_width (N,) m; bend (N,) rad
    at the tip; tint (N,) 0..1, lush to dry, and 2..3 for corn; distance (N,) m from the eye."""

    root: NDArray[np.float32]
    lean: NDArray[np.float32]
    height: NDArray[np.float32]
    half_width: NDArray[np.float32]
    bend: NDArray[np.float32]
    tint: NDArray[np.float32]
    distance: NDArray[np.float32]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Blades:
        return Blades(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def meadow(habitat: Habitat, view: View, density: float, wind: tuple[float, float], rng: np.random.Generator) -> MeshData:
    """Return the blades that the view may see; `density` 0..1; `wind` is the direction (x, y) that they lean to.

    POINT attributes: `wf_sway` (m of sideways way in a full wind), `wf_phase` (rad). FACE attributes: `part`, and `tint`,
    darker at the root.
    """
    blades = _sown(habitat, view, density, wind, rng)
    starts = (0.0, *(limit for limit, _ in _SEGMENTS[:-1]))
    parts = [
        _swept(blades[(blades.distance >= start) & (blades.distance < limit)], segments)
        for start, (limit, segments) in zip(starts, _SEGMENTS, strict=True)
    ]
    points, sway, phase, light, tint = (np.concatenate([part[i] for part in parts]) for i in (0, 2, 3, 4, 5))
    offsets = np.cumsum([0, *(len(part[0]) for part in parts)])
    faces = np.concatenate([part[1] + np.int32(start) for part, start in zip(parts, offsets, strict=False)])
    attributes = {
        "wf_sway": Attribute("POINT", sway),
        "wf_phase": Attribute("POINT", phase),
        "part": Attribute("FACE", np.full(len(faces), LEAF, np.int32)),
        "tint": Attribute("FACE", _colours(habitat.scatter.season, tint) * (0.5 + 0.5 * light[:, None])),
    }
    return MeshData(points, faces, np.zeros(len(faces), np.int32), ("grass",), attributes, smooth=True)


def _colours(season: str, tint: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the colour (F, 3) of blades: `tint` is 0..1 for grass, from lush to dry, and 2..3 for ripe corn."""
    grass, corn = shades(_COLOURS[season], np.minimum(tint, 1)), shades(_RIPE, np.clip(tint - 2, 0, 1))
    return np.where(tint[:, None] > 1.5, corn, grass).astype(np.float32)


def _sown(habitat: Habitat, view: View, density: float, wind: tuple[float, float], rng: np.random.Generator) -> Blades:
    count = int(view.pixels * 6.0 * density)
    nearest, falling = view.nearest_ground, 2.0 - FALL
    radius = (nearest**falling + (REACH**falling - nearest**falling) * rng.random(count)) ** (1.0 / falling)
    x, y, radius = view.around(radius, rng)
    dry = habitat.land.mask("water", x, y) < 0.5
    x, y, radius = x[dry], y[dry], radius[dry].astype(np.float32)
    seed = habitat.noise_seed("meadow")

    def patterns(x: Floats, y: Floats) -> list[Floats]:
        sizes = ((17.0, 3), (3.1, 2), (0.42, 1))
        return [fbm2(x / np.float32(m), y / np.float32(m), seed + 10 * i, n) for i, (m, n) in enumerate(sizes)]

    meadow_scale, patch, tuft = in_blocks(patterns, (x, y), 3)
    chance = np.clip(0.62 + 0.6 * patch + 0.45 * tuft, 0.03, 1.0)
    luck = rng.random(len(x)).astype(np.float32)
    keep = chance > luck
    x, y, radius, meadow_scale, patch, tuft, luck, chance = (
        a[keep] for a in (x, y, radius, meadow_scale, patch, tuft, luck, chance)
    )
    z = habitat.height(x, y)
    cover = habitat.grass(x, y, z)
    keep = chance * cover > luck
    x, y, z, radius, meadow_scale, patch, tuft, cover = (a[keep] for a in (x, y, z, radius, meadow_scale, patch, tuft, cover))
    count = len(x)

    wet = np.clip(1.0 - (z - 0.25) / 0.9, 0.0, 1.0)
    height = 0.10 + 0.24 * rng.random(count) ** 1.6
    height *= (
        (1.0 + 0.55 * meadow_scale) * (1.0 + 0.35 * patch) * (1.0 + 0.25 * tuft) * (1.0 + 0.5 * wet) * (0.45 + 0.55 * cover)
    )
    stand, ripe = habitat.sward(x, y, z)
    height = np.clip(height * _STANDS[habitat.scatter.season] * stand, 0.04, 0.95) * (1.0 + np.minimum(radius / 150, 0.5))
    azimuth = rng.uniform(0, 2 * np.pi, count)
    lean = np.stack([np.cos(azimuth) + 0.4 * wind[0], np.sin(azimuth) + 0.4 * wind[1]], 1)
    lean /= np.linalg.norm(lean, axis=1, keepdims=True) + 1e-6
    half_width = np.maximum(rng.uniform(0.0012, 0.0030, count) * (1.0 + 0.6 * wet), 0.42 * view.pixel_angle * radius)
    tint = np.clip(0.33 + 0.34 * meadow_scale + 0.2 * patch - 0.25 * wet + rng.normal(0, 0.16, count), 0, 1) + 2.0 * (
        ripe > 0.5
    )
    root = np.stack([x, y, z - 0.02], 1)
    bend = 0.2 + 1.15 * rng.random(count) ** 1.3
    values = (root, lean, height, half_width, bend, tint, radius)
    return Blades(*(np.asarray(value, np.float32) for value in values))


def _swept(blades: Blades, segments: int) -> tuple[NDArray[Any], ...]:
    """Return points and faces of blades of so many segments, sway and phase (a point), light and tint (a face)."""
    count, rings = len(blades.height), segments + 1
    share = np.linspace(0, 1, rings, dtype=np.float32)
    middle = (np.arange(segments, dtype=np.float32) + 0.5) / segments
    angle = blades.bend[:, None] * power(middle[None, :], 1.4)
    step = blades.height[:, None] / segments
    nothing = np.zeros((count, 1), np.float32)
    forward = np.concatenate([nothing, np.cumsum(sin(angle) * step, 1)], 1)
    upward = np.concatenate([nothing, np.cumsum(cos(angle) * step, 1)], 1)
    half = blades.half_width[:, None] * (1.0 - power(share[None, :], 1.7)) + 0.0003
    centre = np.empty((count, rings, 3), np.float32)
    centre[..., :2] = blades.root[:, None, :2] + blades.lean[:, None, :] * forward[..., None]
    centre[..., 2] = blades.root[:, None, 2] + upward
    side = np.stack([-blades.lean[:, 1], blades.lean[:, 0], np.zeros(count, np.float32)], 1)[:, None, :] * half[..., None]
    points = np.stack([centre - side, centre + side], 2).reshape(-1, 3).astype(np.float32)

    first = (np.arange(count, dtype=np.int32) * (2 * rings))[:, None] + (2 * np.arange(segments, dtype=np.int32))[None, :]
    faces = np.stack([first, first + 1, first + 3, first + 2], -1).reshape(-1, 4)
    sway = (blades.height[:, None] * share[None, :] ** 2).repeat(2, 1).ravel()
    gust = 0.55 * blades.root[:, 0] + 0.35 * blades.root[:, 1] + 1.2 * blades.tint
    return points, faces, sway, gust.repeat(2 * rings), np.tile(middle, count), blades.tint.repeat(segments)
