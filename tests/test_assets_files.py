"""Assets as files: read back by trimesh, by Pixar's library and by Blender."""

import json
import struct
import sys

import numpy as np
import pytest
import trimesh

from wildfield.errors import UserError
from wildfield.exporters.models.assets import write_asset
from wildfield.procgen.compose import asset_parameters
from wildfield.procgen.kinds.asset import asset_mesh, exposure
from wildfield.procgen.materials.colours import representative_colour
from wildfield.procgen.meshes import triangulated
from wildfield.procgen.spec import to_dict


def grown(generator: str, seed: int, **values: str):
    return asset_mesh(generator, to_dict(asset_parameters(generator, seed, values)), seed)


def test_a_glb_file_holds_every_material_with_its_name_and_colour(tmp_path):
    write_asset("poppy", 3, tmp_path / "poppy.glb", {})
    mesh = grown("poppy", 3)
    scene = trimesh.load(tmp_path / "poppy.glb")
    read = {item.visual.material.name: item for item in scene.geometry.values()}
    assert set(read) == set(mesh.materials)
    assert sum(len(item.faces) for item in read.values()) == len(triangulated(mesh).faces)


def test_a_glb_file_holds_the_colours_of_the_faces_at_its_points(tmp_path):
    """Every blade of the meadow has one colour, in 16 bits, linear: what a reader finds at a face's corners is its own."""
    write_asset("grass", 2, tmp_path / "grass.glb", {"culms": 0})
    data = (tmp_path / "grass.glb").read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    content, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    (primitive,) = content["meshes"][0]["primitives"]
    assert content["materials"][primitive["material"]]["pbrMetallicRoughness"]["baseColorFactor"] == [1.0, 1.0, 1.0, 1.0]

    def values(number, dtype):
        view = content["bufferViews"][content["accessors"][number]["bufferView"]]
        return np.frombuffer(binary, dtype, offset=view["byteOffset"], count=view["byteLength"] // np.dtype(dtype).itemsize)

    accessor = content["accessors"][primitive["attributes"]["COLOR_0"]]
    assert (accessor["componentType"], accessor["normalized"], accessor["type"]) == (5123, True, "VEC4")
    colours = values(primitive["attributes"]["COLOR_0"], "<u2").reshape(-1, 4) / 65535
    read = colours[values(primitive["indices"], "<u4").reshape(-1, 3)].mean(1)
    mesh = triangulated(asset_mesh("grass", to_dict(asset_parameters("grass", 2, {"culms": 0})), 2))
    assert (colours[:, 3] == 1).all()
    assert np.abs(read[:, :3] - mesh.attributes["tint"].values).max() < 0.02
    assert np.abs(read[:, :3] - mesh.attributes["tint"].values).mean() < 0.002


def test_a_stone_without_colours_of_its_own_has_the_one_that_stands_for_it(tmp_path):
    write_asset("rock", 5, tmp_path / "rock.glb", {})
    (item,) = trimesh.load(tmp_path / "rock.glb").geometry.values()
    colour = np.asarray(item.visual.material.baseColorFactor)[:3] / 255
    assert np.abs(colour - representative_colour(grown("rock", 5).materials[0])).max() < 0.01


def test_a_glb_file_is_y_up_and_in_metres(tmp_path):
    write_asset("rock", 5, tmp_path / "rock.glb", {})
    low, high = trimesh.load(tmp_path / "rock.glb").bounds
    box = grown("rock", 5).bounds
    assert np.allclose([low[1], high[1]], box[:, 2], atol=1e-5)
    assert np.allclose([low[0], high[0]], box[:, 0], atol=1e-5)


@pytest.mark.parametrize("ending", ["ply", "obj"])
def test_plain_files_hold_the_same_faces_with_vertex_colours(tmp_path, ending):
    write_asset("grass", 2, tmp_path / f"grass.{ending}", {"blades": "20", "culms": 0})
    read = trimesh.load(tmp_path / f"grass.{ending}", process=False)
    mesh = asset_mesh("grass", to_dict(asset_parameters("grass", 2, {"blades": 20, "culms": 0})), 2)
    assert len(read.faces) == len(triangulated(mesh).faces)
    assert np.allclose(read.bounds, mesh.bounds, atol=1e-5)
    encoded = np.asarray(read.visual.vertex_colors)[:, :3] / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    tint = triangulated(mesh).attributes["tint"].values
    assert np.abs(linear[read.faces].mean(1) - tint).max() < 0.02, "nearly one colour along a blade"


def test_a_blend_file_opens_with_the_mesh_and_its_materials(tmp_path):
    bpy = pytest.importorskip("bpy")
    write_asset("grass", 2, tmp_path / "grass.blend", {})
    with bpy.data.libraries.load(str(tmp_path / "grass.blend")) as (source, target):
        target.objects = source.objects
    (item,) = target.objects
    assert len(item.data.polygons) == len(grown("grass", 2).faces)
    assert [slot.material.name.partition(".0")[0] for slot in item.material_slots] == ["wildfield.grass"]


def test_a_usd_file_holds_every_face_once_under_its_material(tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdShade, UsdUtils

    write_asset("poppy", 3, tmp_path / "poppy.usda", {})
    mesh = grown("poppy", 3)
    stage = Usd.Stage.Open(str(tmp_path / "poppy.usda"))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    root = stage.GetDefaultPrim()
    assert (root.GetName(), Usd.ModelAPI(root).GetKind()) == ("poppy", "component")
    (prim,) = (item for item in stage.Traverse() if item.IsA(UsdGeom.Mesh))
    read = UsdGeom.Mesh(prim)
    assert np.array_equal(read.GetPointsAttr().Get(), mesh.points)
    assert np.array_equal(np.reshape(read.GetFaceVertexIndicesAttr().Get(), mesh.faces.shape), mesh.faces)
    assert np.allclose(UsdGeom.BBoxCache(0, ["default"]).ComputeWorldBound(root).ComputeAlignedRange().GetMin(), mesh.bounds[0])
    subsets = UsdShade.MaterialBindingAPI(prim).GetMaterialBindSubsets()
    assert sorted(face for subset in subsets for face in subset.GetIndicesAttr().Get()) == list(range(len(mesh.faces)))
    for subset in subsets:
        material = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()[0]
        name = material.GetPrim().GetName()
        assert (mesh.material[subset.GetIndicesAttr().Get()] == mesh.materials.index(name)).all()
        shader = material.ComputeSurfaceSource()[0]
        assert shader.GetIdAttr().Get() == "UsdPreviewSurface"
        reader = UsdShade.Shader(shader.GetInput("diffuseColor").GetConnectedSources()[0][0].source.GetPrim())
        assert (reader.GetIdAttr().Get(), reader.GetInput("varname").Get()) == ("UsdPrimvarReader_float3", "displayColor")
    assert read.GetDisplayColorPrimvar().GetInterpolation() == "uniform"
    assert np.array_equal(read.GetDisplayColorAttr().Get(), mesh.attributes["tint"].values)
    assert len(UsdUtils.ComputeAllDependencies(str(tmp_path / "poppy.usda"))[0]) == 1, "it stands alone"


@pytest.mark.parametrize("ending", ["usdc", "usda", "usd"])
def test_the_same_seed_gives_the_same_usd_bytes(tmp_path, ending):
    pytest.importorskip("pxr")
    for name in ("one", "two"):
        write_asset("fern", 4, tmp_path / f"{name}.{ending}", {})
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


def test_without_the_usd_library_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(UserError, match=r"pip install 'wildfield\[formats\]'"):
        write_asset("grass", 1, tmp_path / "grass.usdc", {})
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_ending_names_the_allowed_ones_and_writes_nothing(tmp_path):
    with pytest.raises(UserError, match=r"'\.gbl', did you mean '\.glb'\?.*\.blend"):
        write_asset("grass", 1, tmp_path / "grass.gbl", {})
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_parameter_or_folder_is_an_error_that_says_where(tmp_path):
    with pytest.raises(UserError, match=r"heigth.*height"):
        write_asset("grass", 1, tmp_path / "grass.ply", {"heigth": 1})
    (tmp_path / "a.ply").touch()
    with pytest.raises(UserError, match="cannot be written"):
        write_asset("grass", 1, tmp_path / "a.ply" / "grass.ply", {})
    with pytest.raises(UserError, match="seed -1: seeds are whole numbers"):
        write_asset("grass", -1, tmp_path / "grass.ply", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.ply"]


def test_the_folder_of_an_asset_is_made(tmp_path):
    write_asset("grass", 1, tmp_path / "new" / "grass.ply", {})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["grass.ply"]


def test_exposure_brightens_dark_things_and_keeps_white_flowers_below_white():
    assert exposure(grown("spruce", 1)) > 0.8
    assert exposure(grown("daisy", 1)) < 0.6


def test_a_few_pale_flowers_do_not_darken_a_cactus():
    bare, in_flower = (exposure(grown("saguaro", 1, season=season)) for season in ("winter", "spring"))
    assert in_flower == pytest.approx(bare, abs=0.7)
