"""The surface samples of a scene, as formats with points carry them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from ...reader import Scene
from ..exporter import content


def surface_points(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return points.ply: positions (N, 3) in metres, world, and colours (N, 3). Raises UserError where it is damaged."""
    from plyfile import PlyData

    vertex = PlyData.read(io.BytesIO(content(scene, scene.folder / "points.ply")))["vertex"]
    positions = np.stack([np.asarray(vertex[axis], np.float64) for axis in ("x", "y", "z")], -1)
    return positions, np.stack([np.asarray(vertex[name], np.uint8) for name in ("red", "green", "blue")], -1)
