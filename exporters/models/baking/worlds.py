"""A world's shapes with textures: each mesh baked once, for all the things that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .maps import SMALLEST
from .textures import textured

if TYPE_CHECKING:
    from ..scene_files import Shape

_FINE = 4
"""Texels along the side of a face, in the mean, that are enough in a world."""
_MIDDLE = 0.5
"""The random number of an instance, where one stands for many."""


def dressed(shapes: Sequence[Shape], size: int) -> list[Shape]:
    """Return the shapes with textures of at most `size` texels a side, fewer for those with few faces.

    A mesh is baked where it stands; of many things that show it, where the highest stands, so that a stone in the lake
    does not wet all others, and in the middle of the colours that vary from thing to thing. What is there once, as the land,
    is meshed for the camera, so that all its faces are painted alike.
    """
    from .shaders import instance_random

    made = []
    for shape in shapes:
        side = 1 << int(np.ceil(np.log2(_FINE * np.sqrt(len(shape.mesh.faces)))))
        shown = shape.matrices[np.argmax(shape.matrices[:, 2, 3])]
        once = len(shape.ids) == 1
        instance = instance_random(shape.name) if once else _MIDDLE
        look = textured(shape.mesh, min(size, max(side, SMALLEST)), instance, shown, once)
        made.append(replace(shape, textured=look))
    return made
