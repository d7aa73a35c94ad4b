"""Where a training starts: points of the surface, of COLMAP, or random ones in the cameras' common view; and a sky."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...errors import UserError
from ..cameras import Camera
from ..overlap import points_in_common, require_overlap
from ..points import Points
from ..scene import Scene, View
from .recipe import Recipe
from .targets import Target

SKY_VIEWS = 100
"""Views, evenly chosen, whose pixels colour the sky: enough to cover it, and few enough to be decoded for it."""
Streams = Callable[[int], np.random.Generator]
"""Returns the random stream of a purpose."""


def first_points(
    scene: Scene, start: str, cap: int, recipe: Recipe, transparent: bool, target: Callable[[int], Target], random: Streams
) -> Points:
    """Return the first splats' points, at most `first_share` of the `cap`.

    `start` is one of `scene.STARTS`, or "auto" for the first of them that is there; `target` returns a training view by
    number. Where pictures have no alpha (`transparent` is false), `sky_share` of the points are a sky around the others.

    Raises UserError where the start is not there, or no two training views see the same place.
    """
    views, count = scene.split("train"), max(1, int(cap * recipe.first_share))
    if len(views) < 2:
        raise UserError(f"{scene.folder}: has one training view; a field needs at least 2 that see the same place")
    cameras = [view.camera for view in views]
    known = None if start == "random" else scene.read_points(start)
    dome = 0 if transparent else int(count * recipe.sky_share)
    if known is None:
        surface = points_in_common(cameras, max(1, count - dome), random(0), str(scene.folder))
        sky = sky_points(views, target, surface, dome, random(2))
    else:
        require_overlap(cameras, known.positions, str(scene.folder))
        sky = sky_points(views, target, known, dome, random(2))
        count -= len(sky.positions) if sky is not None else 0
        chosen = np.sort(random(1).permutation(len(known.positions))[: max(1, count)])
        normals = known.normals[chosen] if known.normals is not None else None
        surface = Points(known.positions[chosen], known.colours[chosen], normals)
    if sky is None:
        return surface
    return Points(
        np.concatenate([surface.positions, sky.positions]),
        np.concatenate([surface.colours, sky.colours]),
        None if surface.normals is None or sky.normals is None else np.concatenate([surface.normals, sky.normals]),
    )


def distance_to(positions: np.ndarray, cameras: Sequence[Camera]) -> float:
    """Return the median distance in metres from cameras to points (N, 3), of at most about 2,000 and 500 of them."""
    points = positions[:: max(1, len(positions) // 2000)]
    origins = np.stack([camera.position for camera in cameras[:: max(1, len(cameras) // 500)]])
    return float(np.median(np.linalg.norm(points[:, None] - origins[None], axis=-1)))


def sky_points(
    views: Sequence[View], target: Callable[[int], Target], surface: Points, count: int, rng: np.random.Generator
) -> Points | None:
    """Return points on a dome well around surface and cameras, coloured by the pixels that see no surface.

    Without depth nobody knows which pixels those are, and any may: what is in front of the dome hides its colour.
    """
    if count == 0:
        return None
    numbers = [number for number, view in enumerate(views) if view.depth is not None] or list(range(len(views)))
    numbers = [numbers[k * len(numbers) // SKY_VIEWS] for k in range(SKY_VIEWS)] if len(numbers) > SKY_VIEWS else numbers
    each, cameras = -(-count // len(numbers)), np.stack([view.camera.position for view in views])
    centre = cameras.mean(0)
    radius = 3 * float(np.linalg.norm(np.concatenate([surface.positions, cameras]) - centre, axis=1).max())
    positions, colours = [], []
    for number in numbers:
        seen = target(number)
        depth = seen.depth.cpu().numpy() if seen.depth is not None else np.zeros(seen.pixels.shape[:2])
        open_ = (depth == 0) if seen.counted is None else (depth == 0) & seen.counted.cpu().numpy()
        empty = np.flatnonzero(open_)
        chosen = empty[rng.integers(0, len(empty), each)] if len(empty) else empty
        directions = seen.view.camera.directions().reshape(-1, 3)[chosen]
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        positions.append(centre + radius * directions)
        colours.append(seen.pixels.cpu().numpy().reshape(-1, seen.pixels.shape[2])[chosen, :3] / 255)
    dome = np.concatenate(positions)[:count]
    normals = (centre - dome) / radius
    return Points(dome.astype(np.float32), np.concatenate(colours)[:count].astype(np.float32), normals)
