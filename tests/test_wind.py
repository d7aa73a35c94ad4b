"""Plants in the wind: trunk, boughs and leaves move by the time alone, hold together, and flow tells where they went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.jobs.plan import plan
from wildfield.procgen.cameras.rules import idle
from wildfield.procgen.compose import compose, draw
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.suppleness import in_wind
from wildfield.procgen.registry import generators
from wildfield.procgen.rng import stream
from wildfield.procgen.spec import override

FRESH = 0.6
"""The strongest wind that a lake draws."""
RATE = 24.0


class Windy:
    """A plant alone in the wind, in an empty file."""

    def __init__(self, bpy: Any, name: str, strength: float, phase: float = 1.0) -> None:
        from wildfield.procgen.nodes.objects import Wind, add_object, to_blender
        from wildfield.procgen.nodes.wind import Bending, bend_in_wind, lean_of

        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.bpy, entry = bpy, generators()[name]
        self.mesh: MeshData = in_wind(entry.build(entry.sample(stream(1, "draw")), stream(1, "build"), "near"))
        height, reach = float(self.mesh.bounds[1, 2]), float(np.abs(self.mesh.bounds[:, :2]).max())
        self.bending = Bending(lean_of(height, strength), strength, phase, height, reach, (0.6, 0.8))
        self.item = add_object(bpy.context.scene, to_blender(self.mesh, name), name, 1, deforms=True)
        bend_in_wind(self.item, self.bending, Wind((0.6, 0.8), 0.5, RATE))

    def at(self, frame: int) -> np.ndarray:
        """The points (V, 3) at a frame."""
        self.bpy.context.scene.frame_set(frame)
        return vertices(self.item.evaluated_get(self.bpy.context.evaluated_depsgraph_get()).data)


def vertices(mesh: Any) -> np.ndarray:
    out = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.attributes["position"].data.foreach_get("vector", out)
    return out.reshape(-1, 3)


def test_a_frame_is_the_same_in_whatever_order_it_is_reached(bpy: Any) -> None:
    plant = Windy(bpy, "daisy", FRESH)
    first = {frame: plant.at(frame) for frame in (1, 2, 9)}
    again = {frame: plant.at(frame) for frame in (9, 1, 2)}
    assert all((first[frame] == again[frame]).all() for frame in first)
    assert np.abs(first[2] - first[1]).max() > 1e-4


def test_without_wind_every_point_stays_to_the_bit(bpy: Any) -> None:
    plant = Windy(bpy, "hazel", 0.0)
    assert all((plant.at(frame) == plant.mesh.points).all() for frame in (1, 7))


@pytest.mark.parametrize("name", ["oak", "spruce", "fern", "hazel", "daisy"])
def test_wood_holds_together_and_leaves_stay_on_it(bpy: Any, name: str) -> None:
    from mathutils.kdtree import KDTree

    plant = Windy(bpy, name, FRESH)
    points, root = plant.mesh.points.astype(float), plant.mesh.attributes["root"].values
    wood = (root == plant.mesh.points).all(1)
    faces = plant.mesh.faces
    edges = np.concatenate([np.stack([faces[:, i - 1], faces[:, i]], 1) for i in range(faces.shape[1])])
    edges = edges[wood[edges].all(1)]
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    edges, length = edges[length > 1e-5], length[length > 1e-5]
    # The foot of a blade goes where the wood beside it goes, but for its own small turn.
    blades = np.flatnonzero(~wood)
    reach = np.linalg.norm(points - root, axis=1)
    order = blades[np.lexsort((reach[blades], *root[blades].T))]
    foot = order[np.unique(root[order], axis=0, return_index=True)[1]]
    foot = foot[:: max(len(foot) // 500, 1)]
    tree = KDTree(int(wood.sum()))
    for index in np.flatnonzero(wood).tolist():
        tree.insert(points[index].tolist(), index)
    tree.balance()
    _, beside, away = (np.array(column) for column in zip(*(tree.find(place.tolist()) for place in root[foot]), strict=True))
    near = away < 0.05
    foot, beside, allowed = foot[near], beside[near], 0.15 * away[near] + 0.7 * reach[foot[near]]
    assert len(foot) > 10
    for frame in (3, 20, 31):
        bent = plant.at(frame).astype(float)
        assert np.isfinite(bent).all()
        drawn = np.linalg.norm(bent[edges[:, 0]] - bent[edges[:, 1]], axis=1) / length
        assert np.abs(drawn - 1.0).max() < 0.03
        apart = (bent - points)[foot] - (bent - points)[beside]
        assert (np.linalg.norm(apart, axis=1) < allowed + 1e-4).all()


def test_trunk_and_leaves_move_at_their_own_rates(bpy: Any) -> None:
    plant = Windy(bpy, "birch", FRESH)
    root = plant.mesh.attributes["root"].values
    wood = (root == plant.mesh.points).all(1)
    top = np.flatnonzero(wood)[plant.mesh.points[wood, 2].argmax()]
    leaves = np.flatnonzero(plant.mesh.attributes["wf_supple"].values == 1.0)
    tips = leaves[np.linalg.norm(plant.mesh.points - root, axis=1)[leaves] > 0.02][:: len(leaves) // 50]
    moments = np.stack([plant.at(frame) for frame in range(1, 241)]).astype(float)
    hertz = np.fft.rfftfreq(len(moments), 1.0 / RATE)

    def loudest(motion: np.ndarray) -> np.ndarray:
        return np.asarray(hertz[np.abs(np.fft.rfft(motion - motion.mean(0), axis=0)).argmax(0)])

    sway = moments[:, top, :2] @ plant.bending.direction
    assert 0.2 <= loudest(sway) <= 0.6
    assert abs(loudest(sway) - plant.bending.rate) < 0.1
    # The trunk's slow sway is in every leaf too: the second difference lets the quick flutter through.
    quick = np.diff(moments[:, tips, 2], n=2, axis=0)
    hertz = np.fft.rfftfreq(len(quick), 1.0 / RATE)
    rates = loudest(quick)
    assert np.mean((rates > 1.9) & (rates < 5.1)) > 0.8
    assert np.ptp(rates) > 1.5


def test_individuals_do_not_move_in_step(bpy: Any) -> None:
    ways = []
    for phase in (0.3, 2.6):
        plant = Windy(bpy, "daisy", FRESH, phase)
        ways.append(np.stack([plant.at(frame) for frame in range(1, 61)]).astype(float)[:, plant.mesh.points[:, 2].argmax()])
    first, second = (way - way.mean(0) for way in ways)
    assert abs((first * second).sum()) < 0.7 * np.sqrt((first**2).sum() * (second**2).sum())


@pytest.fixture(scope="module")
def windy_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Eight frames of a hazel in the wind on a turntable, and the scene that they show."""
    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest

    bpy.ops.wm.read_factory_settings(use_empty=True)
    values = {"camera.rig": "turntable", "wind.strength": FRESH, "asset.generator": "hazel", "render.truth": "full"}
    sizes = {"render.width": 96, "render.height": 96, "render.samples": 1, "render.frames": 8, "render.tracks": 40}
    built = compose(override(draw("asset", 2), values | sizes, "test"))
    root = tmp_path_factory.mktemp("wind") / "dataset"
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "2"))
    return root, built


def test_a_dataset_of_a_plant_in_the_wind_keeps_every_law(windy_dataset: tuple[Path, Any]) -> None:
    from wildfield.jobs.verify import table, verify

    checks = verify(windy_dataset[0])
    assert all(check.ok for check in checks), table(checks)


def test_flow_of_leaves_leads_where_blenders_own_vertices_went(windy_dataset: tuple[Path, Any]) -> None:
    from mathutils.bvhtree import BVHTree
    from mathutils.geometry import barycentric_transform

    from wildfield.exporters.reader import open_dataset

    root, built = windy_dataset
    item = built.scene.objects["hazel"]
    moments = []
    for frame in (1, 2):
        built.scene.frame_set(frame)
        graph = built.scene.view_layers[0].depsgraph
        graph.update()
        mesh = item.evaluated_get(graph).data
        mesh.calc_loop_triangles()
        moments.append(vertices(mesh).tolist())
    triangles = [tuple(triangle.vertices) for triangle in mesh.loop_triangles]
    tree = BVHTree.FromPolygons(moments[0], triangles)
    frames = list(open_dataset(root).scenes[0].frames())
    flow, seen = frames[0].read("flow_forward").astype(float), frames[0].read("valid")
    surface = frames[0].camera.surface(frames[0].read("depth"))
    rows, columns = np.nonzero(seen)
    error, way = [], []
    for row, column in zip(rows[::7], columns[::7], strict=True):
        point, _, number, distance = tree.find_nearest(surface[row, column].tolist())
        assert distance < 1e-4
        before, after = ([corners[corner] for corner in triangles[number]] for corners in moments)
        there = np.array(barycentric_transform(point, *map(_vector, before), *map(_vector, after)))
        pixel, _ = frames[1].camera.project(there[None])
        error.append(np.linalg.norm(pixel[0] - (column + 0.5, row + 0.5) - flow[row, column]))
        way.append(np.linalg.norm(there - surface[row, column]))
    assert len(error) > 200
    assert np.median(way) > 1e-3
    assert np.percentile(error, 99) < 2e-3


def _vector(corner: list[float]) -> Any:
    from mathutils import Vector

    return Vector(corner)


def test_only_a_turntable_has_wind_and_only_for_plants() -> None:
    def reason(asset: str, rig: str, key: str, strength: str = "0.5") -> str | None:
        pairs = {"wind.strength": strength}
        return idle(plan(None, asset, None, pairs, {"camera.rig": rig}, 0, 1).spec(0), key)

    assert reason("oak", "turntable", "wind.strength") is None
    assert "turntable" in str(reason("oak", "orbit", "wind.strength"))
    assert "stone" in str(reason("rock", "turntable", "wind.strength"))
    assert "wind.strength" in str(reason("oak", "turntable", "wind.direction", "0"))
    with pytest.raises(UserError, match="moving_faces"):
        override(draw("lake", 0), {"wind.moving_faces": -1}, "test")


def test_an_asset_stands_still_unless_a_wind_is_asked_for(bpy: Any) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    built = compose(override(draw("asset", 2), {"camera.rig": "turntable", "asset.generator": "daisy"}, "test"))
    (thing,) = built.table.things.values()
    assert not thing.deforms
    assert not built.scene.objects["daisy"].modifiers
