"""One mesh as a USD file, through Pixar's own library: Blender ships it, elsewhere it is the package usd-core."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UserError
from ..procgen.materials.colours import representative_colour
from ..procgen.meshes import MeshData

if TYPE_CHECKING:
    from pxr import Usd, UsdShade


def write_usd(mesh: MeshData, name: str, path: Path, roughness: float) -> None:
    """Write /NAME (Xform, a component and the default prim) with /NAME/mesh and a material for each name in /NAME/materials.

    The faces of a material are a GeomSubset of family materialBind; each material is a UsdPreviewSurface with the linear base
    colour that stands for it. Metres, z up, both sides seen, no subdivision. Equal meshes give equal bytes. `path` ends in
    .usdc (binary), .usda (text) or .usd (binary). Raises UserError where pxr is not installed.
    """
    try:
        from pxr import Sdf, Tf, Usd, UsdGeom, UsdShade, Vt
    except ImportError as error:
        raise UserError(f"{path.suffix} files need Pixar's USD: pip install 'wildfield[formats]' ({error})") from error

    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    root = Sdf.Path.absoluteRootPath.AppendChild(Tf.MakeValidIdentifier(name))
    top = UsdGeom.Xform.Define(stage, root).GetPrim()
    Usd.ModelAPI(top).SetKind("component")
    stage.SetDefaultPrim(top)

    surface = UsdGeom.Mesh.Define(stage, root.AppendChild("mesh"))
    surface.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.points, np.float32)))
    surface.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.bounds, np.float32)))
    surface.CreateFaceVertexIndicesAttr(_ints(mesh.faces))
    surface.CreateFaceVertexCountsAttr(_ints(np.full(len(mesh.faces), mesh.faces.shape[1])))
    surface.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    surface.CreateDoubleSidedAttr(True)

    UsdGeom.Scope.Define(stage, root.AppendChild("materials"))
    for index, label in enumerate(mesh.materials):
        material = _material(stage, root.AppendPath(f"materials/{label}"), representative_colour(label), roughness)
        faces = np.flatnonzero(mesh.material == index)
        subset = UsdGeom.Subset.CreateGeomSubset(surface, label, UsdGeom.Tokens.face, _ints(faces), "materialBind")
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material)
    UsdShade.MaterialBindingAPI.Apply(surface.GetPrim()).SetMaterialBindSubsetsFamilyType(UsdGeom.Tokens.partition)
    stage.Save()


def _material(stage: Usd.Stage, path: Any, colour: tuple[float, float, float], roughness: float) -> UsdShade.Material:
    """A UsdPreviewSurface. Its specification: openusd.org/release/spec_usdpreviewsurface.html"""
    from pxr import Sdf, UsdShade

    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, path.AppendChild("surface"))
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(colour)
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(roughness)
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material


def _ints(values: np.ndarray) -> Any:
    """Integers of any shape as a flat VtIntArray."""
    from pxr import Vt

    return Vt.IntArray.FromNumpy(np.ascontiguousarray(values, np.int32).reshape(-1))
