"""Blades: leaves, needles, petals and grass as small meshes with an outline, a fold and a curl, laid on frames.

A template lies along +y from the origin, spreads along x and faces +z; it is one unit long unless said otherwise. Species'
outlines are in `outlines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...elementary import cos, sin
from .skeleton import UP, Floats, Ints, unit

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_BLOCK = 1 << 14


@dataclass(frozen=True)
class Template:
    """A small mesh to lay many times: points (V, 3), faces (Q, 4), and `places` (V, 2) on the blade, for its veins: across, -1
    at the left margin to 1 at the right one, and along, 0 at the foot to 1 at the tip.
    """

    points: Floats
    faces: Ints
    places: Floats


def blade(stations: Floats, half_widths: Floats, fold: float, curl: float, margins: Floats | None = None) -> Template:
    """A folded, curling blade: 3 points at each of the M stations (0..1 along it), 2 (M - 1) quads.

    `half_widths` (M,) give the outline; `margins` (M,) where along the blade the margin's points lie, the stations unless said
    otherwise: further on than these for lobes and teeth that point forward. `fold` lifts the margins (height a half width),
    `curl` bends the tip down (a share of the length).
    """
    t = np.asarray(stations, np.float32)
    edge = t if margins is None else np.asarray(margins, np.float32)
    half = np.asarray(half_widths, np.float32)
    rib = np.stack([np.zeros_like(t), t, -curl * t * t], -1)
    left = np.stack([-half, edge, fold * half - curl * edge * edge], -1)
    right = left * np.array([-1, 1, 1], np.float32)
    points = np.stack([left, rib, right], 1).reshape(-1, 3)
    row = 3 * np.arange(len(t) - 1, dtype=np.int32)[:, None]
    corners = np.array([[0, 1, 4, 3], [1, 2, 5, 4]], np.int32)
    places = np.stack([np.tile([-1.0, 0.0, 1.0], len(t)), np.stack([edge, t, edge], 1).ravel()], -1)
    return Template(points.astype(np.float32), (row[..., None] + corners).reshape(-1, 4).astype(np.int32), _float(places))


def simple_leaf(width: float, fold: float, curl: float, shoulder: float = 0.32) -> Template:
    """A leaf of six points in two quads that share the midrib: pointed, widest about `shoulder`, folded and curled."""
    low, high = shoulder * 0.75, shoulder + 0.38
    lifts = fold * width * 0.5
    points = [
        (0, 0, 0),
        (0.5 * width, low, lifts - curl * low**2),
        (0.36 * width, high, lifts - curl * high**2),
        (0, 1, -curl),
        (-0.36 * width, high, lifts - curl * high**2),
        (-0.5 * width, low, lifts - curl * low**2),
    ]
    places = [(0, 0), (1, low), (1, high), (0, 1), (-1, high), (-1, low)]
    return Template(_float(points), np.array([(0, 1, 2, 3), (0, 3, 4, 5)], np.int32), _float(places))


def kite(width: float, curl: float = 0.1, shoulder: float = 0.4) -> Template:
    """The least leaf: one quad, pointed at both ends."""
    drop = -curl * shoulder**2
    points = [(0, 0, 0), (0.5 * width, shoulder, drop), (0, 1, -curl), (-0.5 * width, shoulder, drop)]
    places = [(0, 0), (1, shoulder), (0, 1), (-1, shoulder)]
    return Template(_float(points), np.array([(0, 1, 2, 3)], np.int32), _float(places))


def needle(width: float, tip: float = 0.45) -> Template:
    """A needle, or a tuft of them seen as one: one quad that narrows to the share `tip` of its width."""
    half = 0.5 * width
    points = [(-half, 0, 0), (half, 0, 0), (half * tip, 1, -0.05), (-half * tip, 1, -0.05)]
    places = [(-1, 0), (1, 0), (1, 1), (-1, 1)]
    return Template(_float(points), np.array([(0, 1, 2, 3)], np.int32), _float(places))


def joined(templates: Sequence[Template]) -> Template:
    """Put templates together into one, such as leaflets that make a compound leaf."""
    first = np.cumsum([0, *(len(item.points) for item in templates)])
    faces = [item.faces + np.int32(start) for item, start in zip(templates, first, strict=False)]
    points = np.concatenate([item.points for item in templates])
    return Template(points, np.concatenate(faces), np.concatenate([item.places for item in templates]))


def frames(along: Floats, normal: Floats) -> Floats:
    """Return rotations (n, 3, 3), columns x y z: y is `along` (n, 3), z as near to `normal` (n, 3) as it can be."""
    y = unit(along)
    x = np.cross(y, normal)
    spare = np.cross(y, np.where(np.abs(y[:, 2:3]) > 0.9, np.array([1, 0, 0], np.float32), UP))
    x = unit(np.where((x * x).sum(1, keepdims=True) < 1e-8, spare, x))
    return np.stack([x, y, np.cross(x, y)], -1).astype(np.float32)


def lay(template: Template, origins: Floats, rotations: Floats, scales: Floats) -> tuple[Floats, Ints]:
    """Return points (n V, 3) and faces (n Q, 4) of the template on n frames, blade after blade.

    `scales` (n,) or (n, 3) stretch the template along its own axes before it is turned. Sums run in a fixed order in
    blocks, never through BLAS or einsum, so the bits depend neither on the number of threads nor on the machine.
    """
    count, size = len(origins), len(template.points)
    stretch = scales[:, None] if scales.ndim == 1 else scales
    points = np.empty((count, size, 3), np.float32)
    for start in range(0, count, _BLOCK):
        here = slice(start, start + _BLOCK)
        turned = rotations[here] * stretch[here, None, :]
        x, y, z = (turned[:, None, :, axis] * template.points[:, None, axis] for axis in range(3))
        points[here] = x + y + z + origins[here, None]
    first = np.arange(count, dtype=np.int32)[:, None, None] * size
    return points.reshape(-1, 3), (template.faces[None] + first).reshape(-1, 4)


def radial(axis: Floats, azimuth: Floats) -> Floats:
    """Return unit vectors (n, 3) across the unit vectors `axis` (n, 3), at `azimuth` (n,) rad around them.

    Azimuth 0 is level and to the right of the axis, a quarter turn is upward where the axis is not upright.
    """
    turned = frames(axis, np.broadcast_to(UP, axis.shape))
    cosine, sine = cos(azimuth)[:, None], sin(azimuth)[:, None]
    return (turned[:, :, 0] * cosine + turned[:, :, 2] * sine).astype(np.float32)


def _float(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float32)
