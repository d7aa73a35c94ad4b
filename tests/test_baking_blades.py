"""Blades painted once: means over texels against closed forms, and the colours against faces that Cycles paints one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wildfield.exporters.models.baking.blades import Blade, spread
from wildfield.exporters.models.baking.maps import corner_normals
from wildfield.exporters.models.baking.patches import Patches, by_faces
from wildfield.procgen.compose import asset_parameters
from wildfield.procgen.kinds.asset import asset_mesh
from wildfield.procgen.meshes import Attribute, MeshData
from wildfield.procgen.spec import to_dict

SIZE = 64


def grown(generator: str, seed: int) -> MeshData:
    return asset_mesh(generator, to_dict(asset_parameters(generator, seed, {})), seed)


def flat_patches(size: int) -> Patches:
    """One quad of 1 m over a whole square of texels; a blade's width to the right, its length up, its tint white."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    leaf = points * np.array([2, 1, 0], np.float32) - np.array([1, 0, 0], np.float32)
    mesh = MeshData(points, np.array([[0, 1, 2, 3]], np.int32), np.zeros(1, np.int32), ("leaf",), {
        "leaf": Attribute("POINT", leaf), "tint": Attribute("FACE", np.ones((1, 3), np.float32)),
    })  # fmt: skip
    return by_faces(mesh, corner_normals(mesh), np.array([0]), size)[0]


def test_a_texel_on_a_blade_has_the_mean_of_what_it_covers() -> None:
    """A slope along and across is found where the middle of a texel lies; of fine stripes one grey is left."""
    side = 256
    across, along = (np.arange(side) + 0.5) / side, (np.arange(side)[:, None] + 0.5) / side
    plain = np.stack(np.broadcast_arrays(across, along, (np.arange(side) // 2) % 2), -1).astype(np.float32)
    colour, normal = spread(Blade(plain, np.zeros_like(plain), np.ones(3, np.float32)), flat_patches(17))
    assert normal is None
    place = np.arange(17) / 16
    assert np.allclose(colour[:, 1:-1, 0], place[1:-1], atol=1e-3)
    assert np.allclose(colour[1:-1, :, 1], place[::-1][1:-1, None], atol=1e-3)
    assert np.allclose(colour[:, :, 2], 0.5, atol=0.1)


def test_a_blade_swells_by_the_slope_of_its_height_in_metres() -> None:
    """0.3 m up over 1 m to the right, half of which is seen: the mean of that normal and the one straight up."""
    side = 128
    height = np.broadcast_to(np.arange(side, dtype=np.float32) / side, (side, side))
    black = np.zeros((side, side, 3), np.float32)
    _, normal = spread(Blade(black, black, np.ones(3, np.float32), height, 0.3, 0.5), flat_patches(9))
    tilted = np.array([-0.3, 0.0, 1.0]) / np.sqrt(1.09)
    expected = tilted + np.array([0.0, 0.0, 1.0])
    assert np.allclose(normal, 0.5 + 0.5 * expected / np.linalg.norm(expected), atol=1e-3)


@pytest.mark.parametrize("generator", ["poppy", "palm"])
def test_a_blade_painted_once_looks_like_every_face_painted_by_itself(bpy: Any, generator: str) -> None:
    from wildfield.exporters.models.baking.bake import bake
    from wildfield.exporters.models.baking.canvas import laid
    from wildfield.exporters.models.baking.sheets import sheet_colour
    from wildfield.exporters.models.colours import srgb
    from wildfield.procgen import materials

    mesh = grown(generator, 3)
    for name in {"leaf", "leaf_parallel", "petal"} & set(mesh.materials):
        faces = np.flatnonzero(mesh.material == mesh.materials.index(name))
        patches, _ = by_faces(mesh, corner_normals(mesh), faces, SIZE)
        once = bake(patches, materials.get(name), 0.3)
        with laid(patches, materials.get(name), 0.3, 32) as canvas:
            painted = srgb(sheet_colour(canvas))
        difference = (once.colour[..., :3].astype(float) - painted)[patches.painted]
        assert np.abs(difference).mean() < 2.0 and np.abs(difference.mean(0)).max() < 1.0, name


@pytest.mark.parametrize(("name", "known"), [
    ("leaf", True), ("leaf_palmate", True), ("leaf_parallel", True), ("needle", True), ("grass", True), ("petal", True),
    ("fruit", False), ("stone_granite", False),
])  # fmt: skip
def test_only_what_tint_and_blade_tell_all_of_is_painted_as_a_blade(bpy: Any, name: str, known: bool) -> None:
    from wildfield.exporters.models.baking.sheets import painted_blade
    from wildfield.procgen import materials

    assert (painted_blade(materials.get(name), 0.5, SIZE) is not None) == known


@pytest.mark.parametrize("how", ["tint squared", "place in space"])
def test_a_leaf_that_depends_on_more_is_not_painted_as_a_blade(bpy: Any, how: str) -> None:
    from wildfield.exporters.models.baking.sheets import painted_blade
    from wildfield.procgen import materials
    from wildfield.procgen.nodes.writer import NodeWriter

    copy = materials.get("needle").copy()
    w = NodeWriter(copy.node_tree)
    tint = w.attribute("tint", output="Vector")
    other = tint * tint if how == "tint squared" else tint * w.geometry("Position")
    for node in copy.node_tree.nodes:
        if node.bl_idname == "ShaderNodeBsdfDiffuse":
            copy.node_tree.links.new(other.socket, node.inputs["Color"])
    assert painted_blade(copy, 0.5, SIZE) is None
    bpy.data.materials.remove(copy)
