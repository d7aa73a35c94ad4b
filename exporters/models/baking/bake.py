"""The textures of a material on patches: what Cycles paints there without light."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..colours import srgb
from .blades import spread
from .canvas import Canvas, laid
from .maps import Maps
from .patches import Patches
from .shaders import constants, is_thin, show, uneven
from .sheets import painted_blade, sheet_colour

_NUMBERS = ("Roughness", "Metallic", "There")
_DIELECTRIC = 0.04
"""What a surface of refractive index 1.5 reflects straight on."""
_SHEET_SAMPLES = 8
"""Places in a texel at which a sheet is painted, whose few texels would meet its pattern by chance."""
_COARSE = 8
"""Texels to the side of one in the picture whose mean alone is wanted."""

Values = NDArray[np.float32]


def bake(patches: Patches, material: bpy.types.Material, instance: float) -> Maps:
    """Return the material's textures, painted from the patches, which may leave some of the square free.

    The colour is the base colour before light. A thin sheet's is all that it sends back to either side, its even gloss
    too: glTF and USD know no light that shines through, and Fresnel seen from behind would speckle it white. A sheet whose
    blades are all alike is painted once (`sheets`), everything else texel by texel. `instance` (0..1) is the random number of
    the object. Free texels take the mean of the others, so that coarser levels of the texture do not darken.
    """
    blade = painted_blade(material, instance, len(patches.painted))
    if blade is None:
        colour, normal, numbers, specular = _painted(patches, material, instance)
    else:
        colour, normal = spread(blade, patches)
        numbers, specular = np.broadcast_to(blade.numbers, colour.shape), 0.0
    if normal is not None:  # straight up where a texel has no room for a normal of its own
        normal = np.where(patches.relief[..., None], normal, np.array([0.5, 0.5, 1.0], np.float32))
    opacity = _bytes(numbers[..., 2:])
    return Maps(
        np.concatenate([srgb(colour), opacity], -1),
        _bytes(np.concatenate([np.ones_like(numbers[..., :1]), numbers[..., :2]], -1)),
        None if normal is None else _bytes(normal),
        bool((opacity < 128).any()),
        specular,
    )


def _painted(patches: Patches, material: bpy.types.Material, instance: float) -> tuple[Values, Values | None, Values, float]:
    """Colour, normal or None, and numbers (S, S, 3) each, painted texel by texel, and the share of the 4 % that is mirrored."""
    thin = is_thin(material)
    with laid(patches, material, instance, _SHEET_SAMPLES if thin else 1) as canvas:
        normal = canvas.paint("NORMAL", normal_space="TANGENT") if uneven(material) else None
        specular = 0.0
        if thin:
            colour = sheet_colour(canvas)
        else:
            gloss = canvas.paint("GLOSSY", _COARSE, pass_filter={"COLOR"})
            specular = min(round(float(gloss.mean()) / _DIELECTRIC, 2), 1.0)
            show(canvas.material, ("Albedo",))
            colour = canvas.paint("EMIT")
        return colour, normal, _numbers(canvas, colour.shape), specular


def _numbers(canvas: Canvas, shape: tuple[int, ...]) -> Values:
    """Roughness, metallic share and opacity, as a picture of that shape."""
    fixed = constants(canvas.material, _NUMBERS)
    if fixed is not None:
        return np.broadcast_to(fixed, shape)
    show(canvas.material, _NUMBERS)
    return canvas.paint("EMIT")


def _bytes(values: Values) -> NDArray[np.uint8]:
    return np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)
