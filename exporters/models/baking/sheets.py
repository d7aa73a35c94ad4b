"""Leaves, petals and stems that are all alike but for their tint: one blade is painted, and every face finds its part there.

Such a material reads nothing but `tint` and the place on the blade, `leaf`, and what it sends back is linear in the tint. So
two paintings of one blade, black and white, say all of it; what a texel of the texture covers is a mean over a part of the
blade (`blades`), without the noise of samples.
"""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ....procgen.nodes.writer import NodeWriter, Socket
from .blades import Blade
from .canvas import Canvas, laid
from .patches import Patches
from .shaders import bump_of, constants, is_thin, send, sources, uneven

_READ = {"tint", "leaf", "Backfacing"}
"""What a blade may depend on, which is seen from the front."""
_COARSE, _MAP, _FINEST = 64, 256, 1024
"""Texels to the side of the paintings that tell what a material is, and at least (as grown veins have) and most of a blade."""
_STRANGE = np.array([0.21, 0.07, 0.35])
"""A tint like no leaf's, for which what is known of others must hold."""
_ALIKE = 1e-3
"""Difference of linear colours that is taken for none."""


def painted_blade(material: bpy.types.Material, instance: float, size: int) -> Blade | None:
    """Return a blade for textures of `size` texels, or None where the material is no sheet that `tint` and `leaf` tell all of.

    `instance` (0..1) is the random number of the object.
    """
    with laid(_sheet(_COARSE, 0.0), material, instance, 1) as canvas:
        numbers = constants(canvas.material, ("Roughness", "Metallic", "There"))
        told = sources(canvas.material) <= _READ and uneven(material) == (bump_of(canvas.material) is not None)
        if not (told and is_thin(material) and numbers is not None):
            return None
    black, white, strange = (_sent_back(material, instance, _COARSE, tint) for tint in (0.0, 1.0, _STRANGE))
    if np.abs(black + (white - black) * _STRANGE - strange).max() > _ALIKE:
        return None
    side = int(np.clip(size // 4, _MAP, _FINEST))
    if uneven(material) or max(np.ptp(black, (0, 1)).max(), np.ptp(white, (0, 1)).max()) > 0:
        black, white = (_sent_back(material, instance, side, tint) for tint in (0.0, 1.0))
    with laid(_sheet(side, 0.0), material, instance, 1) as canvas:
        node = bump_of(canvas.material)
        if node is None:
            return Blade(black, white - black, numbers)
        send(canvas.material, Socket(NodeWriter(canvas.material.node_tree), node.inputs["Height"].links[0].from_socket))
        height = canvas.paint("EMIT")[::-1, :, 0]
        distance, strength = (float(node.inputs[name].default_value) for name in ("Distance", "Strength"))
    return Blade(black, white - black, numbers, height, distance, strength)


def sheet_colour(canvas: Canvas) -> NDArray[np.float32]:
    """All that a thin sheet sends back to either side (S, S, 3), upper row first."""
    return canvas.paint("DIFFUSE", pass_filter={"COLOR"}) + canvas.paint("GLOSSY", pass_filter={"COLOR"})


def _sent_back(
    material: bpy.types.Material, instance: float, side: int, tint: float | NDArray[np.float64]
) -> NDArray[np.float32]:
    """The colours (S, S, 3) of a blade of one tint, rows from the foot to the tip."""
    with laid(_sheet(side, tint), material, instance, 1) as canvas:
        return sheet_colour(canvas)[::-1]


def _sheet(side: int, tint: float | NDArray[np.float64]) -> Patches:
    """One blade over a whole square of texels, its foot below."""
    square = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])
    flat = np.pad(square, ((0, 0), (0, 0), (0, 1)))
    attributes = {
        "leaf": flat * [2.0, 1.0, 0.0] - [1.0, 0.0, 0.0],
        "tint": np.broadcast_to(tint, flat.shape),
    }
    whole = np.ones((side, side), bool)
    return Patches(flat, np.broadcast_to([0.0, 0.0, 1.0], flat.shape), square, attributes, whole, whole)
