"""One closed sheet of land whose faces are about as large as the pixels of the cameras that look at it.

The sheet is a polar grid about the middle of the cameras' path. Columns are directions: dense where any camera looks,
sparse elsewhere (reflections and shadows need little). Rows are distances, from millimetres to the horizon: dense where
neighbouring rows would lie far apart in the picture, such as the ground at one's feet and mountain faces, sparse over
flat ground far away and under deep water. Both densities are measured on a coarse probe of the land and then fitted to a
budget of faces. The innermost ring is closed by a strip of faces, and the outermost ring hangs below the horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..meshes import Attribute, MeshData
from .blocks import Floats
from .land import Terrain

POINT_MASKS = ("flow", "wear", "deposit", "rock")
REACH = 9500.0
"""Metres from the path's middle to the last ring."""
CENTRE_RING = 0.01
"""Radius in metres of the innermost ring."""
SKIRT = 300.0
"""Metres below the water's level at which the last ring hangs."""
_PROBE_ROWS, _PROBE_COLUMNS = 420, 180


@dataclass(frozen=True)
class View:
    """One camera at one time: position (x, y, z) in metres; heading: radians clockwise from +Y; pitch: radians upward;
    field_of_view: horizontal, radians; width, height: pixels."""

    position: tuple[float, float, float]
    heading: float
    pitch: float
    field_of_view: float
    width: int
    height: int

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return 0.5 * self.width / float(np.tan(0.5 * self.field_of_view))


@dataclass(frozen=True)
class _Need:
    """How finely the land must be cut: rows per unit of log radius at each probe radius, columns per radian."""

    radii: NDArray[np.float64]
    rows: NDArray[np.float64]
    angles: NDArray[np.float64]
    columns: NDArray[np.float64]


def mesh_for_cameras(
    terrain: Terrain,
    views: Sequence[View],
    pixels: float = 1.3,
    max_faces: int = 1_500_000,
    materials: tuple[str, ...] = ("ground",),
    share: float = 0.97,
) -> MeshData:
    """Return the land as one sheet of quads, fitted to all `views` (several times along a path, several cameras).

    Faces seen are about `pixels` pixels wide and high, or larger where that would need more than `max_faces`; every ring suits
    the `share` of all directions that ask least of it, so that 1 misses no crest that few directions cross. Point
    attributes (float32): flow, wear, deposit, rock (see `land.MASKS`); water_distance: metres to the shore, negative in
    the lake; wetness: 1 at and under the water's edge to 0 half a metre above or ten metres away. Material index 0.
    """
    centre = np.mean([view.position for view in views], axis=0)[:2]
    need = _measured_need(terrain, views, centre, share)
    rows, columns = _counts(need, pixels, max_faces)
    radii = np.exp(_spread(np.log(need.radii), need.rows, rows))
    angles = _spread(need.angles, need.columns, columns + 1)[:-1]
    x = centre[0] + radii[:, None] * np.sin(angles)
    y = centre[1] + radii[:, None] * np.cos(angles)
    x, y = x.astype(np.float32), y.astype(np.float32)
    z = terrain.height(x, y)
    z[-1] = np.float32(-SKIRT)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    return _sheet(points, rows, columns, _attributes(terrain, x, y, z), materials)


def _measured_need(terrain: Terrain, views: Sequence[View], centre: NDArray[np.float64], share: float) -> _Need:
    """Probe the land on a coarse polar grid and return what the sharpest view of each ring and direction asks for."""
    radii = np.geomspace(CENTRE_RING, REACH, _PROBE_ROWS)
    angles = np.linspace(0, 2 * np.pi, _PROBE_COLUMNS + 1)
    middle = 0.5 * (angles[1:] + angles[:-1])
    x = centre[0] + radii[:, None] * np.sin(middle)
    y = centre[1] + radii[:, None] * np.cos(middle)
    z = terrain.height(x, y).astype(np.float64)
    places = np.stack([x, y, z], axis=-1)
    along = np.gradient(places, np.log(radii), axis=0)
    rows = np.zeros(x.shape)
    columns = np.zeros(x.shape)
    sunk = np.where(np.less(z, -1.5), 0.25, 1.0)
    for view in views:
        sight = places - np.asarray(view.position)
        distance = np.maximum(np.linalg.norm(sight, axis=-1), 0.5)
        scale = view.focal / distance * sunk * np.where(_in_view(view, sight), 1.0, 0.03)
        unit = sight / distance[..., None]
        flat = np.linalg.norm(along - (along * unit).sum(-1, keepdims=True) * unit, axis=-1)
        rows = np.maximum(rows, flat * scale)
        columns = np.maximum(columns, radii[:, None] * scale)
    wanted = np.quantile(rows, share, axis=1)
    wanted = np.maximum(np.convolve(np.pad(wanted, 4, mode="edge"), np.ones(9) / 9, mode="valid"), 8.0)
    breadth = np.maximum(columns[radii > 3].max(axis=0), 12.0)
    breadth = np.maximum.reduce([breadth, np.roll(breadth, 1), np.roll(breadth, -1)])
    return _Need(radii, wanted, angles, np.append(breadth, breadth[0]))


def _in_view(view: View, sight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which lines of sight (..., 3) lie inside the picture, or within a tenth of its size beside it."""
    sh, ch, sp, cp = np.sin(view.heading), np.cos(view.heading), np.sin(view.pitch), np.cos(view.pitch)
    right = sight @ np.array([ch, -sh, 0])
    forward = sight @ np.array([sh * cp, ch * cp, sp])
    up = sight @ np.array([-sh * sp, -ch * sp, cp])
    margin = 1.2 / view.focal
    return (
        (forward > 0)
        & (np.abs(right) < 0.5 * view.width * margin * forward)
        & (np.abs(up) < 0.5 * view.height * margin * forward)
    )


def _counts(need: _Need, pixels: float, max_faces: int) -> tuple[int, int]:
    """Return how many rings and how many columns (even) to lay, together within the budget."""
    rows = float(np.sum(_steps(np.log(need.radii), need.rows)))
    columns = float(np.sum(_steps(need.angles, need.columns)))
    coarser = max(pixels, (rows * columns / max_faces) ** 0.5)
    across = 2 * max(32, int(columns / coarser / 2))
    return max(32, min(int(rows / coarser), max_faces // across)), across


def _spread(positions: NDArray[np.float64], density: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return `count` places from the first position to the last, as dense as asked."""
    total = np.concatenate([[0], np.cumsum(_steps(positions, density))])
    return np.interp(np.linspace(0, total[-1], count), total, positions)


def _steps(positions: NDArray[np.float64], density: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * (density[1:] + density[:-1]) * np.diff(positions)


def _attributes(terrain: Terrain, x: Floats, y: Floats, z: Floats) -> dict[str, Attribute]:
    values = {name: terrain.mask(name, x, y) for name in POINT_MASKS}
    inside = terrain.mask("water", x, y)
    values["water_distance"] = -inside
    low = np.clip(np.float32(1) - z * np.float32(2), 0, 1)
    values["wetness"] = (low * np.clip(np.float32(1) + inside * np.float32(0.1), 0, 1)).astype(np.float32)
    return {name: Attribute("POINT", value.reshape(-1)) for name, value in values.items()}


def _sheet(points: Floats, rows: int, columns: int, attributes: dict[str, Attribute], materials: tuple[str, ...]) -> MeshData:
    """Join the rings by quads, upward side counter-clockwise, and close the innermost ring."""
    here = np.arange(columns, dtype=np.int32)
    after = np.roll(here, -1)
    starts = (np.arange(rows - 1, dtype=np.int32) * columns)[:, None]
    quads = np.stack([starts + here, starts + after, starts + columns + after, starts + columns + here], axis=-1)
    cap_start = np.arange(columns // 2 - 1, dtype=np.int32)
    across = columns - 1 - cap_start
    cap = np.stack([cap_start, across, across - 1, cap_start + 1], axis=-1)
    faces = np.concatenate([quads.reshape(-1, 4), cap])
    return MeshData(
        points,
        faces,
        np.zeros(len(faces), np.int32),
        materials,
        attributes,
    )
