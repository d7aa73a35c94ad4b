"""What is known of a scene's surface before the training: from exact depth, or from a PLY of exact points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..scene import Scene, View
from ..surface import surface_points
from .occupancy import carved, filled_surface, marked
from .recipe import Recipe
from .space import Space

SAMPLED = 4000
"""Pixels of a view that say where the surface is, at the most."""


@dataclass(eq=False)
class Surroundings:
    """`points` (N, 3) of the surface, metres, or None where nobody knows; `exact` says that none is wrong."""

    views: list[View]
    recipe: Recipe
    points: np.ndarray | None
    exact: bool
    footprint: float
    """Metres that a pixel covers of the surface, the median; 0 where there is no depth."""
    extra: list[np.ndarray] = field(default_factory=list)

    def cells(self, space: Space) -> np.ndarray | None:
        """Return the voxels that may hold something, bool; None unless every view has depth."""
        if not self.footprint:
            return None
        sides = float((space.high - space.low).max())
        wanted = sides / self.footprint * self.recipe.voxels_a_pixel
        most = int(np.clip(wanted, self.recipe.least_cells, self.recipe.most_cells))
        shape, voxel = space.cells(most), space.voxel(most)
        found = (filled_surface(view.camera, view.read_depth(), 2 * voxel) for view in self.views)
        cells = marked(space, shape, [*self.extra, *found])
        if space.bent:
            return cells
        return carved(space, cells, ((view.camera, self._clear(view)) for view in self.views))

    def _clear(self, view: View) -> np.ndarray:
        """Return how far a view sees: planar depth, infinite where its picture is transparent, 0 where nobody can say."""
        depth, pixels = view.read_depth(), view.read_colour()
        empty = pixels[..., 3] == 0 if pixels.shape[2] == 4 else np.zeros(depth.shape, bool)
        mask = view.read_mask()
        known = np.where(depth > 0, depth, np.where(empty, np.inf, 0))
        if pixels.shape[2] == 4:
            known = np.where((pixels[..., 3] < 255) & ~empty, 0, known)
        return known if mask is None else np.where(mask, known, 0)


def look_around(scene: Scene, recipe: Recipe) -> Surroundings:
    """Return what depth and points of a scene tell."""
    views = scene.split("train")
    found: list[np.ndarray] = []
    footprints: list[np.ndarray] = []
    for view in views:
        if view.depth is None:
            footprints = []
            break
        depth = view.read_depth()
        seen = np.flatnonzero(depth)
        chosen = np.zeros(depth.shape, bool)
        chosen.flat[seen[:: max(1, len(seen) // SAMPLED)]] = True
        found.append(surface_points(view.camera, depth, chosen))
        footprints.append(depth[chosen] / view.camera.fl_x)
    given = scene.read_points()
    extra = [] if given is None else [given.positions.astype(np.float64)]
    every = np.concatenate([*found, *extra]) if found or extra else np.zeros((0, 3))
    footprint = float(np.median(np.concatenate(footprints))) if footprints and len(every) else 0.0
    return Surroundings(views, recipe, every if len(every) else None, scene.rendered, footprint, extra)
