"""Meshes and worlds as USD files, through Pixar's own library: Blender's own builds bring it (Debian's do not), or usd-core.

Metres, z up. A mesh is an Xform with the mesh under it, a GeomSubset of family materialBind for the faces of each material,
and the materials as UsdPreviewSurface (openusd.org/release/spec_usdpreviewsurface.html) with one linear colour each.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...procgen.materials.colours import representative_colour, representative_roughness
from ...procgen.meshes import MeshData

if TYPE_CHECKING:
    from pxr import Sdf, Usd, UsdShade

    from .scene_files import Shape, World


def need_usd() -> None:
    """Raise UserError where pxr is not installed."""
    try:
        import pxr  # noqa: F401
    except ImportError as error:
        raise UserError(f"USD files need Pixar's library: pip install 'wildfield[formats]' ({error})") from error


def write_mesh(mesh: MeshData, name: str, path: Path) -> None:
    """Write one mesh as /NAME, a component. Equal meshes give equal bytes.

    `path` ends in .usdc (binary), .usda (text) or .usd (binary). Raises UserError where pxr is not installed.
    """
    need_usd()
    stage, root = _new_stage(path, name, "component")
    _define_mesh(stage, root, mesh)
    stage.Save()


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
    for index, shape in enumerate(world.shapes):
        shared = len(shape.ids) > 1
        prototype = library.AppendChild(Tf.MakeValidIdentifier(f"{shape.name}_{index}"))
        _define_mesh(stage, prototype if shared else things[int(shape.ids[0])], shape.mesh)
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


def _define_mesh(stage: Usd.Stage, root: Sdf.Path, mesh: MeshData) -> None:
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
    UsdGeom.Scope.Define(stage, root.AppendChild("materials"))
    for index, label in enumerate(mesh.materials):
        material = _define_material(stage, root.AppendPath(f"materials/{label}"), label)
        faces = np.flatnonzero(mesh.material == index)
        subset = UsdGeom.Subset.CreateGeomSubset(surface, label, UsdGeom.Tokens.face, _ints(faces), "materialBind")
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material)
    UsdShade.MaterialBindingAPI.Apply(surface.GetPrim()).SetMaterialBindSubsetsFamilyType(UsdGeom.Tokens.partition)


def _define_material(stage: Usd.Stage, path: Sdf.Path, label: str) -> UsdShade.Material:
    from pxr import Sdf, UsdShade

    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, path.AppendChild("surface"))
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(representative_colour(label))
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(representative_roughness(label))
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material


def _ints(values: NDArray[Any]) -> Any:
    """Integers of any shape as a flat VtIntArray."""
    from pxr import Vt

    return Vt.IntArray.FromNumpy(np.ascontiguousarray(values, np.int32).reshape(-1))
