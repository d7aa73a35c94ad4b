"""The oracle: a double-precision ray caster over Blender's evaluated triangles, written apart from everything it judges.

Moeller and Trumbore (1997), "Fast, minimum storage ray/triangle intersection", for rays from one origin, or for parallel ones:
their determinants are then linear in the direction, or the origin, so a block of rays against all triangles is matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import truth_scene


@dataclass
class Geometry:
    """World triangles of one frame: vertices (V, 3), triangles (T, 3), id (T,), and uv (T, 3, 2) where the mesh has one."""

    vertices: Any
    triangles: Any
    ids: Any
    uv: Any


def evaluated_geometry(scene: Any, frame: int) -> Geometry:
    """Read all triangles at a frame; an instance says its id through Set ID, a plain object through its property.

    Of an instance in an instance the outer one counts. What the material displaces is displaced here too, by its closed form.
    """
    scene.frame_set(frame)
    vertices, triangles, ids, uvs = [], [], [], []
    start = 0
    for instance in scene.view_layers[0].depsgraph.object_instances:
        if instance.object.type != "MESH" or not len(instance.object.data.polygons):
            continue
        data = instance.object.data
        data.calc_loop_triangles()
        points = np.empty(len(data.vertices) * 3, np.float32)
        data.vertices.foreach_get("co", points)
        points = points.astype(np.float64)
        matrix = np.array(instance.matrix_world, np.float64)
        if instance.object.hide_render:
            continue
        if instance.object.name.startswith("swollen"):
            points.reshape(-1, 3)[:, 2] += truth_scene.SWELL * np.sin(2 * points.reshape(-1, 3)[:, 0].astype(np.float64))
        corners = np.empty(len(data.loop_triangles) * 3, np.int32)
        data.loop_triangles.foreach_get("vertices", corners)
        loops = np.empty(len(data.loop_triangles) * 3, np.int32)
        data.loop_triangles.foreach_get("loops", loops)
        uv = np.full((len(data.loops), 2), np.nan)
        if data.uv_layers:
            data.uv_layers[0].data.foreach_get("uv", flat := np.empty(len(data.loops) * 2, np.float32))
            uv = flat.reshape(-1, 2).astype(np.float64)
        outer = [number for number in instance.persistent_id if number != 2**31 - 1]
        number = outer[-1] if instance.is_instance else instance.object["gt_id"]
        vertices.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
        triangles.append(corners.reshape(-1, 3) + start)
        ids.append(np.full(len(corners) // 3, number))
        uvs.append(uv[loops].reshape(-1, 3, 2))
        start += len(vertices[-1])
    return Geometry(*(np.concatenate(part) for part in (vertices, triangles, ids, uvs)))


def cast(geometry: Geometry, origins: Any, directions: Any) -> tuple[Any, Any, Any, Any]:
    """Return distance along each direction (R,) (infinite where nothing is hit), triangle (R,), and barycentric u, v (R,).

    `origins` is one point (3,) with any `directions` (R, 3), or (R, 3) with one direction (3,) for parallel rays. The cut-out
    card (the only mesh with uv) lets rays through where the parities of floor(6 uv) agree.
    """
    a, b, c = (geometry.vertices[geometry.triangles[:, corner]] for corner in range(3))
    edge1, edge2 = b - a, c - a
    normal = np.cross(edge2, edge1)
    has_uv = ~np.isnan(geometry.uv).any((1, 2))
    found = []
    for block in np.array_split(np.arange(max(len(np.atleast_2d(origins)), len(np.atleast_2d(directions)))), 24):
        if np.ndim(origins) == 1:
            d, q = directions[block], np.cross(origins - a, edge1)
            inverse = 1.0 / _nonzero(d @ normal.T)
            u, v = (d @ np.cross(edge2, origins - a).T) * inverse, (d @ q.T) * inverse
            t = np.einsum("ij,ij->i", edge2, q) * inverse
        else:
            o, inverse = origins[block], 1.0 / _nonzero(normal @ directions)
            across, down = np.cross(directions, edge2), np.cross(edge1, directions)
            u = (o @ across.T - (a * across).sum(1)) * inverse
            v = (o @ down.T - (a * down).sum(1)) * inverse
            t = -(o @ normal.T - (a * normal).sum(1)) * inverse
        found.append(_nearest(u, v, t, geometry.uv, has_uv))
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # type: ignore[return-value]


def _nonzero(values: Any) -> Any:
    return np.where(values == 0, 1e-300, values)


def _nearest(u: Any, v: Any, t: Any, uv: Any, has_uv: Any) -> tuple[Any, ...]:
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-9)
    for triangle in np.flatnonzero(has_uv):
        weights = np.stack([1 - u[:, triangle] - v[:, triangle], u[:, triangle], v[:, triangle]], -1)
        cell = np.floor(6.0 * (weights @ uv[triangle]))
        hit[:, triangle] &= cell[:, 0] % 2 != cell[:, 1] % 2
    t = np.where(hit, t, np.inf)
    best = t.argmin(1)
    rows = np.arange(len(t))
    return t[rows, best], best, u[rows, best], v[rows, best]


def at(geometry: Geometry, triangle: Any, u: Any, v: Any) -> Any:
    """Return the world points (R, 3) at barycentric coordinates of triangles."""
    a, b, c = (geometry.vertices[geometry.triangles[triangle, corner]] for corner in range(3))
    return a * (1 - u - v)[:, None] + b * u[:, None] + c * v[:, None]


def normals(geometry: Geometry, triangle: Any, directions: Any) -> Any:
    """Return unit geometric normals (R, 3) turned against the directions."""
    a, b, c = (geometry.vertices[geometry.triangles[triangle, corner]] for corner in range(3))
    n = np.cross(b - a, c - a)
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    return n * -np.sign(np.einsum("ij,ij->i", n, directions))[:, None]
