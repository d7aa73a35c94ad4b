"""Arrays as pictures inside the file, for materials that read a map."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray


def picture(name: str, values: NDArray[np.float32]) -> bpy.types.Image:
    """Return the packed float image of that name with `values` (H, W, C), C up to 3, its first row lowest; made once a file.

    Values are data and no colours. Packed, it is saved with the file and appended with the material.
    """
    if name in bpy.data.images:
        return bpy.data.images[name]
    height, width, channels = values.shape
    made = bpy.data.images.new(name, width, height, alpha=False, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = 0
    pixels[..., :channels] = values
    made.pixels.foreach_set(pixels.ravel())
    made.pack()
    return made
