"""The oracle: a double-precision ray caster over Blender's evaluated triangles, written apart from everything it judges.

Moeller and Trumbore (1997), "Fast, minimum storage ray/triangle intersection", for rays from one origin: their determinants
are then linear in the direction, so a block of rays against all triangles is four matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BLOCK = 1024


@dataclass
class Geometry:
    """World triangles of one frame: vertices (V, 3), triangles (T, 3), id (T,), and uv (T, 3, 2) where the mesh has one."""

    vertices: Any
    triangles: Any
    ids: Any
    uv: Any


def evaluated_geometry(scene: Any, frame: int) -> Geometry:
    """Read all triangles at a frame; an instance says its id through Set ID, a plain object through its property."""
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
        matrix = np.array(instance.matrix_world, np.float64)
        corners = np.empty(len(data.loop_triangles) * 3, np.int32)
        data.loop_triangles.foreach_get("vertices", corners)
        loops = np.empty(len(data.loop_triangles) * 3, np.int32)
        data.loop_triangles.foreach_get("loops", loops)
        uv = np.full((len(data.loops), 2), np.nan)
        if data.uv_layers:
            data.uv_layers[0].data.foreach_get("uv", flat := np.empty(len(data.loops) * 2, np.float32))
            uv = flat.reshape(-1, 2).astype(np.float64)
        number = instance.persistent_id[0] if instance.is_instance else instance.object["gt_id"]
        vertices.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
        triangles.append(corners.reshape(-1, 3) + start)
        ids.append(np.full(len(corners) // 3, number))
        uvs.append(uv[loops].reshape(-1, 3, 2))
        start += len(vertices[-1])
    return Geometry(*(np.concatenate(part) for part in (vertices, triangles, ids, uvs)))


def cast(geometry: Geometry, origin: Any, directions: Any) -> tuple[Any, Any, Any, Any]:
    """Return distance along each direction (R,) (infinite where nothing is hit), triangle (R,), and barycentric u, v (R,).

    The cut-out card (the only mesh with uv) lets rays through where the parities of floor(6 uv) agree.
    """
    a, b, c = (geometry.vertices[geometry.triangles[:, corner]] for corner in range(3))
    edge1, edge2, to = b - a, c - a, origin - a
    q = np.cross(to, edge1)
    normal, u_axis, reach = np.cross(edge2, edge1), np.cross(edge2, to), np.einsum("ij,ij->i", edge2, q)
    has_uv = ~np.isnan(geometry.uv).any((1, 2))
    found = [
        _nearest(block, normal, u_axis, q, reach, geometry.uv, has_uv)
        for block in np.array_split(directions, len(directions) // BLOCK + 1)
    ]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # type: ignore[return-value]


def _nearest(d: Any, normal: Any, u_axis: Any, v_axis: Any, reach: Any, uv: Any, has_uv: Any) -> tuple[Any, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / (d @ normal.T)
        u, v, t = (d @ u_axis.T) * inverse, (d @ v_axis.T) * inverse, reach * inverse
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-9)
    for triangle in np.flatnonzero(has_uv):
        weights = np.stack([1 - u[:, triangle] - v[:, triangle], u[:, triangle], v[:, triangle]], -1)
        cell = np.floor(6.0 * (weights @ uv[triangle]))
        hit[:, triangle] &= cell[:, 0] % 2 != cell[:, 1] % 2
    t = np.where(hit, t, np.inf)
    best = t.argmin(1)
    rows = np.arange(len(d))
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
