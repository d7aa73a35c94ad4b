"""Connected pieces of meshes against closed forms and a plain union of sets, and their way into Blender."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData, merge
from wildfield.procgen.pieces import pieces
from wildfield.procgen.plants.anatomy import parts
from wildfield.procgen.plants.anatomy.blades import frames, simple_leaf
from wildfield.procgen.rng import stream


def bare(faces: Any, points: int) -> MeshData:
    """A mesh of which only the faces matter."""
    quads = np.asarray(faces, np.int32)
    return MeshData(np.zeros((points, 3), np.float32), quads, np.zeros(len(quads), np.int32), ("ground",))


def united(faces: np.ndarray, points: int) -> list[int]:
    """The pieces by a union-find over Python lists: slow and plain."""
    parent = list(range(points))

    def root(point: int) -> int:
        while parent[point] != point:
            point = parent[point]
        return point

    for face in faces.tolist():
        for corner in face[1:]:
            parent[root(corner)] = root(face[0])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(face[0]), len(numbers) + 1) for face in faces.tolist()]


def strip(quads: int, rng: np.random.Generator) -> MeshData:
    """A strip of quads whose points have numbers in no order."""
    corners = 2 * np.arange(quads)[:, None] + np.array([0, 1, 3, 2])
    return bare(rng.permutation(2 * quads + 2)[corners], 2 * quads + 2)


def leaves(count: int) -> MeshData:
    """So many leaves of two quads each."""
    along, up = np.tile([[0, 1, 0]], (count, 1)), np.tile([[0, 0, 1]], (count, 1))
    turned = frames(along.astype(np.float32), up.astype(np.float32))
    one = np.ones(count, np.float32)
    places, green = np.zeros((count, 3), np.float32), np.array([0.05, 0.1, 0.02])
    return parts.blades(simple_leaf(0.5, 0.2, 0.1), places, turned, one, "leaf", parts.LEAF, green, one)


def test_every_leaf_is_a_piece_and_they_are_numbered_in_order() -> None:
    assert pieces(leaves(50)).tolist() == np.repeat(np.arange(1, 51), 2).tolist()


def test_a_long_strip_is_one_piece_whatever_its_points_are_called() -> None:
    rng = np.random.default_rng(0)
    for quads in (1, 2, 3, 1000, 20_000):
        assert (pieces(strip(quads, rng)) == 1).all()


@pytest.mark.parametrize("arity", [3, 4])
def test_pieces_of_random_meshes_are_those_of_a_plain_union(arity: int) -> None:
    rng = np.random.default_rng(arity)
    for points in (8, 60, 700):
        for faces in (1, points // 6, points // 3, points):
            chosen = rng.integers(0, points, (faces, arity))
            assert pieces(bare(chosen, points)).tolist() == united(chosen, points)


def test_a_mesh_without_faces_has_no_pieces() -> None:
    assert pieces(bare(np.zeros((0, 4)), 5)).shape == (0,)


@pytest.mark.parametrize("name", ["spruce", "oak", "poppy", "rock"])
def test_pieces_of_what_grows_are_those_of_a_plain_union(name: str) -> None:
    entry = registry.generators()[name]
    mesh = entry.build(entry.params(), stream(2, "test", name), "far")
    assert pieces(mesh).tolist() == united(mesh.faces, len(mesh.points))


def test_the_parts_have_the_names_of_their_values() -> None:
    assert parts.PARTS[0] == "none"
    assert [getattr(parts, name.upper()) for name in parts.PARTS] == list(range(len(parts.PARTS)))


def test_faces_in_blender_carry_part_piece_and_number(bpy: Any) -> None:
    from wildfield.procgen.nodes.objects import add_object, to_blender

    bpy.ops.wm.read_factory_settings(use_empty=True)
    plain = dataclasses.replace(bare([[0, 1, 2, 3]], 4), points=np.eye(4, 3, dtype=np.float32))
    whole = merge([leaves(3), plain])
    data = to_blender(whole, "leaves")
    item = add_object(bpy.context.scene, data, "leaves", 5, deforms=True)
    read = {}
    for name in ("gt_part", "gt_piece", "gt_face"):
        attribute = item.data.attributes[name]
        assert (attribute.domain, attribute.data_type) == ("FACE", "INT")
        read[name] = [value.value for value in attribute.data]
    assert read["gt_part"] == [parts.LEAF] * 6 + [0]
    assert read["gt_piece"] == [1, 1, 2, 2, 3, 3, 4]
    assert read["gt_face"] == list(range(1, 8))
    assert "gt_face" not in add_object(bpy.context.scene, to_blender(plain, "plain"), "plain", 6).data.attributes
