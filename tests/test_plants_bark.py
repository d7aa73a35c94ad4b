"""Bark: one formula on arrays and in nodes, and trunks whose points lie where it says."""

import bpy
import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.nodes.arrays import ArrayWriter
from wildfield.procgen.nodes.writer import NodeWriter
from wildfield.procgen.plants.anatomy.bark import MOST_FACES, REACH, barked, fine, relief, rooted
from wildfield.procgen.plants.anatomy.bark_patterns import BARKS, Pattern
from wildfield.procgen.plants.anatomy.skeleton import Floats
from wildfield.procgen.plants.anatomy.tubes import Tubes, sweep
from wildfield.procgen.plants.growth.crown import crown_wood

PATH = np.column_stack([np.zeros(26), np.zeros(26), np.linspace(-0.4, 9.6, 26)]).astype(np.float32)
RADII = np.linspace(0.3, 0.05, 26).astype(np.float32)


def by_blender(points: Floats, pattern: Pattern) -> Floats:
    """What Blender's own nodes give for a pattern at points (N, 3), through a geometry tree."""
    data = bpy.data.meshes.new("points")
    data.vertices.add(len(points))
    data.attributes["position"].data.foreach_set("vector", points.ravel())
    item = bpy.data.objects.new("points", data)
    bpy.context.scene.collection.objects.link(item)
    tree = bpy.data.node_groups.new("pattern", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    w = NodeWriter(tree)
    height = pattern(w, w.out(w.node("GeometryNodeInputPosition")))
    inputs = {"Geometry": w.out(w.node("NodeGroupInput")), "Name": "height", "Value": height}
    stored = w.node("GeometryNodeStoreNamedAttribute", inputs, data_type="FLOAT", domain="POINT")
    w.node("NodeGroupOutput", {0: w.out(stored)})
    item.modifiers.new("pattern", "NODES").node_group = tree
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = np.empty(len(points), np.float32)
    evaluated.attributes["height"].data.foreach_get("value", values)
    return values


def trunk(kind: str) -> tuple[Tubes, Tubes, int]:
    path, radii, sides = fine(PATH, RADII, kind)
    plain = sweep(path[None], radii[None], sides)
    return plain, relief(plain, sides, kind), sides


@pytest.mark.parametrize("kind", BARKS)
def test_a_pattern_on_arrays_is_what_blender_makes_of_its_nodes(kind):
    points = np.random.default_rng(1).uniform(-4, 4, (5000, 3)).astype(np.float32)
    pattern = BARKS[kind].pattern
    gaps = np.abs(pattern(ArrayWriter(), points) - by_blender(points, pattern))
    assert np.quantile(gaps, 0.999) < 1e-4


@pytest.mark.parametrize("kind", BARKS)
def test_heights_lie_between_furrow_and_ridge_and_use_the_range(kind):
    points = np.random.default_rng(2).uniform(-1, 1, (20000, 3)).astype(np.float32)
    height = BARKS[kind].pattern(ArrayWriter(), points)
    assert height.dtype == np.float32
    assert height.min() >= 0
    assert height.max() <= 1.25
    assert np.ptp(np.quantile(height, (0.02, 0.98))) > 0.5


@pytest.mark.parametrize("kind", BARKS)
def test_points_move_along_their_normals_by_the_height_of_their_bark(kind):
    plain, raised, _ = trunk(kind)
    outward = plain.points * [1, 1, 0]
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    moved = ((raised.points - plain.points) * outward).sum(1)
    low = (plain.points[:, 2] > 0) & (plain.points[:, 2] < 0.8 * REACH)
    height = BARKS[kind].pattern(ArrayWriter(), plain.bark)
    expected = BARKS[kind].depth * (height - 0.65)
    assert np.abs(moved - expected)[low].max() < 0.02 * BARKS[kind].depth
    assert np.abs(moved[plain.points[:, 2] > REACH + 2.6]).max() == 0


@pytest.mark.parametrize("kind", BARKS)
def test_a_fine_trunk_keeps_its_course_and_its_budget(kind):
    path, radii, sides = fine(PATH, RADII, kind)
    assert (len(path) - 1) * sides <= 10_000
    assert MOST_FACES <= 10_000
    assert np.abs(path[:, :2]).max() < 1e-6
    assert np.allclose(radii, np.interp(path[:, 2], PATH[:, 2], RADII), atol=1e-5)
    assert path[-1, 2] == pytest.approx(PATH[-1, 2], abs=1e-5)
    assert np.diff(path[:, 2]).min() > 0.5 * BARKS[kind].along
    assert np.diff(path[path[:, 2] < REACH - 0.5, 2]).max() < 1.01 * BARKS[kind].along


def test_faces_of_raised_bark_still_look_outward():
    plain, raised, _ = trunk("furrowed")
    corners = raised.points[raised.faces].astype(np.float64)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    assert ((normals * plain.points[plain.faces].mean(1) * [1, 1, 0]).sum(1) > 0).all()


def test_bark_is_as_wide_as_the_wood_where_roots_flare():
    plain = sweep(PATH[None], RADII[None], 40)
    spread = rooted(plain, 0.4, 0.9, 5, 1.0)
    assert np.allclose(np.hypot(*spread.bark[:, :2].T), np.hypot(*spread.points[:, :2].T), rtol=1e-4)


def test_two_individuals_of_one_girth_have_different_bark():
    first, second = (barked(PATH + np.float32(shift), RADII, "plated", 40, False) for shift in (0.0, 0.1))
    assert np.allclose(second.points, first.points + 0.1, atol=1e-5)
    heights = [BARKS["plated"].pattern(ArrayWriter(), tube.bark) for tube in (first, second)]
    assert np.abs(heights[0] - heights[1]).mean() > 0.1


def test_a_raised_trunk_has_the_coordinates_of_its_plain_form():
    flare = (0.4, 0.8, 5, 1.0)
    near, far = (barked(PATH, RADII, "scaly", 12, near, flare).bark for near in (True, False))
    for bark in (near, far):
        assert bark[0, 2] == near[0, 2]
        assert bark[:, 2].max() == pytest.approx(near[:, 2].max(), abs=1e-3)
    girth = [np.hypot(*bark[bark[:, 2] > bark[0, 2] + 4, :2].T).max() for bark in (near, far)]
    assert girth[0] == pytest.approx(girth[1], rel=0.05)


def test_only_the_near_form_of_a_crown_has_relief_and_bark_coordinates_agree():
    parents = np.array([*range(-1, 25), 20, 26], np.int32)
    points = np.concatenate([PATH, PATH[20] + np.array([[0.5, 0, 0.2], [1, 0, 0.5]], np.float32)])
    radii = np.append(RADII, [0.04, 0.02]).astype(np.float32)
    wood = {
        (detail, bark): crown_wood(points, parents, radii, "bark_scaly", detail, (0.1, 0.1, 0.1), None, bark)
        for detail in ("near", "middle")
        for bark in (None, "scaly")
    }
    assert wood["middle", None].digest() == wood["middle", "scaly"].digest()
    assert len(wood["near", "scaly"].faces) > 10 * len(wood["near", None].faces)
    starts = [mesh.attributes["bark"].values[0, 2] for mesh in wood.values()]
    assert np.ptp(starts) < 1e-6


def test_every_kind_has_a_material():
    assert {f"bark_{kind}" for kind in BARKS} <= set(registry.materials())
