"""Materials of USD files as UsdPreviewSurface (openusd.org/release/spec_usdpreviewsurface.html): colours, or textures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...procgen.materials.colours import representative_colour, representative_roughness
from .baking.maps import Maps
from .picture_files import PictureFolder

if TYPE_CHECKING:
    from pxr import Sdf, Usd, UsdShade


def define_plain(stage: Usd.Stage, path: Sdf.Path, label: str, coloured: bool) -> UsdShade.Material:
    """Define the material that stands for the material `label`: of one linear colour, or of the mesh's `displayColor`."""
    from pxr import Sdf, UsdShade

    types = Sdf.ValueTypeNames
    material, shader = _surface(stage, path)
    colour = shader.CreateInput("diffuseColor", types.Color3f)
    if coloured:
        reader = UsdShade.Shader.Define(stage, path.AppendChild("colour"))
        reader.CreateIdAttr("UsdPrimvarReader_float3")
        reader.CreateInput("varname", types.String).Set("displayColor")
        colour.ConnectToSource(reader.CreateOutput("result", types.Float3))
    else:
        colour.Set(representative_colour(label))
    shader.CreateInput("roughness", types.Float).Set(representative_roughness(label))
    return material


def define_textured(stage: Usd.Stage, path: Sdf.Path, name: str, maps: Maps, pictures: PictureFolder) -> UsdShade.Material:
    """Define a material with pictures in the folder beside the stage's file.

    The share that it reflects is told by the index of refraction, as the preview surface has no factor for it.
    """
    from pxr import Gf, Sdf, UsdShade

    types = Sdf.ValueTypeNames
    files = pictures.files(name, maps)
    material, surface = _surface(stage, path)
    reader = UsdShade.Shader.Define(stage, path.AppendChild("st"))
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", types.String).Set("st")
    place = reader.CreateOutput("result", types.Float2)

    def texture(key: str, space: str) -> UsdShade.Shader:
        shader = UsdShade.Shader.Define(stage, path.AppendChild(f"{key}_texture"))
        shader.CreateIdAttr("UsdUVTexture")
        shader.CreateInput("file", types.Asset).Set(Sdf.AssetPath(f"./{files[key]}"))
        shader.CreateInput("sourceColorSpace", types.Token).Set(space)
        for wrap in ("wrapS", "wrapT"):
            shader.CreateInput(wrap, types.Token).Set("clamp")
        shader.CreateInput("st", types.Float2).ConnectToSource(place)
        return shader

    colour, numbers = texture("colour", "sRGB"), texture("surface", "raw")
    surface.CreateInput("diffuseColor", types.Color3f).ConnectToSource(colour.CreateOutput("rgb", types.Float3))
    surface.CreateInput("roughness", types.Float).ConnectToSource(numbers.CreateOutput("g", types.Float))
    surface.CreateInput("metallic", types.Float).ConnectToSource(numbers.CreateOutput("b", types.Float))
    root = float(np.sqrt(0.04 * maps.specular))
    surface.CreateInput("ior", types.Float).Set((1 + root) / (1 - root))
    if maps.cut:
        surface.CreateInput("opacity", types.Float).ConnectToSource(colour.CreateOutput("a", types.Float))
        surface.CreateInput("opacityThreshold", types.Float).Set(0.5)
    if maps.normal is not None:
        bent = texture("normal", "raw")
        bent.CreateInput("scale", types.Float4).Set(Gf.Vec4f(2, 2, 2, 1))
        bent.CreateInput("bias", types.Float4).Set(Gf.Vec4f(-1, -1, -1, 0))
        surface.CreateInput("normal", types.Normal3f).ConnectToSource(bent.CreateOutput("rgb", types.Float3))
    return material


def _surface(stage: Usd.Stage, path: Sdf.Path) -> tuple[UsdShade.Material, UsdShade.Shader]:
    """A material and its preview surface, connected."""
    from pxr import UsdShade

    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, path.AppendChild("surface"))
    shader.CreateIdAttr("UsdPreviewSurface")
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material, shader
