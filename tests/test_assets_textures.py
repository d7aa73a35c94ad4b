"""Baked textures: read back by trimesh and by Pixar's library, and compared with what Cycles shows of the materials."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from wildfield.errors import UserError
from wildfield.exporters.images import read_exr, read_png
from wildfield.exporters.models.assets import write_asset
from wildfield.exporters.models.baking.atlas import pack
from wildfield.exporters.models.baking.maps import Maps, Textured, corner_normals
from wildfield.exporters.models.baking.patches import by_faces
from wildfield.exporters.models.glb_file import write_glb
from wildfield.exporters.models.scene_files import Shape, World
from wildfield.procgen.compose import asset_parameters
from wildfield.procgen.kinds.asset import asset_mesh
from wildfield.procgen.meshes import MeshData, triangulated
from wildfield.procgen.spec import to_dict

SIZE = 64


def grown(generator: str, seed: int) -> MeshData:
    return asset_mesh(generator, to_dict(asset_parameters(generator, seed, {})), seed)


def geometry(path: Path) -> list[Any]:
    """What trimesh finds in a file: a mesh for each material, with its pictures, for which it needs Pillow."""
    pytest.importorskip("PIL")
    return list(trimesh.load(path, process=False).geometry.values())


def linear(encoded: Any) -> Any:
    """sRGB 0..255 to linear 0..1 (IEC 61966-2-1)."""
    value = np.asarray(encoded, np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def faces_and_colours(path: Path) -> dict[str, tuple[Any, Any]]:
    """By material of a glTF file that trimesh reads: the faces' centres (F, 3), z up as the mesh's own, and colours (F, 3)."""
    found = {}
    for item in geometry(path):
        picture = np.asarray(item.visual.material.baseColorTexture.convert("RGB"))
        size = len(picture)
        place = item.visual.uv[item.faces].mean(1) * size
        column, row = np.clip(place.astype(int), 0, size - 1).T
        centres = item.vertices[item.faces].mean(1)
        found[item.visual.material.name] = (centres, linear(picture[size - 1 - row, column]))
    return found


@pytest.fixture(scope="module")
def rock(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("textures") / "rock.glb"
    write_asset("rock", 5, path, {"geology": "limestone"}, 256)
    return path


def test_tiles_overlap_nowhere_and_fill_most_of_the_square() -> None:
    rng = np.random.default_rng(3)
    sides = rng.lognormal(-3, 1, (3000, 2))
    tiles = pack(sides, sides.prod(1), 256)
    taken = np.zeros((256, 256), int)
    for x, y, width, height in zip(tiles.x, tiles.y, tiles.width, tiles.height, strict=True):
        taken[y : y + height, x : x + width] += 1
    assert taken.max() == 1
    assert taken.mean() > 0.7
    assert (np.diff(tiles.of_face) >= 0).all() and len(tiles.of_face) == 3000
    assert (tiles.of_face[tiles.leader] == np.arange(len(tiles.leader))).all()


def test_more_faces_than_texels_share_them() -> None:
    tiles = pack(np.full((5000, 2), 0.1), np.full(5000, 0.01), 16)
    assert len(tiles.leader) <= 256
    assert np.bincount(tiles.of_face).max() < 2 * 5000 / len(tiles.leader)


def test_a_texel_at_a_corner_is_painted_at_the_corner_itself() -> None:
    points = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]], np.float32)
    mesh = MeshData(points, np.array([[0, 1, 2, 3]], np.int32), np.zeros(1, np.int32), ("stone_granite",))
    patches, uv = by_faces(mesh, corner_normals(mesh), np.array([0]), 32)
    (corner,), (whole,), (place,) = patches.corners, patches.uv, uv
    across = (corner[1] - corner[0])[0] / (whole[1] - whole[0])[0]
    along = (corner[3] - corner[0])[1] / (whole[3] - whole[0])[1]
    assert np.allclose(corner[0, :2] + (place - whole[0]) * [across, along], points[:, :2], atol=1e-6)


@pytest.mark.parametrize("form", ["glb", "usdz", "obj"])
def test_the_same_seed_gives_the_same_bytes(bpy: Any, tmp_path: Path, form: str) -> None:
    if form == "usdz":
        pytest.importorskip("pxr")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_asset("poppy", 4, tmp_path / name / f"poppy.{form}", {}, SIZE)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert files
    for file in files:
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two, file


def test_nothing_is_left_in_the_blender_file(bpy: Any, tmp_path: Path) -> None:
    def counts() -> list[int]:
        return [len(kind) for kind in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes, bpy.data.images)]

    before = counts()
    write_asset("poppy", 2, tmp_path / "poppy.glb", {}, SIZE)
    assert counts() == before


def test_trimesh_finds_every_texture_and_every_face_in_a_glb_file(rock: Path) -> None:
    (item,) = geometry(rock)
    look = item.visual.material
    assert len(item.faces) == len(triangulated(grown("rock", 5)).faces)
    for picture in (look.baseColorTexture, look.metallicRoughnessTexture, look.normalTexture):
        assert picture.size == (256, 256)
    assert (item.visual.uv >= 0).all() and (item.visual.uv <= 1).all()
    _, green, blue = np.moveaxis(np.asarray(look.metallicRoughnessTexture.convert("RGB")), -1, 0)
    assert np.abs(green / 255 - 0.85).max() < 0.01, "dry stone is 0.85 rough"
    assert not blue.any()
    assert look.alphaMode in (None, "OPAQUE")


def test_the_texture_of_a_stone_has_the_albedo_of_its_truth_render_face_by_face(rock: Path, tmp_path: Path) -> None:
    from wildfield.cli import DONE, main

    words = [
        "--asset",
        "rock",
        "--set",
        "asset.parameters.geology=limestone",
        "--seed",
        "5",
        "--views",
        "4",
        "--resolution",
        "96x96",
        "--samples",
        "1",
    ]
    assert main(["generate", str(tmp_path / "d"), *words, "--truth", "albedo,position", "--progress", "none"]) == DONE
    centres, colours = faces_and_colours(rock)["stone_limestone"]
    spatial = pytest.importorskip("scipy.spatial")
    tree, seen, found = spatial.cKDTree(centres), [], []
    for folder in sorted((tmp_path / "d").glob("scenes/5/frames/*")):
        albedo, position = (channels(next(folder.glob(f"{name}/*.exr"))) for name in ("albedo", "position"))
        there = np.isfinite(position).all(-1) & (albedo.sum(-1) > 0)
        distance, nearest = tree.query(position[there])
        close = distance < 0.01
        seen.append(albedo[there][close])
        found.append(colours[nearest[close]])
    truth, baked = np.concatenate(seen), np.concatenate(found)
    assert len(truth) > 2000
    assert np.allclose(baked.mean(0), truth.mean(0), rtol=0.02)
    assert np.corrcoef(baked.mean(-1), truth.mean(-1))[0, 1] > 0.8, "light and dark where the stone has them"


def channels(path: Path) -> Any:
    """An EXR map as (H, W, 3)."""
    maps = read_exr(path)
    return np.stack([maps[name] for name in sorted(maps, key=lambda name: "RGBXYZ".index(name[-1].upper()))], -1)


def test_a_blade_finds_the_colour_of_its_own_tint(bpy: Any, tmp_path: Path) -> None:
    from wildfield.exporters.models.baking.shaders import instance_random

    write_asset("grass", 2, tmp_path / "grass.glb", {}, 256)
    tint = triangulated(grown("grass", 2)).attributes["tint"].values
    _, colours = faces_and_colours(tmp_path / "grass.glb")["grass"]
    colour = tint * (0.85 + 0.3 * instance_random("grass"))
    # A thin sheet: 2.5 % mirrored at (0.8, 0.85, 0.8), of the rest 38 % let through in the tint (1.3, 1.4, 0.6).
    sent_back = 0.025 * np.array([0.8, 0.85, 0.8]) + 0.975 * colour * (0.62 + 0.38 * np.array([1.3, 1.4, 0.6]))
    assert np.abs(colours - sent_back).max() < 0.01


def test_faces_that_share_a_texel_are_of_one_colour(bpy: Any) -> None:
    """A tree's 100,000 faces on 64 x 64 texels: what a face is painted with is the tint of another of its hue."""
    mesh = grown("spruce", 2)
    faces = np.flatnonzero(mesh.material == mesh.materials.index("needle"))
    patches, uv = by_faces(mesh, corner_normals(mesh), faces, SIZE)
    assert len(faces) > 10 * len(patches.corners)
    column, row = np.floor(uv.mean(1) * SIZE).astype(int).T
    painted = np.zeros((SIZE, SIZE, 3))
    for place, colour in zip(np.floor(patches.uv.mean(1) * SIZE).astype(int), patches.attributes["tint"][:, 0], strict=True):
        painted[place[1], place[0]] = colour
    tint = mesh.attributes["tint"].values[faces]
    assert np.abs(painted[row, column] - tint).mean() < 0.1 * tint.std(0).mean()
    assert np.allclose(painted[row, column].mean(0), tint.mean(0), rtol=0.02)


def test_what_is_cut_out_of_a_leaf_is_cut_out_of_the_glb_file(tmp_path: Path) -> None:
    colour = np.full((16, 16, 4), 200, np.uint8)
    colour[:8, :, 3] = 0
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    mesh = MeshData(points, np.array([[0, 1, 2, 3]], np.int32), np.zeros(1, np.int32), ("leaf",))
    uv = points[None, :, :2].copy()
    look = Textured(mesh, uv, corner_normals(mesh), {"leaf": Maps(colour, colour[..., :3], None, True, 0.0)})
    write_glb(
        tmp_path / "leaf.glb", World([Shape("leaf", mesh, np.array([1]), np.eye(4)[None], look)], {1: "leaf"}, {1: "leaf"})
    )
    (item,) = geometry(tmp_path / "leaf.glb")
    assert (item.visual.material.alphaMode, item.visual.material.alphaCutoff) == ("MASK", 0.5)
    assert np.array_equal(np.asarray(item.visual.material.baseColorTexture), colour)
    upper = item.visual.uv[item.vertices[:, 1] > 0.5]
    assert len(upper) == 2 and (upper[:, 1] > 0.5).all(), "the upper rows of the picture, which are cut out, are where y is 1"


@pytest.mark.parametrize("form", ["usda", "usdz"])
def test_usd_reads_the_textures_where_they_lie(bpy: Any, tmp_path: Path, form: str) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdShade, UsdUtils

    write_asset("hazel", 1, tmp_path / "here" / f"hazel.{form}", {}, SIZE)
    (tmp_path / "here").rename(tmp_path / "moved")
    path = tmp_path / "moved" / f"hazel.{form}"
    layers, files, missing = UsdUtils.ComputeAllDependencies(str(path))
    assert len(layers) == 1 and len(files) >= 5 and not missing
    stage = Usd.Stage.Open(str(path))
    (mesh,) = (UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh))
    corners = len(mesh.GetFaceVertexIndicesAttr().Get())
    places = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st")
    assert places.GetInterpolation() == mesh.GetNormalsInterpolation() == "faceVarying"
    assert len(places.Get()) == len(mesh.GetNormalsAttr().Get()) == corners
    materials = [UsdShade.Material(prim) for prim in stage.Traverse() if prim.IsA(UsdShade.Material)]
    assert len(materials) >= 2
    for material in materials:
        surface = material.ComputeSurfaceSource()[0]
        for name, space in (("diffuseColor", "sRGB"), ("roughness", "raw"), ("metallic", "raw")):
            texture = UsdShade.Shader(surface.GetInput(name).GetConnectedSources()[0][0].source.GetPrim())
            assert texture.GetIdAttr().Get() == "UsdUVTexture"
            assert texture.GetInput("sourceColorSpace").Get() == space
            assert texture.GetInput("file").Get().resolvedPath
    bark = next(item for item in materials if "bark" in item.GetPrim().GetName()).ComputeSurfaceSource()[0]
    assert bark.GetInput("normal").HasConnectedSource()


def test_an_obj_file_names_pictures_that_trimesh_finds(bpy: Any, tmp_path: Path) -> None:
    write_asset("fern", 1, tmp_path / "fern.obj", {}, SIZE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fern.mtl", "fern.obj", "fern_textures"]
    for item in geometry(tmp_path / "fern.obj"):
        name = item.visual.material.name
        picture = read_png(tmp_path / "fern_textures" / f"{name}_colour.png")
        assert np.array_equal(np.asarray(item.visual.material.image), picture)
        assert len(item.visual.uv) == len(item.vertices)


@pytest.mark.parametrize(("name", "size", "message"), [
    ("rock.ply", 64, r"\.ply file holds no textures; choose one of \.glb"),
    ("rock.blend", 64, r"\.blend file holds no textures"),
    ("rock.glb", 8, r"--textures 8: is out of range.* 16 to 8192"),
    ("rock.glb", -64, r"--textures -64"),
])  # fmt: skip
def test_textures_that_cannot_be_are_an_error_and_nothing_is_written(
    tmp_path: Path, name: str, size: int, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        write_asset("rock", 1, tmp_path / name, {}, size)
    assert list(tmp_path.iterdir()) == []


def test_a_formats_textures_are_refused_where_it_holds_none(tmp_path: Path) -> None:
    from wildfield.exporters.formats import formats

    with pytest.raises(UserError, match="format coco holds no textures; choose one of glb, usd"):
        formats["coco"].write(tmp_path, tmp_path / "out", textures=64)


def test_a_world_has_the_colours_of_its_things_alone(bpy: Any, tmp_path: Path) -> None:
    """Within 2 %: a world shares its texels out evenly among the faces, so that they meet other places of the veins."""
    from wildfield.cli import DONE, main

    words = ["--asset", "fern", "--seed", "3", "--views", "9", "--resolution", "32x32", "--samples", "1"]
    assert main(["generate", str(tmp_path / "d"), *words, "--progress", "none"]) == DONE
    assert main(["export", str(tmp_path / "d"), "--to", "glb", "--textures", "64", str(tmp_path / "out")]) == DONE
    write_asset("fern", 3, tmp_path / "fern.glb", {}, 64)
    world, alone = (faces_and_colours(path) for path in (tmp_path / "out" / "scene.glb", tmp_path / "fern.glb"))
    assert set(world) == set(alone)
    for name, (_, colours) in world.items():
        assert np.allclose(colours.mean(0), alone[name][1].mean(0), rtol=0.02)
    shutil.rmtree(tmp_path / "d")
