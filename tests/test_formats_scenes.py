"""Scenes as 3D files, read back by trimesh and by Pixar's USD: the world that was composed, as objects.json has it."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from wildfield.cli import DONE, main
from wildfield.errors import UserError
from wildfield.exporters.formats import formats
from wildfield.exporters.models.colours import Paints
from wildfield.exporters.reader import Scene, open_dataset
from wildfield.procgen import registry
from wildfield.procgen.kinds.asset import asset_mesh
from wildfield.procgen.materials.colours import mean_colours, representative_colour
from wildfield.procgen.meshes import Attribute, MeshData, triangulated

FERN = ["--asset", "fern", "--seed", "3", "--views", "9", "--resolution", "32x32", "--samples", "1"]
LAKE = ["--kind", "lake", "--seed", "5", "--resolution", "96x54", "--samples", "1", "--set", "terrain.resolution=256"]
LAKE += ["--set", "scatter.trees=0.1", "--set", "wind.strength=0.6"]


def generated(folder: Path, words: list[str]) -> Path:
    assert main(["generate", str(folder), *words, "--progress", "none"]) == DONE
    return folder


@pytest.fixture(scope="module")
def fern(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("scenes") / "fern", FERN)


@pytest.fixture(scope="module")
def lake(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("scenes") / "lake", LAKE)


def only_scene(dataset: Path) -> Scene:
    (scene,) = open_dataset(dataset).scenes
    return scene


def grown(dataset: Path) -> MeshData:
    """The fern, grown from the parameters that objects.json names."""
    (row,) = only_scene(dataset).objects.values()
    return asset_mesh("fern", row["parameters"], 3)


def read_glb(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The JSON of a binary glTF file, and its things' nodes."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    content = json.loads(data[20 : 20 + length])
    return content, [node for node in content["nodes"] if "extras" in node]


@pytest.mark.parametrize("form", ["glb", "obj", "ply"])
def test_a_plant_alone_has_the_faces_and_the_bounds_that_it_grew(form: str, fern: Path, tmp_path: Path) -> None:
    assert main(["export", str(fern), "--to", form, str(tmp_path / "out")]) == DONE
    read = trimesh.load(tmp_path / "out" / f"scene.{form}", process=False, force="mesh")
    mesh = grown(fern)
    assert len(read.faces) == len(triangulated(mesh).faces)
    bounds = mesh.bounds[:, [0, 2, 1]] * (1, 1, -1) if form == "glb" else mesh.bounds
    assert np.allclose(read.bounds, np.sort(bounds, axis=0), atol=1e-4)


def test_a_plant_alone_in_usd_is_the_mesh_that_grew(fern: Path, tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom

    formats["usd"].write(fern, tmp_path / "out")
    stage = Usd.Stage.Open(str(tmp_path / "out" / "scene.usdc"))
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Z", 1.0)
    assert stage.GetDefaultPrim().GetName() == "world"
    thing = stage.GetPrimAtPath("/world/fern")
    assert thing.GetAttribute("userProperties:gt_id").Get() == 1
    read, mesh = UsdGeom.Mesh(thing.GetChild("mesh")), grown(fern)
    assert np.array_equal(read.GetPointsAttr().Get(), mesh.points)
    assert np.array_equal(np.reshape(read.GetFaceVertexIndicesAttr().Get(), mesh.faces.shape), mesh.faces)


def test_a_scenes_materials_have_the_colours_of_their_faces(fern: Path, tmp_path: Path) -> None:
    """By point in glTF; in OBJ one a material, the mean."""
    formats["glb"].write(fern, tmp_path / "glb")
    formats["obj"].write(fern, tmp_path / "obj")
    content, _ = read_glb(tmp_path / "glb" / "scene.glb")
    text = (tmp_path / "obj" / "scene.mtl").read_text()
    assert "\no fern\n" in (tmp_path / "obj" / "scene.obj").read_text()
    assert {item["name"] for item in content["materials"]} == set(grown(fern).materials)
    assert all("COLOR_0" in item["attributes"] for item in content["meshes"][0]["primitives"])
    for name, colour in mean_colours(grown(fern)).items():
        assert f"newmtl {name}\nKd " + " ".join(f"{value:.4f}" for value in colour) in text


def test_materials_of_one_name_and_other_colours_are_told_apart() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)

    def leaf(*colour: float) -> MeshData:
        tint = {"tint": Attribute("FACE", np.array([colour], np.float32))}
        return MeshData(points, np.array([[0, 1, 2]], np.int32), np.zeros(1, np.int32), ("leaf",), tint)

    paints = Paints()
    names = [paints.of(leaf(*colour))["leaf"].name for colour in ((0.1, 0.2, 0.0), (0.3, 0.2, 0.0), (0.1, 0.2, 0.0))]
    assert names == ["leaf", "leaf_2", "leaf"]
    assert [paint.colour for paint in paints.known.values()] == [(0.1, 0.2, 0.0), (0.3, 0.2, 0.0)]


def test_every_material_there_is_has_a_representative_colour(bpy: Any) -> None:
    for name in registry.materials():
        assert max(representative_colour(name)) < 1


def test_a_glb_world_has_a_node_for_each_thing_where_the_truth_saw_it(lake: Path, tmp_path: Path) -> None:
    formats["glb"].write(lake, tmp_path / "out")
    scene = only_scene(lake)
    content, nodes = read_glb(tmp_path / "out" / "scene.glb")
    by_id = {node["extras"]["gt_id"]: node for node in nodes}
    assert len(by_id) == len(nodes) > len(scene.objects) > 10
    poses = scene.poses(1)
    for number, matrix in zip(poses.ids.tolist(), poses.matrices, strict=True):
        assert by_id[number]["name"] == scene.objects[number]["name"]
        assert np.allclose(np.reshape(by_id[number]["matrix"], (4, 4)).T, matrix, atol=1e-5)
    assert len(content["meshes"]) < 0.5 * len(nodes), "meshes are shared"
    read = trimesh.load(tmp_path / "out" / "scene.glb")
    parts = sum(len(content["meshes"][node["mesh"]]["primitives"]) for node in nodes)
    assert len(read.graph.nodes_geometry) == parts


def test_a_usd_world_has_an_instance_for_each_thing_where_the_truth_saw_it(lake: Path, tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom

    formats["usd"].write(lake, tmp_path / "out")
    scene = only_scene(lake)
    stage = Usd.Stage.Open(str(tmp_path / "out" / "scene.usdc"))
    things = {prim.GetAttribute("userProperties:gt_id").Get(): prim for prim in stage.GetPrimAtPath("/world").GetChildren()}
    assert len(things) == len(stage.GetPrimAtPath("/world").GetChildren()) > len(scene.objects)
    cache, poses = UsdGeom.XformCache(), scene.poses(1)
    for number, matrix in zip(poses.ids.tolist(), poses.matrices, strict=True):
        assert things[number].GetDisplayName() == scene.objects[number]["name"]
        assert np.allclose(np.array(cache.GetLocalToWorldTransform(things[number])).T, matrix, atol=1e-5)
    instances = [prim for prim in things.values() if prim.IsInstance()]
    assert len(instances) > 100
    assert len(stage.GetPrototypes()) < 0.5 * len(instances)
    for prototype in stage.GetPrototypes():
        assert prototype.GetChild("mesh").IsA(UsdGeom.Mesh)
    assert not [item for item in stage.Traverse() if item.GetPath().HasPrefix("/prototypes")], "prototypes show nothing"


def test_a_ply_world_holds_what_was_seen_with_ids_in_the_boxes_of_the_truth(lake: Path, tmp_path: Path) -> None:
    formats["ply"].write(lake, tmp_path / "out")
    scene = only_scene(lake)
    read = trimesh.load(tmp_path / "out" / "scene.ply", process=False)
    ids = read.metadata["_ply_raw"]["vertex"]["data"]["gt_id"]
    assert set(np.unique(ids).tolist()) == set(scene.objects)
    assert (ids[read.faces] == ids[read.faces[:, :1]]).all(), "no face joins two things"
    starts = np.flatnonzero(np.diff(ids, prepend=0))
    assert len(starts) == len(scene.objects), "the points of a thing follow each other"
    shown = scene.poses(1)
    poses = dict(zip(shown.ids.tolist(), shown.matrices, strict=True))
    for points, number in zip(np.split(np.asarray(read.vertices), starts[1:]), ids[starts].tolist(), strict=True):
        row, matrix = scene.objects[number], poses[number]
        if not row["deforms"]:
            local = (points - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
            assert np.allclose([local.min(0), local.max(0)], row["box"], atol=5e-3), row["name"]


def test_a_spec_that_grows_another_scene_is_refused(fern: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(fern, other)
    path = only_scene(other).folder / "objects.json"
    path.write_text(path.read_text().replace('"name": "fern"', '"name": "palm"'))
    with pytest.raises(UserError, match=r"scene\.toml: grows into another scene.*version"):
        formats["glb"].write(other, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["other"]


def test_without_blender_the_error_says_how_to_get_it(fern: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bpy", None)
    for form in ("glb", "obj", "ply"):
        with pytest.raises(UserError, match=r"wildfield\[blender\]"):
            formats[form].write(fern, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
