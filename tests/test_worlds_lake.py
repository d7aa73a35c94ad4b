"""A small lake, composed in Blender: the same in any process, everything with an id, on the ground, and seen by the truth."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.procgen.compose import compose
from wildfield.procgen.kinds.lake import sample
from wildfield.procgen.nodes.truth import TRUTH
from wildfield.procgen.spec import override, to_toml
from wildfield.procgen.terrain.plans.lake import lake_terrain

SIZE = {"terrain.resolution": 256, "render.width": 96, "render.height": 54, "render.frames": 6, "camera.rig": "stereo"}
ELSEWHERE = """
import json, sys, tomllib
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from wildfield.procgen.compose import compose
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import from_dict
built = compose(from_dict(SceneSpec, tomllib.loads(sys.stdin.read()), "stdin"))
matrices = [[list(camera.location), list(camera.rotation_euler)] for camera in built.cameras]
print(json.dumps([built.digests, matrices]))
"""


@pytest.fixture(scope="module")
def built(bpy: Any) -> Any:
    """A lake in an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return compose(override(sample(11), SIZE, "test"))


def evaluated(built: Any, item: Any) -> Any:
    """An object as the scene's own dependency graph sees it at its frame."""
    graph = built.scene.view_layers[0].depsgraph
    graph.update()
    return item.evaluated_get(graph)


def hosts(built: Any) -> list[Any]:
    """The objects that carry instances."""
    return [item for item in built.scene.objects if "wildfield.instances" in item.modifiers]


def standing(built: Any) -> list[Any]:
    """The hosts of what stands on the ground; leaves fall, and go under in the lake."""
    return [host for host in hosts(built) if host.name != "falling leaves"]


def values(data: Any, name: str, width: int = 1) -> np.ndarray:
    """A float or integer attribute of a mesh as an array."""
    attribute = data.attributes[name]
    out = np.empty(len(attribute.data) * width, np.int32 if attribute.data_type == "INT" else np.float32)
    attribute.data.foreach_get("vector" if width == 3 else "value", out)
    return out.reshape(-1, width) if width > 1 else out


def plain_processor() -> dict[str, str]:
    """This environment, in which NumPy does without every processor feature that it would pick at run time."""
    core = import_module("numpy._core._multiarray_umath" if np.__version__ >= "2" else "numpy.core._multiarray_umath")
    return os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(core.__cpu_dispatch__)}


def test_another_process_on_a_plainer_processor_builds_the_same_bits(bpy: Any, built: Any) -> None:
    if bpy.app.binary_path:
        pytest.skip("inside Blender there is no second Python that has bpy")
    command = [sys.executable, "-W", "ignore", "-c", ELSEWHERE, str(Path(__file__).parent)]
    answer = subprocess.run(
        command, input=to_toml(built.spec), stdout=subprocess.PIPE, text=True, check=True, env=plain_processor()
    )
    digests, matrices = json.loads(answer.stdout.splitlines()[-1])
    assert digests == built.digests
    assert matrices == [[list(camera.location), list(camera.rotation_euler)] for camera in built.cameras]


def test_every_object_and_instance_has_an_id_of_its_own_in_the_table(bpy: Any, built: Any) -> None:
    seen = [item["gt_id"] for item in built.scene.objects if "gt_id" in item]
    for host in hosts(built):
        seen += values(host.data, "wf_id").tolist()
    assert sorted(seen) == sorted(built.table.things)
    assert len(set(seen)) == len(seen) > 200
    assert 1 <= min(seen) <= max(seen) < 2**24
    assert {thing.class_name for thing in built.table.things.values()} <= set(built.classes)


def test_instances_carry_their_ids_into_the_evaluated_scene(bpy: Any, built: Any) -> None:
    for host in standing(built):
        geometry = evaluated(built, host).evaluated_geometry()  # owns the cloud
        cloud = geometry.instances_pointcloud()
        assert (values(cloud, "gt_id") == values(host.data, "wf_id")).all()


def test_nothing_floats_and_nothing_is_buried(built: Any) -> None:
    terrain = lake_terrain(built.spec.terrain, built.spec.water, built.spec.seed)
    for host in standing(built):
        foot = values(host.data, "position", 3)
        above = foot[:, 2] - terrain.height(foot[:, 0], foot[:, 1])
        scale = values(host.data, "wf_scale")
        assert above.max() <= 1e-3, host.name
        assert (above >= -0.02 - 0.2 * scale).all(), host.name


def test_the_drawn_ground_meets_the_feet_of_what_stands_near(bpy: Any, built: Any) -> None:
    from mathutils.bvhtree import BVHTree

    land = built.scene.objects["land"].data
    tree = BVHTree.FromPolygons([v.co for v in land.vertices], [p.vertices for p in land.polygons])
    eye = np.array(evaluated(built, built.cameras[0]).matrix_world.translation)
    for host in standing(built):
        feet = values(host.data, "position", 3)
        for foot in feet[np.linalg.norm(feet - eye, axis=1) < 60][:150]:
            hit = tree.ray_cast((*foot[:2], 500.0), (0, 0, -1))[0]
            # Faces are about a pixel wide; the pictures here have few.
            assert abs(hit.z - foot[2]) < 0.1 + 0.012 * np.linalg.norm(foot - eye), host.name


def test_no_plant_comes_near_the_cameras(built: Any) -> None:
    frames = range(built.frames.start - 1, built.frames.stop + 1)
    for frame in frames:
        built.scene.frame_set(frame)
        for camera in built.cameras:
            eye = np.array(evaluated(built, camera).matrix_world.translation)
            for host in standing(built):
                feet, scale = values(host.data, "position", 3), values(host.data, "wf_scale")
                box = max(float(np.abs(thing.box[:, :2]).max()) for thing in _things_of(built, host))
                assert (np.linalg.norm(feet[:, :2] - eye[:2], axis=1) > 0.7 * box * scale).all(), (host.name, frame)
    built.scene.frame_set(built.frames.start)


def _things_of(built: Any, host: Any) -> list[Any]:
    return [built.table.things[int(number)] for number in np.unique(values(host.data, "wf_id"))]


def test_every_material_tells_the_truth_render(bpy: Any, built: Any) -> None:
    used = {slot for mesh in bpy.data.meshes for slot in mesh.materials}
    assert len(used) > 6
    for material in used:
        groups = {node.node_tree.name for node in material.node_tree.nodes if node.type == "GROUP" and node.node_tree}
        assert TRUTH in groups, material.name


def test_stereo_cameras_stand_a_baseline_apart_and_move_with_the_frames(built: Any) -> None:
    left, right = built.cameras
    assert built.camera_names == ["left", "right"]
    places = []
    for frame in (0, 1, 2, built.frames.stop):
        built.scene.frame_set(frame)
        here, there = (evaluated(built, camera).matrix_world.copy() for camera in (left, right))
        apart = np.array(there.translation) - np.array(here.translation)
        assert np.linalg.norm(apart) == pytest.approx(built.spec.camera.baseline, rel=1e-3)
        assert apart @ np.array(here.col[0][:3]) == pytest.approx(built.spec.camera.baseline, rel=1e-3)
        places.append(np.array(here.translation))
    step = built.spec.camera.speed / built.spec.render.frame_rate
    assert np.linalg.norm(places[1] - places[0]) == pytest.approx(step, rel=0.05)
    built.scene.frame_set(built.frames.start)


def test_the_meadow_sways_with_time_alone(bpy: Any, built: Any) -> None:
    meadow = built.scene.objects["meadow"]

    def points(frame: int) -> np.ndarray:
        built.scene.frame_set(frame)
        return values(evaluated(built, meadow).data, "position", 3)

    first, second, again = points(1), points(2), points(1)
    assert (first == again).all()
    assert 1e-4 < np.abs(second - first).max() < 0.5


def test_more_trees_are_planted_when_the_spec_asks_for_them(built: Any) -> None:
    from wildfield.procgen.cameras.view import skyline
    from wildfield.procgen.kinds.lake import LAKE
    from wildfield.procgen.kinds.landscape import REACH, look
    from wildfield.procgen.scatter.forest import Woods, forest
    from wildfield.procgen.scatter.habitat import Habitat

    terrain = lake_terrain(built.spec.terrain, built.spec.water, built.spec.seed)
    view = look(LAKE, terrain, built.spec).view
    land = skyline(view, terrain.height, REACH)
    counts = []
    for trees in (0.0, 0.4, 1.0):
        scatter = dataclasses.replace(built.spec.scatter, trees=trees)
        counts.append(sum(map(len, forest(Woods(), Habitat(terrain, scatter, built.spec.seed), view, land, 0.3))))
    assert counts[0] < 0.3 * counts[1] < counts[2]
