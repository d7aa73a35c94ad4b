"""Venation: grown veins that cover the blade, close meshes, and the map that materials read."""

import time

import bpy
import numpy as np
import pytest

from wildfield.procgen import materials
from wildfield.procgen.nodes.pictures import picture
from wildfield.procgen.plants.growth.venation import COLUMNS, HUB, ROWS, grown, half_width, venation_map

KINDS = ("pinnate", "palmate")


@pytest.mark.parametrize("kind", KINDS)
def test_veins_grow_the_same_every_time_within_their_budget(kind):
    first = venation_map(kind)
    venation_map.cache_clear()
    start = time.process_time()
    again = venation_map(kind)
    assert time.process_time() - start < 1.0
    assert again is venation_map(kind)
    assert np.array_equal(first, again)


@pytest.mark.parametrize("kind", KINDS)
def test_every_vein_comes_from_the_foot_of_the_midrib(kind):
    veins = grown(kind)
    assert (veins.parents[1:] < np.arange(1, len(veins.parents))).all()
    assert (veins.parents < 0).sum() == 1
    assert np.allclose(veins.points[0], 0, atol=1e-6)
    child = np.flatnonzero(veins.parents >= 0)
    assert (veins.widths[veins.parents[child]] >= veins.widths[child] - 1e-7).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_place_of_the_blade_is_far_from_a_vein(kind):
    veins = grown(kind)
    rng = np.random.default_rng(1)
    along = rng.uniform(0.08, 0.92, 600)
    across = rng.uniform(-0.9, 0.9, 600) * half_width(kind, along)
    gaps = np.sqrt(((np.column_stack([across, along])[:, None] - veins.points[None, :, :2]) ** 2).sum(-1)).min(1)
    assert np.quantile(gaps, 0.97) < 0.035


@pytest.mark.parametrize("kind", KINDS)
def test_meshes_are_closed_by_veins_that_do_not_join_their_own_stem(kind):
    veins = grown(kind)
    assert len(veins.joins) > 100
    tips, others = veins.joins.T
    ancestor = tips.copy()
    for _ in range(12):
        assert (ancestor != others).all()
        ancestor = np.maximum(veins.parents[ancestor], 0)
    lengths = np.linalg.norm(veins.points[tips] - veins.points[others], axis=1)
    assert lengths.max() < 0.06


def test_the_midrib_is_the_brightest_line_and_thins_to_the_tip():
    veins = venation_map("pinnate")[..., 0]
    assert veins.shape == (ROWS, COLUMNS)
    assert veins.min() >= 0
    assert veins.max() <= 1
    middle = veins[:, COLUMNS // 2 - 2 : COLUMNS // 2 + 2].max(1)
    assert (middle[8:240] > 0.2).all()
    assert middle[10:60].mean() > 1.3 * middle[180:230].mean()
    assert 0.04 < (veins > 0.15).mean() < 0.5


def test_main_veins_of_a_palm_meet_at_the_hub():
    veins = grown("palmate")
    forks = np.bincount(veins.parents[veins.parents >= 0], minlength=len(veins.points))
    hub = int(np.argmax(forks))
    assert forks[hub] >= 5
    assert veins.points[hub, 1] == pytest.approx(HUB, abs=0.011)


def test_a_picture_holds_the_values_packed_in_the_file():
    values = np.random.default_rng(2).random((8, 4, 2)).astype(np.float32)
    image = picture("wildfield.test", values)
    assert picture("wildfield.test", values) is image
    assert image.packed_file is not None
    pixels = np.empty(8 * 4 * 4, np.float32)
    image.pixels.foreach_get(pixels)
    assert np.array_equal(pixels.reshape(8, 4, 4)[..., :2], values)


def test_a_saved_file_brings_its_pictures_along(tmp_path):
    materials.get("leaf")
    path = str(tmp_path / "leaf.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    with bpy.data.libraries.load(path) as (there, wanted):
        wanted.images = [name for name in there.images if name == "wildfield.venation.pinnate"]
    (image,) = wanted.images
    pixels = np.empty(ROWS * COLUMNS * 4, np.float32)
    image.pixels.foreach_get(pixels)
    assert np.abs(pixels.reshape(ROWS, COLUMNS, 4)[..., :2] - venation_map("pinnate")).max() < 1e-3
    bpy.data.images.remove(image)


def test_leaves_read_the_map_of_their_kind():
    for name, kind in (("leaf", "pinnate"), ("leaf_palmate", "palmate")):
        nodes = materials.get(name).node_tree.nodes
        images = [node.image for node in nodes if node.type == "TEX_IMAGE"]
        assert [image.name for image in images] == [f"wildfield.venation.{kind}"]
        assert images[0].colorspace_settings.name == "Non-Color"
        assert images[0] in list(bpy.data.images)
