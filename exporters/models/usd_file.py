"""Meshes and worlds as USD files, through Pixar's own library: Blender's own builds bring it (Debian's do not), or usd-core.

Metres, z up. A mesh is an Xform with the mesh under it, a GeomSubset of family materialBind for the faces of each material,
and the materials of `usd_materials`. With textures it has the primvar `st` and normals, both by corner; without, a mesh whose
faces have colours of their own has them as `displayColor`, linear.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...procgen.materials.colours import face_colours
from ...procgen.meshes import MeshData
from .baking.maps import Textured
from .picture_files import PictureFolder
from .usd_materials import define_plain, define_textured

if TYPE_CHECKING:
    from pxr import Sdf, Usd, UsdGeom

    from .scene_files import Shape, World


_OLDEST = time.mktime((1980, 1, 1, 0, 0, 0, 0, 1, -1))


def need_usd() -> None:
    """Raise UserError where pxr is not installed."""
    try:
        import pxr  # noqa: F401
    except ImportError as error:
        raise UserError(f"USD files need Pixar's library: pip install 'wildfield[formats]' ({error})") from error


def write_mesh(mesh: MeshData, name: str, path: Path, look: Textured | None = None) -> None:
    """Write one mesh as /NAME, a component; the pictures of its `look`, if any, into a folder. Equal meshes give equal bytes.

    `path` ends in .usdc (binary), .usda (text) or .usd (binary). Raises UserError where pxr is not installed.
    """
    need_usd()
    stage, root = _new_stage(path, name, "component")
    _define_mesh(stage, root, mesh, look, PictureFolder(path))
    stage.Save()


def write_package(mesh: MeshData, name: str, path: Path, look: Textured | None = None) -> None:
    """Write one mesh and its pictures as a .usdz package, the file of `write_mesh` within."""
    need_usd()
    from pxr import UsdUtils

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        layer = Path(folder) / f"{name}.usdc"
        write_mesh(mesh, name, layer, look)
        for item in Path(folder).rglob("*.*"):  # the package notes the local time of its files: 1980, the oldest it can say
            if item.is_file():
                os.utime(item, (_OLDEST, _OLDEST))
        UsdUtils.CreateNewUsdzPackage(str(layer), str(path))


def write_world(world: World, path: Path) -> None:
    """Write a world as /world, an assembly: every thing an Xform with its name and its id as `userProperties:gt_id`.

    Things that show the same mesh are native instances of it: instanceable references to a prim under the class /prototypes.
    """
    from pxr import Sdf, Tf

    stage, root = _new_stage(path, "world", "assembly")
    library = Sdf.Path("/prototypes")
    stage.CreateClassPrim(library)
    things = {number: root.AppendChild(Tf.MakeValidIdentifier(name)) for number, name in world.names.items()}
    sources: list[Sdf.Path | None] = []
    pictures = PictureFolder(path)
    for index, shape in enumerate(world.shapes):
        shared = len(shape.ids) > 1
        prototype = library.AppendChild(Tf.MakeValidIdentifier(f"{shape.name}_{index}"))
        place = prototype if shared else things[int(shape.ids[0])]
        _define_mesh(stage, place, shape.mesh, shape.textured, pictures)
        sources.append(prototype if shared else None)
    stage.Save()
    layer = Sdf.Layer.FindOrOpen(str(path))
    del stage  # it would compose every instance that is added
    with Sdf.ChangeBlock():
        for shape, source in zip(world.shapes, sources, strict=True):
            _place(layer, shape, things, world.names, source)
    layer.Save()


def _new_stage(path: Path, name: str, kind: str) -> tuple[Usd.Stage, Sdf.Path]:
    """A stage in metres, z up, with the default prim /NAME, an Xform."""
    from pxr import Sdf, Tf, Usd, UsdGeom

    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    root = Sdf.Path.absoluteRootPath.AppendChild(Tf.MakeValidIdentifier(name))
    top = UsdGeom.Xform.Define(stage, root).GetPrim()
    Usd.ModelAPI(top).SetKind(kind)
    stage.SetDefaultPrim(top)
    return stage, root


def _place(layer: Sdf.Layer, shape: Shape, paths: dict[int, Sdf.Path], names: dict[int, str], source: Sdf.Path | None) -> None:
    """Put the things of a shape where they stand, as instances of `source` where there is one."""
    from pxr import Gf, Sdf

    rows = shape.matrices.transpose(0, 2, 1)  # USD multiplies row vectors
    for number, matrix in zip(shape.ids.tolist(), rows, strict=True):
        thing = Sdf.CreatePrimInLayer(layer, paths[number])
        thing.specifier, thing.typeName = Sdf.SpecifierDef, "Xform"
        thing.SetInfo("displayName", names[number])
        Sdf.AttributeSpec(thing, "userProperties:gt_id", Sdf.ValueTypeNames.Int, declaresCustom=True).default = number
        Sdf.AttributeSpec(thing, "xformOp:transform", Sdf.ValueTypeNames.Matrix4d).default = Gf.Matrix4d(matrix)
        order = Sdf.AttributeSpec(thing, "xformOpOrder", Sdf.ValueTypeNames.TokenArray, Sdf.VariabilityUniform)
        order.default = ["xformOp:transform"]
        if source is not None:
            thing.referenceList.prependedItems.append(Sdf.Reference(primPath=source))
            thing.instanceable = True


def _define_mesh(stage: Usd.Stage, root: Sdf.Path, mesh: MeshData, look: Textured | None, pictures: PictureFolder) -> None:
    """Define ROOT/mesh and ROOT/materials, under an Xform, with both sides seen and no subdivision."""
    from pxr import UsdGeom, UsdShade, Vt

    UsdGeom.Xform.Define(stage, root)
    surface = UsdGeom.Mesh.Define(stage, root.AppendChild("mesh"))
    surface.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.points, np.float32)))
    surface.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.bounds, np.float32)))
    surface.CreateFaceVertexIndicesAttr(_ints(mesh.faces))
    surface.CreateFaceVertexCountsAttr(_ints(np.full(len(mesh.faces), mesh.faces.shape[1])))
    surface.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    surface.CreateDoubleSidedAttr(True)
    if look is not None:
        _set_corners(surface, look)
    coloured = look is None and "tint" in mesh.attributes
    if coloured:
        colours = surface.CreateDisplayColorPrimvar(UsdGeom.Tokens.uniform)
        colours.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(face_colours(mesh), np.float32)))
    UsdGeom.Scope.Define(stage, root.AppendChild("materials"))
    for index, label in enumerate(mesh.materials):
        faces = np.flatnonzero(mesh.material == index)
        place = root.AppendPath(f"materials/{label}")
        if look is None or label not in look.maps:
            material = define_plain(stage, place, label, coloured)
        else:
            material = define_textured(stage, place, label, look.maps[label], pictures)
        subset = UsdGeom.Subset.CreateGeomSubset(surface, label, UsdGeom.Tokens.face, _ints(faces), "materialBind")
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material)
    UsdShade.MaterialBindingAPI.Apply(surface.GetPrim()).SetMaterialBindSubsetsFamilyType(UsdGeom.Tokens.partition)


def _set_corners(surface: UsdGeom.Mesh, look: Textured) -> None:
    """Give the mesh its places on the textures and its normals, a value a corner."""
    from pxr import Sdf, UsdGeom, Vt

    by_corner = UsdGeom.Tokens.faceVarying
    places = UsdGeom.PrimvarsAPI(surface).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, by_corner)
    places.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(look.uv.reshape(-1, 2), np.float32)))
    surface.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(look.normals.reshape(-1, 3), np.float32)))
    surface.SetNormalsInterpolation(by_corner)


def _ints(values: NDArray[Any]) -> Any:
    """Integers of any shape as a flat VtIntArray."""
    from pxr import Vt

    return Vt.IntArray.FromNumpy(np.ascontiguousarray(values, np.int32).reshape(-1))
