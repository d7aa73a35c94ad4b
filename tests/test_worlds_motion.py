"""What moves in a world: the lake's waves, falling leaves, and everything in the wind, as functions of the time alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from wildfield.exporters.poses import read_poses
from wildfield.procgen.cameras.view import Optics, View
from wildfield.procgen.compose import compose
from wildfield.procgen.kinds.lake import LAKE, sample
from wildfield.procgen.kinds.landscape import leaves_in_air, look
from wildfield.procgen.pieces import pieces
from wildfield.procgen.rng import stream
from wildfield.procgen.scatter.leaf_fall import NEVER, falling_leaves
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.plans.lake import lake_terrain
from wildfield.procgen.water.motion import CALM
from wildfield.procgen.water.surface import lake_surface
from wildfield.procgen.water.waves import GRAVITY, displacement, wave_trains

SIZE = {"terrain.resolution": 256, "render.width": 96, "render.height": 54, "render.frames": 7, "scatter.falling_leaves": 1.0}
MOVES = ("meadow", "water", "falling leaves", "daisy undergrowth", "pine", "oak")
VIEW = View(np.array([[3.0, -2.0, 1.7]]), np.array([0.4]), np.array([0.0]), Optics(1.05, 0.63, 960, 540), 1.7)
WIND = (0.6, 0.8)


@pytest.fixture(scope="module")
def built(bpy: Any) -> Any:
    """A lake in autumn, in an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return compose(override(sample(4), SIZE, "test"))


def graph_at(built: Any, frame: int) -> Any:
    """The scene's own dependency graph at a frame."""
    built.scene.frame_set(frame)
    graph = built.scene.view_layers[0].depsgraph
    graph.update()
    return graph


def read(data: Any, name: str, width: int = 1) -> np.ndarray:
    """An attribute as an array (N,) or (N, width)."""
    attribute = data.attributes[name]
    out = np.empty(len(attribute.data) * width, np.int32 if attribute.data_type == "INT" else np.float32)
    attribute.data.foreach_get("vector" if width == 3 else "value", out)
    return out.reshape(-1, width) if width > 1 else out


def evaluated(built: Any, frame: int) -> dict[str, np.ndarray]:
    """Points (V, 3) of every mesh and matrices (N, 16), in the order of their ids, of every scatter, by name."""
    graph, found = graph_at(built, frame), {}
    for item in built.scene.objects:
        if item.type != "MESH":
            continue
        here = item.evaluated_get(graph)
        if "wildfield.instances" in item.modifiers:
            geometry = here.evaluated_geometry()  # owns the cloud
            cloud = geometry.instances_pointcloud()
            order = np.argsort(read(cloud, "gt_id"))
            found[item.name] = read(cloud, "instance_transform", 16)[order]
        else:
            found[item.name] = read(here.data, "position", 3)
    return found


def test_plants_leaves_and_water_move_from_frame_to_frame_and_the_land_stands(built: Any) -> None:
    first, second = evaluated(built, 1), evaluated(built, 2)
    assert set(MOVES) <= set(first)
    assert (first["land"] == second["land"]).all()
    for name in MOVES:
        if first[name].shape == second[name].shape:  # a leaf may have gone under
            assert 1e-4 < np.abs(second[name] - first[name]).max() < 1.0, name


def test_a_frame_is_the_same_whether_it_is_jumped_to_or_reached_one_by_one(built: Any) -> None:
    evaluated(built, 1)
    jumped = evaluated(built, 7)
    for frame in range(1, 7):
        evaluated(built, frame)
    stepped = evaluated(built, 7)
    assert jumped.keys() == stepped.keys()
    for name in jumped:
        assert (jumped[name] == stepped[name]).all(), name


def test_what_deforms_keeps_its_faces_and_their_numbers(built: Any) -> None:
    deforming = [thing.name for thing in built.table.things.values() if thing.deforms]
    assert {"water", "meadow"} < set(deforming)
    for name in ("water", "meadow", *deforming[-2:]):
        item = built.scene.objects[name]
        here = item.evaluated_get(graph_at(built, 3)).data
        assert (read(here, ".corner_vert") == read(item.data, ".corner_vert")).all()
        assert read(here, "gt_face").tolist() == list(range(1, len(item.data.polygons) + 1))


def test_the_plants_that_look_largest_bend_by_themselves_within_a_budget_of_faces(built: Any) -> None:
    from wildfield.procgen.scatter.bending import MOST

    eye = np.array(built.cameras[0].evaluated_get(graph_at(built, 1)).matrix_world.translation)
    sizes, faces = [], 0
    for item in built.scene.objects:
        if "wildfield.wind" not in item.modifiers:
            continue
        thing = built.table.things[item["gt_id"]]
        assert thing.deforms
        assert thing.matrix is None
        faces += len(item.data.polygons)
        sizes.append(thing.box[1, 2] * item.scale[2] / np.linalg.norm((np.array(item.location) - eye)[:2]))
    assert 5 < len(sizes) <= MOST
    assert 0 < faces <= built.spec.wind.moving_faces
    assert min(sizes) > 0.02
    assert max(sizes) > 0.15
    none = compose(override(built.spec, {"wind.moving_faces": 0}, "test"))
    assert not any("wildfield.wind" in item.modifiers for item in none.scene.objects)
    assert none.digests == built.digests


def test_a_train_of_waves_travels_at_the_speed_of_deep_water() -> None:
    trains = wave_trains(0.7, WIND, stream(1, "waves"))
    rng = np.random.default_rng(0)
    x, y, fine = rng.uniform(-80, 80, 50), rng.uniform(-80, 80, 50), np.zeros(50)
    for index in range(len(trains.phase)):
        one = dataclasses.replace(
            trains, **{name: getattr(trains, name)[[index]] for name in ("wavenumber", "frequency", "phase", "amplitude")}
        )
        number = np.hypot(*one.wavenumber[0])
        direction, seconds = one.wavenumber[0] / number, 1.7
        assert direction @ WIND > 0.65
        way = seconds * np.sqrt(GRAVITY / number)
        still = displacement(one, x, y, fine, 0.0)
        later = displacement(one, x + way * direction[0], y + way * direction[1], fine, seconds)
        assert later == pytest.approx(still, abs=1e-9)
        assert np.linalg.norm(still, axis=1) == pytest.approx(one.amplitude[0])


def test_the_lake_moves_as_its_trains_say_except_where_it_is_calm_or_shallow(built: Any) -> None:
    spec, item = built.spec, built.scene.objects["water"]
    terrain = lake_terrain(spec.terrain, spec.water, spec.seed)
    view = look(LAKE, terrain, spec).view
    azimuth = view.heading + np.radians(spec.wind.direction)
    wind = (float(np.sin(azimuth)), float(np.cos(azimuth)))
    trains = wave_trains(spec.water.waves, wind, stream(spec.seed, "lake", "waves"))
    rest, edge, deep = read(item.data, "position", 3), read(item.data, "wf_edge"), read(item.data, "wf_deep")
    seen = []
    for frame in (1, 6):
        wanted = displacement(trains, *rest[:, :2].T.astype(float), edge, frame / spec.render.frame_rate) * deep[:, None]
        moved = read(item.evaluated_get(graph_at(built, frame)).data, "position", 3) - rest
        strong = np.linalg.norm(wanted, axis=1) > 0.3 * np.linalg.norm(wanted, axis=1).max()
        share = (moved * wanted).sum(1)[strong] / (wanted * wanted).sum(1)[strong]
        assert moved[strong] == pytest.approx(share[:, None] * wanted[strong], abs=2e-4)
        assert share.min() > CALM - 0.02
        assert share.max() < 1.02
        assert (moved[deep == 0] == 0).all()
        seen.append(strong)
    assert min(strong.sum() for strong in seen) > 100


def test_waves_stay_above_the_bed_of_the_lake(built: Any) -> None:
    terrain = lake_terrain(built.spec.terrain, built.spec.water, built.spec.seed)
    points = read(built.scene.objects["water"].evaluated_get(graph_at(built, 4)).data, "position", 3)
    x, y, z = (np.ascontiguousarray(axis) for axis in points.T)
    moved = z != 0
    assert moved.sum() > 500
    assert (z[moved] > terrain.height(x[moved], y[moved])).all()


def test_a_lake_without_waves_is_a_plane() -> None:
    trains = wave_trains(0.0, WIND, stream(1, "waves"))
    assert (displacement(trains, np.arange(9.0), np.zeros(9), np.zeros(9), 3.0) == 0).all()


@pytest.mark.parametrize("heading", [None, np.pi, -np.pi, 0.5 * np.pi], ids=["askew", "south", "also south", "east"])
@pytest.mark.parametrize("corner", [(-4.0, -9.0), (40.0, 10.0)], ids=["cameras inside", "cameras outside"])
def test_the_surface_covers_its_rectangle_once_and_has_no_gaps(corner: tuple[float, float], heading: float | None) -> None:
    view = VIEW if heading is None else dataclasses.replace(VIEW, headings=np.full(len(VIEW.headings), heading))
    mesh = lake_surface(corner, (900.0, 700.0), view, lambda x, y: np.full(x.shape, -3.0, np.float32))
    low, high = mesh.bounds[:, :2].astype(float)
    assert (low <= corner).all()
    assert high.tolist() == [900, 700]
    quads = mesh.points[mesh.faces].astype(float)
    areas = 0.5 * np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])[:, 2]
    assert areas.min() > 0
    assert areas.sum() == pytest.approx((high - low).prod(), rel=1e-6)
    assert (pieces(mesh) == 1).all()
    edges = np.sort(np.stack([mesh.faces, np.roll(mesh.faces, -1, 1)], -1).reshape(-1, 2), 1)
    unique, times = np.unique(edges, axis=0, return_counts=True)
    ends = mesh.points[unique[times == 1].ravel(), :2]
    assert times.max() == 2
    assert ((ends == low.astype(np.float32)) | (ends == high.astype(np.float32))).any(1).all()


def test_instances_of_leaves_are_where_their_fall_says(built: Any) -> None:
    spec = built.spec
    terrain = lake_terrain(spec.terrain, spec.water, spec.seed)
    view = look(LAKE, terrain, spec).view
    azimuth = view.heading + np.radians(spec.wind.direction)
    leaves = leaves_in_air(terrain, spec, view, (float(np.sin(azimuth)), float(np.cos(azimuth))))
    host = built.scene.objects["falling leaves"]
    first = int(read(host.data, "wf_id").min())
    assert 100 < len(leaves) == len(host.data.vertices)
    for frame in (1, 5):
        geometry = host.evaluated_get(graph_at(built, frame)).evaluated_geometry()
        cloud = geometry.instances_pointcloud()
        seconds = frame / spec.render.frame_rate
        there = np.sort(read(cloud, "gt_id")) - first
        assert (there == np.flatnonzero(leaves.gone >= seconds)).all()
        place = read(cloud, "instance_transform", 16)[np.argsort(read(cloud, "gt_id")), 12:15]
        wanted = leaves.places(np.maximum(leaves.landing - seconds, 0))[there]
        assert place == pytest.approx(wanted, abs=1e-3)
    assert {built.table.things[first + index].class_name for index in range(len(leaves))} == {"leaf"}


def test_closed_forms_say_where_everything_that_moves_rigidly_is(built: Any) -> None:
    """Blender evaluates them in float32, 1 km from the origin at most."""
    moved = 0
    for frame in (1, 6):
        graph_at(built, frame)
        poses = read_poses(built)
        seconds = np.array([frame / built.spec.render.frame_rate])
        for motion in built.table.motions:
            rows = np.arange(len(motion.ids))
            there, matrices = poses.find(motion.ids)
            assert (there == motion.exists(rows, seconds)[:, 0]).all()
            origins, rotations = motion.pose(rows, seconds)
            scales = np.linalg.norm(matrices[:, :3, :3], axis=1)[:, None]
            assert np.abs(origins[:, 0] - matrices[:, :3, 3])[there].max(initial=0) < 1e-3
            assert np.abs(rotations[:, 0] - matrices[:, :3, :3] / scales)[there].max(initial=0) < 1e-4
            moved += len(motion.ids)
    assert moved > 1000


def test_leaves_sink_with_the_wind_and_lie_on_the_ground_or_are_gone_in_the_water() -> None:
    def ground(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(x > 8, 0.5, -1.0).astype(np.float32)

    leaves = falling_leaves(VIEW, ground, 1.0, WIND, 0.5, 4.0, stream(3, "leaves"))
    start, end = leaves.places(np.full(len(leaves), 6.0)), leaves.places(np.zeros(len(leaves)))
    way = (end - start) / 6.0
    assert (np.abs(way[:, 2] + 1.0) < 0.31).all()
    assert ((way[:, :2] @ np.array(WIND)) > 0.3).all()
    assert (end[:, 2] == np.maximum(ground(end[:, 0], end[:, 1]), 0)).all()
    assert ((leaves.gone == NEVER) == (end[:, 2] > 0)).all()
    aloft = [((leaves.landing > t) & (leaves.places(leaves.landing - t)[:, 2] < 20)).sum() for t in (0.0, 2.0, 4.0)]
    assert min(aloft) > 30
    assert len(falling_leaves(VIEW, ground, 0.0, WIND, 0.5, 4.0, stream(3, "leaves"))) == 0


def test_leaves_fall_only_where_trees_have_turned(bpy: Any) -> None:
    from wildfield.procgen.scatter.growth import Growth
    from wildfield.procgen.scatter.planting import in_autumn, individuals
    from wildfield.procgen.scene_spec import ScatterSpec

    nothing = np.zeros((1, 3), np.float32)
    trees = [
        Growth(name, name, nothing, nothing, nothing[:, 0], np.array([variant]), np.zeros(1, np.int32), *nothing.T[:2])
        for name, variant in (("oak", 0), ("oak", 1), ("spruce", 0))
    ]
    assert in_autumn(trees, individuals(1, ScatterSpec(autumn=1.0)))
    assert not in_autumn(trees, individuals(1, ScatterSpec(autumn=0.0)))
    assert not in_autumn(trees[2:], individuals(1, ScatterSpec(autumn=1.0)))
