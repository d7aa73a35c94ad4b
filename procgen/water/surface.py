"""The lake's surface at rest: a polar sheet at z = 0 over a rectangle, finest near the cameras.

Rings and columns surround the middle of the cameras' path. Rings lie as far apart as a pixel or two reaches over the water
there, columns are dense where the cameras look and sparse elsewhere. What would lie beyond the rectangle is drawn in to its
edge, so the sheet covers it exactly and has no gaps. `motion` moves its points.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cameras.view import Height, View
from ..meshes import Attribute, MeshData
from .waves import COARSE, LONGEST

FINEST = 0.17
"""Metres between the rings nearest to the cameras."""
_PIXELS, _PIXEL = 1.6, 0.0012
"""Pixels between rings, and the angle in rad that a pixel is taken for at most: small pictures show waves too."""
_INNERMOST = 1.0
_GROWTH = 0.09
"""Most that a ring is wider than the one before."""
_SPARSE = 48
"""Columns of a whole turn where no camera looks."""
_BESIDE = np.radians(8.0)
_FULL_DEPTH = 0.6
"""Metres of water from which waves have their full height."""


def lake_surface(
    lowest: tuple[float, float],
    highest: tuple[float, float],
    view: View,
    height: Height,
    material: str = "water",
    sounded: bool = False,
) -> MeshData:
    """Return quads at z = 0 over the rectangle from `lowest` to `highest` (x, y) m, widened where the cameras stand outside.

    POINT attributes: `wf_edge`, the length of the edges around in m; `wf_deep`, 0 on land to 1 where the water is deep enough
    for waves to run free; where it is `sounded`, `wf_depth`, metres of water, at most 50. `height` is that of the ground.
    """
    centre = view.eyes[:, :2].mean(0)
    low, high = np.minimum(lowest, centre - 2.0), np.maximum(highest, centre + 2.0)
    corners = np.array([[x, y] for x in (low[0], high[0]) for y in (low[1], high[1])]) - centre
    radii, angles = _rings(view, centre, float(np.sqrt((corners**2).sum(1)).max())), _columns(view, centre, corners)
    direction = np.stack([np.sin(angles), np.cos(angles)], 1)
    direction[np.abs(direction) < 1e-12] = 1e-12
    away = np.where(direction > 0, high - centre, low - centre) / direction
    limit = away.min(1)
    place = centre + np.minimum(radii[:, None], limit)[..., None] * direction
    place = np.clip(place.astype(np.float32), low.astype(np.float32), high.astype(np.float32))
    points = np.concatenate([place, np.zeros_like(place[..., :1])], 2).reshape(-1, 3)

    apart = np.diff(angles, append=angles[0] + 2 * np.pi)
    across = radii[:, None] * np.maximum(apart, np.roll(apart, 1))
    edge = np.maximum(across, np.gradient(radii)[:, None]).astype(np.float32).ravel()
    deep = np.zeros(len(points), np.float32)
    fine = edge < COARSE * LONGEST * 1.1
    share = np.clip(height(points[fine, 0], points[fine, 1]) / np.float32(-_FULL_DEPTH), 0, 1)
    deep[fine] = share * share * (3 - 2 * share)

    inside = radii[:-1, None] < limit
    faces = _faces(len(radii), len(angles), inside | np.roll(inside, -1, 1))
    attributes = {"wf_edge": Attribute("POINT", edge), "wf_deep": Attribute("POINT", deep)}
    if sounded:
        attributes["wf_depth"] = Attribute("POINT", np.clip(-height(points[:, 0], points[:, 1]), -1, 50).astype(np.float32))
    return _used(MeshData(points, faces, np.zeros(len(faces), np.int32), (material,), attributes))


def _rings(view: View, centre: NDArray[np.float64], farthest: float) -> NDArray[np.float64]:
    """Return radii from `_INNERMOST` to beyond `farthest`, as far apart as some pixels of the nearest camera are long there."""
    beside = float(np.sqrt(((view.eyes[:, :2] - centre) ** 2).sum(1)).max())
    reach = _PIXELS * min(view.pixel_angle, _PIXEL) / max(float(view.eyes[:, 2].mean()), 0.5)
    radii = [_INNERMOST]
    while radii[-1] <= farthest:
        near = max(radii[-1] - beside, 0.0)
        radii.append(radii[-1] + min(max(reach * near * near, FINEST), max(_GROWTH * near, FINEST)))
    return np.array(radii)


def _columns(view: View, centre: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ascending angles (an even number) clockwise from +y: dense in the view, and one through each corner."""
    beside = float(np.sqrt(((view.eyes[:, :2] - centre) ** 2).sum(1)).max())
    turn = float(np.ptp(np.unwrap(view.headings)))
    half = min(view.lens.horizontal / 2 + turn / 2 + _BESIDE + np.arctan2(beside, 12.0), np.pi)
    # Where rings begin to lie further apart than the finest, faces are square.
    square = np.sqrt(FINEST * max(float(view.eyes[:, 2].mean()), 0.5) / (_PIXELS * min(view.pixel_angle, _PIXEL)))
    step = FINEST / (square + beside)
    dense = np.linspace(-half, half, int(np.ceil(2 * half / step)) + 1)
    sparse = np.linspace(half, 2 * np.pi - half, max(int(_SPARSE * (1 - half / np.pi)), 1) + 2)[1:-1]
    through = np.arctan2(corners[:, 0], corners[:, 1]) - view.heading
    through = (through + half) % (2 * np.pi) - half
    angles = np.sort(np.concatenate([dense, sparse, through]))
    if len(angles) % 2:
        angles = np.append(angles, 0.5 * (angles[-1] + angles[0] + 2 * np.pi))
    return angles + view.heading


def _faces(rings: int, columns: int, kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the kept quads (rings - 1, columns) between the rings and those in the innermost, counter-clockwise from above."""
    here = np.arange(columns, dtype=np.int32)
    after = np.roll(here, -1)
    starts = (np.arange(rings - 1, dtype=np.int32) * columns)[:, None]
    quads = np.stack([starts + here, starts + after, starts + columns + after, starts + columns + here], -1)
    first = np.arange(columns // 2 - 1, dtype=np.int32)
    across = columns - 1 - first
    return np.concatenate([quads[kept], np.stack([first, across, across - 1, first + 1], -1)])


def _used(mesh: MeshData) -> MeshData:
    """Return the mesh without the points that no face has."""
    used = np.zeros(len(mesh.points), bool)
    used[mesh.faces.ravel()] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    attributes = {name: replace(item, values=item.values[used]) for name, item in mesh.attributes.items()}
    return replace(mesh, points=mesh.points[used], faces=number[mesh.faces].astype(np.int32), attributes=attributes)
