"""What a frame says of its things, against Cycles, a ray caster, closed forms and COCO's own reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray_caster

from wildfield.exporters.cameras import Camera, Intrinsics
from wildfield.exporters.poses import Poses
from wildfield.exporters.reader import Frame, open_dataset
from wildfield.exporters.things.annotations import annotate, visible_boxes
from wildfield.exporters.things.projection import bounds
from wildfield.exporters.things.rasterise import Windows
from wildfield.exporters.things.shapes import Shape, Shapes
from wildfield.exporters.things.silhouettes import Things, silhouettes

JITTER = 0.01
"""No sample of Cycles lies further from the pixel's centre, in pixels."""


def decoded(runs: Any, size: tuple[int, int]) -> Any:
    """The mask (H, W) of COCO's run lengths."""
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(size[::-1]).T


def masks_of(camera: Camera, ids: Any, matrices: Any, shape: Any, shapes: Shapes) -> Any:
    """Silhouettes (N, H, W) from the triangles alone, each looked for in the whole picture."""
    k, count = camera.intrinsics, len(ids)
    windows = Windows(np.zeros(count, int), np.zeros(count, int), np.full(count, k.width), np.full(count, k.height))
    nothing = np.zeros((k.height, k.width), np.uint32)
    runs = silhouettes(camera, nothing, Things(ids, windows, matrices, shape), shapes)
    return np.stack([decoded(part, (k.height, k.width)) for part in runs])


def jittered(camera: Camera) -> list[Camera]:
    """The camera, and it with its picture shifted to the corners of where Cycles may sample."""
    k = camera.intrinsics
    shifts = [(0.0, 0.0), *((x, y) for x in (-JITTER, JITTER) for y in (-JITTER, JITTER))]
    return [replace(camera, intrinsics=replace(k, cx=k.cx + x, cy=k.cy + y)) for x, y in shifts]


def pinhole(width: int = 64, height: int = 48, focal: float = 50.0, model: str = "pinhole") -> Camera:
    lens = Intrinsics(width, height, focal, focal, width / 2, height / 2, 35.0, 36.0, 0.5, 1000.0)
    object.__setattr__(lens, "model", model)
    return Camera(lens, np.eye(4))


def cube(size: float) -> Shape:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32) * size / 2
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Shape.of(corners, np.array([half for a, b, c, d in faces for half in ((a, b, c), (a, c, d))], np.int32))


def at(*place: float) -> Any:
    matrix = np.eye(4)
    matrix[:3, 3] = place
    return matrix


def posed(**things: Any) -> Poses:
    return Poses.of(np.array([int(name[1:]) for name in things]), np.array(list(things.values())))


# A cube of 2 m whose face is 5 m away is a square of 20 pixels; another, at 10 m, one of 10 pixels that it half hides.
TWO_CUBES = Shapes(np.array([3, 8]), np.array([0, 0]), [cube(2.0)])
TWO_POSES = posed(_3=at(0, 0, 6), _8=at(2, 0, 11))


def two_cubes() -> Any:
    instance = np.zeros((48, 64), np.uint32)
    instance[19:29, 37:47] = 8
    instance[14:34, 22:42] = 3
    return instance


def test_two_cubes_are_what_geometry_says_of_them() -> None:
    near, far = annotate(pinhole(), two_cubes(), TWO_POSES, TWO_CUBES, True)
    assert near == {
        "id": 3, "visible_pixels": 400, "box_visible": [22, 14, 42, 34], "box_amodal": [22.0, 14.0, 42.0, 34.0],
        "amodal_pixels": 400, "occlusion": 0.0, "truncated": False, "mask_amodal": near["mask_amodal"],
    }  # fmt: skip
    assert (far["id"], far["visible_pixels"], far["box_visible"]) == (8, 50, [42, 19, 47, 29])
    assert far["box_amodal"] == pytest.approx([32 + 50 * 1 / 12, 19, 47, 29], abs=1e-3)
    # Its left side, seen at a slant, adds column 36: where its centre looks, the cube is 9 pixels high, from centre to centre.
    assert far["amodal_pixels"] == 10 * 10 + 10
    assert far["occlusion"] == pytest.approx(1 - 50 / 110, abs=1e-6)


def test_coco_reads_the_masks() -> None:
    mask_tools = pytest.importorskip("pycocotools.mask")
    for row, visible in zip(annotate(pinhole(), two_cubes(), TWO_POSES, TWO_CUBES, True), (3, 8), strict=True):
        mask = mask_tools.decode(mask_tools.frPyObjects(row["mask_amodal"], *row["mask_amodal"]["size"]))
        assert mask.shape == (48, 64)
        assert mask.sum() == row["amodal_pixels"]
        assert (mask[two_cubes() == visible] == 1).all()
        assert np.array_equal(mask, decoded(row["mask_amodal"]["counts"], (48, 64)))
        assert (
            mask_tools.encode(np.asfortranarray(mask))["counts"] == mask_tools.frPyObjects(row["mask_amodal"], 48, 64)["counts"]
        )


def test_what_leaves_the_picture_is_truncated_and_its_box_goes_on() -> None:
    instance = np.zeros((48, 64), np.uint32)
    instance[14:34, 52:] = 3
    (row,) = annotate(pinhole(), instance, posed(_3=at(3.0, 0, 6)), Shapes(np.array([3]), np.array([0]), [cube(2.0)]), True)
    assert row["truncated"]
    assert row["box_amodal"] == pytest.approx([32 + 50 * 2 / 7, 14, 72, 34], abs=1e-3)
    assert row["amodal_pixels"] > row["visible_pixels"]  # the left side, which this hand-made picture leaves out


@pytest.mark.parametrize("masks", [False, True])
def test_things_without_a_shape_or_a_place_have_no_amodal_values(masks: bool) -> None:
    rows = annotate(pinhole(), two_cubes(), posed(_3=at(0, 0, 6)), TWO_CUBES, masks)
    assert rows[0]["box_amodal"] is not None
    rows += annotate(pinhole(model="equirectangular"), two_cubes(), TWO_POSES, TWO_CUBES, masks)
    for row in rows[1:]:
        assert [row[name] for name in ("box_amodal", "amodal_pixels", "occlusion")] == [None] * 3
        assert "mask_amodal" not in row
        assert not row["truncated"]


def test_visible_boxes_are_those_of_the_pixels() -> None:
    instance = np.random.default_rng(5).integers(0, 40, (30, 50)).astype(np.uint32)
    instance[instance % 3 == 0] = 0
    instance[10:20, 5:9] = 70001
    ids, count, boxes = visible_boxes(instance)
    assert ids.tolist() == [number for number in np.unique(instance) if number]
    for number, pixels, box in zip(ids, count, boxes, strict=True):
        row, column = np.nonzero(instance == number)
        assert pixels == len(row)
        assert box.tolist() == [column.min(), row.min(), column.max() + 1, row.max() + 1]


def test_silhouettes_are_where_rays_hit_triangles_before_the_near_plane() -> None:
    camera, rng = pinhole(), np.random.default_rng(2)
    middles = rng.uniform([-6, -5, -2], [6, 5, 9], (150, 1, 3))
    soups = (middles + rng.normal(size=(150, 3, 3)) * rng.choice([0.1, 1.0, 4.0], (150, 1, 1))).astype(np.float32)
    shapes = Shapes(np.arange(1, 151), np.arange(150), [Shape.of(soup, np.array([[0, 1, 2]], np.int32)) for soup in soups])
    masks = masks_of(camera, shapes.ids, np.tile(np.eye(4), (150, 1, 1)), shapes.index, shapes)
    rays = camera.intrinsics.directions().reshape(-1, 3)
    cut = 0
    for soup, mask in zip(soups, masks, strict=True):
        triangle = ray_caster.Geometry(
            soup.astype(np.float64), np.array([[0, 1, 2]]), np.array([1]), np.full((1, 3, 2), np.nan)
        )
        depth = ray_caster.cast(triangle, np.zeros(3), rays)[0]
        assert np.array_equal(mask.ravel(), np.isfinite(depth) & (depth >= camera.intrinsics.near))
        cut += bool((soup[:, 2] < 0.5).any() and mask.any())
    assert cut > 5
    assert masks.any((1, 2)).sum() > 30


def test_an_orthographic_silhouette_is_the_shape_itself() -> None:
    mask = masks_of(pinhole(focal=4.0, model="orthographic"), np.array([3]), at(1, 0, 5)[None], np.array([0]), TWO_CUBES)[0]
    row, column = np.nonzero(mask)
    assert (column.min(), row.min(), column.max() + 1, row.max() + 1) == (32, 20, 40, 28)
    assert mask.sum() == 64


def test_a_box_bounds_what_the_near_plane_leaves() -> None:
    camera, shapes = pinhole(), [cube(2.0)]
    reaching, behind, clear = bounds(camera, shapes[0], np.array([at(0.25, 0, 1), at(0, 0, -3), at(0.25, 0, 6)]))
    assert reaching == pytest.approx([32 - 0.75 * 100, 24 - 100, 32 + 1.25 * 100, 24 + 100])
    assert np.isnan(behind).all()
    assert clear == pytest.approx([32 - 7.5, 14, 32 + 12.5, 34])


def test_neighbouring_triangles_leave_no_gap_and_cover_no_more() -> None:
    count, rng = 12, np.random.default_rng(8)
    grid = np.stack(np.meshgrid(np.arange(count), np.arange(count)), -1).reshape(-1, 2) * 4.0 - 22.0
    inner = (np.abs(grid) < 22).all(1)
    grid[inner] += rng.integers(-1, 2, (inner.sum(), 2)) * 0.5  # onto centres of pixels and onto their corners
    corner = np.array([j * count + i for j in range(count - 1) for i in range(count - 1)])
    halves = [
        np.stack([corner, corner + 1, corner + count + 1], -1),
        np.stack([corner, corner + count + 1, corner + count], -1),
    ]
    points = np.concatenate([grid / 50.0, np.ones((len(grid), 1))], -1).astype(np.float32)
    sheet = Shape(points, np.concatenate(halves).astype(np.int32), np.arange(len(points), dtype=np.int32))
    shapes = Shapes(np.array([1]), np.array([0]), [sheet])
    mask = masks_of(pinhole(), np.array([1]), np.eye(4)[None], np.array([0]), shapes)[0]
    assert mask[2:46, 10:54].all()
    assert mask.sum() == 44 * 44


@pytest.fixture(scope="module")
def moving(truth_dataset: Path) -> tuple[list[Frame], Shapes]:
    """The frames that Cycles rendered of the moving scene, and the shapes of its things."""
    import truth_scene

    from wildfield.exporters.things.shapes import read_shapes

    built = truth_scene.build()
    built.scene.frame_set(1)
    (scene,) = open_dataset(truth_dataset).scenes
    return list(scene.frames()), read_shapes(built)


def test_instances_share_shapes_and_what_deforms_has_none(moving: tuple[list[Frame], Shapes]) -> None:
    frames, shapes = moving
    rows = frames[0].scene.objects
    shrubs = [number for number, row in rows.items() if row["name"].startswith("shrub ")]
    assert len(shrubs) > 30
    assert len(np.unique(shapes.find(np.array(shrubs)))) == 2
    deforming = [number for number, row in rows.items() if row["deforms"]]
    assert deforming
    assert (shapes.find(np.array(deforming)) == -1).all()


def test_every_visible_pixel_is_in_the_silhouette_of_its_thing(moving: tuple[list[Frame], Shapes]) -> None:
    frames, shapes = moving
    for frame in frames:
        instance = frame.read("instance")
        ids = visible_boxes(instance)[0]
        ids = ids[shapes.find(ids) >= 0]
        assert len(ids) > 40
        matrices = frame.scene.poses(frame.number).find(ids)[1]
        around = [masks_of(camera, ids, matrices, shapes.find(ids), shapes) for camera in jittered(frame.camera)]
        shown = instance == ids[:, None, None]
        assert not (shown & ~np.any(around, 0)).any()
        assert (shown & ~around[0]).sum() <= 1e-4 * shown.sum()


def test_rows_of_a_real_frame_agree_with_themselves(moving: tuple[list[Frame], Shapes]) -> None:
    frames, shapes = moving
    for frame in frames:
        instance, poses = frame.read("instance"), frame.scene.poses(frame.number)
        rows = annotate(frame.camera, instance, poses, shapes, True)
        bare = annotate(frame.camera, instance, poses, shapes, False)
        assert [row["id"] for row in rows] == np.unique(instance[instance > 0]).tolist()
        assert sum(row["visible_pixels"] for row in rows) == (instance > 0).sum()
        hidden = 0
        for row, short in zip(rows, bare, strict=True):
            if row["box_amodal"] is None:
                continue
            visible, amodal = np.array(row["box_visible"]), np.array(row["box_amodal"])
            # A pixel is seen if its centre is covered, so the box of pixels may reach half a pixel further.
            assert (visible[:2] + 0.5 >= amodal[:2] - JITTER).all()
            assert (visible[2:] - 0.5 <= amodal[2:] + JITTER).all()
            assert row["visible_pixels"] <= row["amodal_pixels"]
            assert 0 <= row["occlusion"] < 1
            assert decoded(row["mask_amodal"]["counts"], instance.shape)[instance == row["id"]].all()
            assert short == {name: short.get(name, row[name]) for name in row if name != "mask_amodal"}
            assert (short["amodal_pixels"], short["occlusion"]) == (None, None)
            hidden += row["occlusion"] > 0.2
        assert hidden > 3


def test_the_silhouette_of_a_thing_alone_is_what_cycles_sees(bpy: Any, tmp_path: Path) -> None:
    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest
    from wildfield.exporters.things.shapes import read_shapes
    from wildfield.procgen.compose import compose, draw

    spec = draw("asset", 3)
    render = replace(spec.render, width=200, height=200, samples=1, denoise=False)
    asset = replace(spec.asset, generator="spruce")
    built = compose(replace(spec, render=render, asset=asset, camera=replace(spec.camera, views=3)))
    built.scene.frame_set(1)
    shapes = read_shapes(built)
    root = tmp_path / "orbit"
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "3"))
    (scene,) = open_dataset(root).scenes
    for frame in scene.frames():
        seen = frame.read("instance") > 0
        assert 0.05 < seen.mean() < 0.9
        ids = np.array([1])
        matrices = scene.poses(frame.number).find(ids)[1]
        around = [masks_of(camera, ids, matrices, shapes.find(ids), shapes)[0] for camera in jittered(frame.camera)]
        assert (around[0] == seen).mean() >= 0.999
        assert not (seen & ~np.any(around, 0)).any()
        assert not (np.all(around, 0) & ~seen).any()
        (row,) = annotate(frame.camera, frame.read("instance"), scene.poses(frame.number), shapes, True)
        assert row["occlusion"] <= 2e-3
        assert not row["truncated"]
        pixels = frame.camera.project(shapes.shapes[0].points @ matrices[0, :3, :3].T + matrices[0, :3, 3])[0]
        assert row["box_amodal"] == pytest.approx([*pixels.min(0), *pixels.max(0)], abs=2e-3)


def test_what_cycles_displaces_has_no_shape(bpy: Any) -> None:
    import truth_scene

    from wildfield.exporters.things.shapes import read_shapes

    built = truth_scene.build(instances=4, moving=False)
    built.scene.frame_set(1)
    things = {thing.name: np.array([number]) for number, thing in built.table.things.items()}
    assert read_shapes(built).find(things["cube"]) != -1
    nodes = bpy.data.materials["rock"].node_tree
    output = next(node for node in nodes.nodes if node.type == "OUTPUT_MATERIAL")
    nodes.links.new(nodes.nodes.new("ShaderNodeDisplacement").outputs[0], output.inputs["Displacement"])
    assert read_shapes(built).find(things["cube"]) != -1  # a bump moves no surface
    bpy.data.materials["rock"].displacement_method = "DISPLACEMENT"
    built.scene.frame_set(1)
    shapes = read_shapes(built)
    assert shapes.find(things["cube"]) == -1
    assert shapes.find(things["ground"]) != -1
    assert read_shapes(built, stuff=["ground"]).find(things["ground"]) == -1


def test_the_outline_bounds_every_projection(bpy: Any) -> None:
    from wildfield.exporters.things.hulls import outline

    rng = np.random.default_rng(4)
    ball = rng.normal(size=(20000, 3))
    clouds = {
        "ball": ball / np.maximum(np.linalg.norm(ball, axis=1, keepdims=True), 1e-9) * rng.random((20000, 1)) ** (1 / 3),
        "stick": ball * [0.01, 0.02, 5.0] + [100.0, 0.0, 0.0],
        "box": rng.integers(-5, 6, (5000, 3)).astype(float),
        "card": ball * [1.0, 2.0, 0.0],
    }
    for name, cloud in clouds.items():
        points = cloud.astype(np.float32)
        kept = points[outline(points)].astype(np.float64)
        directions = rng.normal(size=(500, 3))
        extent = np.linalg.norm(points.max(0) - points.min(0))
        missed = (points.astype(np.float64) @ directions.T).max(0) - (kept @ directions.T).max(0)
        assert missed.max() <= 1e-5 * extent, name
        assert len(kept) < 0.15 * len(points) or name == "card"


def test_a_shape_holds_what_is_instanced_inside_it(bpy: Any) -> None:
    import truth_scene

    from wildfield.exporters.poses import read_poses
    from wildfield.exporters.things.shapes import read_shapes
    from wildfield.procgen.nodes.writer import NodeWriter

    built = truth_scene.build(instances=8, moving=False)
    leaf = bpy.data.objects["shrubs.0000"]
    stem = bpy.data.objects["shrubs.0001"]
    tree = bpy.data.node_groups.new("twigs", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    w = NodeWriter(tree)
    own = w.out(w.node("NodeGroupInput"))
    shown = w.out(w.node("GeometryNodeObjectInfo", {"Object": leaf}), "Geometry")
    leaves = w.out(w.node("GeometryNodeInstanceOnPoints", {"Points": own, "Instance": shown, "Scale": 0.5}))
    join = w.node("GeometryNodeJoinGeometry")
    for part in (own, leaves):
        tree.links.new(part.socket, join.inputs[0])
    w.node("NodeGroupOutput", {0: w.out(join)})
    stem.modifiers.new("twigs", "NODES").node_group = tree
    built.scene.frame_set(1)
    shapes, poses = read_shapes(built), read_poses(built)
    shrubs = np.array([number for number, thing in built.table.things.items() if thing.name.startswith("shrub ")])
    nested = shapes.shapes[shapes.find(shrubs)[1]]
    assert len(nested.triangles) == len(stem.data.polygons) + len(stem.data.vertices) * 12
    stands = [(points.points, poses.find(np.array([number]))[1][0]) for number, points in zip(
        shrubs, (shapes.shapes[index] for index in shapes.find(shrubs)), strict=True)]  # fmt: skip
    ours = np.concatenate([points @ matrix[:3, :3].T + matrix[:3, 3] for points, matrix in stands])
    for item in [item for item in built.scene.objects if item.type == "MESH" and item.name != "shrubs"]:
        item.hide_render = item.hide_viewport = True
    theirs = ray_caster.evaluated_geometry(built.scene, 1).vertices
    assert len(ours) == len(theirs)
    assert np.allclose(ours.min(0), theirs.min(0), atol=1e-5)
    assert np.allclose(ours.max(0), theirs.max(0), atol=1e-5)
