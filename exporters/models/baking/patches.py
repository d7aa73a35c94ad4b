"""The quads that Cycles paints a texture from, and where on it the faces of the mesh find their colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....procgen.meshes import MeshData
from ..colours import srgb
from .atlas import Tiles, pack

Floats = NDArray[np.float64]
_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
"""The corners of a quad in its own coordinates."""


@dataclass(frozen=True)
class Patches:
    """T quads: `corners` (T, 4, 3) m and `normals` (T, 4, 3), `uv` (T, 4, 2) in 0..1, `attributes` (T, 4) or (T, 4, 3) by name;
    `painted` and `relief` (S, S) bool, upper row first: which texels are painted, and which have room for a normal of their
    own.
    """

    corners: Floats
    normals: Floats
    uv: Floats
    attributes: dict[str, Floats]
    painted: NDArray[np.bool_]
    relief: NDArray[np.bool_]


def by_faces(
    mesh: MeshData, normals: NDArray[np.float32], faces: NDArray[np.int64], size: int, even: bool = False
) -> tuple[Patches, Floats]:
    """Return patches for the chosen `faces` (N,) of a mesh with `normals` (F, k, 3), and the faces' uv (N, k, 2).

    Texels are shared out by the size of the faces, or where `even` the same to each: a mesh that is finer near the camera
    says itself where detail is wanted.

    The patch of a tile is larger than the face by half a texel all round, where the tile's outermost texels end.
    """
    corners = _quad(mesh.points[mesh.faces[faces]].astype(np.float64))
    edges = np.sqrt(((corners - np.roll(corners, -1, 1)) ** 2).sum(-1))
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    share = 0.5 if mesh.faces.shape[1] == 4 else 0.25
    sides = np.stack([np.maximum(edges[:, 0], edges[:, 2]), np.maximum(edges[:, 1], edges[:, 3])], -1)
    area = share * np.sqrt((across * across).sum(-1))
    if even:
        sides, area = np.ones_like(sides), np.ones_like(area)
    order, kinds = _by_colour(mesh, faces, size)
    tiles = pack(sides[order], area[order], size, kinds)
    own = np.empty_like(tiles.of_face)
    own[order] = tiles.of_face

    extent = np.stack([tiles.width, tiles.height], -1)
    steps = np.maximum(extent - 1, 1)[:, None]
    reach = np.where(extent[:, None] > 1, (_SQUARE * extent[:, None] - 0.5) / steps, _SQUARE)
    s, t = reach[..., 0], reach[..., 1]
    weights = np.stack([(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t], -1)
    leaders = faces[order[tiles.leader]]

    def spread(values: NDArray[np.generic]) -> Floats:
        quads = _quad(values.astype(np.float64))
        return sum(weights[:, :, k].reshape(*weights.shape[:2], *[1] * (quads.ndim - 2)) * quads[:, None, k] for k in range(4))

    attributes = {}
    for name, item in mesh.attributes.items():
        at_corners = item.values[mesh.faces[leaders]] if item.domain == "POINT" else None
        if at_corners is None:
            at_corners = np.repeat(item.values[leaders][:, None], mesh.faces.shape[1], 1)
        attributes[name] = spread(at_corners)
    origin = np.stack([tiles.x, tiles.y], -1)[:, None]
    patches = Patches(
        spread(mesh.points[mesh.faces[leaders]]),
        spread(normals[leaders]),
        (origin + _SQUARE * extent[:, None]) / size,
        attributes,
        _covered(tiles, tiles.width > 0, size),
        _covered(tiles, (tiles.width > 1) & (tiles.height > 1), size),
    )
    inner = _SQUARE[: mesh.faces.shape[1]] * (extent - 1)[:, None] + 0.5
    return patches, ((origin + inner) / size)[own]


def _by_colour(mesh: MeshData, faces: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """An order of the faces by `tint`, along Morton's curve through the colours, and in it numbers of those that look alike.

    Faces too small for texels of their own share them with those that look alike, so that a leaf keeps its colour at
    whatever size. What is alike is the finer told the more texels there are: the kinds take no more than a quarter of them.
    """
    if "tint" not in mesh.attributes:
        return np.arange(len(faces)), np.zeros(len(faces), np.int64)
    shades = srgb(mesh.attributes["tint"].values[faces]).astype(np.int64)
    places = np.zeros(len(faces), np.int64)
    for bit in range(8):
        for axis in range(3):
            places |= ((shades[:, axis] >> bit) & 1) << (3 * bit + axis)
    order = np.argsort(places, kind="stable")
    bits = min(int((2 * np.log2(size) - 2) / 3), 5)
    return order, places[order] >> (3 * (8 - bits))


def _quad(corners: Floats) -> Floats:
    """Triangles' corner values (T, 3, ...) as parallelograms' (T, 4, ...); quads as they are."""
    if corners.shape[1] == 4:
        return corners
    return np.concatenate([corners, corners[:, :1] + corners[:, 2:] - corners[:, 1:2]], 1)


def _covered(tiles: Tiles, chosen: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """The texels (S, S) of the chosen tiles, upper row first, by the running sums of marks at their corners."""
    marks = np.zeros((size + 1, size + 1), np.int64)
    x, y, width, height = (values[chosen] for values in (tiles.x, tiles.y, tiles.width, tiles.height))
    for right, up, sign in ((0, 0, 1), (width, 0, -1), (0, height, -1), (width, height, 1)):
        np.add.at(marks, (y + up, x + right), sign)
    return marks.cumsum(0).cumsum(1)[size - 1 :: -1, :size] > 0
